"""The first page of the customer's home."""

from __future__ import annotations

from flask import Blueprint

from accounts.web.session import current_actor
from kernel.db import reading_session
from orders.links import OWNERS_WORD
from orders.queries.history import orders_of
from storefront.web.account.guards import customer_page, signed_in_id
from storefront.web.visitor import render_page

blueprint = Blueprint("account_overview", __name__)

_NEWEST = 2


@blueprint.get("/akun")
@customer_page
def overview() -> str:
    """Whose home this is, the newest orders, and the ways into it."""
    newest = orders_of(reading_session(), signed_in_id(), most=_NEWEST).orders
    return render_page(
        "storefront/account/overview.html",
        name=current_actor().label,
        orders=newest,
        owners_word=OWNERS_WORD,
    )
