"""Both languages: the address says which, every link stays in it, and no page is shown in another's."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.db import transaction
from kernel.web import to
from tests.factories.inventory import make_ready_good

PROJECT = Path(__file__).resolve().parent.parent.parent
_ADDRESS = re.compile(
    r"""<(?P<tag>[a-z]+)\b[^>]*?\s(?P<name>href|action|formaction)="(?P<address>[^"]*)"[^>]*>"""
)
_ONCE = ("/static/", "/gambar/")
"""What exists once, whatever language is spoken."""
_MOST_PAGES = 200


@pytest.fixture
def bread(app: Flask) -> str:
    """The SKU of a loaf that can be bought."""
    with app.app_context(), transaction() as session:
        return make_ready_good(session, "Roti", pieces=7)[1].sku


def links(page: str) -> list[str]:
    """The addresses of our own pages that a page leads to, but for links that change the language."""
    return [
        found["address"].replace("&amp;", "&")
        for found in _ADDRESS.finditer(page)
        if found["address"].startswith("/")
        and not found["address"].startswith(_ONCE)
        and " hreflang=" not in found[0]
    ]


def crawl(client: FlaskClient, start: str) -> dict[str, list[str]]:
    """Every page that can be reached from `start` by links, with the addresses on it."""
    found: dict[str, list[str]] = {}
    waiting = deque([start])
    while waiting and len(found) < _MOST_PAGES:
        address = waiting.popleft()
        if address in found:
            continue
        answer = client.get(address)
        if answer.status_code == 303 and answer.location:
            waiting.append(answer.location.removeprefix("http://localhost"))
        found[address] = links(answer.text) if answer.mimetype == "text/html" else []
        waiting.extend(urldefrag(each)[0] for each in found[address])
    return found


class TestAddresses:
    def test_the_prefix_chooses_the_language(self, client: FlaskClient, bread: str) -> None:
        for address in ("/", "/produk", "/produk/roti", "/keranjang", "/staff/masuk", "/nothing"):
            assert '<html lang="id">' in client.get(address).text
            assert '<html lang="en">' in client.get(f"/en{address}").text

    def test_the_bare_prefix_leads_to_its_first_page(self, client: FlaskClient) -> None:
        answer = client.get("/en?a=1")
        assert (answer.status_code, answer.location) == (308, "/en/?a=1")

    @pytest.mark.parametrize("address", ["/english", "/en.html", "/en/en/", "/id/", "/EN/"])
    def test_only_the_prefix_itself_is_one(self, client: FlaskClient, address: str) -> None:
        assert client.get(address).status_code == 404

    @pytest.mark.parametrize("address", ["/healthz", "/static/css/lapak.css", "/gambar/roti_kue/roti.svg"])
    def test_what_exists_once_has_no_prefix(self, client: FlaskClient, address: str) -> None:
        assert client.get(address).status_code == 200
        assert client.get(f"/en{address}").status_code == 404

    def test_a_link_stays_in_the_language_of_its_page(self, app: Flask) -> None:
        assert to("/produk") == "/produk"
        with app.test_request_context("/produk"):
            assert to("/produk") == "/produk"

    def test_kept_pages_of_both_languages_do_not_mix(self, client: FlaskClient, bread: str) -> None:
        cold = {address: client.get(address).text for address in ("/produk", "/en/produk")}
        assert cold["/produk"] != cold["/en/produk"]
        for address in ("/en/produk", "/produk"):
            warm = client.get(address)
            assert "ETag" in warm.headers
            assert warm.text == cold[address]


class TestLinks:
    def test_english_pages_lead_to_english_pages(self, client: FlaskClient, bread: str) -> None:
        client.post("/en/produk/roti", data={"sku": bread, "quantity": "1"})
        found = crawl(client, "/en/")
        assert {"/en/produk/roti", "/en/keranjang", "/en/checkout", "/en/staff/masuk"} <= set(found)
        strays = {
            page: [each for each in addresses if not each.startswith("/en/")]
            for page, addresses in found.items()
        }
        assert {page: stray for page, stray in strays.items() if stray} == {}

    def test_indonesian_pages_lead_to_indonesian_pages(self, client: FlaskClient, bread: str) -> None:
        client.post("/produk/roti", data={"sku": bread, "quantity": "1"})
        found = crawl(client, "/")
        assert {"/produk/roti", "/keranjang", "/checkout", "/staff/masuk"} <= set(found)
        assert [each for page in found.values() for each in page if each.startswith("/en")] == []

    def test_a_form_answers_in_its_own_language(self, client: FlaskClient, bread: str) -> None:
        added = client.post("/en/produk/roti", data={"sku": bread, "quantity": "1"})
        assert added.location == "/en/keranjang"
        refused = client.post("/en/produk/roti", data={"sku": bread, "quantity": "0"})
        assert '<html lang="en">' in refused.text

    def test_who_must_sign_in_does_so_in_their_language(self, client: FlaskClient) -> None:
        answer = client.get("/en/staff/paket?state=new")
        assert answer.location == "/en/staff/masuk?next=/staff/paket?state%3Dnew"

    def test_templates_write_no_address_of_ours_themselves(self) -> None:
        """An address in a template goes through to() or url_for()."""
        templates = [path for path in (PROJECT / "templates").rglob("*.html") if "email" not in path.parts]
        written = re.compile(r'\b(?:href|action|formaction)="/')
        assert [str(path) for path in templates if written.search(path.read_text(encoding="utf-8"))] == []
