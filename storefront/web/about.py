"""What Lapak is, and how buying from it works."""

from __future__ import annotations

from flask import Blueprint

from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("about", __name__)


@blueprint.get("/tentang")
def about() -> str:
    """The page the footer's help leads to. It asks the database for nothing but the visitor's cart."""
    allow_keeping()
    return render_page("storefront/about.html")
