"""Languages: the address says which, Indonesian without a prefix; how dates are written and in which zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Flask, has_request_context, request
from flask_babel import Babel, format_date, get_locale, get_translations

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DEFAULT_LOCALE = "id"

PREFIXES: Mapping[str, str] = {"id": "", "en": "/en"}
"""What the addresses of each language begin with."""

_LOCALE = "lapak.locale"  # the key of the WSGI environment
# What exists once, whatever language is spoken.
_WITHOUT_LANGUAGE = ("/static/", "/gambar/", "/webhooks/", "/healthz", "/readyz")

_TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"

_WIB, _WITA, _WIT = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))
_ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
# Keppres 41/1987: Kalimantan Selatan, Timur, Utara, Bali, Nusa Tenggara and Sulawesi; Maluku and Papua.
_WITA_PROVINCES = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT_PROVINCES = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})


def init_babel(app: Flask) -> None:
    """Set up gettext, dates and money in templates."""
    app.config.update(BABEL_DEFAULT_LOCALE=DEFAULT_LOCALE, BABEL_TRANSLATION_DIRECTORIES=str(_TRANSLATIONS))
    Babel(app, locale_selector=address_locale)
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


class LanguagePrefix:
    """WSGI middleware that takes the language from the address, so that each route exists in every one.

    The prefix becomes part of SCRIPT_NAME: routes do not know of it, and addresses that Flask builds have it.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer in the language that the address asks for."""
        path = environ.get("PATH_INFO", "")
        for locale, prefix in PREFIXES.items():
            if prefix and path == prefix:
                return _redirect(f"{prefix}/", environ, start_response)
            if prefix and path.startswith(f"{prefix}/"):
                rest = path.removeprefix(prefix)
                if not rest.startswith(_WITHOUT_LANGUAGE):
                    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                    environ["PATH_INFO"] = rest
                    environ[_LOCALE] = locale
        return self._app(environ, start_response)


def _redirect(path: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    query = environ.get("QUERY_STRING", "")
    start_response(
        "308 Permanent Redirect",
        [("Location", f"{path}?{query}" if query else path), ("Content-Length", "0")],
    )
    return []


def address_locale() -> str:
    """The language that the address of the request at hand asks for; Indonesian outside of a request."""
    return str(request.environ.get(_LOCALE, DEFAULT_LOCALE)) if has_request_context() else DEFAULT_LOCALE


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
