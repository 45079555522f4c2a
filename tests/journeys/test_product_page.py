"""Choosing on the product's page: variants, pictures and postage, with a script and without one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.browsing import DESKTOP, PHONE
from tests.journeys.conftest import Opens
from tests.journeys.wording import told

BATIK = "/produk/batik-tulis-lpp-yogyakarta"
SUGAR = "/produk/gula-semut-jahe-merah"
TRUNTUM = 'input[name="sku"][value$=".TRUNTUM"]'
EVERYWHERE = pytest.mark.parametrize("width", [PHONE, DESKTOP], ids=["phone", "desktop"])


@EVERYWHERE
def test_price_stock_and_picture_follow_the_choice(person: Opens, width: int) -> None:
    with person(width=width) as customer:
        customer.open(BATIK)
        page = customer.page
        before = page.locator("[data-price] strong").inner_text()
        page.locator(TRUNTUM).check()
        expect(page.locator("[data-price] strong")).not_to_have_text(before)
        expect(page.locator(".gallery__thumbs [aria-current]")).to_have_attribute("href", "#gambar-4")
        assert page.locator("[data-postage] input[name=sku]").input_value().endswith(".TRUNTUM")
        assert page.locator("[data-of]:visible").count() == 1
        customer.check()


@EVERYWHERE
def test_pictures_are_seen_large_and_turned_by_keys(person: Opens, width: int) -> None:
    with person(width=width) as customer:
        customer.open(SUGAR)
        page = customer.page
        page.locator("[data-track]").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".gallery__thumbs [aria-current]")).to_have_attribute("href", "#gambar-2")
        page.locator(".gallery__slide").nth(1).click()
        words = page.locator("[data-text]")
        expect(words).to_have_text(told("The same drawing, larger"))
        customer.check()
        page.keyboard.press("Enter")
        expect(page.locator("[data-stage]")).to_have_class("zoom__stage is-large")
        customer.check()
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
        expect(words).to_have_text(told("The batik ground of the drawing"))
        page.keyboard.press("Escape")
        expect(page.locator("dialog.zoom")).to_be_hidden()


@EVERYWHERE
def test_postage_is_worked_out_on_the_page_itself(person: Opens, width: int) -> None:
    with person(width=width) as customer:
        customer.open(SUGAR)
        field = customer.field("kode_pos")
        field.fill("40111")
        field.press("Enter")
        place = customer.page.locator(".postage__place")
        expect(place).to_contain_text("Kota Bandung, Jawa Barat")
        assert "kode_pos" not in customer.page.url
        field.fill("00000")
        field.press("Enter")
        expect(customer.page.locator("#kode_pos-error")).to_be_visible()
        expect(place).to_have_count(0)
        expect(field).to_be_focused()
        assert customer.error_beside("kode_pos")


@EVERYWHERE
def test_without_a_script_all_of_it_works(person: Opens, width: int) -> None:
    with person(width=width, scripts=False) as customer:
        customer.open(SUGAR)
        customer.field("kode_pos").fill("97114")
        assert customer.press(customer.page.locator("[data-postage] button")) == 200
        assert customer.page.locator(".postage__place").is_visible()
        assert customer.press(customer.page.locator('button[name="from"]').last) == 200
        assert customer.path == "/keranjang"

        customer.open(BATIK)
        customer.page.locator(TRUNTUM).check()
        assert customer.submit(BATIK) == 200
        assert "Truntum, 2 m" in customer.page.locator("main").inner_text()
        pictures = customer.page.locator(".gallery__slide")
        customer.open(BATIK)
        assert str(pictures.first.get_attribute("href")).endswith("/gambar.svg")
