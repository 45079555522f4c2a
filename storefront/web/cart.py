"""The cart's page: what is in it, changing and removing lines, each by a plain form."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request

from inventory.errors import NotForSale, OutOfStock, QuantityInvalid
from inventory.rules import LONGEST_OWN_TEXT
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import DomainError
from kernel.i18n import locale_code
from kernel.web import status_of, to
from orders.errors import OwnTextRefused, PurchaseLimit
from orders.rules.screening import own_text
from storefront.errors import LineNotFound, NotMadeThere
from storefront.queries.carts import CartRow, Place, lines_of
from storefront.rules import MOST_PIECES, quantity_of
from storefront.services.carts import change_line, remove_line, touch_cart
from storefront.web.refusals import refusal_text, where_text
from storefront.web.visitor import cart_of_request, render_page

blueprint = Blueprint("cart", __name__)

_REFUSALS = (QuantityInvalid, NotForSale, NotMadeThere, OutOfStock, PurchaseLimit)
_LINE_DIGITS = 18
_LONGEST_ECHO = 20


@blueprint.get("/keranjang")
def cart() -> Response:
    """What is in the cart, what of it can still be had, and what it costs."""
    return _cart_page(cart_of_request())


@blueprint.post("/keranjang")
def change() -> Response:
    """Change a line's quantity, or remove it; what is refused is said beside the line."""
    found = cart_of_request()
    if found is None:
        raise LineNotFound
    line_id = _line_id(request.form.get("line", ""))
    try:
        with transaction() as session:
            touch_cart(session, found.id, at=now())
            if "remove" in request.form:
                remove_line(session, found.id, line_id)
            else:
                written = request.form.get("own_text")
                change_line(
                    session,
                    found.id,
                    line_id,
                    quantity_of(request.form.getlist("quantity")),
                    own_text=None if written is None else own_text(written),
                )
    except OwnTextRefused as refusal:
        return _cart_page(found, line_id, text_refusal=refusal)
    except _REFUSALS as refusal:
        return _cart_page(found, line_id, refusal)
    return make_response(redirect(to("/keranjang"), 303))


def _cart_page(
    found: CartRow | None,
    line_id: int | None = None,
    refusal: DomainError | None = None,
    *,
    text_refusal: DomainError | None = None,
) -> Response:
    lines = lines_of(reading_session(), found.id, locale=locale_code()) if found else []
    page = render_page(
        "storefront/cart/cart.html",
        lines=lines,
        left={line.line_id: _where(line.where) for line in lines if line.problem},
        total=sum(line.total for line in lines if line.problem is None),
        has_problems=any(line.problem for line in lines),
        is_ready=any(line.problem is None for line in lines),
        refused_line=line_id,
        refusal=refusal_text(refusal) if refusal else None,
        text_refusal=refusal_text(text_refusal) if text_refusal else None,
        typed=request.form.get("quantity", "")[:_LONGEST_ECHO],
        typed_text=request.form.get("own_text", "")[:LONGEST_OWN_TEXT],
        most=MOST_PIECES,
    )
    wrong = refusal or text_refusal
    return make_response(page, status_of(wrong) if wrong else 200)


def _line_id(text: str) -> int:
    """The line a form speaks of. Raises LineNotFound for anything but a number."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LINE_DIGITS):
        raise LineNotFound
    return int(text)


def _where(places: tuple[Place, ...]) -> str:
    return where_text((place.upt_name, place.available) for place in places) if places else ""
