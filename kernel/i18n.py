"""Languages: the address says which, Indonesian without a prefix; how dates are written and in which zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.support import Translations
from flask import Flask, current_app, request
from flask.templating import Environment
from flask_babel import Babel, Domain, force_locale, format_date, get_domain, gettext
from jinja2 import Template, nodes, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from kernel.clock import JAKARTA, jakarta_day

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DEFAULT_LOCALE = "id"

PREFIXES: Mapping[str, str] = {"id": "", "en": "/en"}
"""What the addresses of each language begin with."""

_NAMES = {"id": "Bahasa Indonesia", "en": "English"}
NO_PAGE = "lapak.no_page"
"""This key of the WSGI environment: what was asked for does not exist, and its value is the page to go to."""

# A page asks some ninety times which language it is in: looking here is the cheapest there is.
_addressed: ContextVar[str] = ContextVar("addressed", default=DEFAULT_LOCALE)
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)

_CHOICE = "bahasa"  # both the word in the address that chooses a language and the cookie that remembers it
_REMEMBERED_SECONDS = 365 * 24 * 3600
_IN_PATH = "/:@!$&'()*+,;=~"
_IN_QUERY = _IN_PATH + "?%"
# What exists once, whatever language is spoken.
_WITHOUT_LANGUAGE = (
    *("/static/", "/gambar/", "/ikon-", "/favicon.ico", "/apple-touch-icon.png"),
    *("/manifest.webmanifest", "/robots.txt", "/sitemap", "/sw.js", "/webhooks/", "/healthz", "/readyz"),
)

_TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"

_WITA, _WIT = ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
_ZONE_NAMES = {JAKARTA.key: "WIB", _WITA.key: "WITA", _WIT.key: "WIT"}
# Keppres 41/1987: Kalimantan Selatan, Timur, Utara, Bali, Nusa Tenggara and Sulawesi; Maluku and Papua.
_WITA_PROVINCES = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT_PROVINCES = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})


def init_babel(app: Flask) -> None:
    """Set up gettext, dates and money in templates."""
    app.config.update(BABEL_DEFAULT_LOCALE=DEFAULT_LOCALE, BABEL_TRANSLATION_DIRECTORIES=str(_TRANSLATIONS))
    babel = Babel(app, locale_selector=address_locale)
    babel.domain_instance = _KeptTexts()
    _translate_templates(app)
    app.jinja_env.filters["long_date"] = long_date
    app.jinja_env.filters["jakarta_day"] = jakarta_day
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["weekday_date"] = weekday_date
    app.jinja_env.globals.update(
        locale_code=locale_code, weekday_name=weekday_name, hours=hours, province_zone=province_zone
    )
    app.jinja_env.globals["other_languages"] = other_languages


class _KeptTexts(Domain):
    """The texts of a language by its code: to find them by the locale costs more than to look one up."""

    def get_translations(self) -> NullTranslations:
        """The texts of the language at hand."""
        language = locale_code()
        if language not in self.cache:
            self.cache[language] = super().get_translations()
        texts: NullTranslations = self.cache[language]
        return texts


class Templates(Environment):
    """The templates of an app, compiled once for each language: texts without values are part of them.

    All of them have the same globals, which a page compares with those of each component it takes a macro of.
    """

    language: str | None = None

    def of(self, language: str) -> Templates:
        """The templates in one language."""
        spoken: dict[str, Templates] = self.__dict__.setdefault("spoken", {})
        if language not in spoken:
            templates = self.overlay()
            templates.language = language
            spoken[language] = templates
        return spoken[language]

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """A template in the language at hand, or in that of the template it is asked for by."""
        if self.language is None:
            return self.of(locale_code()).get_template(name, parent, globals)
        return super().get_template(name, parent, globals)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals themselves where a template has none of its own."""
        return super().make_globals(d) if d else self.globals

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        if self.language is None:
            return template
        is_escaped = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        said: nodes.Template = _Saying(self.language, Markup if is_escaped else str).visit(template)
        return said


class _Saying(NodeTransformer):
    """Puts what a template says in one language in the place of `_('...')`."""

    def __init__(self, language: str, kind: type[str]) -> None:
        self._texts = Translations.load(str(_TRANSLATIONS), [language])
        self._kind = kind  # our own texts are markup where values are escaped

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 -- the name of the node
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name="_"),
                args=[nodes.Const(value=str(text))],
                kwargs=[],
                dyn_args=None,
                dyn_kwargs=None,
            ):
                return nodes.Const(self._kind(self._texts.gettext(text) % {}), lineno=node.lineno)
        return node


