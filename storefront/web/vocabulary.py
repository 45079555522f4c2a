"""Words the catalogue uses again and again, units and countries: kept in Indonesian, English by list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from babel import Locale
from flask import Flask
from markupsafe import Markup, escape

from kernel.i18n import DEFAULT_LOCALE, locale_code

UNITS: Mapping[str, str] = {
    "bal": "bale",
    "batang": "stick",
    "bibit": "seedling",
    "botol": "bottle",
    "buah": "piece",
    "bungkus": "pack",
    "ekor": "head",
    "gelas": "cup",
    "gram": "gram",
    "gulung": "roll",
    "ikat": "bunch",
    "karung": "sack",
    "kemasan": "package",
    "keping": "slab",
    "kerat": "slice",
    "kg": "kg",
    "layanan": "service",
    "lembar": "sheet",
    "liter": "litre",
    "loyang": "tin",
    "m2": "m²",
    "meter": "metre",
    "orang": "person",
    "pak": "pack",
    "paket": "set",
    "papan": "tray",
    "pasang": "pair",
    "porsi": "portion",
    "saset": "sachet",
    "set": "set",
    "setel": "suit",
    "ton": "tonne",
    "toples": "jar",
    "unit": "unit",
}
"""English for the units that goods are sold by."""

_REGIONS: Mapping[str, str] = {
    "Amerika": "the Americas",
    "Asia Tenggara": "South-East Asia",
    "Hong Kong": "Hong Kong",
    "Timur Tengah": "the Middle East",
}
"""English for what people say of the world and the list of countries has no code for."""


def init_vocabulary(app: Flask) -> None:
    """Give templates the filters `unit_name` and `country_name`."""
    app.jinja_env.filters["unit_name"] = unit_name
    app.jinja_env.filters["country_name"] = country_name


def unit_name(unit: str) -> str:
    """A unit in the language at hand; one without English is marked as the Indonesian it is."""
    return _told(unit, UNITS.get)


def country_name(country: str) -> str:
    """A country or region in the language at hand; one without English is marked as the Indonesian it is."""
    return _told(country, lambda name: _REGIONS.get(name) or _countries().get(name))


def _told(word: str, english: Callable[[str], str | None]) -> str:
    if locale_code() == DEFAULT_LOCALE:
        return word
    return english(word) or Markup('<span lang="id">{}</span>').format(escape(word))


@cache
def _countries() -> Mapping[str, str]:
    """English by the Indonesian name."""
    indonesian, english = (Locale(code).territories for code in ("id", "en"))
    return {name: english[code] for code, name in indonesian.items() if code in english}
