"""The listing: products narrowed, ordered and paged by the query words of its address."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, request
from flask_babel import gettext as _

from inventory.queries.listing import (
    COUNT_UP_TO,
    Choice,
    listing_choices,
    listing_count,
    listing_page,
)
from kernel.db import reading_session
from kernel.errors import NotFound
from kernel.i18n import locale_code
from storefront.web.listing_address import read_listing_address, sort_words
from storefront.web.shelves import cards
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("listing", __name__)


@blueprint.get("/produk")
def listing() -> str:
    """Products, narrowed, ordered and paged by query words. Three statements."""
    address = read_listing_address(request.args)
    allow_keeping()
    session = reading_session()
    choices = listing_choices(session, address.filters, locale=locale_code())
    chosen = {
        "category": _chosen(choices.categories, address.filters.category),
        "kanwil": _chosen(choices.kanwils, address.filters.kanwil),
        "upt": _chosen(choices.upts, address.filters.upt),
    }
    page = listing_page(session, address.filters, address.sort, address.cursor)
    count = listing_count(session, address.filters)
    return render_page(
        "storefront/listing/listing.html",
        title=_title(chosen),
        address=address,
        choices=choices,
        chosen=chosen,
        sorts=sort_words(),
        products=cards(page.items),
        count=min(count, COUNT_UP_TO),
        is_more=count > COUNT_UP_TO,
        previous_url=address.at(page.previous),
        next_url=address.at(page.next),
    )


def _chosen(choices: Sequence[Choice], slug: str | None) -> Choice | None:
    """The chosen value of a filter. Raises NotFound for one that does not exist."""
    if slug is None:
        return None
    for choice in choices:
        if choice.slug == slug:
            return choice
    raise NotFound


def _title(chosen: dict[str, Choice | None]) -> str:
    names = [choice.name for choice in chosen.values() if choice]
    return " · ".join(names) if names else _("All products")
