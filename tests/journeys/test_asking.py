"""Asking instead of buying: a time is booked on a phone and confirmed; a text is put on a board."""

from __future__ import annotations

import re

import pytest

from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens

BARBER, BOARD = "barbershop-lapas-bandung", "papan-nama-ukir-muara-teweh"
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


def test_a_time_is_booked_and_confirmed(person: Opens) -> None:
    with person() as customer:
        customer.open(f"/produk/{BARBER}")
        customer.press(customer.page.locator(f'main a[href="/produk/{BARBER}/permintaan"]').first)
        fill(customer, people="9", name="Budi", email="budi@example.com", phone="081234567890")
        customer.trust_the_server()
        assert customer.submit(f"/produk/{BARBER}/permintaan") == 422
        assert customer.error_beside("slot")
        customer.field("slot").select_option(index=1)
        fill(customer, people="1", body="Titip salam untuk warga binaan")
        customer.trust_the_server()
        assert customer.submit(f"/produk/{BARBER}/permintaan") == 422
        assert customer.error_beside("body")
        fill(customer, body="Potong pendek saja.")
        assert customer.submit(f"/produk/{BARBER}/permintaan") == 200
        number, address = number_of(customer), customer.page.url
        assert "Belum dipastikan" in customer.text
    with person() as director:
        officers.sign_in(director, officers.DIRECTORATE)
        director.open("/staff/permintaan?status=new")
        director.press(director.page.locator(f'main a[href="/staff/permintaan/{number}"]'))
        assert "Potong pendek saja." in director.text
        assert director.submit(f"/staff/permintaan/{number}/terima") == 200
    with person() as customer:
        customer.open(address)
        assert "Pemesanan Anda sudah dipastikan" in customer.text


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
