"""What follows an order: the invoice, cancelling it while nothing is packed, and a problem of a parcel."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload

from tests.inventory.pictures import jpeg
from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
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
BOTH = pytest.mark.parametrize(
    ("width", "scripts"), [(PHONE, True), (DESKTOP, False)], ids=["phone", "desktop without JavaScript"]
)


@BOTH
def test_the_invoice_and_then_no_order_after_all(
    person: Opens, shop: RunningShop, width: int, scripts: bool
) -> None:
    before = shelf(shop, SKU, "LPS-GARUT")
    with person(width=width, scripts=scripts) as customer:
        buy(customer, Guest(f"camar{width}@example.id"))
        wait_for_state(customer, told("Invoice (PDF)"))
        assert len(papers(customer)) == 1
        customer.page.locator("#call-off summary").click()
        customer.submit(f"{customer.path}/batal-dan-kembalikan")
        assert told("This order is cancelled") in customer.text
        wait_for_state(customer, told("Credit note (PDF)"), seconds=30)
        assert len(papers(customer)) == 2
    assert shelf(shop, SKU, "LPS-GARUT") == before


@BOTH
def test_a_parcel_that_came_broken(person: Opens, shop: RunningShop, width: int, scripts: bool) -> None:
    guest = Guest(f"gelatik{width}@example.id")
    with person(width=width, scripts=scripts) as customer:
        number = buy(customer, guest)
        link, parcel = customer.path, parcel_of(shop, number, "LPS-GARUT")
        with person(width=width, scripts=scripts) as officer:
            officers.sign_in(officer, officers.GARUT)
            officers.open_parcel(officer, parcel)
            officers.accept(officer)
            officers.pack(officer)
            officers.ship(officer, f"GLT{width}")
        customer.open(link)
        customer.submit(f"{link}/{parcel}/sampai")
        customer.follow(f"{link}/masalah/{parcel}")
        report(customer, f"{link}/masalah/{parcel}")
        customer.follow(link)
        assert told("Your report about this parcel") in customer.text


def buy(customer: Browsing, guest: Guest) -> str:
    """Two pieces of soap, paid; ends on the order's page."""
    put_in_cart(customer, SLUG, 2)
    check_out(customer, guest)
    pay_by_card(customer)
    return order_number(customer)


def papers(customer: Browsing) -> set[str]:
    """The papers of the order, each fetched as the PDF it is; gives their addresses."""
    links = customer.page.locator('.papers a[type="application/pdf"]').all()
    addresses = {str(link.get_attribute("href")) for link in links}
    for address in addresses:
        assert customer.page.request.get(customer.shop_url + address).body().startswith(b"%PDF-")
    return addresses


def report(customer: Browsing, address: str) -> None:
    """Too short and with something that is no picture first, then with a photograph, which is shown."""
    customer.trust_the_server()
    customer.field("body").fill("Rusak")
    kind = "image/jpeg"
    no_picture = FilePayload(name="foto.jpg", mimeType=kind, buffer=b"MZ no picture")
    customer.field("pictures").set_input_files([no_picture])
    assert customer.submit(address) == 422
    assert customer.error_beside("body")
    assert customer.error_beside("pictures")
    customer.field("reason").first.check()
    customer.field("body").fill("Dua sabun pecah di dalam kotak, mohon dikirim lagi.")
    customer.field("pictures").set_input_files([FilePayload(name="foto.jpg", mimeType=kind, buffer=jpeg())])
    assert customer.submit(address) == 200
    assert told("Reported. The UPT answers on this page and by mail.") in customer.page.inner_text("body")
    picture = customer.page.locator('main img[src*="/masalah/foto/"]').first
    assert customer.page.request.get(customer.shop_url + str(picture.get_attribute("src"))).ok
