"""What an officer does at the staff pages."""

from __future__ import annotations

import time

from accounts.services.demo import DEMO_STAFF
from tests.journeys.browsing import Browsing
from tests.sandbox_client import PATIENCE_SECONDS

GARUT, CIAMIS, KANWIL, DIRECTORATE = (officer.email for officer in DEMO_STAFF)
PASSWORD = "kata sandi untuk perjalanan"


_SIGNED_IN: dict[tuple[str, str], dict[str, str]] = {}
"""The cookies of who signed in before, by shop and address: a code counts once in half a minute."""


def sign_in(person: Browsing, email: str, password: str = PASSWORD) -> int:
    """Be that officer in this window, by the doors the first time; gives the status of the first page."""
    cookies = _SIGNED_IN.get((person.shop_url, email))
    if cookies is not None:
        person.take_cookies(cookies)
        status = person.open("/staff")
        if person.path != "/staff/masuk":
            return status
    status = enter(person, email, password)
    _SIGNED_IN[person.shop_url, email] = person.cookies()
    return status


def enter(person: Browsing, email: str, password: str = PASSWORD) -> int:
    """Go in by the password and the code of the sample account; gives the status of the page after it."""
    person.open("/staff/masuk")
    person.field("email").fill(email)
    person.field("password").fill(password)
    status = person.submit("/staff/masuk")
    return enter_code(person, email) if person.path == "/staff/masuk/kode" else status


def enter_code(person: Browsing, email: str) -> int:
    """Enter the code that the page for sample accounts shows; waits for the next when it was used."""
    person.open("/staff/masuk/kode-contoh")
    shown = person.page.locator(f'[data-account="{email}"]')
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not shown.count():
        assert time.monotonic() < deadline, f"no code is shown for {email}"
        person.page.wait_for_timeout(1000)
        person.open("/staff/masuk/kode-contoh")
    code = shown.inner_text()
    person.open("/staff/masuk/kode")
    person.field("code").fill(code)
    return person.submit("/staff/masuk/kode")


def parcels(person: Browsing) -> list[str]:
    """The numbers of the parcels that are to be done, as the list shows them."""
    person.open("/staff/paket")
    return [
        link.inner_text().strip() for link in person.page.locator('main a[href^="/staff/paket/LP-"]').all()
    ]


def requests(person: Browsing) -> list[str]:
    """The numbers of the enquiries of every state, as the list shows them."""
    person.open("/staff/permintaan?status=all")
    links = person.page.locator('main a[href^="/staff/permintaan/PM-"]')
    return [link.inner_text().strip() for link in links.all()]


def open_parcel(person: Browsing, number: str) -> int:
    """Open a parcel by its address."""
    return person.open(f"/staff/paket/{number}")


def accept(person: Browsing) -> None:
    """Accept the parcel that is open."""
    assert person.submit(f"{person.path}/terima") == 200


def pack(person: Browsing) -> None:
    """Say that it is packed."""
    assert person.submit(f"{person.path}/kemas") == 200


def ship(person: Browsing, tracking_number: str) -> int:
    """Say that the courier has it; gives the status."""
    person.field("tracking_number").fill(tracking_number)
    return person.submit(f"{person.path.removesuffix('/kirim')}/kirim")
