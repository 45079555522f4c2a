"""The first page of the customer's home, and the guard of all its pages."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from storefront.web.account.pages import SECTIONS
from tests.storefront.web.account.conftest import Customer, MakeCustomer


class TestTheGuard:
    def test_sends_a_visitor_to_sign_in_and_back(self, client: FlaskClient) -> None:
        answer = client.get("/akun?x=1")
        assert (answer.status_code, answer.location) == (303, "/masuk?next=%2Fakun%3Fx%3D1")
        assert client.get("/en/akun").location == "/en/masuk?next=%2Fakun"

    def test_lets_nobody_keep_the_page(self, sari: Customer) -> None:
        answer = sari.browser.get("/akun")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"


class TestOverview:
    def test_greets_by_name_in_both_languages(self, make_customer: MakeCustomer) -> None:
        browser = make_customer("Budi <b>").browser
        assert "<h1>Halo, Budi &lt;b&gt;</h1>" in browser.get("/akun").text
        assert "<h1>Hello, Budi &lt;b&gt;</h1>" in browser.get("/en/akun").text

    def test_shows_the_sections_that_there_are(self, app: Flask, sari: Customer) -> None:
        page = sari.browser.get("/akun").text
        menu = page.partition('class="account__menu"')[2].partition("</nav>")[0]
        shown = re.findall(r'<a href="([^"]+)"', menu)
        routes = {str(rule) for rule in app.url_map.iter_rules()}
        assert shown == [section.path for section in SECTIONS if section.path in routes]
        assert re.findall(r'href="([^"]+)" aria-current="page"', menu) == ["/akun"]
