"""The home page, with what comes from the visitor's own province, and the drawn pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, request
from flask_babel import gettext as _
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response

from inventory.queries.home import flagships, newly_made, ways_in
from inventory.queries.regions import products_of_province
from kernel.db import reading_session
from kernel.i18n import locale_code
from kernel.web import to
from storefront.illustrations import illustration
from storefront.provinces import BY_CODE, BY_SLUG, PROVINCES, Province
from storefront.web.shelves import cards
from storefront.web.visitor import allow_keeping, render_page

blueprint = Blueprint("home", __name__)

_NEWEST = 10  # whole rows of two on a phone and of five on a computer
_FLAGSHIPS = 10
_NEAR = 5
_REGIONS = 12  # two rows on a computer
_PROVINCE = "provinsi"  # the field of the form and the cookie that remembers it
_REMEMBERED_SECONDS = 180 * 24 * 3600
_PICTURE_KEPT = "public, max-age=2592000"


@blueprint.get("/")
def home() -> str:
    """The first page: flagships, what was just made, what is near, how it works. Three or four statements.

    It is kept once for each province that visitors have chosen.
    """
    allow_keeping()
    return _home_page()


def _home_page(refusal: str | None = None) -> str:
    session = reading_session()
    categories, participation = ways_in(session, locale=locale_code())
    province = BY_SLUG.get(variant_of(request.environ))
    near = products_of_province(session, province.code, most=_NEAR) if province else []
    return render_page(
        "storefront/home/home.html",
        newest=cards(newly_made(session, most=_NEWEST)),
        flagships=cards(flagships(session, most=_FLAGSHIPS)),
        categories=[
            {
                "url": to(f"/produk?kategori={category.slug}"),
                "name": category.name,
                "slug": category.slug,
                "count": category.count,
            }
            for category in categories
        ],
        participation=participation,
        regions=_regions(participation.by_province),
        province=province,
        provinces=sorted(PROVINCES, key=lambda each: each.name),
        near=cards(near),
        refusal=refusal,
    )


def _regions(upts: Mapping[str, int]) -> list[tuple[Province, int]]:
    """The provinces with most UPTs, each with how many."""
    fullest = sorted(upts.items(), key=lambda each: (-each[1], each[0]))[:_REGIONS]
    return [(BY_CODE[code], number) for code, number in fullest]


@blueprint.post("/provinsi")
def remember_province() -> Response:
    """Remember the visitor's province in a cookie, or forget it; one that is unknown is refused in place."""
    slug = request.form.get(_PROVINCE, "")
    if slug and slug not in BY_SLUG:
        return make_response(_home_page(_("Choose a province from the list.")), 422)
    answer = redirect(to("/") + "#dekat", 303)
    if slug:
        answer.set_cookie(
            _PROVINCE,
            slug,
            max_age=_REMEMBERED_SECONDS,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie(_PROVINCE)
    return answer


def variant_of(environ: Mapping[str, Any]) -> str:
    """Which home page a visitor gets: the slug of their province, "" for everybody else and every other page.

    The page is rendered by it and kept under it: were the cookie read in two ways, one visitor's page could
    be shown to another.
    """
    cookies = environ.get("HTTP_COOKIE", "")
    if environ.get("PATH_INFO") != "/" or _PROVINCE not in cookies:
        return ""
    slug = parse_cookie(cookies).get(_PROVINCE, "")
    return slug if slug in BY_SLUG else ""


@blueprint.get("/gambar/<string(maxlength=60):category>/<string(maxlength=200):slug>.svg")
def picture(category: str, slug: str) -> Response:
    """The drawing of one product as a file of its own, for shared links. It needs no database."""
    response = Response(illustration(category, slug), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = _PICTURE_KEPT
    response.add_etag(weak=True)
    return response.make_conditional(request)
