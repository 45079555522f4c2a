"""The product's page, from which goods are put in the cart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request
from flask_babel import gettext as _

from inventory.errors import NotForSale, OutOfStock, ProductNotFound, QuantityInvalid
from inventory.queries.products import (
    MakerRow,
    ProductRow,
    VariantRow,
    makers_of,
    product_by_slug,
    related_products,
    variants_of,
)
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.i18n import locale_code
from kernel.web import status_of, to
from storefront.errors import CartFull, NotMadeThere
from storefront.rules import MOST_PIECES, quantity_of
from storefront.services.carts import open_cart, put_in_cart
from storefront.web.refusals import refusal_text
from storefront.web.shelves import cards, letter_to_office
from storefront.web.visitor import allow_keeping, guest_key, remember_cart, render_page, visiting_user_id

blueprint = Blueprint("catalogue", __name__)

_RELATED = 4
_LONGEST_ECHO = 100
_REFUSALS = (QuantityInvalid, NotForSale, NotMadeThere, OutOfStock, CartFull, ProductNotFound)


@blueprint.get("/produk/<slug>")
def product(slug: str) -> Response:
    """One product: price, who makes it, how many pieces each UPT has. Four statements."""
    allow_keeping()
    return _product_page(_product(slug))


@blueprint.post("/produk/<slug>")
def add(slug: str) -> Response:
    """Put a variant of the product in the cart; what is refused is said beside the quantity."""
    form = request.form
    try:
        quantity = quantity_of(form.getlist("quantity"))
        with transaction() as session:
            cart = open_cart(session, key=guest_key(), user_id=visiting_user_id(), at=now())
            put_in_cart(session, cart.id, form.get("sku", ""), quantity, upt=form.get("upt") or None)
    except _REFUSALS as refusal:
        return _product_page(_product(slug), refusal)
    return remember_cart(make_response(redirect(to("/keranjang"), 303)), cart)


def _product(slug: str) -> ProductRow:
    found = product_by_slug(reading_session(), slug, locale=locale_code())
    if found is None:
        raise ProductNotFound
    return found


def _product_page(product: ProductRow, refusal: DomainError | None = None) -> Response:
    if product.is_withdrawn:
        return make_response(render_page("storefront/catalogue/withdrawn.html", product=product), 410)
    session = reading_session()
    variants = variants_of(session, product.id)
    makers = makers_of(session, product.id)
    offered = [variant for variant in variants if variant.is_for_sale] if product.kind == "good" else []
    page = render_page(
        "storefront/catalogue/product.html",
        product=product,
        variants=variants,
        offered=offered,
        available=sum(variant.available for variant in offered),
        makers=makers,
        stock=[_stock_row(maker, offered) for maker in makers],
        related=cards(related_products(session, product, most=_RELATED)),
        most=MOST_PIECES,
        typed={name: request.form.get(name, "")[:_LONGEST_ECHO] for name in ("sku", "upt", "quantity")},
        refusal=refusal_text(refusal) if refusal else None,
        ask_url=letter_to_office(_subject(product, makers)),
    )
    return make_response(page, status_of(refusal) if refusal else 200)


def _stock_row(maker: MakerRow, offered: Sequence[VariantRow]) -> dict[str, Any]:
    return {
        "upt_name": maker.name,
        "url": to(f"/upt/{maker.slug}"),
        "place": maker.city,
        "slug": maker.slug,
        "available": sum(maker.available.get(variant.id, 0) for variant in offered),
        "lead": _("Ready to send in %(days)s days", days=maker.lead_days) if maker.lead_days else None,
    }


def _subject(product: ProductRow, makers: Sequence[MakerRow]) -> str:
    upts = ", ".join(maker.name for maker in makers[:3])
    return str(_("Question about %(product)s (%(upts)s)", product=product.name, upts=upts))
