"""The customer's orders: the list, and buying one of them again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.web import to
from orders.links import OWNERS_WORD
from orders.queries.history import lines_to_buy_again, orders_of
from storefront.services.carts import open_cart
from storefront.services.reordering import Outcome, buy_again
from storefront.web.account.guards import customer_page, signed_in_id
from storefront.web.refusals import refusal_text
from storefront.web.visitor import render_page

blueprint = Blueprint("account_orders", __name__, url_prefix="/akun/pesanan")

_LONGEST_NUMBER = 40


@blueprint.get("")
@customer_page
def history() -> str:
    """The orders, newest first, ten a page; `setelah` is the number of the last one on the page before."""
    after = request.args.get("setelah", "")[:_LONGEST_NUMBER] or None
    page = orders_of(reading_session(), signed_in_id(), after=after)
    return render_page(
        "storefront/account/orders.html", page=page, is_first=after is None, owners_word=OWNERS_WORD
    )


@blueprint.post("/<number>/lagi")
@customer_page
def again(number: str) -> Response | str:
    """Put what an order held into the cart; where something could not be, say so beside it."""
    user_id = signed_in_id()
    with transaction() as session:
        lines = lines_to_buy_again(session, number, user_id)
        cart = open_cart(session, key=None, user_id=user_id, at=now())
        outcomes = buy_again(session, cart.id, lines)
    if all(each.is_whole and not each.has_other_price for each in outcomes):
        count = len(outcomes)
        flash(
            ngettext("%(num)s product is in your cart.", "%(num)s products are in your cart.", count), "good"
        )
        return redirect(to("/keranjang"), 303)
    return render_page(
        "storefront/account/again.html",
        number=number,
        outcomes=outcomes,
        reasons={each.line: _reason(each) for each in outcomes},
        owners_word=OWNERS_WORD,
    )


def _reason(outcome: Outcome) -> str | None:
    return refusal_text(outcome.refusal) if outcome.refusal else None