def _translate_templates(app: Flask) -> None:
    """What templates ask for texts with values."""

    @pass_eval_context
    def text(context: EvalContext, message: str, /, **values: object) -> str:
        written = gettext(message)
        return (Markup(written) if context.autoescape else written) % values  # noqa: S704 -- our own text

    def counted(one: str, many: str, num: int) -> str:
        """The text for so many as a format: the template fills in the number and what else it names."""
        texts: NullTranslations = get_domain().get_translations()
        return texts.ngettext(one, many, num)

    app.jinja_env.install_gettext_callables(gettext=gettext, ngettext=counted, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(_=text, gettext=text)


class LanguagePrefix:
    """WSGI middleware that takes the language from the address, so that each route exists in every one.

    The prefix becomes part of SCRIPT_NAME: routes do not know of it, and addresses that Flask builds have it.
    A link of the language switch (`?bahasa=en`) leads on to the page itself and is remembered in a cookie,
    which matters for the first page alone: every other address says its language and is believed.
    """

    def __init__(self, app: WSGIApplication, *, is_https: bool) -> None:
        self._app = app
        self._cookie = f"; Max-Age={_REMEMBERED_SECONDS}; Path=/; HttpOnly; SameSite=Lax" + (
            "; Secure" if is_https else ""
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer in the language that the address asks for."""
        locale, path = _split(environ.get("PATH_INFO", ""))
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            query = environ.get("QUERY_STRING", "")
            chosen = _word(query.split("&"))
            if chosen:
                cookie = ("Set-Cookie", f"{_CHOICE}={chosen}{self._cookie}")
                return _redirect(303, chosen, path or "/", query, start_response, cookie)
            if not path:
                return _redirect(308, locale, "/", query, start_response)
            remembered = _word(environ.get("HTTP_COOKIE", "").split(";")) if path == "/" else None
            if remembered not in (None, locale) and locale == DEFAULT_LOCALE:
                return _redirect(303, remembered, "/", query, start_response, ("Vary", "Cookie"))
        if locale != DEFAULT_LOCALE and not path.startswith(_WITHOUT_LANGUAGE):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIXES[locale]
            environ["PATH_INFO"] = path or "/"
        else:
            locale = DEFAULT_LOCALE
        outer = _addressed.set(locale)
        try:
            return self._app(environ, start_response)
        finally:
            _addressed.reset(outer)


def _split(path: str) -> tuple[str, str]:
    """The language of an address, and the address without it."""
    for locale, prefix in PREFIXES.items():
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):
            return locale, path.removeprefix(prefix)
    return DEFAULT_LOCALE, path


def _word(pairs: Iterable[str]) -> str | None:
    """The language that one of these `name=value` pairs chooses; anything but a language of ours is none."""
    for pair in pairs:
        name, _, value = pair.strip().partition("=")
        if name == _CHOICE and value in PREFIXES:
            return value
    return None


def _without_choice(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and pair.partition("=")[0] != _CHOICE)


def _redirect(
    status: int, locale: str, path: str, query: str, start_response: StartResponse, *headers: tuple[str, str]
) -> Iterable[bytes]:
    start_response(
        {303: "303 See Other", 308: "308 Permanent Redirect"}[status],
        [
            ("Location", _address(locale, path.encode("latin-1"), _without_choice(query))),
            ("Content-Length", "0"),
            *((("Cache-Control", "private, no-store"),) if status == 303 else ()),
            *headers,
        ],
    )
    return []


def _address(locale: str, path: str | bytes, query: str) -> str:
    """An address with its prefix, never one of another host: those begin with two slashes."""
    written = PREFIXES[locale] + "/" + quote(path, safe=_IN_PATH).lstrip("/")
    return f"{written}?{quote(query.encode('latin-1'), safe=_IN_QUERY)}" if query else written


def this_page() -> str:
    """The address of the page at hand, with its query and in its language."""
    return _address(address_locale(), request.path, request.query_string.decode("latin-1"))


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """A language the page at hand is not in, and the link of the switch to it."""

    code: str
    name: str
    address: str


def other_languages() -> list[OtherLanguage]:
    """The other languages of the page at hand: its own address with its query, chosen and remembered.

    Where there is no page they lead to a first one, so that all that is missing looks the same.
    """
    path, query = request.path, _without_choice(request.query_string.decode("latin-1"))
    if NO_PAGE in request.environ:
        path, query = request.environ[NO_PAGE], ""
    elif request.method != "GET":  # the answer to a form: the page it stands on, if it is one
        adapter = current_app.create_url_adapter(request)
        query, path = "", path if adapter and adapter.test(path, "GET") else "/"
    words = f"{query}&{_CHOICE}" if query else _CHOICE
    return [
        OtherLanguage(code, name, _address(code, path, f"{words}={code}"))
        for code, name in _NAMES.items()
        if code != address_locale()
    ]


def address_locale() -> str:
    """The language that the address of the request at hand asks for; Indonesian outside of a request."""
    return _addressed.get()


def locale_code() -> str:
    """The language at hand, "id" or "en"."""
    return _spoken.get() or _addressed.get()


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Say everything in this language, whatever the address asks for."""
    outer = _spoken.set(locale)
    try:
        with force_locale(locale):
            yield
    finally:
        _spoken.reset(outer)


def province_zone(province_code: str) -> ZoneInfo:
    """The time zone of a province (2-digit code): WIB, WITA or WIT."""
    if province_code in _WITA_PROVINCES:
        return _WITA
    return _WIT if province_code in _WIT_PROVINCES else JAKARTA


def zone_name(zone: ZoneInfo) -> str:
    """What people call a zone of Indonesia: WIB, WITA or WIT."""
    return _ZONE_NAMES[zone.key]


def long_date(day: date) -> str:
    """3 November 2025, in the language at hand."""
    return str(format_date(day, "d MMMM yyyy", rebase=False))


def weekday_date(day: date) -> str:
    """Monday, 3 November 2025, in the language at hand."""
    return str(format_date(day, "EEEE, d MMMM yyyy", rebase=False))


def weekday_name(number: int) -> str:
    """The name of a day of the week, 1 being Monday, in the language at hand."""
    return str(format_date(date(2024, 1, number), "EEEE", rebase=False))  # a month that began on a Monday


def hours(start: time, end: time, zone: ZoneInfo) -> str:
    """09:00–10:30 WITA: a span of the day in a zone of Indonesia, which is named."""
    return f"{start:%H:%M}–{end:%H:%M} {_ZONE_NAMES[zone.key]}"


def moment(at: datetime, zone: ZoneInfo = JAKARTA) -> str:
    """3 November 2025 14:05 WIB: a UTC moment in a zone of Indonesia, which is named."""
    local = at.astimezone(zone)
    return f"{long_date(local.date())} {local:%H:%M} {zone_name(zone)}"
