"""The search page."""

from __future__ import annotations

from flask import Blueprint, request

from inventory.queries.search import MOST_RANKED, PAGE_SIZE, Found, search
from kernel.db import reading_session
from kernel.errors import NotFound
from storefront.web.shelves import cards
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("search", __name__)

_LONGEST_QUERY = 200
_LAST_PAGE = -(-MOST_RANKED // PAGE_SIZE)


@blueprint.get("/cari")
def results() -> str:
    """What was found for `q`, page `hal`. At most three statements."""
    query = " ".join(request.args.get("q", "").replace("\x00", " ").split())[:_LONGEST_QUERY]
    page = _page(request.args.get("hal", "1"))
    allow_keeping()
    found = search(reading_session(), query, page=page)
    return render_page(
        "storefront/search/results.html",
        query=query,
        search_query=query,
        found=found,
        products=cards(found.items),
        is_more=found.total >= MOST_RANKED,
        page=page,
        has_next=_has_next(found, page),
    )


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= _LAST_PAGE):
        raise NotFound
    return int(text)


def _has_next(found: Found, page: int) -> bool:
    return page * PAGE_SIZE < found.total
