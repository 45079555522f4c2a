"""The guard of the customer's home: whoever is signed in is let in, everybody else is sent to sign in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from kernel.web import keep_private, to
from storefront.web.visitor import visiting_user_id

View = Callable[..., Any]

SIGN_IN = "/masuk"


def customer_page(view: View) -> View:
    """Let only signed-in users reach a view, and keep what it shows out of caches and of search engines.

    Officers are customers too. What belongs to another person must look missing: that is the view's part.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response | BaseResponse:
        if visiting_user_id() is None:
            return to_sign_in()
        return keep_private(make_response(view(*args, **kwargs)))

    return guarded


def signed_in_id() -> int:
    """The id of the user a guarded view is shown to."""
    user_id = visiting_user_id()
    assert user_id is not None  # customer_page let them in
    return user_id


def to_sign_in() -> BaseResponse:
    """To the sign-in page, and from there back to the page that was asked for (never to a form's address)."""
    if request.method != "GET":
        return redirect(to(SIGN_IN), 303)
    wanted = urlencode({"next": request.full_path.removesuffix("?")})
    return redirect(f"{to(SIGN_IN)}?{wanted}", 303)
