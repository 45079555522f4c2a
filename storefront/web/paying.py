"""Sending a customer to the payment page and back: vendor calls lie between two transactions."""

from __future__ import annotations

from flask import current_app, flash, redirect
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kernel.clock import now
from kernel.db import transaction
from kernel.errors import Unavailable
from kernel.i18n import locale_code
from kernel.web import config
from orders.links import order_url
from orders.ports import PaymentProvider
from orders.services import paying, settling

_MOST_ROUNDS = 2  # the page found closed is reopened once


def provider() -> PaymentProvider:
    """The payment provider of the app at hand."""
    found: PaymentProvider = current_app.extensions["payments"]
    return found


def page_of(number: str) -> str:
    """The absolute, signed address of an order's page in the language at hand."""
    return order_url(config().base_url, number, secret_key=config().secret_key, locale=locale_code())


def send_to_payment(number: str) -> Response:
    """Redirect to the provider's page for an order; to the order's own page when that cannot be opened now.

    The order is kept in any case. Raises OrderNotPayable and TotalOutOfBounds.
    """
    home = page_of(number)
    try:
        url = _open_page(number, home)
    except Unavailable:
        flash(_("The payment service does not answer. Your order is kept: try to pay again here."), "warn")
        url = home
    return redirect(url, 303)


def _open_page(number: str, home: str) -> str:
    for _round in range(_MOST_ROUNDS):
        with transaction() as session:
            attempt = paying.prepare_payment(
                session,
                number,
                provider(),
                shipping_name=_("Shipping"),
                success_url=home,
                cancel_url=home,
                at=now(),
            )
        page = paying.open_page(provider(), attempt)
        with transaction() as session:
            url = paying.record_page(session, attempt, page, at=now())
        if url:
            return url
    return home


def settle_on_return(number: str) -> bool:
    """Ask the provider once how the order's payment stands and settle it; False when it does not answer."""
    with transaction() as session:
        question = settling.ask_return(session, number)
    if question is None:
        return True
    try:
        answer = settling.look_up(provider(), question)
    except Unavailable:
        return False
    with transaction() as session:
        settling.apply_answer(session, question, answer, at=now())
    return True
