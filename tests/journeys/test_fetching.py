"""A customer fetches a parcel instead of having it sent: chosen on the order's page, opened by its code."""

from __future__ import annotations

from sqlalchemy import update

from accounts.models import Upt
from kernel.clock import now
from orders.links import order_url
from orders.rules.allocation import Wish
from orders.services.placing import Contact
from tests.factories.parcels import make_paid_order
from tests.journeys import officers
from tests.journeys.conftest import Opens
from tests.journeys.ledgers import column, employ, parcel_of, shelf
from tests.journeys.wording import told
from tests.shop import RunningShop

SKU, UPT, OFFICER = "LPS-GARUT.SABUN-CUCI-LAPAS-GARUT", "LPS-GARUT", "ambil@upt.lapak.example"


def test_a_parcel_is_given_out_for_its_code(person: Opens, shop: RunningShop) -> None:
    before = shelf(shop, SKU, UPT)
    employ(shop, OFFICER, UPT, officers.PASSWORD)
    (variant_id,) = column(shop, "SELECT id FROM variants WHERE sku = :sku", sku=SKU)
    (upt_id,) = column(shop, "SELECT id FROM upts WHERE code = :code", code=UPT)
    wish = Wish(1, variant_id, 2, upt_id)
    with shop.transaction() as session:
        session.execute(update(Upt).where(Upt.code == UPT).values(is_open_for_pickup=True))
        contact = Contact("ambil@example.id", "Sari Wulandari", "081234567890")
        number = make_paid_order(session, wish, at=now(), contact=contact).number
    parcel = parcel_of(shop, number, UPT)
    link = order_url(shop.url, number, secret_key=shop.config.secret_key)
    with person() as customer, person() as officer:
        customer.open(link)
        customer.page.get_by_text(told("Fetch it yourself instead")).click()
        customer.press(customer.page.locator(f'form[action$="/{parcel}/ambil-sendiri"] button'))
        officers.sign_in(officer, OFFICER)
        officers.open_parcel(officer, parcel)
        for step in ("terima", "kemas", "siap-diambil"):
            assert officer.submit(f"/staff/paket/{parcel}/{step}") == 200
        customer.open(link)
        code = customer.page.locator(".pickup__code").inner_text()
        customer.check()
        officer.field("code").fill("12")
        assert officer.submit(f"/staff/paket/{parcel}/diambil") == 422
        assert officer.error_beside("code")
        officer.check()
        officer.field("code").fill(code)
        assert officer.submit(f"/staff/paket/{parcel}/diambil") == 200
        officer.check()
    assert shelf(shop, SKU, UPT) == (before[0] - 2, before[1])
    subject = told("Parcel %(number)s waits for you", number=parcel)
    assert code in shop.inbox.wait_for(to="ambil@example.id", subject=subject).text
