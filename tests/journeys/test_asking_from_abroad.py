"""Somebody abroad who reads no Indonesian: from the first page to the answer of a UPT, all in English."""

from __future__ import annotations

import pytest

from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.enquirers import number_of, thread_link, write
from tests.journeys.ledgers import give_terms
from tests.journeys.wording import told
from tests.languages import strangers
from tests.sandbox_client import ReceivedMail
from tests.shop import RunningShop

NETS = "coir-net-garut"
ANSWER = "Six rolls a day; Busan is possible from March."
BACK = "Thank you. Please send us the dimensions."


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(DESKTOP, True), (PHONE, False)],
    ids=["desktop", "phone without JavaScript"],
)
def test_an_offer_is_asked_for_and_answered(
    person: Opens, shop: RunningShop, width: int, scripts: bool
) -> None:
    give_terms(
        shop,
        NETS,
        least_quantity=500,
        least_unit="gulung",
        hs_code="5608.90.90",
        incoterm_en="FOB Tanjung Priok",
        incoterm_id="FOB Tanjung Priok",
    )
    email = f"kim.{width}.{scripts}@example.com".lower()
    with person(width=width, scripts=scripts, language="en") as buyer:
        find_the_nets(buyer)
        number = ask(buyer, email)
        mail = shop.inbox.wait_for(to=email, subject=f"Your request {number} has arrived")
        see_english(mail)
        assert "5400 gulung" not in mail.text
        answer_as_upt(person, shop, width, number)
        mail = shop.inbox.wait_for(to=email, subject=f"An answer to your request {number}")
        see_english(mail)
        assert ANSWER in mail.text
        assert buyer.open(thread_link(mail)) == 200
        assert ANSWER in buyer.text
        write(buyer, body=BACK)
        assert buyer.submit("/en/permintaan/PM-") == 200
        assert BACK in buyer.text
        assert "Waits for an answer" in buyer.text
        assert buyer.open(f"/en/permintaan/{number}/forged") == 404
    garut = "lapas-kelas-iia-garut@upt.lapak.example"
    again = shop.inbox.wait_for(to=garut, subject=told("The customer wrote again: %(number)s", number=number))
    assert BACK in again.text


def find_the_nets(buyer: Browsing) -> None:
    """By way of every kind of page there is, in English on all of them."""
    assert buyer.open("/en/") == 200
    assert buyer.open("/en/tentang") == 200
    assert buyer.open("/en/peta") == 200
    buyer.follow("/en/provinsi/jawa-barat")
    buyer.follow("/en/kanwil/jawa-barat")
    buyer.follow("/en/upt/lapas-kelas-iia-garut")
    assert buyer.open("/en/tidak-ada") == 404
    assert buyer.open("/en/cari?q=qqqqzzzz") == 200
    assert buyer.open("/en/cari?q=coir+net+garut") == 200
    buyer.follow(f"/en/produk/{NETS}")
    for fact in ("5608.90.90", "500 ", "FOB Tanjung Priok"):
        assert fact in buyer.text


def ask(buyer: Browsing, email: str) -> str:
    """Send the enquiry, first with something wrong in it; gives its number."""
    buyer.follow(f"/en/produk/{NETS}/permintaan")
    buyer.trust_the_server()
    write(buyer, quantity="many", destination="Busan, South Korea", company="Hanil Landscape", name="Kim")
    write(buyer, email=email, phone="+82 51 123 4567", body="Two containers of rolls, 10 m each.")
    assert buyer.submit(f"/en/produk/{NETS}/permintaan") == 422
    assert "whole number" in buyer.error_beside("quantity")
    write(buyer, quantity="5400")
    assert buyer.submit(f"/en/produk/{NETS}/permintaan") == 200
    assert "Waits for an answer" in buyer.text
    assert "5400" in buyer.text
    return number_of(buyer)


def answer_as_upt(person: Opens, shop: RunningShop, width: int, number: str) -> None:
    """The officer of Garut finds it and answers; the one of Ciamis sees nothing, the others only look."""
    with person(width=width) as officer:
        officers.sign_in(officer, officers.CIAMIS)
        assert number not in officers.requests(officer)
        assert officer.open(f"/staff/permintaan/{number}") == 404
        assert officer.open("/staff/permintaan/PM-AAAAAAAA") == 404
    with person(width=width) as officer:
        officers.sign_in(officer, officers.GARUT)
        assert number in officers.requests(officer)
        assert officer.follow(f"/staff/permintaan/{number}") == 200
        assert told("English") in officer.text
        officer.trust_the_server()
        assert officer.submit(f"/staff/permintaan/{number}/jawab") == 422
        assert officer.error_beside("answer-body")
        write(officer, **{"answer-body": ANSWER})
        assert officer.submit(f"/staff/permintaan/{number}/jawab") == 200
        assert ANSWER in officer.text
    with person(width=width) as officer:
        officers.sign_in(officer, officers.KANWIL)
        assert number in officers.requests(officer)
        assert officer.open(f"/staff/permintaan/{number}") == 200
        assert officer.page.locator('main form[method="post"]').count() == 0


def see_english(mail: ReceivedMail) -> None:
    """No word of the shop's own in another language, in the page or the plain text of a mail."""
    assert strangers(mail.html, "en") == []
    assert "/en/permintaan/" in mail.html
    assert strangers(f'<html lang="en"><pre>{mail.text}</pre>', "en") == []
