"""The customer's page of one order: opened by a signed link, or by its owner who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kernel.clock import now
from kernel.db import reading_session, transaction
from kernel.errors import Unavailable
from kernel.i18n import province_zone
from kernel.web import config, keep_private, sentence
from orders.errors import (
    CannotCallOff,
    OrderNotPayable,
    PickupNotOffered,
    RefundTooLarge,
    TakeoverOpen,
    WrongState,
)
from orders.links import OWNERS_WORD
from orders.queries.customer import OrderView, ParcelView, order_view
from orders.queries.history import is_order_of
from orders.queries.invoices import papers_of_order
from orders.rules.pickup import MOST_MISSES, pickup_code, spoken
from orders.rules.problems import REPORTABLE_STATES, last_day, report_until
from orders.rules.tracking import tracking_page
from orders.services import calling_off, expiring, fetching, settling
from orders.web.order_access import check_order_link
from storefront.web import order_timeline, paying
from storefront.web.order_door import buyer_of
from storefront.web.visitor import render_page, visiting_user_id

blueprint = Blueprint("orders", __name__, url_prefix="/pesanan/<number>/<token>")


@blueprint.get("")
def show(number: str, token: str) -> Response:
    """The order with its parcels, what happened to it, and what can be done now."""
    check_order_link(number, token)
    if _is_link_of_visitor(number, token):
        return keep_private(_back(number, OWNERS_WORD))
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
        parcel_steps={parcel.number: order_timeline.parcel_steps(order, parcel) for parcel in order.parcels},
        report_days={parcel.number: _report_days(order, parcel) for parcel in order.parcels},
        tracking_page=tracking_page,
        pickup_codes={parcel.number: _pickup_code(parcel) for parcel in order.parcels},
        zone=province_zone(order.province_code),
        is_payable=order.state == "awaiting_payment"
        and now() < order.expires_at
        and not order.has_slow_payment,
        is_confirming=is_waiting and (not is_answered or order.has_slow_payment),
    )
    return keep_private(make_response(page))


@blueprint.post("/bayar")
def pay(number: str, token: str) -> Response:
    """Go to the payment page; as often as the customer likes, it is the same one while it is open."""
    check_order_link(number, token)
    try:
        return paying.send_to_payment(number)
    except OrderNotPayable as refusal:
        flash(sentence(refusal), "warn")
        return _back(number, token)


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
        return _back(number, token)
    if is_cancelled:
        flash(_("The order was cancelled."), "good")
    else:
        flash(_("This order can no longer be cancelled here: it is paid, being paid, or has ended."), "warn")
    return _back(number, token)


@blueprint.post("/batal-dan-kembalikan")
def call_off(number: str, token: str) -> Response:
    """Cancel a paid order of which nothing is packed; its money goes back the way it came."""
    check_order_link(number, token)
    customer = buyer_of(number)
    try:
        with transaction() as session:
            is_new = calling_off.call_off(session, number, actor=customer, at=now())
    except (CannotCallOff, WrongState) as refusal:
        flash(sentence(refusal), "warn")
    else:
        if is_new:
            flash(_("The order was cancelled. Your money is on its way back to you."), "good")
        else:
            flash(_("This order was cancelled already; nothing was done twice."), "info")
    return _back(number, token)


@blueprint.post("/<parcel>/sampai")
def confirm_receipt(number: str, token: str, parcel: str) -> Response:
    """Note that a parcel has arrived, as its customer says."""
    check_order_link(number, token)
    customer = buyer_of(number)
    try:
        with transaction() as session:
            calling_off.confirm_receipt(session, number, parcel, actor=customer, at=now())
    except WrongState as refusal:
        flash(sentence(refusal), "warn")
    else:
        flash(_("Thank you! Enjoy what you bought."), "good")
    return _back(number, token)


@blueprint.post("/<parcel>/ambil-sendiri")
def choose_pickup(number: str, token: str, parcel: str) -> Response:
    """Fetch a parcel at its UPT instead of having it sent; shipping that nothing is sent for goes back."""
    check_order_link(number, token)
    customer = buyer_of(number)
    try:
        with transaction() as session:
            is_new = fetching.choose_pickup(session, number, parcel, actor=customer, at=now())
    except (PickupNotOffered, WrongState, OrderNotPayable, RefundTooLarge, TakeoverOpen) as refusal:
        flash(sentence(refusal), "warn")
    else:
        if is_new:
            flash(_("Noted: you fetch this parcel. A mail with your code follows once it is packed."), "good")
        else:
            flash(_("This was noted already; nothing was done twice."), "info")
    return _back(number, token)


@dataclass(frozen=True, slots=True)
class ReportDays:
    """Whether a problem of a parcel can be reported now, and the last day for it once it has come."""

    is_open: bool
    day: date | None


def _report_days(order: OrderView, parcel: ParcelView) -> ReportDays:
    if order.state != "paid" or parcel.state not in REPORTABLE_STATES:
        return ReportDays(False, None)
    if parcel.delivered_at is None:
        return ReportDays(True, None)
    zone = province_zone(order.province_code)
    until = report_until(parcel.delivered_at, zone)
    return ReportDays(now() < until, last_day(until, zone))


def _pickup_code(parcel: ParcelView) -> str | None:
    """The code of a parcel that waits to be fetched, as long as it opens anything."""
    if parcel.state != "ready" or parcel.code_misses >= MOST_MISSES:
        return None
    return spoken(pickup_code(parcel.number, parcel.code_round, secret_key=config().secret_key))


def _back(number: str, token: str) -> Response:
    """To the order's page, by the address that was used; what the payment page said goes along."""
    said = request.args.get("session_id")
    return redirect(url_for("orders.show", number=number, token=token, session_id=said), 303)


def _is_link_of_visitor(number: str, token: str) -> bool:
    """Whether a signed link opens an order of the one who is signed in: they have a page of their own."""
    user_id = visiting_user_id()
    return token != OWNERS_WORD and user_id is not None and is_order_of(reading_session(), number, user_id)


def _cancel(number: str) -> bool:
    customer = buyer_of(number)
    with transaction() as session:
        question = expiring.ask_cancel(session, number)
    answer = settling.look_up(paying.provider(), question) if question else None
    with transaction() as session:
        return expiring.cancel_order(session, number, question, answer, actor=customer, at=now())
