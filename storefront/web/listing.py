"""The listing: products narrowed, ordered and paged by the query words of its address."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from inventory.queries.facets import Facets, facets
from inventory.queries.listing import listing_page
from kernel.db import reading_session
from kernel.i18n import locale_code
from storefront.web.finding import finding
from storefront.web.listing_address import ListingAddress, is_wordy, read_listing_address
from storefront.web.shelves import cards
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("listing", __name__)

_WRONG_PRICE = 422


@blueprint.get("/produk")
def listing() -> Response | AnyResponse:
    """Products, narrowed, ordered and paged by query words. Two statements."""
    address = read_listing_address(request.args)
    if address.price_problem is None and is_wordy(request.args, address):
        return redirect(address.url(), 303)
    allow_keeping()
    session = reading_session()
    choices = facets(session, address.filters, locale=locale_code())
    if is_elsewhere(address, choices):
        return redirect(address.without("upt").url(), 303)
    found = finding(address, choices)
    page = listing_page(session, address.filters, address.sort or "newest", address.cursor)
    body = render_page(
        "storefront/listing/listing.html",
        title=found.title or _("All products"),
        finding=found,
        products=cards(page.items),
        previous_url=address.at(page.previous),
        next_url=address.at(page.next),
    )
    return make_response(body, _WRONG_PRICE if address.price_problem else 200)


def is_elsewhere(address: ListingAddress, choices: Facets) -> bool:
    """Whether the UPT chosen is not of the Kanwil chosen, as when a form changes only the latter."""
    upts = {choice.slug for choice in choices.choices.get("upt", ())}
    return bool(address.filters.kanwil and address.filters.upt) and address.filters.upt not in upts
