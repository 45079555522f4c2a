"""Asking instead of buying: a time is booked, an offer asked for, both answered; a text is put on a board."""

from __future__ import annotations

import re

import pytest

from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.shop import RunningShop

BARBER, NET, BOARD = "barbershop-lapas-bandung", "coir-net-garut", "papan-nama-ukir-muara-teweh"
WINDOWS = pytest.mark.parametrize(
    ("width", "scripts"), [(PHONE, True), (DESKTOP, True), (PHONE, False)], ids=["phone", "desktop", "no JS"]
)


def fill(person: Browsing, **written: str) -> None:
    """Type into the fields of those names."""
    for name, words in written.items():
        person.field(name).first.fill(words)


def number_of(person: Browsing) -> str:
    """The number of the enquiry whose page is open."""
    found = re.search(r"PM-[0-9A-Z]+", person.page.url)
    assert found is not None
    return found[0]


def link_of(shop: RunningShop, email: str, number: str) -> str:
    """The link to the thread that the customer's first mail about it holds."""
    mail = shop.inbox.wait_for(to=email, subject=number, seconds=30)
    found = re.search(r"http://\S+/permintaan/\S+", mail.text)
    assert found is not None
    return found[0]


@WINDOWS
def test_a_time_is_booked_and_confirmed(person: Opens, shop: RunningShop, width: int, scripts: bool) -> None:
    with person(width=width, scripts=scripts) as customer:
        customer.open(f"/produk/{BARBER}")
        customer.press(customer.page.locator(f'main a[href="/produk/{BARBER}/permintaan"]').first)
        fill(customer, people="9", name="Budi", email="budi@example.com", phone="081234567890")
        customer.trust_the_server()
        assert customer.submit(f"/produk/{BARBER}/permintaan") == 422
        assert customer.error_beside("slot")
        customer.field("slot").select_option(index=1 + width % 7)
        fill(customer, people="1", body="Titip salam untuk warga binaan")
        customer.trust_the_server()
        assert customer.submit(f"/produk/{BARBER}/permintaan") == 422
        assert customer.error_beside("body")
        fill(customer, body="Potong pendek saja.")
        assert customer.submit(f"/produk/{BARBER}/permintaan") == 200
        number, address = number_of(customer), customer.page.url
        assert "Belum dipastikan" in customer.text
    with person(width=width, scripts=scripts) as director:
        officers.sign_in(director, officers.DIRECTORATE)
        director.open("/staff/permintaan?status=new")
        director.press(director.page.locator(f'main a[href="/staff/permintaan/{number}"]'))
        assert "Potong pendek saja." in director.text
        assert director.submit(f"/staff/permintaan/{number}/terima") == 200
    with person(width=width, scripts=scripts) as customer:
        customer.open(address)
        assert "Pemesanan Anda sudah dipastikan" in customer.text


@WINDOWS
def test_an_offer_is_asked_for_and_answered_in_english(
    person: Opens, shop: RunningShop, width: int, scripts: bool
) -> None:
    email = f"kim{width}{scripts}@example.com"
    with person(width=width, scripts=scripts) as buyer:
        buyer.open(f"/en/produk/{NET}")
        buyer.press(buyer.page.locator(f'main a[href="/en/produk/{NET}/permintaan"]').first)
        assert "811" in buyer.text
        fill(buyer, quantity="5400", destination="South Korea, Busan", company="Busan Trading")
        fill(buyer, name="Kim", email=email, body="Please quote CIF Busan.")
        assert buyer.submit(f"/en/produk/{NET}/permintaan") == 200
        number = number_of(buyer)
    with person(width=width, scripts=scripts) as officer:
        officers.sign_in(officer, officers.GARUT)
        officer.open(f"/staff/permintaan/{number}")
        officer.trust_the_server()
        assert officer.submit(f"/staff/permintaan/{number}/jawab") == 422
        assert officer.error_beside("answer-body")
        fill(officer, **{"answer-body": "We can ship in six weeks."})
        assert officer.submit(f"/staff/permintaan/{number}/jawab") == 200
    with person(width=width, scripts=scripts) as other:
        officers.sign_in(other, officers.CIAMIS)
        assert other.open(f"/staff/permintaan/{number}") == 404
    with person(width=width, scripts=scripts) as buyer:
        buyer.open(link_of(shop, email, number))
        assert "We can ship in six weeks." in buyer.text
        fill(buyer, body="Thank you.")
        assert buyer.submit(f"/en/permintaan/{number}") == 200
        assert "Waits for an answer" in buyer.text
        assert buyer.open(f"/en/permintaan/{number}/forged") == 404


@WINDOWS
def test_a_name_is_carved(person: Opens, width: int, scripts: bool) -> None:
    with person(width=width, scripts=scripts) as customer:
        for name in ("Keluarga Sari", "Toko Maju"):
            customer.open(f"/produk/{BOARD}")
            fill(customer, own_text="0812 3456 7890", quantity="1")
            customer.trust_the_server()
            assert customer.submit(f"/produk/{BOARD}") == 422
            assert customer.error_beside("own_text")
            fill(customer, own_text=name)
            assert customer.submit(f"/produk/{BOARD}") == 200
        assert customer.field("own_text").count() == 2
        customer.field("own_text").first.fill("Keluarga Sari & Budi")
        assert customer.submit("/keranjang") == 200
        assert customer.field("own_text").first.input_value() == "Keluarga Sari & Budi"
        customer.open("/checkout")
