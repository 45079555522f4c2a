"""Looking round: from the map to a product, and through the listing with filters, orders and pages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.wording import told

WALKS = pytest.mark.parametrize(
    ("width", "scripts"),
    [(PHONE, True), (DESKTOP, True), (PHONE, False)],
    ids=["phone", "desktop", "phone without JavaScript"],
)
CARDS = "#finder-results .card"


def test_a_visitor_goes_from_the_map_to_a_product(person: Opens) -> None:
    with person(width=DESKTOP) as visitor:
        visitor.open("/")
        visitor.press(visitor.page.locator('footer a[href="/peta"]'))
        tile = visitor.page.locator('.tilemap a[href="/provinsi/sumatera-selatan"]')
        in_list = visitor.page.locator('table tr:has(a[href="/provinsi/sumatera-selatan"])')
        products = in_list.locator("td").last.inner_text()
        assert products in (tile.text_content() or "")
        visitor.press(tile)
        assert "Lapas Kelas IIA Lahat" in visitor.text
        visitor.follow("/kanwil/sumatera-selatan")
        visitor.follow("/upt/lapas-kelas-iia-lahat")
        assert told("Where and when") in visitor.text
        visitor.follow("/produk/")
        assert visitor.page.locator('main a[href="/upt/lapas-kelas-iia-lahat"]').count() > 0
        visitor.go_back()
        assert visitor.path == "/upt/lapas-kelas-iia-lahat"


@WALKS
def test_filters_say_what_they_leave(person: Opens, width: int, scripts: bool) -> None:
    with person(width=width, scripts=scripts) as visitor:
        visitor.open("/produk")
        everything = count(visitor)
        left = choose(visitor, "kategori", "kopi_teh")
        assert count(visitor) == left < everything
        left = choose(visitor, "tersedia", "siap")
        assert count(visitor) == left
        assert {"kategori=kopi_teh", "tersedia=siap"} <= words(visitor)
        sort(visitor, "termahal")
        prices = prices_shown(visitor)
        assert prices == sorted(prices, reverse=True)
        take_back(visitor, told("Ready to send"))
        assert words(visitor) == {"kategori=kopi_teh", "urut=termahal"}
        visitor.go_back()
        expect(visitor.page.locator(".finder__chips .chip--off")).to_have_count(2)
        assert count(visitor) == left
        visitor.page.reload()
        assert count(visitor) == left
        visitor.check()
        clear(visitor)
        assert count(visitor) == everything


@WALKS
def test_pages_lead_on_and_back(person: Opens, width: int, scripts: bool) -> None:
    with person(width=width, scripts=scripts) as visitor:
        visitor.open("/produk?urut=nama")
        first = names(visitor)
        visitor.press(visitor.page.locator('main a[rel="next"]'))
        second = names(visitor)
        assert not set(first) & set(second)
        visitor.press(visitor.page.locator('main a[rel="prev"]'))
        assert names(visitor) == first
        visitor.go_back()
        assert names(visitor) == second
        visitor.press(visitor.page.locator(f"{CARDS} a").first)
        visitor.go_back()
        assert names(visitor) == second


@WALKS
def test_a_price_range_the_wrong_way_round(person: Opens, width: int, scripts: bool) -> None:
    with person(width=width, scripts=scripts) as visitor:
        visitor.open("/produk")
        everything = count(visitor)
        open_filters(visitor)
        visitor.field("dari").fill("90.000")
        visitor.field("sampai").fill("Rp 15.000")
        apply(visitor, "sampai=Rp")
        expect(visitor.page.locator("#price-error")).to_be_visible()
        assert visitor.error_beside("dari")
        assert visitor.field("dari").input_value().replace(".", "") == "90000"
        assert count(visitor) == everything
        visitor.field("dari").fill("5.000")
        apply(visitor, "dari=5")
        assert all(5_000 <= price <= 15_000 for price in prices_shown(visitor))


def count(visitor: Browsing) -> int:
    """How many products the page says there are."""
    found = re.search(r"\d+", visitor.page.locator("#finder-count").inner_text().replace(".", ""))
    assert found is not None
    return int(found[0])


def names(visitor: Browsing) -> list[str]:
    """The names on the cards."""
    return visitor.page.locator(f"{CARDS} .card__name").all_inner_texts()


def prices_shown(visitor: Browsing) -> list[int]:
    """The prices on the cards, in rupiah."""
    texts = visitor.page.locator(f"{CARDS} .price strong").all_inner_texts()
    assert texts
    return [int(re.sub(r"\D", "", text)) for text in texts]


def words(visitor: Browsing) -> set[str]:
    """What the address says after the question mark."""
    return set(visitor.page.url.partition("?")[2].split("&")) - {""}


def open_filters(visitor: Browsing) -> None:
    """On a phone the filters lie under a button."""
    sheet = visitor.page.locator("#finder-sheet")
    if not visitor.page.locator("#finder-form").is_visible():
        sheet.locator("> summary").click()


def choose(visitor: Browsing, name: str, value: str) -> int:
    """Take one choice of a filter; gives how many products it promised."""
    open_filters(visitor)
    label = visitor.page.locator(f'label[for="{name}-{value}"]')
    if not label.is_visible():
        visitor.page.locator(f"#facet-{name} > summary").click()
    promised = int(label.locator(".facet__count").inner_text().replace(".", ""))
    visitor.page.locator(f"#{name}-{value}").check()
    apply(visitor, f"{name}={value}")
    return promised


def apply(visitor: Browsing, word: str) -> None:
    """Filters apply at once with a script, and by the button without."""
    if visitor.scripts:
        visitor.page.evaluate("document.activeElement.blur()")
        visitor.page.wait_for_url(re.compile(re.escape(word)))
        settle(visitor)
    else:
        visitor.press(visitor.page.locator(".finder__apply button"))


def settle(visitor: Browsing) -> None:
    """Wait for the products to be there, and look at the page."""
    expect(visitor.page.locator("#finder-results")).not_to_have_attribute("aria-busy", "true")
    visitor.check()


def sort(visitor: Browsing, word: str) -> None:
    """Choose another order."""
    visitor.page.locator("#urut").select_option(word)
    if visitor.scripts:
        visitor.page.wait_for_url(re.compile(f"urut={word}"))
        settle(visitor)
    else:
        visitor.press(visitor.page.locator(".finder__sort button"))


def take_back(visitor: Browsing, name: str) -> None:
    """Press the chip of a filter in use."""
    follow_at_once(visitor, ".finder__chips .chip--off", name)


def clear(visitor: Browsing) -> None:
    """Take every filter back."""
    follow_at_once(visitor, ".finder__clear", "")


def follow_at_once(visitor: Browsing, selector: str, name: str) -> None:
    """Press a link that a script swaps the page for."""
    link = visitor.page.locator(selector).filter(has_text=name)
    if not visitor.scripts:
        visitor.press(link)
        return
    address = link.get_attribute("href") or ""
    link.click()
    visitor.page.wait_for_url(f"**{address}")
    settle(visitor)
