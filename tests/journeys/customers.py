"""What a customer does, as steps that read like the story they are part of."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from playwright.sync_api import expect

from tests.factories.accounts import PASSWORD
from tests.journeys.browsing import Browsing
from tests.journeys.wording import told
from tests.sandbox_client import PATIENCE_SECONDS, ReceivedMail
from tests.shop import RunningShop

PAID_CARD, DECLINED_CARD, ASKING_CARD = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0025 0000 3155"
"""Test cards: one that pays, one that is declined, one whose bank asks for 3-D Secure."""


@dataclass(frozen=True)
class Guest:
    """Who buys, and where the parcels go: one of the villages that share a postcode."""

    email: str
    name: str = "Sari Wulandari"
    phone: str = "0812-3456-7890"
    postcode: str = "73112"
    village: str = "Bukit Tunggal"
    street: str = "Jalan Tjilik Riwut 12, RT 03/RW 05"
    note: str = "Titip di satpam"
    wrong: dict[str, str] = field(default_factory=dict)

    def typed(self, name: str) -> str:
        """What the guest types into a field."""
        return self.wrong.get(name, str(getattr(self, name)))


def put_in_cart(person: Browsing, slug: str, quantity: int | str = 1, *, upt: str | None = None) -> int:
    """Open a product and put so many pieces in the cart; gives the status of the page that follows."""
    person.open(f"/produk/{slug}")
    if upt is not None:
        person.page.locator('select[name="upt"]').select_option(upt)
    person.field("quantity").fill(str(quantity))
    return person.submit(f"/produk/{slug}")


def write_contact(person: Browsing, guest: Guest) -> None:
    """Fill in everything that no postcode is needed for."""
    for name in ("email", "name", "phone", "street", "note"):
        person.field(name).fill(guest.typed(name))


def show_parcels(person: Browsing, guest: Guest) -> int:
    """Say where the parcels go and have them shown; gives the status of the page that says so."""
    return choose_village(person, guest, "/checkout")


def choose_village(person: Browsing, guest: Guest, action: str) -> int:
    """Enter the postcode and choose among its villages, in the form that leads to `action`."""
    if person.scripts:
        with person.page.expect_navigation():
            person.field("postcode").fill(guest.typed("postcode"))
        person.check()
        with person.page.expect_navigation() as shown:
            person.field("village").select_option(label=_option(person, guest.village))
        person.check()
        return shown.value.status
    person.field("postcode").fill(guest.typed("postcode"))
    status = person.submit(action, step="address")
    if not person.field("village").is_visible():
        return status
    person.field("village").select_option(label=_option(person, guest.village))
    return person.submit(action, step="address")


def _option(person: Browsing, words: str) -> str:
    """The whole text of the first choice that begins with these words."""
    texts = person.field("village").locator("option").all_inner_texts()
    return next(text for text in texts if text.strip().startswith(words))


def order(person: Browsing) -> int:
    """Press the button that orders."""
    return person.submit("/checkout", step="order")


def check_out(person: Browsing, guest: Guest) -> None:
    """From the cart to the payment page."""
    person.open("/checkout")
    write_contact(person, guest)
    assert show_parcels(person, guest) == 200
    assert order(person) == 200
    expect(person.page.locator("#pay")).to_be_visible()


def pay_by_card(person: Browsing, number: str = PAID_CARD) -> None:
    """On the payment page: type the card and press Pay."""
    person.page.locator("#number").fill(number)
    person.press(person.page.locator("#pay"))


def total_of(text: str) -> int:
    """The last amount that a text names, in rupiah."""
    return int(re.findall(r"Rp\s?([\d.]+)", text)[-1].replace(".", ""))


def order_number(person: Browsing) -> str:
    """The number of the order that the page is about."""
    found = re.search(r"LP-[0-9A-Z]+", person.page.url)
    assert found is not None
    return found[0]


def wait_for_state(person: Browsing, words: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Load the order's page again until it says so."""
    deadline = time.monotonic() + seconds
    while words not in person.text:
        assert time.monotonic() < deadline, f"the page still says:\n{person.text}"
        person.page.wait_for_timeout(500)
        person.open(person.page.url)


def register(person: Browsing, shop: RunningShop, email: str, name: str) -> None:
    """Open an account, by the form and by the link in the mail; ends in the customer's home."""
    person.open("/daftar")
    for field_name, typed in (("name", name), ("email", email), ("password", PASSWORD)):
        person.field(field_name).fill(typed)
    person.submit("/daftar")
    mail = shop.inbox.wait_for(to=email, subject=told("Finish your registration"))
    found = re.search(r"http://\S+/daftar/konfirmasi/\S+", mail.text)
    assert found is not None
    person.open(found[0])
    person.field("password").fill(PASSWORD)
    person.press(person.page.locator('main button[type="submit"]'))
    assert person.path == "/akun"


def link_in(mail: ReceivedMail) -> str:
    """The link to the order that a mail holds."""
    found = re.search(r"http://\S+/pesanan/\S+", mail.text)
    assert found is not None
    return found[0]
