"""Guards of staff pages: who is let in, who is sent to sign in, and for whom the page does not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from accounts.queries import scope_names
from accounts.rules import Permission
from accounts.web.session import current_actor
from kernel.db import reading_session
from kernel.errors import Forbidden, NotFound

View = Callable[..., Any]


def staff_page(permission: Permission) -> Callable[[View], View]:
    """Let only staff whose roles carry `permission` reach a view, and keep what it shows out of caches.

    A visitor is sent to sign in; a user without any role finds no such page. Raises NotFound, Forbidden.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Response | BaseResponse:
            actor = current_actor()
            if actor.user_id is None:
                return _to_sign_in()
            if not actor.is_staff:
                raise NotFound
            if not actor.may(permission):
                raise Forbidden("read_only")
            response = make_response(view(*args, **kwargs))
            response.headers["Cache-Control"] = "no-store"
            return response

        return guarded

    return guard


def staff_frame() -> dict[str, str]:
    """What the frame of staff pages shows of its reader; the context processor of staff blueprints."""
    actor = current_actor()
    if not actor.is_staff:
        return {}
    return {"staff_name": actor.label, "staff_scope": ", ".join(scope_names(reading_session(), actor))}


def _to_sign_in() -> BaseResponse:
    """To the sign-in page, and from there back to the page that was asked for (never to a form's address)."""
    if request.method != "GET":
        return redirect(url_for("sign_in.sign_in"), 303)
    return redirect(url_for("sign_in.sign_in", next=request.full_path.removesuffix("?")), 303)
