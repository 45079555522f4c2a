"""A UPT cannot supply a part of what was bought: the money for it goes back, and the customer is told."""

from __future__ import annotations

from tests.journeys import officers
from tests.journeys.browsing import Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import (
    Guest,
    check_out,
    order_number,
    pay_by_card,
    put_in_cart,
    wait_for_state,
)
from tests.journeys.ledgers import parcel_of, shelf
from tests.journeys.wording import told
from tests.shop import RunningShop

SLUG, SKU = "sabun-cuci-lapas-garut", "LPS-GARUT.SABUN-CUCI-LAPAS-GARUT"


def test_one_of_three_is_missing(person: Opens, shop: RunningShop) -> None:
    guest = Guest("short@example.id")
    before = shelf(shop, SKU, "LPS-GARUT")
    with person() as customer:
        put_in_cart(customer, SLUG, 3)
        check_out(customer, guest)
        pay_by_card(customer)
        number, link = order_number(customer), customer.page.url
    with person() as officer:
        officers.sign_in(officer, officers.GARUT)
        say_one_is_missing(officer, parcel_of(shop, number, "LPS-GARUT"))
    with person() as customer:
        customer.open(link)
        wait_for_state(customer, told("%(amount)s was returned to you.", amount="Rp32.000"))
    subject = told("Order %(number)s: some goods cannot be supplied", number=number)
    assert "Rp32.000" in shop.inbox.wait_for(to=guest.email, subject=subject).text
    subject = told("Order %(number)s: your money is returned", number=number)
    assert "Rp32.000" in shop.inbox.wait_for(to=guest.email, subject=subject).text
    assert shelf(shop, SKU, "LPS-GARUT") == (before[0] - 1, before[1] + 2)


def say_one_is_missing(officer: Browsing, parcel: str) -> None:
    """Too many first, which is refused beside the field; then one piece, with a reason."""
    officers.open_parcel(officer, parcel)
    officer.page.locator("#shortage summary").click()
    officer.trust_the_server()
    officer.field("pieces-1").fill("4")
    assert officer.submit(f"/staff/paket/{parcel}/tidak-tersedia") == 422
    assert "3" in officer.error_beside("pieces-1")
    officer.field("pieces-1").fill("1")
    officer.field("reason").select_option("damaged")
    assert officer.submit(f"/staff/paket/{parcel}/tidak-tersedia") == 200
