"""A UPT's page: who they are, where and when they can be visited, and what they make."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from babel.dates import get_day_names
from flask import Blueprint, redirect, request
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.opening_hours import OpenSpan, read_opening_hours
from inventory.queries.upts import (
    UptRow,
    categories_of_upt,
    present_upt_slug,
    products_of_upt,
    upt_by_slug,
)
from kernel.clock import jakarta_day, now
from kernel.db import reading_session
from kernel.errors import NotFound
from kernel.i18n import locale_code, province_zone, zone_name
from kernel.web import config, to
from storefront.provinces import BY_CODE
from storefront.web.shelves import cards, letter_to_office
from storefront.web.structured import institution_thing
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("upts", __name__)

_PAGE_SIZE = 24
_MOST_DIGITS = 5


@blueprint.get("/upt/<slug>")
def upt(slug: str) -> str | Response:
    """One UPT, and what it makes by category and page. Three statements."""
    allow_keeping()
    session = reading_session()
    today = jakarta_day(now())
    found = upt_by_slug(session, slug, locale=locale_code(), today=today)
    if found is None:
        return _moved(slug)
    categories = categories_of_upt(session, found.id, locale=locale_code())
    chosen = request.args.get("kategori") or None
    counts = {category.slug: category.count for category in categories}
    if chosen and chosen not in counts:
        raise NotFound
    count = counts[chosen] if chosen else sum(counts.values())
    page = _page(request.args.get("hal", "1"), count)
    products = products_of_upt(session, found.id, category=chosen, page=page, size=_PAGE_SIZE)
    return render_page(
        "storefront/places/upt.html",
        upt=found,
        province=BY_CODE.get(found.province_code),
        chips=[
            {"name": _("Everything"), "url": _url(slug), "count": found.products, "current": not chosen},
            *(
                {
                    "name": category.name,
                    "url": _url(slug, category.slug),
                    "count": category.count,
                    "current": category.slug == chosen,
                }
                for category in categories
            ),
        ],
        is_narrowed=bool(chosen) or page > 1,
        products=cards(products),
        count=count,
        previous_url=_url(slug, chosen, page - 1) if page > 1 else None,
        next_url=_url(slug, chosen, page + 1) if page * _PAGE_SIZE < count else None,
        hours=_hours(found),
        zone=zone_name(province_zone(found.province_code)),
        chat_url=_chat_url(found),
        ask_url=letter_to_office(_("Question to %(upt)s", upt=found.name)),
        thing=institution_thing(found),
    )


def _moved(slug: str) -> Response:
    """Lead from an old address to the present one. Raises NotFound for one that never was."""
    present = present_upt_slug(reading_session(), slug)
    if present is None:
        raise NotFound
    return redirect(to(f"/upt/{present}"), 301)


def _page(text: str, count: int) -> int:
    """The page asked for. Raises NotFound for one that no link of ours leads to."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise NotFound
    page = int(text)
    if page < 1 or (page > 1 and (page - 1) * _PAGE_SIZE >= count):
        raise NotFound
    return page


def _url(slug: str, category: str | None = None, page: int = 1) -> str:
    words = {"kategori": category, "hal": str(page) if page > 1 else None}
    given = {name: word for name, word in words.items() if word}
    return to(f"/upt/{slug}") + (f"?{urlencode(given)}" if given else "")


def _hours(upt: UptRow) -> list[tuple[str, str]]:
    """Days and hours in words, each a line: ("Monday–Thursday", "08:30–15:00")."""
    if not upt.pickup_hours:
        return []
    spans = read_opening_hours(upt.pickup_hours)
    return [(_days(span), f"{span.opens:%H:%M}–{span.closes:%H:%M}") for span in spans]


def _days(span: OpenSpan) -> str:
    names = get_day_names("wide", locale=get_locale())
    first, last = str(names[span.first]), str(names[span.last])
    return first if span.first == span.last else f"{first}–{last}"


def _chat_url(upt: UptRow) -> str | None:
    """A chat with the office, with a first sentence already written; None where no number is known."""
    if not upt.whatsapp:
        return None
    page = config().base_url + to(f"/upt/{upt.slug}")
    text = _("Hello %(upt)s, I have a question about what you make (%(page)s):", upt=upt.name, page=page)
    return f"https://wa.me/{upt.whatsapp}?text={quote(text + ' ')}"
