"""The wishlist, and what its owner waits for."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inventory.errors import ProductNotFound
from inventory.queries.products import product_by_slug
from inventory.queries.restock import waited_for_by
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.i18n import locale_code
from kernel.web import sentence, to
from storefront.errors import WishlistFull
from storefront.queries.wishlist import gone_wishes, product_to_wish, wished_for
from storefront.services.wishlist import unwish, wish_for
from storefront.web.account.guards import SIGN_IN, customer_page, signed_in_id
from storefront.web.shelves import cards
from storefront.web.visitor import render_page, visiting_user_id

blueprint = Blueprint("account_wishlist", __name__)

LIST = "/akun/keinginan"
_LONGEST_SLUG = 200


@blueprint.get(LIST)
@customer_page
def wishlist() -> str:
    """What is wished for and waited for; `tambah` is a product that a visitor wanted to put on it."""
    slug = request.args.get("tambah", "")[:_LONGEST_SLUG]
    session, user_id = reading_session(), signed_in_id()
    offered = product_by_slug(session, slug, locale=locale_code()) if slug else None
    return render_page(
        "storefront/account/wishlist.html",
        offered=None if offered is None or offered.is_withdrawn or offered.rests else offered,
        wishes=cards(wished_for(session, user_id)),
        gone=gone_wishes(session, user_id),
        waited_for=waited_for_by(session, user_id),
    )


@blueprint.post(LIST)
@customer_page
def take_off() -> Response:
    """Take a product off the list."""
    with transaction() as session:
        unwish(session, request.form.get("slug", "")[:_LONGEST_SLUG], user_id=signed_in_id())
    flash(_("It is no longer on your wishlist."), "good")
    return redirect(to(LIST), 303)


@blueprint.post("/produk/<slug>/keinginan")
def put_on(slug: str) -> Response:
    """Put a product on the list; a visitor signs in first and finds it offered there.

    The button is the same for everybody, so that the pages it stands on can be kept.
    """
    user_id = visiting_user_id()
    if user_id is None:
        if product_to_wish(reading_session(), slug) is None:
            raise ProductNotFound
        wanted = f"{LIST}?{urlencode({'tambah': slug[:_LONGEST_SLUG]})}"
        return redirect(f"{to(SIGN_IN)}?{urlencode({'next': wanted})}", 303)
    try:
        with transaction() as session:
            wish_for(session, slug, user_id=user_id, at=now())
    except WishlistFull as refusal:
        flash(sentence(refusal), "warn")
    else:
        flash(_("It is on your wishlist."), "good")
    return redirect(to(LIST), 303)
