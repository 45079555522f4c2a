"""The customers' door: signing in and out."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from accounts.web import doors
from accounts.web.landing import own_page
from accounts.web.limits import guesses_code, guesses_password
from accounts.web.session import current_user_id
from kernel.web import to
from storefront.web.visitor import render_page

blueprint = Blueprint("customer_sign_in", __name__)

CUSTOMER_HOME = "/akun"


def home() -> str:
    """The customer's first page."""
    return to(CUSTOMER_HOME)


_DOOR = doors.Door(
    password_step="customer_sign_in.sign_in",  # noqa: S106 -- the name of a page
    code_step="customer_sign_in.code",
    password_page="storefront/account/sign_in.html",  # noqa: S106
    code_page="storefront/account/code.html",
    home=home,
    render=render_page,
)


@blueprint.get("/masuk")
def sign_in() -> str | Response:
    """The sign-in form; who is signed in already goes on to their account."""
    if current_user_id() is not None:
        return redirect(own_page(request.args.get("next")) or home(), 303)
    return doors.show_password_step(_DOOR)


@blueprint.post("/masuk")
@guesses_password
def sign_in_now() -> str | Response | tuple[str, int]:
    """Check the password."""
    return doors.take_password(_DOOR)


@blueprint.get("/masuk/kode")
def code() -> str | Response:
    """The form for the code of the second factor."""
    return doors.show_code_step(_DOOR)


@blueprint.post("/masuk/kode")
@guesses_code
def code_now() -> str | Response | tuple[str, int]:
    """Check the code."""
    return doors.take_code(_DOOR)


@blueprint.post("/keluar")
def sign_out() -> Response:
    """End this session; what the browser kept of private pages goes with it."""
    doors.sign_out()
    response = redirect(to("/"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
