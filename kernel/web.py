"""What every web page stands on: the bare app, refusals as pages, security headers, signed links."""

from __future__ import annotations

import errno
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import StrictUndefined
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from kernel import log
from kernel.clock import now
from kernel.config import Config
from kernel.db import db, engine_options
from kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from kernel.i18n import NO_PAGE, PREFIXES, Templates, address_locale, init_babel, long_date, this_page
from kernel.money import rupiah

ROOT = Path(__file__).resolve().parent.parent

ERROR_STATUS: Mapping[type[DomainError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Invalid: 422,
    Conflict: 409,
    Unavailable: 503,
}

View = TypeVar("View", bound=Callable[..., object])
Answer = TypeVar("Answer", bound=AnyResponse)

LARGEST_FORM = 256 * 1024
_MOST_FORGOTTEN = 256 * 1024 * 1024
_DRAINED = "lapak.body_was_read"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_logger = logging.getLogger(__name__)


def create_bare_app(config: Config, name: str, *, statement_seconds: int) -> Flask:
    """An app with settings, database, languages and templates, and no page: web and worker begin with it.

    `statement_seconds` is the longest a single SQL statement may run in this process.
    """
    app = Flask(name, template_folder=str(ROOT / "templates"), static_folder=None)
    app.jinja_environment = Templates
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(statement_seconds=statement_seconds),
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=500,
    )
    app.extensions["lapak"] = config
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["rupiah"] = rupiah
    app.jinja_env.globals["to"] = to
    db.init_app(app)
    init_babel(app)
    return app


def config() -> Config:
    """The settings of the app at hand."""
    settings: Config = current_app.extensions["lapak"]
    return settings


def to(path: str) -> str:
    """The address of one of our pages in the language of the page that links there: `to("/produk")`."""
    return PREFIXES[address_locale()] + path


# --- signed links -------------------------------------------------------------------------------------------


class LinkExpired(NotFound):
    """The signature is ours but older than the link may live."""

    code = "link_expired"


def sign(purpose: str, value: str, *, secret_key: str) -> str:
    """A token that proves `value` was handed out for `purpose`; it cannot be guessed or used for another."""
    return str(_serializer(purpose, secret_key).dumps(value))


def check_signature(purpose: str, token: str, *, secret_key: str, max_age_days: int) -> str:
    """The value a token was made for. Raises NotFound for a foreign token, LinkExpired for an old one."""
    serializer = _serializer(purpose, secret_key)
    try:
        value, signed_at = serializer.loads(token, return_timestamp=True)
    except BadSignature as error:
        raise NotFound from error
    if (now() - signed_at).days >= max_age_days:
        raise LinkExpired
    return str(value)


def _serializer(purpose: str, secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt=f"lapak.{purpose}")


# --- answers ------------------------------------------------------------------------------------------------


def keep_private(answer: Answer, *, address_too: bool = False) -> Answer:
    """The answer, marked as its reader's alone: no cache keeps it and no search engine finds it.

    With `address_too` no other page is told where its reader came from: the address opens what it shows.
    """
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    if address_too:
        answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


# --- requests -----------------------------------------------------------------------------------------------


def secure(app: Flask, *, form_targets: tuple[str, ...] = ()) -> None:
    """Guard every request and answer of `app`; `form_targets` are origins a form may lead to besides ours."""
    settings: Config = app.extensions["lapak"]
    is_https = settings.base_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-lapak" if is_https else "lapak",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )
    if settings.is_production:
        app.config["TRUSTED_HOSTS"] = [urlsplit(settings.base_url).hostname]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    headers = _security_headers(form_targets, is_https=is_https)

    @app.before_request
    def guard_request() -> None:
        log.request_id.set(secrets.token_hex(8))
        refuse_cross_site_writes()
        request.max_content_length = _most_bytes_sent()
        if not upload_is_too_heavy():
            refuse_null_characters()

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = log.request_id.get()
        if response.mimetype == "text/html":
            response.headers["Content-Language"] = address_locale()
        return response


def accepts_foreign_posts(view: View) -> View:
    """Mark a view that proves its caller in another way (a signed webhook): no same-origin rule for it."""
    view.accepts_foreign_posts = True  # type: ignore[attr-defined]
    return view


def accepts_uploads(most_bytes: int) -> Callable[[View], View]:
    """Let a view be sent files of `most_bytes` in all, where other forms end at LARGEST_FORM.

    What is heavier reaches the view unread, so that it can say so beside the field: it asks
    `upload_is_too_heavy` before it looks at its form.
    """

    def mark(view: View) -> View:
        view.most_bytes_sent = most_bytes + LARGEST_FORM  # type: ignore[attr-defined]
        return view

    return mark


def upload_is_too_heavy() -> bool:
    """Whether the request at hand is for a view that takes uploads, and heavier than that view takes.

    Its body is read (up to a bound) and forgotten: a browser shows no answer before it has sent all.
    """
    most = _most_bytes_sent()
    if most == LARGEST_FORM or (request.content_length or 0) <= most:
        return False
    if not request.environ.get(_DRAINED):
        request.environ[_DRAINED] = True
        body, left = request.environ["wsgi.input"], min(request.content_length or 0, _MOST_FORGOTTEN)
        while left > 0 and (piece := body.read(min(left, LARGEST_FORM))):
            left -= len(piece)
    return True


def _most_bytes_sent() -> int:
    if request.mimetype != "multipart/form-data":
        return LARGEST_FORM  # any other kind of form is read into memory as a whole
    view = current_app.view_functions.get(request.endpoint or "")
    most: int = getattr(view, "most_bytes_sent", LARGEST_FORM)
    return most


