"""Paying in every way: declined first, with 3-D Secure, by a slow transfer, another day, or not at all."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.browsing import PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import (
    ASKING_CARD,
    DECLINED_CARD,
    Guest,
    check_out,
    link_in,
    order_number,
    pay_by_card,
    put_in_cart,
    wait_for_state,
)
from tests.journeys.ledgers import open_session, shelf
from tests.journeys.wording import told
from tests.shop import RunningShop

SLUG, SKU, UPT = "sandal-hotel", "LPS-TASIKMALAYA.SANDAL-HOTEL", "lapas-kelas-iia-garut"


def to_payment_page(customer: Browsing, shop: RunningShop, guest: Guest) -> None:
    """A pair of sandals, and on to the payment page; the mail that asks to pay comes meanwhile."""
    put_in_cart(customer, SLUG, 1, upt=UPT)
    check_out(customer, guest)
    shop.inbox.wait_for(to=guest.email)


def test_declined_then_asked_by_the_bank_then_paid(person: Opens, shop: RunningShop) -> None:
    guest = Guest("declined@example.id")
    with person() as customer:
        to_payment_page(customer, shop, guest)
        pay_by_card(customer, DECLINED_CARD)
        expect(customer.page.get_by_role("alert")).to_be_visible()
        pay_by_card(customer, ASKING_CARD)
        customer.press(customer.page.locator("#complete"))
        assert told("Paid") in customer.text
        number = order_number(customer)
    shop.inbox.wait_for(to=guest.email, subject=told("Order %(number)s is paid", number=number))
    assert len(shop.inbox.mails(to=guest.email)) == 2


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_transfer_that_comes_later(person: Opens, shop: RunningShop, scripts: bool) -> None:
    guest = Guest(f"transfer.{scripts}@example.id".lower())
    with person(scripts=scripts) as customer:
        to_payment_page(customer, shop, guest)
        customer.press(customer.page.locator("#transfer"))
        customer.press(customer.page.locator("#back"))
        assert told("Payment on its way") in customer.text
        assert customer.page.locator('form[action$="/bayar"]').count() == 0
        number = order_number(customer)
        shop.simulator.settle(open_session(shop, number))
        wait_for_state(customer, told("Paid"))
    shop.inbox.wait_for(to=guest.email, subject=told("Order %(number)s is paid", number=number))


def test_back_from_the_payment_page_and_paid_later_from_the_mail(person: Opens, shop: RunningShop) -> None:
    guest = Guest("later@example.id")
    with person(width=PHONE) as customer:
        to_payment_page(customer, shop, guest)
        customer.press(customer.page.locator("#back"))
        assert told("This order waits for your payment") in customer.text
        number = order_number(customer)
    mail = shop.inbox.wait_for(to=guest.email, subject=number)
    with person(width=PHONE) as elsewhere:
        elsewhere.open(link_in(mail))
        elsewhere.press(elsewhere.page.locator('form[action$="/bayar"] button'))
        pay_by_card(elsewhere)
        assert told("Paid") in elsewhere.text
    shop.inbox.wait_for(to=guest.email, subject=told("Order %(number)s is paid", number=number))
    assert len(shop.inbox.mails(to=guest.email)) == 2


def test_cancelled_before_it_was_paid(person: Opens, shop: RunningShop) -> None:
    guest = Guest("cancelled@example.id")
    before = shelf(shop, SKU, "LPS-GARUT")
    with person() as customer:
        to_payment_page(customer, shop, guest)
        assert shelf(shop, SKU, "LPS-GARUT") == (before[0], before[1] + 1)
        payment_page = customer.page.url
        customer.press(customer.page.locator("#back"))
        number = order_number(customer)
        customer.press(customer.page.locator('form[action$="/batal"] button'))
        assert told("The order was cancelled.") in customer.page.locator("body").inner_text()
        assert customer.page.locator('form[action$="/bayar"]').count() == 0
        customer.open(payment_page)
        assert customer.page.locator("#pay").count() == 0
    shop.inbox.wait_for(to=guest.email, subject=told("Order %(number)s is cancelled", number=number))
    assert shelf(shop, SKU, "LPS-GARUT") == before
