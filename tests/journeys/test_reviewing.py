"""A buyer reviews what has arrived, with a photograph; an office above the UPT publishes it for everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload

from kernel.clock import now
from orders.links import order_url
from orders.rules.allocation import Wish
from orders.services.placing import Contact
from tests.factories.reviews import make_delivered_order
from tests.inventory.pictures import jpeg
from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.ledgers import column
from tests.journeys.wording import told
from tests.shop import RunningShop

SKU, SLUG, UPT = "LPS-GARUT.SABUN-CUCI-LAPAS-GARUT", "sabun-cuci-lapas-garut", "LPS-GARUT"
BODY = "Wanginya lembut dan botolnya rapat."
PHOTO: FilePayload = {"name": "sabun.jpg", "mimeType": "image/jpeg", "buffer": jpeg(400, 300)}
PROGRAM: FilePayload = {"name": "sabun.jpg", "mimeType": "image/jpeg", "buffer": b"MZ" + bytes(100)}


@pytest.mark.parametrize(
    ("width", "scripts", "office"),
    [(PHONE, True, officers.KANWIL), (DESKTOP, False, officers.DIRECTORATE)],
    ids=["phone", "desktop without JavaScript"],
)
def test_what_has_arrived_is_reviewed_and_what_was_not_bought_is_not(
    person: Opens, shop: RunningShop, width: int, scripts: bool, office: str
) -> None:
    link = delivered(shop, f"ulasan{width}@example.id")
    body = f"{BODY} ({width})"
    with person(width=width, scripts=scripts) as customer:
        customer.open(link)
        customer.follow(f"{customer.path}/ulasan/")
        refused_in_place(customer, body)
        assert write(customer, PHOTO, body) == 200
        assert told("Waits to be checked") in customer.text
        assert customer.page.request.get(photograph(customer)).body().startswith(b"\xff\xd8\xff")
        assert customer.open(f"{link}/ulasan/2") == 404
        customer.open(f"/produk/{SLUG}")
        assert body not in customer.text
    (number,) = column(shop, "SELECT number FROM reviews WHERE body = :body", body=body)
    with person(width=width, scripts=scripts) as officer:
        officers.sign_in(officer, office)
        officer.open("/staff/ulasan")
        officer.follow(f"/staff/ulasan/{number}")
        assert body in officer.text
        assert officer.page.request.get(photograph(officer)).ok
        assert officer.submit(f"/staff/ulasan/{number}/terbitkan") == 200
        assert told("Published") in officer.text
    with person(width=width, scripts=scripts) as visitor:
        visitor.open(f"/produk/{SLUG}")
        said = visitor.page.locator(".review", has_text=body)
        assert told("Verified purchase") in said.inner_text()
        assert said.locator(".sent-pictures img").count() == 1
        assert visitor.page.request.get(photograph(visitor)).ok


def delivered(shop: RunningShop, email: str) -> str:
    """The link to an order that has arrived."""
    (variant_id,) = column(shop, "SELECT id FROM variants WHERE sku = :sku", sku=SKU)
    (upt_id,) = column(shop, "SELECT id FROM upts WHERE code = :code", code=UPT)
    with shop.transaction() as session:
        contact = Contact(email, "Sari Wulandari", "081234567890")
        wish = Wish(1, variant_id, 1, upt_id)
        number = make_delivered_order(session, wish, at=now(), contact=contact).number
    return order_url(shop.url, number, secret_key=shop.config.secret_key)


def write(customer: Browsing, photo: FilePayload, body: str) -> int:
    """Fill the form in and send it; gives the status."""
    customer.page.locator('[name="stars"][value="4"]').check()
    customer.field("body").fill(body)
    customer.field("pictures").set_input_files([photo])
    return customer.submit("/pesanan")


def refused_in_place(customer: Browsing, body: str) -> None:
    """With JavaScript a program that calls itself a photograph, else a telephone number."""
    if customer.scripts:
        assert write(customer, PROGRAM, body) == 422
        assert customer.error_beside("pictures")
        assert customer.field("body").input_value() == body
    else:
        assert write(customer, PHOTO, "WA saya 0812 3456 7890") == 422
        assert customer.error_beside("body")


def photograph(person: Browsing) -> str:
    """The whole address of the first photograph that somebody sent."""
    address = person.page.locator(".sent-pictures img").first.get_attribute("src")
    return f"{person.shop_url}{address}"
