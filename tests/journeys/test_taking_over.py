"""An officer cannot send a parcel: another UPT takes it over and sends it in two cartons, all on a phone."""

from __future__ import annotations

from sqlalchemy import select

from accounts.models import Upt
from accounts.rules import system_actor
from inventory.services.stock import receive
from kernel.clock import now
from orders.links import order_url
from orders.rules.allocation import Wish
from orders.services.placing import Contact
from tests.factories.inventory import make_maker, make_product, make_variant
from tests.factories.parcels import make_paid_order
from tests.journeys import officers
from tests.journeys.browsing import Browsing
from tests.journeys.conftest import Opens
from tests.journeys.ledgers import column, employ, parcel_of, shelf
from tests.journeys.wording import told
from tests.shop import RunningShop

SKU, FIRST, SECOND = "LPS-GARUT.TIKAR-PANDAN", "LPS-GARUT", "LPS-CIAMIS"
ASKS, ASKED = "minta@upt.lapak.example", "diminta@upt.lapak.example"
BUYER = "tikar@example.id"
NUMBERS = ("JNE7700000001", "JNE7700000002")


def order_mats(shop: RunningShop) -> str:
    """Two mats of Garut, which Ciamis makes too; each has five. Gives the order's number."""
    with shop.transaction() as session:
        both = select(Upt).where(Upt.code.in_((FIRST, SECOND))).order_by(Upt.code.desc())
        upts = session.scalars(both).all()
        product = make_product(session, "Tikar Pandan", makers=())
        mat = make_variant(session, product, sku=SKU, price=60_000)
        for upt in upts:
            make_maker(session, product, upt)
            receive(session, mat.id, upt.id, 5, reason="made", actor=system_actor("journey"), at=now())
        contact = Contact(BUYER, "Sari Wulandari", "081234567890")
        order = make_paid_order(session, Wish(1, mat.id, 2, upts[0].id), at=now(), contact=contact)
        return order.number


def send_in_two(officer: Browsing, parcel: str) -> None:
    """A mat in each carton; the courier takes the second one first."""
    officer.page.locator("#add-carton summary").click()
    officer.field("carton-1").fill("1")
    assert officer.submit(f"/staff/paket/{parcel}/dus") == 200
    officers.pack(officer)
    for step, number in (("dus/2/kirim", NUMBERS[1]), ("kirim", NUMBERS[0])):
        officer.field("tracking_number").fill(number)
        assert officer.submit(f"/staff/paket/{parcel}/{step}") == 200


def test_a_parcel_changes_its_maker(person: Opens, shop: RunningShop) -> None:
    for officer, upt in ((ASKS, FIRST), (ASKED, SECOND)):
        employ(shop, officer, upt, officers.PASSWORD)
    number = order_mats(shop)
    parcel = parcel_of(shop, number, FIRST)
    with person() as first, person() as second:
        officers.sign_in(first, ASKS)
        officers.open_parcel(first, parcel)
        assert first.follow(f"/staff/paket/{parcel}/alihkan") == 200
        first.field("upt").select_option(SECOND)
        assert first.submit(f"/staff/paket/{parcel}/alihkan") == 200
        officers.sign_in(second, ASKED)
        assert second.follow("/staff/alih-paket") == 200
        assert second.press(second.page.locator('form[action$="/terima"] button').first) == 200
        taken = parcel_of(shop, number, SECOND)
        assert second.path == f"/staff/paket/{taken}"
        send_in_two(second, taken)
        first.open(f"/staff/paket/{parcel}")
        assert told("With another UPT") in first.text
    with person() as customer:
        customer.open(order_url(shop.url, number, secret_key=shop.config.secret_key))
        assert told("Sent in place of %(upt)s", upt="Lapas Kelas IIA Garut") in customer.text
        assert all(each in customer.text for each in NUMBERS)
    assert (shelf(shop, SKU, FIRST), shelf(shop, SKU, SECOND)) == ((5, 0), (3, 0))
    subject = told("Order %(number)s: another unit sends some goods", number=number)
    shop.inbox.wait_for(to=BUYER, subject=subject)
    assert column(shop, "SELECT state FROM takeovers") == ["accepted"]
