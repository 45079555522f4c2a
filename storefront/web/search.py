"""The search page: what was found for some words, with the filters and orders of the listing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from inventory.categories import CATEGORY_NAMES
from inventory.queries.facets import Facets, facets_of
from inventory.queries.listing import Filters, listing_page
from inventory.queries.search import PAGE_SIZE, Found, search, search_again, search_words
from inventory.queries.shelf import ShelfItem
from inventory.queries.wording import typed
from kernel.db import reading_session
from kernel.i18n import locale_code
from kernel.web import to
from storefront.web.finding import choices_of, finding, notices, strangers
from storefront.web.listing import is_elsewhere, is_redundant, keep_if_sound, place_asked_for
from storefront.web.listing_address import ListingAddress, read_listing_address
from storefront.web.shelves import cards, letter_to_office
from storefront.web.visitor import render_page

blueprint = Blueprint("search", __name__)

_WRONG_PRICE = 422
_WELL_LIKED = 5


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found, in whatever order, and the pages beside it."""

    found: Found
    items: list[ShelfItem]
    previous_url: str | None = None
    next_url: str | None = None


@blueprint.get("/cari")
def results() -> Response | AnyResponse:
    """What was found for `q`. At most five statements, more where the address says something wrong; one where
    a page holds all that has the words as they were typed."""
    address = read_listing_address(request.args, is_search=True)
    if is_redundant(address):
        return redirect(address.url(), 303)
    return _results(address)


def _results(address: ListingAddress) -> Response | AnyResponse:
    if not search_words(address.query or ""):
        return _nothing(address)
    shown = _best(address) if address.sort is None else _ordered(address)
    if not shown.items and (address.page > 1 or address.cursor):
        field, word = ("setelah", place_asked_for()) if address.cursor else ("hal", str(address.page))
        return _results(address.begun_again(field, word))
    if shown.found.wording is None or (not shown.items and address == address.cleared()):
        return _nothing(address)
    choices = _choices(address, shown.found)
    unheard = strangers(address, choices)
    if any(unheard.values()):
        return _results(address.leaving_out(unheard))
    if is_elsewhere(address, choices):
        return redirect(address.without("upt").url(), 303)
    return _found(address, shown, choices)


def _choices(address: ListingAddress, found: Found) -> Facets:
    """What the products found can be narrowed to; where the page holds all of them nothing more is read."""
    if found.traits:
        return facets_of(found.traits, locale=locale_code())
    return choices_of(replace(address.filters, wording=found.wording))


def _found(address: ListingAddress, shown: Results, choices: Facets) -> Response:
    keep_if_sound(address)
    body = render_page(
        "storefront/search/results.html",
        query=address.query,
        search_query=address.query,
        found=shown.found,
        finding=finding(address, choices),
        products=cards(shown.items),
        previous_url=shown.previous_url,
        next_url=shown.next_url,
    )
    return make_response(body, _WRONG_PRICE if address.price_problem else 200)


def _best(address: ListingAddress) -> Results:
    found = search(reading_session(), address.query or "", address.filters, page=address.page)
    return _paged(address, found)


def _paged(address: ListingAddress, found: Found) -> Results:
    before = replace(address, page=address.page - 1).url() if address.page > 1 else None
    is_last = address.page * PAGE_SIZE >= found.total
    after = None if is_last else replace(address, page=address.page + 1).url()
    return Results(found, found.items, before, after)


def _ordered(address: ListingAddress) -> Results:
    """In another order than the best first; misspelt words are looked for by what they may mean."""
    session = reading_session()
    query, order = address.query or "", address.sort or "newest"
    wording = typed(search_words(query))
    page = listing_page(session, replace(address.filters, wording=wording), order, address.cursor)
    if not page.items and address.cursor is None:
        return _paged(address, search_again(session, query, address.filters))
    found = Found(page.items, len(page.items), wording)
    return Results(found, page.items, address.at(page.previous), address.at(page.next))


def _nothing(address: ListingAddress) -> Response:
    """Nothing was found, or nothing asked for: what else one could look at. One statement."""
    keep_if_sound(address)
    liked = listing_page(reading_session(), Filters(availability="ready"), "newest", size=_WELL_LIKED)
    is_english = locale_code() == "en"
    body = render_page(
        "storefront/search/nothing.html",
        query=address.query,
        search_query=address.query,
        notices=notices(address),
        categories=[
            {
                "name": names[is_english],
                "url": to(f"/produk?kategori={slug}"),
                "current": False,
                "count": None,
            }
            for slug, names in CATEGORY_NAMES.items()
        ],
        products=cards(liked.items),
        ask_url=letter_to_office(address.query or ""),
    )
    return make_response(body)
