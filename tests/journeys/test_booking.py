"""A service at a time of its own: asked for, confirmed by the UPT that gives it, and full after that."""

from __future__ import annotations

import pytest

from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.enquirers import choose_time, number_of, thread_link, times_offered, write
from tests.journeys.ledgers import column, employ
from tests.journeys.wording import told
from tests.shop import RunningShop

BARBER, UPT = "barbershop-lapas-narkotika-cirebon", "LPN-CIREBON"
OFFICER = "petugas.cirebon@lapak.example"
NOTE = "Mohon datang sepuluh menit lebih awal."


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(DESKTOP, True), (PHONE, False)],
    ids=["desktop", "phone without JavaScript"],
)
def test_a_time_is_booked_and_confirmed(person: Opens, shop: RunningShop, width: int, scripts: bool) -> None:
    employ(shop, OFFICER, UPT, officers.PASSWORD)
    email = f"dewi.{width}.{scripts}@example.id".lower()
    with person(width=width, scripts=scripts) as customer:
        find_the_barber(customer)
        time = choose_time(customer, 2)
        number = book(customer, email)
        mail = shop.inbox.wait_for(
            to=email, subject=told("Your request %(number)s has arrived", number=number)
        )
        assert told("Your booking counts once it is confirmed. Please do not come before that.") in mail.text
        link = thread_link(mail)
        work(person, shop, width, number)
        mail = shop.inbox.wait_for(
            to=email, subject=told("Your booking is confirmed: %(number)s", number=number)
        )
        assert NOTE in mail.text
        assert customer.open(link) == 200
        assert told("Your booking is confirmed. Please bring an identity card; the gate asks for it.") in (
            customer.text
        )
        assert NOTE in customer.text
        customer.open(f"/produk/{BARBER}/permintaan")
        assert not any(words.startswith(time) for words in times_offered(customer))
    (state,) = column(
        shop,
        "SELECT b.state FROM bookings b JOIN enquiries e ON e.id = b.enquiry_id WHERE e.number = :number",
        number=number,
    )
    assert state == "confirmed"
    forget_a_link(person, shop, width, number, email, link)


def find_the_barber(customer: Browsing) -> None:
    """From the search to the form with the times."""
    customer.open("/cari?q=barbershop+cirebon")
    customer.follow(f"/produk/{BARBER}")
    assert told("Open to everybody") in customer.text
    assert "09" in customer.page.locator(".enquiry table").inner_text()
    assert customer.follow(f"/produk/{BARBER}/permintaan") == 200


def book(customer: Browsing, email: str) -> str:
    """Ask for too many places first, then for two; gives the number of the request."""
    customer.trust_the_server()
    write(customer, people="3", name="Dewi Lestari", email=email, phone="0812-1111-2222", body="")
    assert customer.submit(f"/produk/{BARBER}/permintaan") == 422
    assert customer.error_beside("people")
    write(customer, people="2")
    assert customer.submit(f"/produk/{BARBER}/permintaan") == 200
    assert told("Your booking is not confirmed yet. Please come only after the confirmation mail.") in (
        customer.text
    )
    return number_of(customer)


def work(person: Opens, shop: RunningShop, width: int, number: str) -> None:
    """The UPT's officer confirms, another UPT's sees nothing of it, Kanwil and directorate look at it."""
    page = f"/staff/permintaan/{number}"
    with person(width=width) as officer:
        officers.sign_in(officer, OFFICER)
        assert number in officers.requests(officer)
        assert officer.follow(page) == 200
        write(officer, **{"note-body": NOTE})
        assert officer.submit(f"{page}/terima") == 200
        assert told("%(taken)s of %(capacity)s are confirmed", taken=2, capacity=2) in officer.text
    with person(width=width) as officer:
        officers.sign_in(officer, officers.GARUT)
        assert number not in officers.requests(officer)
        assert officer.open(page) == 404
    for email in (officers.KANWIL, officers.DIRECTORATE):
        with person(width=width) as officer:
            officers.sign_in(officer, email)
            assert number in officers.requests(officer)
            assert officer.open(page) == 200
            assert NOTE in officer.text


def forget_a_link(person: Opens, shop: RunningShop, width: int, number: str, email: str, link: str) -> None:
    """A mail went to the wrong person: with the new link the old one opens nothing any more."""
    with person(width=width) as officer:
        officers.sign_in(officer, OFFICER)
        officer.open(f"/staff/permintaan/{number}")
        assert officer.submit(f"/staff/permintaan/{number}/tautan") == 200
    subject = told("A new link to your request %(number)s", number=number)
    new_link = thread_link(shop.inbox.wait_for(to=email, subject=subject))
    with person(width=width) as customer:
        assert customer.open(link) in (404, 410)
        assert NOTE not in customer.text
        assert customer.page.locator("main a").count() > 0
        assert customer.open(new_link) == 200
