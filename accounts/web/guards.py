"""Guards: who is let in at staff pages, and who is asked again for the password before something grave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, make_response, redirect, render_template, request
from werkzeug.exceptions import NotFound as NoRoute
from werkzeug.wrappers import Response as BaseResponse

from accounts.queries import scope_names
from accounts.rules import STAND_IN, Permission
from accounts.web.filterable import saved_here
from accounts.web.landing import own_page
from accounts.web.session import current_actor, current_session
from kernel.clock import now
from kernel.db import reading_session
from kernel.errors import DomainError, Forbidden, NotFound, Unavailable
from kernel.i18n import NO_PAGE
from kernel.web import keep_private, sentence, status_of, to

View = Callable[..., Any]

CONFIRM_PAGE = "/akun/keamanan/konfirmasi"
SECOND_STEP_PAGE = "/akun/keamanan/dua-langkah"
CONFIRMED_FOR = timedelta(minutes=15)


def staff_page(permission: Permission) -> Callable[[View], View]:
    """Let only staff whose roles carry `permission` reach a view, and keep what it shows out of caches.

    A visitor is sent to sign in, an officer without a second factor to set one up; a user without any role
    finds no such page. What a view does not say of a refusal itself is said in the frame of staff pages.
    Raises NotFound.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Response | BaseResponse:
            actor = current_actor()
            if actor.user_id is None:
                return _to("/staff/masuk")
            if not actor.is_staff:
                raise NotFound
            if not current_session().has_second_factor:
                return _to(SECOND_STEP_PAGE)
            try:
                if not actor.may(permission):
                    raise Forbidden("not_your_role")
                answer = make_response(view(*args, **kwargs))
            except Unavailable:
                raise  # it asks for patience, and for nothing from a database that may be gone
            except DomainError as refusal:
                answer = _refused(refusal)
            return keep_private(answer)

        return guarded

    return guard


def init_staff_pages(app: Flask) -> None:
    """Say in the frame of staff pages, to officers, that no page stands at an address under theirs."""

    @app.before_request
    def say_there_is_none() -> Response | None:
        if not isinstance(request.routing_exception, NoRoute) or not request.path.startswith("/staff/"):
            return None
        if not current_actor().is_staff or not current_session().has_second_factor:
            return None  # the page that anybody is shown
        return keep_private(_refused(NotFound()))


def staff_frame() -> dict[str, Any]:
    """What the frame of staff pages shows of its reader; the context processor of staff blueprints."""
    actor = current_actor()
    if not actor.is_staff:
        return {}
    return {
        "staff_name": actor.label,
        "staff_scope": ", ".join(scope_names(reading_session(), actor)),
        "saved_here": saved_here,
        "oversees": actor.may("upt.oversee"),
        "stands_in": current_session().stands_in if STAND_IN in actor.roles else None,
    }


def recently_confirmed(view: View) -> View:
    """Ask for the password first, unless it was given within the last minutes; for signed-in users only.

    For what a stranger at an open browser must not do: change what guards the account, or take its data away.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if is_recently_confirmed() else _to(CONFIRM_PAGE)

    return guarded


def is_recently_confirmed() -> bool:
    """Whether whoever is signed in has given the password within the last minutes."""
    return now() - current_session().confirmed_at <= CONFIRMED_FOR


def confirm_page(back: str) -> str:
    """Where whoever is signed in gives the password again, and from there goes `back`."""
    return f"{to(CONFIRM_PAGE)}?{urlencode({'next': back})}"


def _refused(refusal: DomainError) -> Response:
    status = status_of(refusal)
    if status == 404:
        request.environ[NO_PAGE] = "/staff"
    said = {"status": status, "message": sentence(refusal)}
    return make_response(render_template("staff/refused.html", **staff_frame(), **said), status)


def _to(page: str) -> BaseResponse:
    """To a page that comes first, and from there back to the one asked for; of a form, to its page."""
    here = request.full_path.removesuffix("?") if request.method == "GET" else request.path
    if own_page(here) is None:
        return redirect(to(page), 303)
    return redirect(f"{to(page)}?{urlencode({'next': here}, safe='/?')}", 303)
