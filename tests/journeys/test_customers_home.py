"""A guest becomes a customer: their orders, buying again, the address book, the wishlist, what is back."""

from __future__ import annotations

import pytest

from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import (
    Guest,
    check_out,
    choose_village,
    order,
    order_number,
    pay_by_card,
    put_in_cart,
    register,
)
from tests.journeys.ledgers import leave_on_shelves
from tests.journeys.wording import told
from tests.shop import RunningShop

SOAP = "sabun-cuci-lapas-garut"
OIL, OIL_NAME = "minyak-kelapa-lpp-gorontalo", "Minyak Kelapa LPP Gorontalo"
OIL_SKU = "LPP-GORONTALO.MINYAK-KELAPA-LPP-GORONTALO"
PIECES = 40


@pytest.mark.parametrize(
    ("width", "scripts"), [(PHONE, True), (DESKTOP, False)], ids=["phone", "desktop without JavaScript"]
)
def test_a_guest_moves_in(person: Opens, shop: RunningShop, width: int, scripts: bool) -> None:
    guest = Guest(f"merpati{width}@example.id")
    leave_on_shelves(shop, OIL_SKU, PIECES)
    with person(width=width, scripts=scripts) as customer:
        number = buy_as_guest(customer, guest)
        register(customer, shop, guest.email, "Merpati")
        find_the_order(customer, number)
        leave_on_shelves(shop, OIL_SKU, 0)
        buy_again(customer, number)
        wait_for_what_is_sold_out(customer)
        keep_an_address(customer, guest)
        order_to_the_kept_address(customer, guest)
        leave_on_shelves(shop, OIL_SKU, PIECES)
        subject = told("%(product)s is back", product=OIL_NAME)
        assert f"/produk/{OIL}" in shop.inbox.wait_for(to=guest.email, subject=subject).text


def buy_as_guest(customer: Browsing, guest: Guest) -> str:
    put_in_cart(customer, SOAP, 2)
    put_in_cart(customer, OIL, 1)
    check_out(customer, guest)
    pay_by_card(customer)
    return order_number(customer)


def find_the_order(customer: Browsing, number: str) -> None:
    """The order of the guest is there at once, and opens without its link."""
    assert number in customer.text
    customer.open("/akun/pesanan")
    customer.follow(f"/pesanan/{number}/akun")
    assert told("Paid") in customer.text


def buy_again(customer: Browsing, number: str) -> None:
    """What is sold out is said beside it; the rest lies in the cart."""
    customer.follow("/akun/pesanan")
    customer.submit(f"/akun/pesanan/{number}/lagi")
    lines = customer.page.locator(".again__line")
    assert told("Not put in the cart.") in lines.filter(has_text=OIL_NAME).inner_text()
    assert told("Not put in the cart.") not in lines.first.inner_text()
    customer.follow("/keranjang")
    assert customer.field("quantity").count() == 1
    assert customer.field("quantity").input_value() == "2"


def wait_for_what_is_sold_out(customer: Browsing) -> None:
    customer.open(f"/produk/{OIL}")
    customer.submit(f"/produk/{OIL}/kabari")
    assert customer.path == f"/produk/{OIL}"
    customer.submit(f"/produk/{OIL}/keinginan")
    customer.open("/akun/keinginan")
    assert customer.page.locator(".wishes > li").count() == 1
    assert told("We tell you when these are back") in customer.text


def keep_an_address(customer: Browsing, guest: Guest) -> None:
    """Without a village it is not kept; the village is chosen from those of the postcode."""
    customer.open("/akun/alamat")
    customer.follow("/akun/alamat/baru")
    for name in ("name", "phone", "street"):
        customer.field(name).fill(guest.typed(name))
    customer.field("label").fill("Rumah")
    assert customer.submit("/akun/alamat/baru", step="keep") == 422
    assert customer.error_beside("postcode")
    choose_village(customer, guest, "/akun/alamat/baru")
    assert customer.submit("/akun/alamat/baru", step="keep") == 200
    assert customer.path == "/akun/alamat"
    assert "Rumah" in customer.text


def order_to_the_kept_address(customer: Browsing, guest: Guest) -> None:
    """The checkout knows it: nothing is typed. After paying one is at home again."""
    customer.open("/checkout")
    assert customer.field("street").input_value() == guest.street
    assert customer.field("email").input_value() == guest.email
    assert order(customer) == 200
    if customer.path == "/checkout":  # the total was not seen yet
        assert order(customer) == 200
    pay_by_card(customer)
    number = order_number(customer)
    assert customer.path == f"/pesanan/{number}/akun"
    customer.follow("/akun/pesanan")
    assert customer.page.locator(".past-order").count() == 2
