"""A UPT's page: who they are and what they make."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _

from inventory.queries.listing import COUNT_UP_TO, Filters, listing_count, listing_page
from inventory.queries.upts import upt_by_slug
from kernel.db import reading_session
from kernel.errors import NotFound
from storefront.web.listing_address import ListingAddress
from storefront.web.shelves import cards, letter_to_office
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("upts", __name__)


@blueprint.get("/upt/<slug>")
def upt(slug: str) -> str:
    """One UPT and its newest products. Three statements."""
    allow_keeping()
    session = reading_session()
    found = upt_by_slug(session, slug)
    if found is None:
        raise NotFound
    filters = Filters(upt=found.slug)
    page = listing_page(session, filters, "newest")
    count = listing_count(session, filters)
    return render_page(
        "storefront/upts/upt.html",
        upt=found,
        products=cards(page.items),
        count=min(count, COUNT_UP_TO),
        is_more=count > COUNT_UP_TO,
        all_url=ListingAddress(filters).url() if page.next else None,
        kanwil_url=ListingAddress(Filters(kanwil=found.kanwil)).url(),
        ask_url=letter_to_office(_("Question to %(upt)s", upt=found.name)),
    )
