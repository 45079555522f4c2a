"""Languages: Indonesian unless something else is asked for; how dates are written and in which zone."""

from __future__ import annotations

from datetime import date, datetime
from gettext import NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import Babel, format_date, get_locale, get_translations

DEFAULT_LOCALE = "id"

_TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"

_WIB, _WITA, _WIT = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))
_ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
# Keppres 41/1987: Kalimantan Selatan, Timur, Utara, Bali, Nusa Tenggara and Sulawesi; Maluku and Papua.
_WITA_PROVINCES = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT_PROVINCES = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})


def init_babel(app: Flask) -> None:
    """Set up gettext, dates and money in templates."""
    app.config.update(BABEL_DEFAULT_LOCALE=DEFAULT_LOCALE, BABEL_TRANSLATION_DIRECTORIES=str(_TRANSLATIONS))
    Babel(app)
    _translate_templates_quickly(app)
    app.jinja_env.filters["long_date"] = long_date
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.globals["locale_code"] = locale_code


def _translate_templates_quickly(app: Flask) -> None:
    """Keep each language's texts at hand: a page asks for some seventy, and finding them costs 20 us each."""
    kept: dict[str, NullTranslations] = {}

    def texts() -> NullTranslations:
        locale = get_locale()
        if locale is None:
            return NullTranslations()
        if locale.language not in kept:
            kept[locale.language] = get_translations()
        return kept[locale.language]

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: texts().gettext(message),
        ngettext=lambda one, many, number: texts().ngettext(one, many, number),
        newstyle=True,
    )


def locale_code() -> str:
    """The language at hand, "id" or "en"."""
    locale = get_locale()
    return str(locale.language) if locale else DEFAULT_LOCALE


def province_zone(province_code: str) -> ZoneInfo:
    """The time zone of a province (2-digit code): WIB, WITA or WIT."""
    if province_code in _WITA_PROVINCES:
        return _WITA
    return _WIT if province_code in _WIT_PROVINCES else _WIB


def long_date(day: date) -> str:
    """3 November 2025, in the language at hand."""
    return str(format_date(day, "d MMMM yyyy", rebase=False))


def moment(at: datetime, zone: ZoneInfo = _WIB) -> str:
    """3 November 2025 14:05 WIB: a UTC moment in a zone of Indonesia, which is named."""
    local = at.astimezone(zone)
    return f"{long_date(local.date())} {local:%H:%M} {_ZONE_NAMES[zone.key]}"
