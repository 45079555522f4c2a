"""Pages kept in Valkey: an anonymous page is rendered once and served from there until the catalogue changes.

It stands before the app, so a page that is kept costs no request context, no query and no compression. A
kept page carries the version of the catalogue that was current *before* it was rendered; a change committed
meanwhile has given the catalogue another one, and the page is never shown.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zlib_ng import zlib_ng

from inventory.adapters.valkey import CATALOGUE_VERSION, QuickValkey

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAY_KEEP = "lapak.may_keep"
"""A view sets this key of the WSGI environment to allow its answer to be kept and shown to anybody."""

VERSION = "lapak.catalogue_version"
"""This key holds the catalogue's version (None: not known), asked for before anything else was read."""

KEPT_SECONDS = 60
"""A page lives no longer, should a process die between a commit and the new version."""

CACHE_CONTROL = "public, max-age=0, s-maxage=10, must-revalidate"
"""Browsers ask each time (and get 304); a proxy may answer for ten seconds by itself."""

_LONGEST_ADDRESS = 400
_MOST_ASKED_ONCE = 5_000
_GZIP = 31  # what zlib calls its largest window with the header of gzip
_VARY = "Accept-Encoding, Cookie"
_OWN = frozenset({"content-length", "content-encoding", "etag", "vary", "cache-control", "x-request-id"})


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as it lies in Valkey: its headers and the compressed body."""

    version: bytes
    etag: str
    headers: list[tuple[str, str]]
    body: bytes

    def to_bytes(self) -> bytes:
        """The page as one value; the first two lines are the version and everything about the body."""
        about = json.dumps({"etag": self.etag, "headers": self.headers})
        return b"\n".join((self.version, about.encode(), self.body))

    @classmethod
    def from_bytes(cls, value: bytes) -> KeptPage:
        """The page that `to_bytes` wrote."""
        version, about, body = value.split(b"\n", 2)
        values = json.loads(about)
        return cls(version, values["etag"], [tuple(pair) for pair in values["headers"]], body)


class PageCache:
    """WSGI middleware that keeps what views allow. `private_cookies` begin the names of cookies that make a
    page its visitor's own: such a request goes straight to the app. `variant_of` names which variant of a
    page a request gets, one of few; "" is the usual one."""

    def __init__(
        self,
        app: WSGIApplication,
        valkey: QuickValkey,
        private_cookies: tuple[str, ...],
        variant_of: Callable[[WSGIEnvironment], str] = lambda _environ: "",
    ) -> None:
        self._app = app
        self._valkey = valkey
        self._private_cookies = private_cookies
        self._variant_of = variant_of
        self._asked_once: set[bytes] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from the cache, or have the app answer and keep it if the view allows."""
        key = self._key(environ)
        if key is None:
            return self._app(environ, start_response)
        answer = self._valkey.ask(lambda client: client.mget(CATALOGUE_VERSION, key))
        version, value = answer or (None, None)
        if value is not None and version is not None and value.startswith(version + b"\n"):
            return _serve(KeptPage.from_bytes(value), environ, start_response)
        environ[VERSION] = version
        return self._render(environ, start_response, key, version, is_up=answer is not None)

    def _render(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        key: bytes,
        version: bytes | None,
        *,
        is_up: bool,
    ) -> Iterable[bytes]:
        status, headers, body = _run(self._app, environ)
        if not environ.get(MAY_KEEP) or not status.startswith("200 ") or _sets_cookie(headers):
            start_response(status, headers)
            return [body]
        page = _make_page(version or b"", headers, body)
        if version is None:
            if is_up:
                self._valkey.bump_catalogue()
        elif self._is_worth_keeping(environ, key):
            value = page.to_bytes()
            self._valkey.ask(lambda client: client.set(key, value, ex=KEPT_SECONDS))
        return _serve(page, environ, start_response)

    def _key(self, environ: WSGIEnvironment) -> bytes | None:
        """Under which key a request's page is kept; None when it is nobody else's business."""
        if environ["REQUEST_METHOD"] != "GET" or self._is_private(environ.get("HTTP_COOKIE", "")):
            return None
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")  # the former says the language
        query = environ.get("QUERY_STRING", "")
        host = environ.get("HTTP_HOST", "")
        if len(path) + len(query) + len(host) > _LONGEST_ADDRESS or path.startswith("/static/"):
            return None
        variant = self._variant_of(environ)
        return f"lapak:page:{variant}:{host}{path}?{query}".encode("latin-1", "replace")

    def _is_worth_keeping(self, environ: WSGIEnvironment, key: bytes) -> bool:
        """Whether somebody may ask for this page again: words and filters are as many as people think of, so
        an address with a query is kept from its second asking on."""
        if not environ.get("QUERY_STRING") or key in self._asked_once:
            return True
        if len(self._asked_once) >= _MOST_ASKED_ONCE:
            self._asked_once.clear()
        self._asked_once.add(key)
        return False

    def _is_private(self, cookies: str) -> bool:
        return any(pair.strip().startswith(self._private_cookies) for pair in cookies.split(";"))


def _run(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
    """Have the app answer completely."""
    answer: dict[str, Any] = {}
    written: list[bytes] = []

    def start(status: str, headers: list[tuple[str, str]], *_error: Any) -> Callable[[bytes], Any]:
        answer.update(status=status, headers=headers)
        return written.append

    parts = app(environ, start)
    try:
        body = b"".join((*written, *parts))
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return answer["status"], answer["headers"], body


def _sets_cookie(headers: list[tuple[str, str]]) -> bool:
    return any(name.lower() == "set-cookie" for name, _ in headers)


def _make_page(version: bytes, headers: list[tuple[str, str]], body: bytes) -> KeptPage:
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    kept = [(name, value) for name, value in headers if name.lower() not in _OWN]
    return KeptPage(version, etag, kept, zlib_ng.compress(body, 6, wbits=_GZIP))


def _serve(page: KeptPage, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    own = [
        ("ETag", page.etag),
        ("Cache-Control", CACHE_CONTROL),
        ("Vary", _VARY),
        ("X-Request-Id", secrets.token_hex(8)),
    ]
    if page.etag.removeprefix("W/") in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 Not Modified", own)
        return []
    body = page.body
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        own.append(("Content-Encoding", "gzip"))
    else:
        body = zlib_ng.decompress(body, wbits=_GZIP)
    start_response("200 OK", [*page.headers, *own, ("Content-Length", str(len(body)))])
    return [body]
