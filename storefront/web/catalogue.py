"""The product's page, from which goods are put in the cart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, make_response, redirect, request

from inventory.errors import NotForSale, OutOfStock, ProductNotFound, QuantityInvalid
from inventory.queries.found import present_product_slug
from inventory.queries.product_rows import MakerRow, ProductRow, VariantRow
from inventory.queries.products import (
    makers_of,
    newest_of_category,
    product_by_slug,
    variants_of,
)
from inventory.queries.shelf import ShelfItem
from inventory.rules import LONGEST_OWN_TEXT
from kernel.clock import jakarta_day, now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.i18n import locale_code
from kernel.web import status_of, to
from orders.errors import OwnTextRefused, PurchaseLimit
from orders.rules.screening import own_text
from storefront.catalogue_memory import remembered
from storefront.errors import CartFull, NotMadeThere
from storefront.rules import MOST_PIECES, quantity_of
from storefront.services.carts import open_cart, put_in_cart
from storefront.web.enquiries import asking_of
from storefront.web.estimates import POSTCODE, read_estimates
from storefront.web.product_page import (
    DELIVERY_MODES,
    choice_groups,
    maker_stands,
    permit_badges,
    pictures,
    product_for_machines,
    shown_permits,
    taken_this_month,
)
from storefront.web.refusals import refusal_text
from storefront.web.reviews import reviews_on_page
from storefront.web.shelves import cards, rating_text
from storefront.web.visitor import allow_keeping, guest_key, remember_cart, render_page, visiting_user_id

blueprint = Blueprint("catalogue", __name__)

_RELATED = 5
_LONGEST_ECHO = 100
_WRONG_ESTIMATE = 422
_REFUSALS = (QuantityInvalid, NotForSale, NotMadeThere, OutOfStock, CartFull, ProductNotFound, PurchaseLimit)


@blueprint.get("/produk/<slug>")
def product(slug: str) -> Response:
    """One product: what it is, its variants, who makes it, how many pieces each UPT has, when it arrives.

    Four statements; one more where it has terms, where it was reviewed, for a service's week, for what is
    made to order, and for an estimate of postage, which makes the page its visitor's own.
    """
    if POSTCODE not in request.args:
        allow_keeping()
    found = product_by_slug(reading_session(), slug, locale=locale_code())
    return _product_page(found) if found else _moved(slug)


@blueprint.post("/produk/<slug>")
def add(slug: str) -> Response:
    """Put a variant of the product in the cart; what is refused is said beside the quantity."""
    form = request.form
    written = own_text(form.get("own_text", ""))
    try:
        quantity = quantity_of(form.getlist("quantity"))
        with transaction() as session:
            cart = open_cart(session, key=guest_key(), user_id=visiting_user_id(), at=now())
            put_in_cart(session, cart.id, form.get("sku", ""), quantity, upt=_sender(form), own_text=written)
    except OwnTextRefused as refusal:
        return _product_page(_product(slug), text_refusal=refusal)
    except _REFUSALS as refusal:
        return _product_page(_product(slug), refusal)
    return remember_cart(make_response(redirect(to("/keranjang"), 303)), cart)


def _sender(form: Mapping[str, str]) -> str | None:
    """The UPT to buy from: that of the button beside its name, else the one chosen, else any."""
    return form.get("from") or form.get("upt") or None


def _moved(slug: str) -> Response:
    """Lead from an old address to the present one. Raises ProductNotFound for one that never was."""
    present = present_product_slug(reading_session(), slug)
    if present is None:
        raise ProductNotFound
    return make_response(redirect(to(f"/produk/{present}"), 301))


def _product(slug: str) -> ProductRow:
    found = product_by_slug(reading_session(), slug, locale=locale_code())
    if found is None:
        raise ProductNotFound
    return found


def _product_page(
    product: ProductRow, refusal: DomainError | None = None, *, text_refusal: DomainError | None = None
) -> Response:
    if product.is_withdrawn:
        return make_response(render_page("storefront/catalogue/withdrawn.html", product=product), 410)
    if product.rests:
        return make_response(render_page("storefront/catalogue/resting.html", product=product))
    session, locale, day = reading_session(), locale_code(), jakarta_day(now())
    variants = variants_of(session, product.id, locale=locale)
    makers = makers_of(session, product.id, locale=locale)
    offered = [variant for variant in variants if variant.is_for_sale] if product.kind == "good" else []
    estimates = read_estimates(session, request.args, offered, makers, day=day)
    taken = taken_this_month(session, product, makers, day)
    asking = asking_of(session, product)
    permits = shown_permits(product.permits, day=day)
    reviews = reviews_on_page(session, product)
    page = render_page(
        "storefront/catalogue/product.html",
        product=product,
        pictures=pictures(product, variants),
        offered=offered,
        groups=choice_groups(offered),
        available=sum(variant.available for variant in offered),
        is_sample=_is_sample(product, variants, makers),
        stands=maker_stands(makers, offered, taken, estimates, day=day),
        estimates=estimates,
        permits=permits,
        badges=permit_badges(permits, makers),
        modes=[DELIVERY_MODES[mode] for mode in product.delivery_modes],
        related=cards(_related(product)),
        most=min(MOST_PIECES, asking.terms.limit_pieces or MOST_PIECES),
        typed={name: request.form.get(name, "")[:_LONGEST_ECHO] for name in ("sku", "upt", "quantity")},
        typed_text=request.form.get("own_text", "")[:LONGEST_OWN_TEXT],
        refusal=refusal_text(refusal) if refusal else None,
        text_refusal=refusal_text(text_refusal) if text_refusal else None,
        asking=asking,
        ask_url=to(f"/produk/{product.slug}/permintaan"),
        is_signed_in=visiting_user_id() is not None,
        thing=product_for_machines(product, offered, makers, reviews),
        reviews=reviews,
        rating=rating_text(product.rating_total, product.rating_count),
    )
    wrong = refusal or text_refusal
    if wrong:
        return make_response(page, status_of(wrong))
    return make_response(page, _WRONG_ESTIMATE if estimates.is_refused else 200)


def _related(product: ProductRow) -> list[ShelfItem]:
    """The newest other products of the same category."""
    category, most = product.category, _RELATED + 1
    newest = remembered(
        ("newest", category), lambda: newest_of_category(reading_session(), category, most=most)
    )
    return [item for item in newest if item.product_id != product.id][:_RELATED]


def _is_sample(product: ProductRow, variants: Sequence[VariantRow], makers: Sequence[MakerRow]) -> bool:
    """Whether anything the page shows is stated by no source."""
    marks = [product.is_sample, product.facts.is_sample]
    marks += [variant.is_sample for variant in variants] + [maker.is_sample for maker in makers]
    return any(marks)
