"""Somebody read of a product in the news: found in spite of a slip, postage first, a name on a present."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import (
    Guest,
    check_out,
    order_number,
    pay_by_card,
    total_of,
    wait_for_state,
)
from tests.journeys.ledgers import column, give_terms
from tests.journeys.wording import told
from tests.shop import RunningShop

SUGAR, SANDALS = "gula-semut-jahe-merah", "sandal-rajut-batik"
NAME = "Untuk Ibu Ratna"


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(PHONE, True), (DESKTOP, False)],
    ids=["phone", "desktop without JavaScript"],
)
def test_bought_with_a_present(person: Opens, shop: RunningShop, width: int, scripts: bool) -> None:
    give_terms(shop, SANDALS, own_text_label_id="Nama pada sandal", own_text_most=20)
    guest = Guest(f"berita.{width}.{scripts}@example.id".lower())
    with person(width=width, scripts=scripts) as customer:
        find_the_sugar(customer)
        postage = see_postage(customer, guest)
        put_both_in_the_cart(customer)
        check_out(customer, guest)
        pay_by_card(customer)
        wait_for_state(customer, told("Paid"))
        assert NAME in customer.text
        number = order_number(customer)
    assert total_of(postage) > 0
    mail = shop.inbox.wait_for(to=guest.email, subject=told("Order %(number)s is paid", number=number))
    assert NAME in mail.text
    assert NAME in mail.html
    texts = column(
        shop,
        "SELECT l.own_text FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.number = :number"
        " ORDER BY l.own_text",
        number=number,
    )
    assert texts == ["", NAME]


def find_the_sugar(customer: Browsing) -> None:
    """From the first page, with two letters swapped."""
    customer.open("/")
    customer.page.locator('header input[name="q"]').fill("gula semut jahe mreah")
    customer.submit("/cari")
    assert customer.follow(f"/produk/{SUGAR}") == 200


def see_postage(customer: Browsing, guest: Guest) -> str:
    """A postcode that does not exist, then the right one; gives what the page says of a UPT."""
    stands = customer.page.locator("#pembuat .stock__row").first
    promised_before = stands.inner_text()
    for postcode, is_right in (("99999", False), (guest.postcode, True)):
        customer.field("kode_pos").fill(postcode)
        button = customer.page.locator("#ongkir button")
        if customer.scripts:
            button.click()
            expected = "#ongkir .postage__place" if is_right else "#kode_pos-error"
            expect(customer.page.locator(expected)).to_be_visible()
            customer.check()
        else:
            customer.press(button)
        assert is_right or customer.error_beside("kode_pos")
    assert "Rp" in stands.inner_text()
    assert stands.inner_text() != promised_before
    return stands.inner_text()


def put_both_in_the_cart(customer: Browsing) -> None:
    """Two packets of sugar, and a pair of sandals with a name on them that was too long at first."""
    customer.field("quantity").fill("2")
    assert customer.submit(f"/produk/{SUGAR}") == 200
    assert customer.path == "/keranjang"
    customer.open(f"/produk/{SANDALS}")
    customer.trust_the_server()
    customer.field("own_text").fill("Untuk Ibu Ratna yang sangat kami sayangi")
    assert customer.submit(f"/produk/{SANDALS}") == 422
    assert customer.error_beside("own_text")
    customer.field("own_text").fill(NAME)
    assert customer.submit(f"/produk/{SANDALS}") == 200
    assert customer.page.locator("main").get_by_text(NAME).count() or (
        customer.field("own_text").input_value() == NAME
    )
