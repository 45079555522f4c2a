"""The main story: goods of two UPTs in one order, paid, shipped in two parcels, and everybody told."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import (
    Guest,
    link_in,
    order,
    order_number,
    pay_by_card,
    put_in_cart,
    show_parcels,
    total_of,
    write_contact,
)
from tests.journeys.ledgers import parcel_of, shelf
from tests.journeys.wording import told
from tests.shop import RunningShop

SOAP, SOAP_SKU = "Sabun Cuci Lapas Garut", "LPS-GARUT.SABUN-CUCI-LAPAS-GARUT"
POT, POT_SKU = "Pot Tanaman Sabut Kelapa", "LPS-GARUT.POT-TANAMAN-SABUT-KELAPA"
GARUT, CIAMIS = "lapas-kelas-iia-garut", "lapas-kelas-iib-ciamis"


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(PHONE, True), (DESKTOP, True), (PHONE, False)],
    ids=["phone", "desktop", "phone without JavaScript"],
)
def test_a_guest_buys_from_two_upts(person: Opens, shop: RunningShop, width: int, scripts: bool) -> None:
    guest = Guest(f"sari.{width}.{scripts}@example.id".lower())
    soap, pots = shelf(shop, SOAP_SKU, "LPS-GARUT"), shelf(shop, POT_SKU, "LPS-CIAMIS")
    with person(width=width, scripts=scripts) as customer:
        find_with_a_typo(customer)
        put_in_cart(customer, "sabun-cuci-lapas-garut", 2)
        put_in_cart(customer, "pot-tanaman-sabut-kelapa", 3, upt=CIAMIS)
        number = order_and_pay(customer, shop, guest)
        parcels = {upt: parcel_of(shop, number, upt) for upt in ("LPS-GARUT", "LPS-CIAMIS")}
        link = see_mails_of_payment(shop, guest, number)
        see_packing_mails(shop, parcels)

    ship(
        person, width, officers.GARUT, parcels["LPS-GARUT"], f"GRT{width}{scripts:d}01", parcels["LPS-CIAMIS"]
    )
    ship(
        person,
        width,
        officers.CIAMIS,
        parcels["LPS-CIAMIS"],
        f"CMS{width}{scripts:d}02",
        parcels["LPS-GARUT"],
    )

    with person(width=width, scripts=scripts) as customer:
        see_both_on_their_way(customer, link, [f"GRT{width}{scripts:d}01", f"CMS{width}{scripts:d}02"])
    for parcel, tracking in zip(parcels.values(), ("GRT", "CMS"), strict=True):
        subject = told("Parcel %(number)s is on its way", number=parcel)
        assert tracking in shop.inbox.wait_for(to=guest.email, subject=subject).text
    assert shelf(shop, SOAP_SKU, "LPS-GARUT") == (soap[0] - 2, soap[1])
    assert shelf(shop, POT_SKU, "LPS-CIAMIS") == (pots[0] - 3, pots[1])
    assert shop.violations() == {}


def find_with_a_typo(customer: Browsing) -> None:
    """From the home page, with two letters swapped."""
    customer.open("/")
    customer.page.locator('header input[name="q"]').fill("sabnu cuci garut")
    customer.submit("/cari")
    customer.press(customer.page.get_by_role("link", name=SOAP).first)
    assert customer.path == "/produk/sabun-cuci-lapas-garut"


def order_and_pay(customer: Browsing, shop: RunningShop, guest: Guest) -> str:
    """From the cart to the paid order; gives its number."""
    customer.open("/keranjang")
    customer.press(customer.page.locator('main a.button--wide[href="/checkout"]'))
    write_contact(customer, guest)
    assert show_parcels(customer, guest) == 200
    cards = customer.page.locator(".parcel")
    expect(cards).to_have_count(2)
    goods, shipping, total = map(total_of, customer.page.locator(".totals tr").all_inner_texts())
    assert goods + shipping == total
    assert shipping == sum(total_of(card.locator(".parcel__facts").inner_text()) for card in cards.all())
    assert order(customer) == 200
    assert total_of(customer.page.locator("#total").inner_text()) == total
    shop.inbox.wait_for(to=guest.email)  # who has paid is not asked to pay any more
    pay_by_card(customer)
    return order_number(customer)


def see_mails_of_payment(shop: RunningShop, guest: Guest, number: str) -> str:
    """The customer was told twice: how to pay, and that the money is there; gives the link of the first."""
    paid = shop.inbox.wait_for(to=guest.email, subject=told("Order %(number)s is paid", number=number))
    asked = told("Order %(number)s: please pay by %(until)s", number=number, until="").strip()
    received = shop.inbox.wait_for(to=guest.email, subject=asked)
    assert len(shop.inbox.mails(to=guest.email, subject=number)) == 2
    for mail in (paid, received):
        assert SOAP in mail.text
        assert POT in mail.text
        assert link_in(mail) in mail.html.replace("&amp;", "&")
    return link_in(received)


def see_packing_mails(shop: RunningShop, parcels: dict[str, str]) -> None:
    """Each UPT got one mail, with its own lines alone."""
    for upt, slug, own, other in (
        ("LPS-GARUT", GARUT, SOAP, POT),
        ("LPS-CIAMIS", CIAMIS, POT, SOAP),
    ):
        shop.inbox.wait_for(to=f"{slug}@upt.lapak.example", subject=parcels[upt])
        (mail,) = shop.inbox.mails(subject=told("New parcel to pack: %(number)s", number=parcels[upt]))
        assert own in mail.text
        assert own in mail.html
        assert other not in mail.text
        assert other not in mail.html


def ship(person: Opens, width: int, email: str, parcel: str, tracking_number: str, foreign: str) -> None:
    """An officer finds the parcel of their UPT and no other, accepts, packs and ships it."""
    with person(width=width) as officer:
        assert officers.sign_in(officer, email) == 200
        shown = officers.parcels(officer)
        assert parcel in shown
        assert foreign not in shown
        assert officers.open_parcel(officer, foreign) == 404
        assert officers.open_parcel(officer, parcel) == 200
        officers.accept(officer)
        officers.pack(officer)
        officer.trust_the_server()
        assert officers.ship(officer, "12") == 422
        assert officer.error_beside("tracking_number")
        assert officers.ship(officer, tracking_number) == 200
        assert tracking_number in officer.text
        assert parcel not in officers.parcels(officer)


def see_both_on_their_way(customer: Browsing, link: str, tracking_numbers: list[str]) -> None:
    """The link of the first mail still opens the order, which has both tracking numbers now."""
    assert customer.open(link) == 200
    for tracking_number in tracking_numbers:
        assert tracking_number in customer.text
    steps = customer.page.locator(".timeline__title")
    titles = [title.strip() for title in steps.all_inner_texts()]
    assert titles.index(told("Order received")) < titles.index(told("Paid"))
    assert titles.count(told("Handed to the courier")) == 2


def test_the_checkout_goes_on_where_one_was_typing(person: Opens, shop: RunningShop) -> None:
    guest = Guest("mengetik@example.id")
    with person() as customer:
        put_in_cart(customer, "sabun-cuci-lapas-garut")
        customer.open("/checkout")
        with customer.page.expect_navigation():
            customer.field("postcode").fill(guest.postcode)
        expect(customer.field("village")).to_be_focused()
        with customer.page.expect_navigation():
            customer.field("village").select_option(index=1)
        expect(customer.field("street")).to_be_focused()
        customer.check()
