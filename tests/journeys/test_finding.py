"""Somebody looks for something: filters and suggestions, with scripts and without, by hand and by keys."""

from __future__ import annotations

import re

import pytest

from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens

WIDTHS = pytest.mark.parametrize("width", [PHONE, DESKTOP])


def number(visitor: Browsing) -> int:
    """How many products the page says there are."""
    said = re.match(r"\d+", visitor.page.locator("#finder-count").inner_text())
    assert said
    return int(said[0])


def promised(visitor: Browsing, choice: str) -> int:
    """The number beside a choice."""
    return int(visitor.page.locator(f'label[for="{choice}"] .facet__count').inner_text())


def open_filters(visitor: Browsing) -> None:
    """On a phone the filters are a sheet."""
    if visitor.width == PHONE:
        visitor.page.locator("#finder-sheet > summary").click()


@WIDTHS
def test_without_scripts_the_form_narrows_to_what_its_numbers_promise(person: Opens, width: int) -> None:
    with person(width=width, scripts=False) as visitor:
        visitor.open("/produk")
        open_filters(visitor)
        wanted = promised(visitor, "kategori-roti_kue")
        visitor.page.check("#kategori-roti_kue")
        assert visitor.press(visitor.page.locator(".finder__apply button")) == 200
        assert number(visitor) == wanted
        assert visitor.page.url.endswith("/produk?kategori=roti_kue")
        assert visitor.press(visitor.page.locator(".finder__clear")) == 200
        assert number(visitor) > wanted


@WIDTHS
def test_with_scripts_a_choice_applies_at_once(person: Opens, width: int) -> None:
    with person(width=width) as visitor:
        visitor.open("/produk")
        before = number(visitor)
        open_filters(visitor)
        wanted = promised(visitor, "kategori-roti_kue")
        with visitor.page.expect_response(re.compile("kategori=roti_kue")):
            visitor.page.check("#kategori-roti_kue")
        visitor.page.wait_for_url("**/produk?kategori=roti_kue")
        visitor.page.wait_for_selector("#chip-1", state="attached")
        assert number(visitor) == wanted
        assert visitor.page.evaluate("document.activeElement.id") == "kategori-roti_kue"
        visitor.check()
        visitor.page.go_back()
        visitor.page.wait_for_selector("#chip-1", state="detached")
        assert number(visitor) == before


@WIDTHS
def test_a_wrong_price_is_said_beside_it(person: Opens, width: int) -> None:
    with person(width=width, scripts=False) as visitor:
        visitor.open("/produk")
        open_filters(visitor)
        visitor.page.fill("#dari", "50.000")
        visitor.page.fill("#sampai", "25.000")
        assert visitor.press(visitor.page.locator(".finder__apply button")) == 422
        assert visitor.error_beside("sampai")
        assert visitor.field("dari").input_value() == "50.000"


@WIDTHS
def test_suggestions_are_walked_by_keys(person: Opens, width: int) -> None:
    with person(width=width) as visitor:
        visitor.open("/")
        field = visitor.page.locator("#search")
        field.fill("jaring")  # at once: an answer to half a word would come between
        visitor.page.wait_for_selector("#suggestions li")
        assert field.get_attribute("aria-expanded") == "true"
        visitor.check()
        field.press("ArrowDown")
        assert field.get_attribute("aria-activedescendant") == "suggestion-0"
        field.press("Escape")
        assert field.get_attribute("aria-expanded") == "false"
        field.fill("jaring sab")
        visitor.page.wait_for_selector("#suggestions:not([hidden]) li")
        field.press("ArrowDown")
        with visitor.page.expect_navigation():
            field.press("Enter")
        assert visitor.path.startswith("/produk/")


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_near_is_remembered(person: Opens, scripts: bool) -> None:
    with person(scripts=scripts) as visitor:
        visitor.open("/")
        visitor.page.select_option("#provinsi", "jawa-barat")
        assert visitor.submit("/provinsi") == 200
        visitor.open("/produk")
        visitor.open("/")
        assert visitor.page.locator("#dekat .card").count() > 0
