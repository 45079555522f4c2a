"""The customer's page of one order: opened by a signed link, or by its owner who is signed in."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.rules import CUSTOMER
from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import Unavailable
from kernel.i18n import province_zone
from kernel.web import sentence
from orders.errors import OrderNotPayable, WrongState
from orders.queries.customer import order_view
from orders.queries.invoices import papers_of_order
from orders.services import expiring, settling
from orders.web.order_access import check_order_link
from storefront.web import order_timeline, paying
from storefront.web.order_door import private
from storefront.web.visitor import render_page

blueprint = Blueprint("orders", __name__, url_prefix="/pesanan/<number>/<token>")


@blueprint.get("")
def show(number: str, token: str) -> Response:
    """The order with its parcels, what happened to it, and what can be done now."""
    check_order_link(number, token)
    is_answered = True
    if "session_id" in request.args:  # back from the payment page
        is_answered = paying.settle_on_return(number)
    session = reading_session()
    order = order_view(session, number)
    is_waiting = order.state == "awaiting_payment"
    page = render_page(
        "storefront/orders/show.html",
        order=order,
        token=token,
        papers=papers_of_order(session, order.id),
        paper_url=lambda key: url_for("invoices.of_order", number=number, token=token, key=key),
        steps=order_timeline.steps(order),
        zone=province_zone(order.province_code),
        is_payable=order.state == "awaiting_payment"
        and now() < order.expires_at
        and not order.has_slow_payment,
        is_confirming=is_waiting and (not is_answered or order.has_slow_payment),
    )
    return private(make_response(page))


@blueprint.post("/bayar")
def pay(number: str, token: str) -> Response:
    """Go to the payment page; as often as the customer likes, it is the same one while it is open."""
    check_order_link(number, token)
    try:
        return paying.send_to_payment(number)
    except OrderNotPayable as refusal:
        flash(sentence(refusal), "warn")
        return redirect(paying.page_of(number), 303)


@blueprint.post("/batal")
def cancel(number: str, token: str) -> Response:
    """Cancel an unpaid order: its payment page is closed first, then its stock is free again."""
    check_order_link(number, token)
    try:
        is_cancelled = _cancel(number)
    except (WrongState, OrderNotPayable):
        is_cancelled = False
    except Unavailable:
        flash(_("The payment service does not answer, so the order could not be cancelled yet."), "warn")
        return redirect(paying.page_of(number), 303)
    if is_cancelled:
        flash(_("The order was cancelled."), "good")
    else:
        flash(_("This order can no longer be cancelled here: it is paid, being paid, or has ended."), "warn")
    return redirect(paying.page_of(number), 303)


def _cancel(number: str) -> bool:
    with transaction() as session:
        question = expiring.ask_cancel(session, number)
    answer = settling.look_up(paying.provider(), question) if question else None
    with transaction() as session:
        return expiring.cancel_order(session, number, question, answer, actor=CUSTOMER, at=now())
