"""What follows an order: its invoice, money back for what is called off, and a problem that is answered."""

from __future__ import annotations

from io import BytesIO

import pytest
from playwright.sync_api import FilePayload
from pypdf import PdfReader

from accounts.rules import Actor
from kernel.clock import now
from orders.links import order_url
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, pack, ship
from orders.services.placing import Contact
from tests.factories.parcels import make_paid_order
from tests.factories.placing import make_placed_order
from tests.inventory.pictures import jpeg
from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import pay_by_card, total_of, wait_for_state
from tests.journeys.ledgers import column, employ, parcel_of, shelf
from tests.journeys.wording import told
from tests.shop import RunningShop

SKU, UPT, PIECES = "LPS-GARUT.SABUN-CUCI-LAPAS-GARUT", "LPS-GARUT", 2
BODY = "Satu botol pecah saat paket dibuka."
ANSWER = "Maaf, botol pengganti kami kirim besok."
PHOTO: FilePayload = {"name": "pecah.jpg", "mimeType": "image/jpeg", "buffer": jpeg(400, 300)}
PROGRAM: FilePayload = {"name": "pecah.jpg", "mimeType": "image/jpeg", "buffer": b"MZ" + bytes(100)}

both = pytest.mark.parametrize(
    ("width", "scripts"), [(PHONE, True), (DESKTOP, False)], ids=["phone", "desktop without JavaScript"]
)


@both
def test_a_paid_order_has_its_invoice_and_is_called_off(
    person: Opens, shop: RunningShop, width: int, scripts: bool
) -> None:
    before = shelf(shop, SKU, UPT)
    with shop.transaction() as session:
        contact = Contact(f"batal{width}@example.id", "Sari Wulandari", "081234567890")
        number = make_placed_order(session, wish(shop), at=now(), contact=contact)
    with person(width=width, scripts=scripts) as customer:
        customer.open(order_url(shop.url, number, secret_key=shop.config.secret_key))
        customer.press(customer.page.locator('form[action$="/bayar"] button'))
        pay_by_card(customer)
        wait_for_state(customer, told("Invoice (PDF)"))
        total = total_of(customer.page.locator(".totals").inner_text())
        assert "INV/LPS-GARUT/" in read_paper(customer, told("Invoice (PDF)"), number)
        customer.page.locator("#call-off summary").click()
        customer.check()
        customer.press(customer.page.locator("#call-off button"))
        assert told("This order is cancelled") in customer.text
        assert customer.page.locator("#call-off").count() == 0
        wait_for_state(customer, told("Credit note (PDF)"))
        returned = customer.page.get_by_text(told("%(amount)s was returned to you.", amount="").strip())
        assert total_of(returned.inner_text()) == total
        assert "CN/LPS-GARUT/" in read_paper(customer, told("Credit note (PDF)"), number)
    assert shelf(shop, SKU, UPT) == before


@both
def test_a_problem_of_a_parcel_is_reported_and_answered(
    person: Opens, shop: RunningShop, width: int, scripts: bool
) -> None:
    email, officer_email = f"pecah{width}@example.id", f"masalah{width}@upt.lapak.example"
    employ(shop, officer_email, UPT, officers.PASSWORD)
    link, parcel = send_parcel(shop, email, tracking=f"PCH{width}0001")
    with person(width=width, scripts=scripts) as customer:
        customer.open(link)
        customer.press(customer.page.locator(f'form[action$="/{parcel}/sampai"] button'))
        customer.press(customer.page.locator(f'main a[href$="/masalah/{parcel}"]'))
        report_wrongly(customer)
        assert problems_of(shop, parcel) == []
        assert report(customer, PHOTO, body=BODY) == 200
        (number,) = problems_of(shop, parcel)
        assert number in customer.text
        assert BODY in customer.text
        photograph = customer.page.locator(".sent-pictures img").get_attribute("src")
        assert customer.page.request.get(f"{shop.url}{photograph}").body().startswith(b"\xff\xd8\xff")
    with person(width=width, scripts=scripts) as officer:
        officers.sign_in(officer, officer_email)
        answer(officer, number)
    subject = told("An answer to your report about parcel %(number)s", number=parcel)
    assert ANSWER in shop.inbox.wait_for(to=email, subject=subject).text
    with person(width=width, scripts=scripts) as customer:
        customer.open(f"{link}/masalah/{parcel}")
        assert ANSWER in customer.text
        assert told("Answered") in customer.text


