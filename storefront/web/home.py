"""The home page and the drawn pictures."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from inventory.queries.home import category_counts, participation
from inventory.queries.listing import Filters, listing_page
from kernel.db import reading_session
from kernel.i18n import locale_code
from kernel.web import to
from storefront.illustrations import illustration
from storefront.web.shelves import cards
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("home", __name__)

_NEWEST = 10  # whole rows of two on a phone and of five on a computer
_PICTURE_KEPT = "public, max-age=2592000"


@blueprint.get("/")
def home() -> str:
    """The first page: what is new and ready, the categories, how it works. Three statements."""
    allow_keeping()
    session = reading_session()
    newest = listing_page(session, Filters(availability="ready"), "newest", size=_NEWEST)
    categories = category_counts(session, locale=locale_code())
    return render_page(
        "storefront/home/home.html",
        newest=cards(newest.items),
        categories=[
            {
                "url": to(f"/produk?kategori={category.slug}"),
                "name": category.name,
                "slug": category.slug,
                "count": category.count,
            }
            for category in categories
        ],
        participation=participation(session),
    )


@blueprint.get("/gambar/<string(maxlength=60):category>/<string(maxlength=200):slug>.svg")
def picture(category: str, slug: str) -> Response:
    """The drawing of one product as a file of its own, for shared links. It needs no database."""
    response = Response(illustration(category, slug), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = _PICTURE_KEPT
    response.add_etag(weak=True)
    return response.make_conditional(request)