def refuse_cross_site_writes() -> None:
    """Refuse a write that another site's page sent: pages carry no token, so they can be cached.

    Browsers say where a request comes from in Sec-Fetch-Site, older ones in Origin or Referer; a page of
    another site cannot forge these. Raises Forbidden.
    """
    if request.method in _SAFE_METHODS:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "accepts_foreign_posts", False):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
        allowed = urlsplit(origin).netloc == request.host
    if not allowed:
        raise Forbidden("cross_site")


def refuse_null_characters() -> None:
    """Refuse a request with a NUL in its address or form: no person types one, no database text holds one."""
    sent = (request.path, *request.args.values(), *request.form.values())
    if any("\0" in value for value in sent):
        raise BadRequest


def _security_headers(form_targets: tuple[str, ...], *, is_https: bool) -> dict[str, str]:
    policy = {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": " ".join(("'self'", *form_targets)),
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


# --- refusals as pages --------------------------------------------------------------------------------------


def show_refusals(app: Flask, sentences: Mapping[str, object]) -> None:
    """Turn errors into pages: `sentences` maps an error's code to a translatable sentence with %(names)s."""
    app.extensions["sentences"] = sentences
    app.register_error_handler(DomainError, _domain_error_page)
    app.register_error_handler(HTTPException, _http_error_page)
    app.register_error_handler(DataError, _impossible_value_page)
    app.register_error_handler(OperationalError, _database_down_page)
    app.register_error_handler(PoolTimeoutError, _crowded_page)
    app.register_error_handler(OSError, _full_disk_page)
    app.register_error_handler(Exception, _crash_page)


def sentence(error: DomainError) -> str:
    """What to tell a person about a refusal, in the language at hand.

    A whole-number parameter `total` can also be written as money: `%(total_rupiah)s`, a day `until` in
    words: `%(until_date)s`.
    """
    sentences: Mapping[str, object] = current_app.extensions["sentences"]
    text = sentences.get(error.code) or sentences[next(k.code for k in ERROR_STATUS if isinstance(error, k))]
    written = {
        f"{name}_rupiah": rupiah(value) for name, value in error.parameters.items() if isinstance(value, int)
    } | {
        f"{name}_date": long_date(value)
        for name, value in error.parameters.items()
        if isinstance(value, date)
    }
    return str(text) % {**error.parameters, **written}


def status_of(error: DomainError) -> int:
    """The HTTP status of a refusal's kind."""
    return next(status for kind, status in ERROR_STATUS.items() if isinstance(error, kind))


_WORTH_ANOTHER_TRY = frozenset({429, 500, 503})


def _error_page(status: int, message: str, code: str = "") -> tuple[str, int]:
    if status in (400, 404):  # a host that is not ours has no addresses to lead to either
        request.environ[NO_PAGE] = "/"
    # without context processors: those of a blueprint may ask the database that has just failed
    page = current_app.jinja_env.get_template("storefront/error.html")
    is_worth_it = status in _WORTH_ANOTHER_TRY and request.method == "GET"
    retry = this_page() if is_worth_it else None
    return page.render(status=status, message=message, code=code, retry=retry), status


def _domain_error_page(error: DomainError) -> tuple[str, int, dict[str, str]]:
    status = status_of(error)
    return *_error_page(status, sentence(error), error.code), {"Retry-After": "5"} if status == 503 else {}


def _http_error_page(error: HTTPException) -> Response | tuple[str, int, dict[str, str]]:
    status = error.code or 500
    if status < 400:
        return error.get_response(request.environ)  # type: ignore[return-value]  # a redirect
    sentences: Mapping[str, object] = current_app.extensions["sentences"]
    told = dict(error.get_headers(request.environ))  # what may be done instead, or when to come back
    del told["Content-Type"]
    return *_error_page(status, str(sentences.get(f"http_{status}") or sentences["http_other"])), told


def _database_down_page(error: OperationalError) -> tuple[str, int, dict[str, str]]:
    db.session.rollback()
    if isinstance(error.orig, LockNotAvailable | DeadlockDetected):
        _logger.warning("waited too long for a row", extra={"fields": {"error": str(error.orig)}})
        return _domain_error_page(Unavailable("busy"))
    log.alarm(_logger, "database unavailable", error=str(error).splitlines()[0])
    return _domain_error_page(Unavailable())


def _crowded_page(error: PoolTimeoutError) -> tuple[str, int, dict[str, str]]:
    """Every connection of this process was lent out for as long as a request waits for one."""
    log.alarm(_logger, "all connections in use", error=str(error).splitlines()[0])
    return _domain_error_page(Unavailable("crowded"))


def _full_disk_page(error: OSError) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    """There was no room for what was sent or is to be sent, which only waits on the disk meanwhile."""
    if error.errno not in _FULL:
        return _crash_page(error)
    db.session.rollback()
    log.alarm(_logger, "no room on the disk", error=str(error))
    return _domain_error_page(Unavailable("no_room"))


def _impossible_value_page(error: DataError) -> tuple[str, int]:
    """Something was sent that no column can hold: a NUL byte, a number beyond all bounds."""
    db.session.rollback()
    _logger.warning("impossible value", extra={"fields": {"error": str(error.orig)}})
    return _error_page(400, str(current_app.extensions["sentences"]["http_400"]))


def _crash_page(error: Exception) -> tuple[str, int]:
    db.session.rollback()
    _logger.error("request crashed", exc_info=error)
    return _error_page(500, str(current_app.extensions["sentences"]["http_500"]))
