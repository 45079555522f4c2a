"""The listing: products narrowed, ordered and paged by the query words of its address."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from inventory.queries.facets import Facets
from inventory.queries.listing import listing_page
from kernel.db import reading_session
from storefront.web.finding import choices_of, finding, strangers
from storefront.web.listing_address import ListingAddress, is_wordy, read_listing_address
from storefront.web.shelves import cards
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("listing", __name__)

_WRONG_PRICE = 422


@blueprint.get("/produk")
def listing() -> Response | AnyResponse:
    """Products, narrowed, ordered and paged by query words. Two statements.

    What the address says wrong is left out, which may ask again; such a page is not kept, for there are as
    many of them as there are wrong words.
    """
    address = read_listing_address(request.args)
    if is_redundant(address):
        return redirect(address.url(), 303)
    return _listing(address)


def _listing(address: ListingAddress) -> Response | AnyResponse:
    choices = choices_of(address.filters)
    unheard = strangers(address, choices)
    if any(unheard.values()):
        return _listing(address.leaving_out(unheard))
    if is_elsewhere(address, choices):
        return redirect(address.without("upt").url(), 303)
    page = listing_page(reading_session(), address.filters, address.sort or "newest", address.cursor)
    if address.cursor and not page.items:
        return _listing(address.begun_again("setelah", place_asked_for()))
    keep_if_sound(address)
    found = finding(address, choices)
    body = render_page(
        "storefront/listing/listing.html",
        title=found.title or _("All products"),
        finding=found,
        products=cards(page.items),
        previous_url=address.at(page.previous),
        next_url=address.at(page.next),
    )
    return make_response(body, _WRONG_PRICE if address.price_problem else 200)


def is_redundant(address: ListingAddress) -> bool:
    """Whether a shorter address says the same; one with something wrong stays, so that it can be said."""
    is_sound = address.price_problem is None and not address.unknown
    return is_sound and is_wordy(request.args, address)


def place_asked_for() -> str:
    """The place in the list that the address at hand names, as it is written there."""
    return request.args.get("sebelum") or request.args.get("setelah", "")


def keep_if_sound(address: ListingAddress) -> None:
    """Let the page be kept unless its address says something that is not understood."""
    if not address.unknown:
        allow_keeping()


def is_elsewhere(address: ListingAddress, choices: Facets) -> bool:
    """Whether the UPT chosen is not of the Kanwil chosen, as when a form changes only the latter."""
    upts = {choice.slug for choice in choices.choices.get("upt", ())}
    return bool(address.filters.kanwil and address.filters.upt) and address.filters.upt not in upts
