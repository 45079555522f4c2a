"""The first page of the customer's home."""

from __future__ import annotations

from flask import Blueprint

from accounts.web.session import current_actor
from storefront.web.account.guards import customer_page
from storefront.web.visitor import render_page

blueprint = Blueprint("account_overview", __name__)


@blueprint.get("/akun")
@customer_page
def overview() -> str:
    """Whose home this is, and the ways into it."""
    return render_page("storefront/account/overview.html", name=current_actor().label)