def wish(shop: RunningShop) -> Wish:
    """Pieces of one product from one UPT."""
    (variant_id,) = column(shop, "SELECT id FROM variants WHERE sku = :sku", sku=SKU)
    (upt_id,) = column(shop, "SELECT id FROM upts WHERE code = :code", code=UPT)
    return Wish(1, variant_id, PIECES, upt_id)


def send_parcel(shop: RunningShop, email: str, *, tracking: str) -> tuple[str, str]:
    """A paid order whose parcel is on its way: the link to it, and the parcel's number."""
    upt_ids = frozenset(column(shop, "SELECT id FROM upts WHERE code = :code", code=UPT))
    packer = Actor("Petugas", roles=frozenset({"upt_officer"}), upt_ids=upt_ids)
    with shop.transaction() as session:
        contact = Contact(email, "Sari Wulandari", "081234567890")
        number = make_paid_order(session, wish(shop), at=now(), contact=contact).number
    parcel = parcel_of(shop, number, UPT)
    with shop.transaction() as session:
        accept(session, parcel, actor=packer, at=now())
        pack(session, parcel, actor=packer, at=now())
        ship(session, parcel, "JNE", tracking, actor=packer, at=now())
    return order_url(shop.url, number, secret_key=shop.config.secret_key), parcel


def read_paper(customer: Browsing, name: str, order_number: str) -> str:
    """Download a paper of the order's page; it bears the number the page shows, and the order's. Gives it."""
    entry = customer.page.locator(".papers li").filter(has_text=name)
    address = entry.locator("a").get_attribute("href")
    content = customer.page.request.get(f"{customer.shop_url}{address}").body()
    assert content.startswith(b"%PDF")
    written = PdfReader(BytesIO(content)).pages[0].extract_text()
    number = entry.locator(".code").inner_text()
    assert number in written
    assert order_number in written
    return number


def report(customer: Browsing, photograph: FilePayload, *, body: str) -> int:
    """Fill in the report of something damaged and send it; gives the status."""
    customer.page.locator('[name="reason"][value="damaged"]').check()
    customer.field("body").fill(body)
    customer.field("pictures").set_input_files([photograph])
    return customer.submit("/pesanan")


def report_wrongly(customer: Browsing) -> None:
    """With JavaScript nothing at all and a program that calls itself a photograph, else a phone number."""
    if not customer.scripts:
        assert report(customer, PHOTO, body="Pecah, telepon saya di 0812 3456 7890") == 422
        assert customer.error_beside("body")
        return
    assert customer.submit("/pesanan") == 422
    assert told("Choose what is wrong.") in customer.page.locator("#reason-error").inner_text()
    assert told("Describe what is wrong.") in customer.error_beside("body")
    assert report(customer, PROGRAM, body=BODY) == 422
    assert customer.error_beside("pictures")
    assert customer.field("body").input_value() == BODY


def answer(officer: Browsing, number: str) -> None:
    """An officer finds the problem in the list, and answers it after sending an empty form."""
    officer.open("/staff/masalah")
    officer.follow(f"/staff/masalah/{number}")
    assert BODY in officer.text
    assert officer.page.locator(".sent-pictures img").count() == 1
    assert officer.submit(f"/staff/masalah/{number}/jawab") == 422
    assert officer.error_beside("answer-body")
    officer.field("answer-body").fill(ANSWER)
    assert officer.submit(f"/staff/masalah/{number}/jawab") == 200
    assert ANSWER in officer.text


def problems_of(shop: RunningShop, parcel: str) -> list[str]:
    """The numbers of what was reported of a parcel."""
    return column(
        shop,
        "SELECT p.number FROM problems p JOIN fulfilments f ON f.id = p.fulfilment_id WHERE f.number = :n",
        n=parcel,
    )
