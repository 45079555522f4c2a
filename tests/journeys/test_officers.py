"""Officers at work: shelves counted, other people's things closed, and those who may only look."""

from __future__ import annotations

import pytest

from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.ledgers import forget_used_codes, shelf
from tests.journeys.wording import told
from tests.shop import RunningShop

SKU = "LPS-GARUT.SABUN-CUCI-LAPAS-GARUT"
SHELF = f"/staff/stok/LPS-GARUT/{SKU}"
FOREIGN = "/staff/stok/LPS-LAHAT/LPS-LAHAT.GULA-SEMUT-JAHE-MERAH"


def change(officer: Browsing, form: str, pieces: str, **chosen: str) -> int:
    """Fill in one of the two forms of a shelf and send it; gives the status."""
    prefix = {"masuk": "receive", "koreksi": "adjust"}[form]
    officer.field(f"{prefix}-quantity").fill(pieces)
    if "direction" in chosen:
        officer.page.locator(f'[name="{prefix}-direction"][value="{chosen["direction"]}"]').check()
    officer.field(f"{prefix}-reason").select_option(chosen["reason"])
    return officer.submit(f"{SHELF}/{form}")


@pytest.mark.parametrize(
    ("width", "scripts"), [(PHONE, True), (DESKTOP, True), (PHONE, False)], ids=["phone", "desktop", "no JS"]
)
def test_shelves_are_counted_by_plus_and_minus(
    person: Opens, shop: RunningShop, width: int, scripts: bool
) -> None:
    on_hand, reserved = shelf(shop, SKU, "LPS-GARUT")
    with person(width=width, scripts=scripts) as officer:
        officers.sign_in(officer, officers.GARUT)
        officer.open("/staff/stok?q=sabun")
        officer.press(officer.page.locator(f'main a[href="{SHELF}"]'))
        assert change(officer, "masuk", "20", reason="made") == 200
        assert shelf(shop, SKU, "LPS-GARUT") == (on_hand + 20, reserved)
        assert change(officer, "koreksi", "3", direction="take", reason="damaged") == 200
        assert shelf(shop, SKU, "LPS-GARUT") == (on_hand + 17, reserved)
        assert change(officer, "koreksi", "9999", direction="take", reason="lost") in (409, 422)
        assert officer.error_beside("adjust-quantity")
        assert change(officer, "masuk", "-5", reason="made") == 422
        assert officer.error_beside("receive-quantity")
        assert shelf(shop, SKU, "LPS-GARUT") == (on_hand + 17, reserved)


def test_what_belongs_to_others_is_not_there(person: Opens, shop: RunningShop) -> None:
    with person() as officer:
        officers.sign_in(officer, officers.GARUT)
        foreign = officer.open(FOREIGN), officer.text
        missing = officer.open("/staff/stok/LPS-GARUT/TIDAK-ADA"), officer.text
        assert foreign == missing
        assert foreign[0] == 404
        assert officer.open("/staff/paket/LP-AAAAAAAA-1") == 404


def test_a_kanwil_looks_at_its_region_and_changes_nothing(person: Opens, shop: RunningShop) -> None:
    with person(width=DESKTOP) as officer:
        officers.sign_in(officer, officers.KANWIL)
        assert officer.open("/staff/paket") == 200
        assert officer.open(SHELF) == 200
        assert officer.page.locator(f'main form[action^="{SHELF}"]').count() == 0
        assert told("You may look at this stock, but only its own UPT changes it.") in officer.text
        assert officer.open(FOREIGN) == 404
        for page in ("/staff/orang", "/staff/orang/undang", "/staff/jejak"):
            assert officer.open(page) == 200
        officer.open("/staff/orang")
        assert officer.press(officer.page.locator(".entries--people a").first) == 200


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_directorate_sees_everything(person: Opens, shop: RunningShop, width: int) -> None:
    with person(width=width) as officer:
        officers.sign_in(officer, officers.DIRECTORATE)
        assert officer.open("/staff/paket?status=all") == 200
        assert officer.open("/staff/stok?q=gula+semut") == 200
        assert officer.follow(FOREIGN) == 200
        assert officer.open(f"/staff/upt?q={SKU[:9]}") == 200
        assert officer.follow(f"/staff/upt/{SKU[:9]}") == 200


@pytest.mark.parametrize(
    ("width", "scripts"), [(PHONE, True), (DESKTOP, False)], ids=["phone", "desktop, no JS"]
)
def test_signing_in_needs_the_right_password_and_leads_where_one_was_going(
    person: Opens, shop: RunningShop, width: int, scripts: bool
) -> None:
    forget_used_codes(shop)
    with person(width=width, scripts=scripts) as officer:
        officer.open(SHELF)
        assert officer.path == "/staff/masuk"
        officer.field("email").fill(officers.GARUT)
        officer.field("password").fill("salah sama sekali")
        assert officer.submit("/staff/masuk") == 422
        assert officer.page.get_by_role("alert").count() > 0
        officer.field("password").fill(officers.PASSWORD)
        assert officer.submit("/staff/masuk") == 200
        assert officers.enter_code(officer, officers.GARUT) == 200
        assert officer.path == SHELF
        officer.press(officer.page.locator('form[action="/staff/keluar"] button'))
        officer.open(SHELF)
        assert officer.path == "/staff/masuk"


def test_a_batch_is_noted_on_a_phone_and_found_in_the_ledger(person: Opens, shop: RunningShop) -> None:
    on_hand, reserved = shelf(shop, SKU, "LPS-GARUT")
    with person(width=PHONE) as officer:
        officers.sign_in(officer, officers.GARUT)
        officer.open(SHELF)
        officer.press(officer.page.locator(f'main a[href="{SHELF}/produksi"]'))
        officer.field("passed").fill("12")
        officer.field("failed").fill("1")
        officer.field("code").fill("sabun 7")
        officer.field("expires_on").fill("2020-01-01")
        officer.page.locator("form").evaluate_all("forms => forms.forEach(form => form.noValidate = true)")
        assert officer.submit(f"{SHELF}/produksi") == 422
        assert officer.error_beside("expires_on")
        officer.field("expires_on").fill("")
        assert officer.submit(f"{SHELF}/produksi") == 200
        assert "SABUN 7" in officer.text
        assert shelf(shop, SKU, "LPS-GARUT") == (on_hand + 12, reserved)
        assert officer.open("/staff/stok/buku?batch=SABUN+7") == 200
        assert "+12" in officer.text
