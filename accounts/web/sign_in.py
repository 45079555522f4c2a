"""The officers' door: signing in and out at /staff."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.web import doors
from accounts.web.landing import own_page
from accounts.web.limits import guesses_code, guesses_password
from accounts.web.session import current_actor
from kernel.web import to

blueprint = Blueprint("sign_in", __name__)

STAFF_HOME = "/staff"


def _home() -> str:
    """Where the work is; a customer who came in by the wrong door goes to the shop."""
    return to(STAFF_HOME if current_actor().is_staff else "/")


_DOOR = doors.Door(
    password_step="sign_in.sign_in",  # noqa: S106 -- the name of a page
    code_step="sign_in.code",
    password_page="accounts/sign_in.html",  # noqa: S106
    code_page="accounts/code.html",
    home=_home,
    render=render_template,
)


@blueprint.get("/staff/masuk")
def sign_in() -> str | Response:
    """The sign-in form; an officer who is signed in already goes on to their work."""
    if current_actor().is_staff:
        return redirect(own_page(request.args.get("next")) or _home(), 303)
    return doors.show_password_step(_DOOR)


@blueprint.post("/staff/masuk")
@guesses_password
def sign_in_now() -> str | Response | tuple[str, int]:
    """Check the password."""
    return doors.take_password(_DOOR)


@blueprint.get("/staff/masuk/kode")
def code() -> str | Response:
    """The form for the code of the second factor."""
    return doors.show_code_step(_DOOR)


@blueprint.post("/staff/masuk/kode")
@guesses_code
def code_now() -> str | Response | tuple[str, int]:
    """Check the code."""
    return doors.take_code(_DOOR)


@blueprint.post("/staff/keluar")
def sign_out() -> Response:
    """End this session, and have the browser forget what it keeps of this site."""
    doors.sign_out()
    response = redirect(url_for("sign_in.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
