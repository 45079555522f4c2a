"""Wrong and hostile input where people look and ask: said in place, nothing stored, never a page of error."""

from __future__ import annotations

import pytest

from tests.journeys.browsing import DESKTOP, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import put_in_cart
from tests.journeys.enquirers import choose_time, enquiries, number_of, send_twice_at_once, write
from tests.journeys.ledgers import column
from tests.journeys.wording import told
from tests.shop import RunningShop

NETS, SALON, SOAP = "coir-net-kuningan", "salon-lapas-bandung", "sabun-cuci-lapas-garut"
MUCH = "Panjang sekali " * 667  # 10,005 characters
HOSTILE = (
    "<script>document.title = 'seen'</script>",
    "' OR 1=1; --",
    "%_\\%",
    "\u202e\U0001f600 𝒌𝒐𝒑𝒊",
    MUCH[:3_000],
)


def stored(shop: RunningShop) -> list[int]:
    """How many rows there are of everything a visitor can cause."""
    tables = ("enquiries", "enquiry_messages", "bookings", "orders", "cart_lines")
    return [int(column(shop, f"SELECT count(*) FROM {table}")[0]) for table in tables]


def overfill(person: Browsing, *names: str) -> None:
    """Far too much text in each of the fields."""
    person.trust_the_server()
    for name in names:
        person.field(name).fill(MUCH)


def test_whatever_is_searched_for(person: Opens, shop: RunningShop) -> None:
    with person() as visitor:
        visitor.open("/")
        for text in HOSTILE:
            visitor.trust_the_server()
            visitor.page.locator('header input[name="q"]').fill(text)
            assert visitor.submit("/cari") == 200
            assert visitor.page.locator("main h1").count() == 1
            assert visitor.page.title() != "seen"
        for address in ("/cari?q=%00", "/cari?q=%FF%FE", "/produk?dari=%00", "/produk?setelah=%FF"):
            assert visitor.open(address) in (200, 400, 404)


@pytest.mark.parametrize(
    "address",
    [
        "/upt/lapas-kelas-iia-garut?hal=9999",
        "/provinsi/tidak-ada",
        "/kanwil/tidak-ada",
        "/en/upt/tidak-ada",
        "/produk/tidak-ada/permintaan",
        "/permintaan/PM-AAAAAAAAAA/asing",
        "/en/pesanan/LP-AAAAAAAA/asing",
    ],
)
def test_an_address_beyond_the_end_is_a_page_of_ours(person: Opens, address: str) -> None:
    with person(scripts=False) as visitor:
        assert visitor.open(address) == 404
        assert visitor.page.locator("main a").count() > 0


@pytest.mark.parametrize(
    "address",
    [
        "/cari?q=kopi&hal=999",
        "/cari?q=kopi&hal=-1",
        "/cari?q=kopi&hal=9",
        "/produk?setelah=AAAA",
        "/produk?urut=harga",
        "/produk?kategori=tidak-ada",
    ],
)
def test_what_a_list_does_not_understand_is_said_above_it(person: Opens, address: str) -> None:
    with person(scripts=False) as visitor:
        assert visitor.open(address) == 200
        assert visitor.page.locator("#finder-notices .alert").count() == 1
        assert visitor.page.locator(".card").count() > 0


def test_far_too_much_in_every_field(person: Opens, shop: RunningShop) -> None:
    with person(width=DESKTOP) as visitor:
        put_in_cart(visitor, SOAP, 1)
        before = stored(shop)
        visitor.open("/checkout")
        overfill(visitor, "email", "name", "phone", "postcode", "street", "note")
        assert visitor.submit("/checkout", step="order") == 422
        assert all(map(visitor.error_beside, ("email", "name", "phone", "postcode", "street", "note")))
        for slug, fields in (
            (SOAP, ["quantity"]),
            (NETS, ["quantity", "unit", "destination", "company"]),
            (SALON, ["people"]),
        ):
            visitor.open(f"/produk/{slug}/permintaan")
            fields += ["name", "email", "phone", "body"]
            overfill(visitor, *fields)
            assert visitor.submit(f"/produk/{slug}/permintaan") == 422
            assert all(visitor.error_beside(name) for name in fields)
        assert stored(shop) == before


def test_an_enquiry_sent_twice_is_stored_once(person: Opens, shop: RunningShop) -> None:
    email = "dua.kali@example.id"
    hostile = HOSTILE[0]
    with person() as visitor:
        visitor.open(f"/produk/{SOAP}/permintaan")
        write(visitor, body=hostile, name=hostile, email=email)
        action = f"/produk/{SOAP}/permintaan"
        first, second = send_twice_at_once(visitor, action)
        assert visitor.submit(action) == 200
        assert first == second == number_of(visitor)
        assert enquiries(shop, email) == 1
        assert hostile in visitor.text
        assert visitor.page.title() != "seen"
        words = "Satu pertanyaan lagi."
        write(visitor, body=words)
        send_twice_at_once(visitor, "/permintaan/")
        assert visitor.submit("/permintaan/") == 200
        assert visitor.text.count(words) == 1
        assert told("This was sent already; nothing was done twice.") in visitor.page.content()
        overfill(visitor, "body")
        assert visitor.submit("/permintaan/") == 422
        assert visitor.error_beside("body")
        link = visitor.page.url
    with person() as stranger:
        assert stranger.open(link.replace(first, "PM-AAAAAAAAAA")) == 404
        assert stranger.open(link[:-2]) == 404
        assert hostile not in stranger.text


def test_a_booking_sent_twice_takes_one_place(person: Opens, shop: RunningShop) -> None:
    email = "dua.kursi@example.id"
    action = f"/produk/{SALON}/permintaan"
    with person() as visitor:
        visitor.open(action)
        choose_time(visitor, 1)
        write(visitor, people="1", name="Dewi", email=email, phone="081211112222")
        first, second = send_twice_at_once(visitor, action)
        assert first == second
    query = "SELECT count(*) FROM bookings b JOIN enquiries e ON e.id = b.enquiry_id WHERE e.email = :email"
    assert column(shop, query, email=email) == [1]


def test_a_time_that_is_not_offered(person: Opens, shop: RunningShop) -> None:
    before = stored(shop)
    with person() as visitor:
        visitor.open(f"/produk/{SALON}/permintaan?slot=%3Cb%3E")
        choose_time(visitor, 1)
        visitor.page.evaluate("document.querySelector('[name=slot] option:checked').value = '1:1999-01-01'")
        write(visitor, people="1", name="Dewi", email="lama@example.id", phone="081211112222")
        assert visitor.submit(f"/produk/{SALON}/permintaan") == 422
        assert told("Please choose a day and time from the list.") in visitor.error_beside("slot")
    assert stored(shop) == before
