"""What is said without a network: the page that a browser keeps for it, and the script that shows it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from storefront.web.visitor import allow_keeping

blueprint = Blueprint("offline", __name__)


@blueprint.get("/luring")
def offline() -> str:
    """The page a browser keeps. It says nothing about its visitor."""
    allow_keeping()
    return render_template("storefront/offline/offline.html")


@blueprint.get("/sw.js")
def service_worker() -> Response:
    """The script that shows it, for the whole shop. With a new style sheet it is a new one."""
    response = make_response(render_template("storefront/offline/sw.js"))
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "no-cache"
    return response
