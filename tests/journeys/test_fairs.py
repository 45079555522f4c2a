"""An officer with a phone at a fair: pieces are brought there, and sales are noted while the line is gone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys import officers
from tests.journeys.browsing import Browsing
from tests.journeys.conftest import Opens
from tests.journeys.ledgers import column
from tests.journeys.wording import told
from tests.shop import RunningShop

STORE = "LPS-GARUT"
_SOLD = (
    "SELECT -l.delta FROM ledger_entries l JOIN locations p ON p.id = l.location_id"
    " WHERE p.name = :name AND l.reason = 'sold_offline' ORDER BY l.id"
)


def carry_to(officer: Browsing, place: str, pieces: str) -> None:
    """Send so many pieces of the first kind of goods from the store to a place, and receive them."""
    officer.open("/staff/stok/pindah")
    officer.field("source").select_option(STORE)
    officer.field("target").select_option(f"{STORE}/{place.rsplit('/', 1)[1]}")
    officer.submit("/staff/stok/pindah")
    officer.page.locator(".count__box").first.fill(pieces)
    assert officer.press(officer.page.locator("button[formaction]")) == 200
    officer.page.locator(".count__box").first.fill(pieces)
    assert officer.press(officer.page.locator(".count__steps button")) == 200


def note(officer: Browsing, pieces: str) -> None:
    """Note a sale of the first kind of goods at the place that is open."""
    officer.page.locator(".count__box").first.fill(pieces)
    officer.page.locator('button[form="sale"]').click()


def test_sales_that_are_noted_without_a_line_are_booked_once(person: Opens, shop: RunningShop) -> None:
    with person() as officer:
        officers.sign_in(officer, officers.GARUT)
        officer.open("/staff/stok/tempat")
        officer.field("kind").select_option("fair")
        officer.field("name").fill("Pasar Senggol")
        assert officer.submit("/staff/stok/tempat") == 200
        place = officer.path
        carry_to(officer, place, "5")
        officer.open(place)
        officer.page.context.set_offline(True)
        for pieces in ("2", "1"):
            note(officer, pieces)
        waiting = officer.page.locator("[data-waiting] li")
        officer.page.locator("[data-state]", has_text=told("No connection")).wait_for()
        expect(waiting).to_have_count(2)
        officer.check()
        assert column(shop, _SOLD, name="Pasar Senggol") == []
        officer.page.context.set_offline(False)
        officer.page.locator("[data-waiting]").wait_for(state="hidden")
        assert column(shop, _SOLD, name="Pasar Senggol") == [2, 1]
        expect(officer.page.locator("[data-left]").first).to_have_text("2")
        officer.open(place)
        officer.page.wait_for_load_state("networkidle")
        assert column(shop, _SOLD, name="Pasar Senggol") == [2, 1]
