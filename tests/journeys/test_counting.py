"""A stock-take on a phone: a sheet is filled, noted and booked; what is far off waits for a colleague."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from inventory.counting import ALONE_PIECES
from tests.journeys import officers
from tests.journeys.browsing import PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.ledgers import employ, shelf
from tests.journeys.wording import told, told_count
from tests.shop import RunningShop

UPT, SOAP, POT = "LPS-GARUT", "LPS-GARUT.SABUN-CUCI-LAPAS-GARUT", "LPS-GARUT.POT-TANAMAN-SABUT-KELAPA"
COLLEAGUE = "penghitung.garut@lapak.example"
LIST = "/staff/stok/hitung"
ON_PAPER = (".count__line", ".count__box", ".count__goods label")
NOT_ON_PAPER = (
    *(".masthead__nav", ".staff-out", ".breadcrumb", ".language", "[data-print]", ".count__more"),
    *(".count__steps", "main button"),
)


def open_sheet(officer: Browsing, words: str) -> str:
    """Begin a stock-take of what has these words in its name; gives where the sheet is."""
    officer.open("/staff/stok")
    officer.follow(LIST)
    officer.field("words").fill(words)
    assert officer.submit(LIST) == 200
    return officer.path


def line(officer: Browsing, sku: str) -> Locator:
    """The line of a shelf on the sheet that is open."""
    return officer.page.locator(".count__line", has_text=sku)


def fill(officer: Browsing, found: dict[str, str]) -> int:
    """Enter what lies there and have the differences shown; gives the status."""
    for sku, pieces in found.items():
        line(officer, sku).locator(".count__box").fill(pieces)
    return officer.press(officer.page.locator('.count__steps button[form="count"]:not([formaction])'))


def test_a_small_difference_is_booked_and_a_large_one_waits_for_a_colleague(
    person: Opens, shop: RunningShop
) -> None:
    employ(shop, COLLEAGUE, UPT, officers.PASSWORD)
    (soap, held_soap), (pots, held_pots) = shelf(shop, SOAP, UPT), shelf(shop, POT, UPT)
    many = ALONE_PIECES + 1
    with person(width=PHONE) as officer:
        officers.sign_in(officer, officers.GARUT)
        sheet = open_sheet(officer, "sabu")
        assert fill(officer, {SOAP: "banyak", POT: str(pots + many)}) == 422
        assert officer.error_beside(str(line(officer, SOAP).locator(".count__box").get_attribute("name")))
        assert fill(officer, {SOAP: str(soap + 2)}) == 200
        assert "+2" in line(officer, SOAP).inner_text()
        assert f"+{many}" in line(officer, POT).inner_text()
        assert shelf(shop, SOAP, UPT) == (soap, held_soap), "noted is not booked"
        assert officer.press(officer.page.locator('button[formaction$="/buku"]')) == 200
        one, several = (
            "%(num)s difference waits for a second person.",
            "%(num)s differences wait for a second person.",
        )
        assert told_count(one, several, 1) in officer.text
        assert line(officer, POT).locator("button").count() == 0, "who counted does not decide"
    assert shelf(shop, SOAP, UPT) == (soap + 2, held_soap)
    assert shelf(shop, POT, UPT) == (pots, held_pots)
    with person(width=PHONE) as colleague:
        officers.sign_in(colleague, COLLEAGUE)
        assert colleague.follow(f"{LIST}?show=waiting") == 200
        assert colleague.follow(sheet) == 200
        assert colleague.press(line(colleague, POT).locator('[value="approve"]')) == 200
        assert told("Booked.") in colleague.text
        colleague.open("/staff/stok/buku?q=pot")
        assert f"+{many}" in colleague.text
    assert shelf(shop, POT, UPT) == (pots + many, held_pots)


def test_a_sheet_on_paper_is_boxes_to_fill_and_nothing_else(person: Opens) -> None:
    with person(width=PHONE) as officer:
        officers.sign_in(officer, officers.GARUT)
        open_sheet(officer, "sabu")
        assert fill(officer, {SOAP: "3"}) == 200
        officer.page.evaluate("window.print = () => { document.body.dataset.printed = 'yes' }")
        officer.page.locator("[data-print] button").click()
        expect(officer.page.locator("body")).to_have_attribute("data-printed", "yes")
        for each in (*ON_PAPER, *NOT_ON_PAPER):
            assert officer.page.locator(each).filter(visible=True).count(), each
        officer.page.emulate_media(media="print")
        for each in ON_PAPER:
            assert officer.page.locator(f"{each} >> visible=false").count() == 0, each
        for each in NOT_ON_PAPER:
            assert officer.page.locator(each).filter(visible=True).count() == 0, each
        borders = "boxes => boxes.map(box => getComputedStyle(box).border)"
        assert set(officer.page.locator(".count__box").evaluate_all(borders)) == {"1px solid rgb(0, 0, 0)"}
        ink = officer.page.locator(".staff-who strong").evaluate("name => getComputedStyle(name).color")
        assert ink == "rgb(0, 0, 0)", "whose shelves these are can be read on white"
