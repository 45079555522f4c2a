"""On a phone: a Kanwil steps in for a UPT and stops, and an officer books stock from a spreadsheet."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys import officers
from tests.journeys.browsing import PHONE
from tests.journeys.conftest import Opens
from tests.journeys.ledgers import column, forget_used_codes, shelf
from tests.journeys.wording import told
from tests.shop import RunningShop

UPT, SKU = "LPS-GARUT", "LPS-GARUT.SABUN-CUCI-LAPAS-GARUT"
SHELF = f"/staff/stok/{UPT}/{SKU}"


def test_a_kanwil_steps_in_and_stops(person: Opens, shop: RunningShop) -> None:
    on_hand, reserved = shelf(shop, SKU, UPT)
    forget_used_codes(shop)
    with person(width=PHONE) as officer:
        officers.enter(officer, officers.KANWIL)  # a device of its own: nobody else stands in there
        officer.open(f"/staff/upt?q={UPT}")
        officer.follow(f"/staff/upt/{UPT}")
        officer.trust_the_server()
        assert officer.submit(f"/staff/upt/{UPT}/gantikan") == 422
        assert officer.error_beside("reason")
        officer.field("reason").fill("Petugasnya sakit.")
        assert officer.submit(f"/staff/upt/{UPT}/gantikan") == 200
        band = officer.page.locator(".standing-in")
        assert "Lapas Kelas IIA Garut" in band.inner_text()
        officer.open(SHELF)
        officer.field("receive-quantity").fill("4")
        officer.field("receive-reason").select_option("made")
        assert officer.submit(f"{SHELF}/masuk") == 200
        assert officer.open("/staff/upt") == 403  # what their own office does waits meanwhile
        assert told("This is not part of your role.") in officer.text
        assert officer.submit("/staff/gantikan/selesai") == 200
        assert band.count() == 0
        officer.open(SHELF)
        assert officer.page.locator(f'main form[action^="{SHELF}"]').count() == 0
    assert shelf(shop, SKU, UPT) == (on_hand + 4, reserved)
    done = column(
        shop,
        "SELECT action FROM audit_entries JOIN users ON users.id = actor_user_id WHERE email = :email"
        " AND upt_id = (SELECT id FROM upts WHERE code = :upt) ORDER BY audit_entries.id DESC LIMIT 3",
        email=officers.KANWIL,
        upt=UPT,
    )
    assert done == ["upt.step_out", "stock.received", "upt.step_in"]


def test_stock_comes_from_a_spreadsheet(person: Opens, shop: RunningShop, tmp_path: Path) -> None:
    on_hand, reserved = shelf(shop, SKU, UPT)
    with person(width=PHONE) as officer:
        officers.sign_in(officer, officers.GARUT)
        officer.open("/staff/stok")
        officer.follow("/staff/stok/impor")
        with officer.page.expect_download() as template:
            officer.page.locator('main a[href$="/templat.csv"]').click()
        filled = tmp_path / "stok.csv"
        filled.write_text(came_in(Path(template.value.path()).read_text("utf-8-sig"), pieces=6))
        officer.field("file").set_input_files(filled)
        # what follows loads itself again while the worker is busy: it is looked at when it stands still
        officer.page.locator('form[action^="/staff/stok/impor"] button[type="submit"]').click()
        expect(officer.page.locator("h1")).to_contain_text(told("To be looked at"))
        officer.check()
        assert "+6" in officer.text
        assert shelf(shop, SKU, UPT) == (on_hand, reserved)
        confirm = officer.page.locator('form[action$="/terapkan"] button')
        confirm.click()
        booked = re.compile(rf"{told('Booked')}$")
        expect(officer.page.locator("h1")).to_have_text(booked)
        officer.check()
    assert shelf(shop, SKU, UPT) == (on_hand + 6, reserved)


def came_in(template: str, *, pieces: int) -> str:
    """The table with so many pieces that were made, beside the one shelf."""
    rows = list(csv.reader(StringIO(template), delimiter=";"))
    (row,) = [row for row in rows if SKU in row]
    row[-2:] = [str(pieces), "Dibuat di sini"]
    written = StringIO()
    csv.writer(written, delimiter=";").writerows(rows)
    return written.getvalue()
