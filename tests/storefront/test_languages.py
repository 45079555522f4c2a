"""Both languages: the address says which, every link stays in it, and no page is shown in another's."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound
from werkzeug.test import Client

from kernel.db import transaction
from kernel.i18n import LanguagePrefix
from kernel.web import to
from tests.factories.inventory import make_ready_good
from tests.languages import strangers

PROJECT = Path(__file__).resolve().parent.parent.parent
_ADDRESS = re.compile(
    r"""<(?P<tag>[a-z]+)\b[^>]*?\s(?P<name>href|action|formaction)="(?P<address>[^"]*)"[^>]*>"""
)
_ONCE = ("/static/", "/gambar/", "/apple-touch-icon.png", "/manifest.webmanifest")
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
    """Every page that can be reached from `start` by links, with the addresses on it; files are left out."""
    found: dict[str, list[str]] = {}
    waiting = deque([start])
    while waiting and len(found) < _MOST_PAGES:
        address = waiting.popleft()
        if address in found:
            continue
        answer = client.get(address)
        if answer.status_code == 303 and answer.location:
            waiting.append(answer.location.removeprefix("http://localhost"))
        if answer.mimetype != "text/html":
            continue
        found[address] = links(answer.text)
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

    @pytest.mark.parametrize(
        "address", ["/healthz", "/static/css/lapak.css", "/gambar/roti_kue/roti.svg", "/favicon.ico"]
    )
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
        written = re.compile(r'\b(?:href|action|formaction)="/(?![\w-]+\.\w+")')  # a file exists once
        assert [str(path) for path in templates if written.search(path.read_text(encoding="utf-8"))] == []


class TestWords:
    @pytest.mark.parametrize("start", ["/", "/en/"])
    def test_no_page_says_anything_in_the_other_language(
        self, client: FlaskClient, bread: str, start: str
    ) -> None:
        client.post(f"{start}produk/roti", data={"sku": bread, "quantity": "1"})
        pages = [*crawl(client, start), f"{start}nothing", f"{start}cari?q=xyzzy"]
        language = "en" if start == "/en/" else "id"
        answers = {address: client.get(address) for address in pages}
        found = {
            address: strangers(answer.text, language)
            for address, answer in answers.items()
            if answer.mimetype == "text/html"
        }
        assert {address: strings for address, strings in found.items() if strings} == {}

    def test_a_text_without_english_is_shown_and_marked(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            make_ready_good(session, "Roti", description_id="Roti tawar lembut.", description_en="")
        page = client.get("/en/produk/roti").text
        assert re.search(r'<p lang="id">Roti tawar lembut\. <abbr class="language-mark"', page)
        assert "language-mark" not in client.get("/produk/roti").text

    def test_would_notice_a_string_of_the_other_language(self, client: FlaskClient, bread: str) -> None:
        for address, language in (("/produk/roti", "en"), ("/en/produk/roti", "id")):
            assert len(strangers(client.get(address).text, language)) > 10


class TestSwitch:
    def test_keeps_the_page_and_its_query(self, client: FlaskClient, bread: str) -> None:
        page = client.get("/produk?urut=nama&tersedia=1")
        assert switch(page.text) == ("en", "/en/produk?urut=nama&tersedia=1&bahasa=en")
        assert switch(client.get("/en/produk/roti").text) == ("id", "/produk/roti?bahasa=id")

    def test_leads_to_the_page_itself(self, client: FlaskClient, bread: str) -> None:
        answer = client.get("/en/produk?urut=nama&bahasa=en&tersedia=1")
        assert (answer.status_code, answer.location) == (303, "/en/produk?urut=nama&tersedia=1")
        assert answer.headers["Cache-Control"] == "private, no-store"

    def test_the_choice_is_believed_rather_than_the_prefix(self, client: FlaskClient) -> None:
        assert client.get("/produk?bahasa=en").location == "/en/produk"

    def test_is_remembered_for_the_first_page_alone(self, client: FlaskClient, bread: str) -> None:
        client.get("/?bahasa=en")
        first = client.get("/?a=1")
        assert (first.status_code, first.location) == (303, "/en/?a=1")
        assert first.headers["Vary"] == "Cookie"
        assert '<html lang="id">' in client.get("/produk").text
        client.get("/en/produk?bahasa=id")
        assert '<html lang="id">' in client.get("/").text
        assert '<html lang="en">' in client.get("/en/").text

    def test_nobody_is_sent_away_for_the_language_of_their_browser(self, client: FlaskClient) -> None:
        assert '<html lang="id">' in client.get("/", headers={"Accept-Language": "en-GB,en"}).text

    def test_who_chose_gets_kept_pages_too(self, client: FlaskClient, bread: str) -> None:
        client.get("/?bahasa=en")
        assert "ETag" in client.get("/en/produk").headers

    @pytest.mark.parametrize("cookie", ["bahasa=fr", "bahasa=", "bahasa", "xbahasa=en", "bahasa=en=id"])
    def test_a_foreign_cookie_chooses_nothing(self, client: FlaskClient, cookie: str) -> None:
        assert client.get("/", headers={"Cookie": cookie}).status_code == 200

    @pytest.mark.parametrize("word", ["fr", "", "EN", "%65n", "x" * 10_000])
    def test_a_foreign_word_chooses_nothing(self, client: FlaskClient, word: str) -> None:
        answer = client.get(f"/produk?bahasa={word}")
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert switch(answer.text) == ("en", "/en/produk?bahasa=en")

    def test_the_cookie_holds_the_language_alone_and_is_safe(self) -> None:
        for is_https in (False, True):
            client = Client(LanguagePrefix(NotFound(), is_https=is_https), use_cookies=False)
            cookie = client.get("/?bahasa=en").headers["Set-Cookie"]
            assert cookie.startswith("bahasa=en; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax")
            assert cookie.endswith("; Secure") is is_https

    @pytest.mark.parametrize(
        "path", ["//evil.example/", "/en//evil.example/", "///evil.example", "/%2f/evil.example"]
    )
    def test_never_leads_to_another_host(self, client: FlaskClient, path: str) -> None:
        answer = client.get(f"{path}?bahasa=id")
        assert answer.location.startswith("/")
        assert not answer.location.startswith("//")
        assert switch(client.get(path).text)[1] in ("/?bahasa=id", "/en/?bahasa=en")

    def test_writes_foreign_signs_as_addresses_do(self, client: FlaskClient) -> None:
        raw = 'q=kopi "é<b>&hal=1'.encode().decode("latin-1")  # as the server hands it on
        page = client.get("/en/cari", environ_overrides={"QUERY_STRING": raw})
        assert switch(page.text) == ("id", "/cari?q=kopi%20%22%C3%A9%3Cb%3E&hal=1&bahasa=id")
        answer = client.get("/produk/ké%0D%0AX: y?bahasa=en")
        assert answer.location == "/en/produk/k%C3%A9%0D%0AX:%20y"

    def test_a_refused_form_leads_to_the_page_it_stands_on(self, client: FlaskClient, bread: str) -> None:
        refused = client.post("/produk/roti?a=1", data={"sku": bread, "quantity": "0"})
        assert switch(refused.text) == ("en", "/en/produk/roti?bahasa=en")
        nowhere = client.post("/staff/paket/LP-1/kirim", data={"courier": ""}, follow_redirects=True)
        assert switch(nowhere.text) == ("en", "/en/staff/masuk?bahasa=en")

    def test_a_refusal_without_a_page_of_its_own_leads_to_the_first(self, client: FlaskClient) -> None:
        refused = client.post("/pesanan/LP-0/none/bayar")
        assert refused.status_code == 404
        assert switch(refused.text) == ("en", "/en/?bahasa=en")

    def test_each_page_says_its_language_in_a_header(self, client: FlaskClient, bread: str) -> None:
        for _cold_then_warm in range(2):
            assert client.get("/produk").headers["Content-Language"] == "id"
            assert client.get("/en/produk").headers["Content-Language"] == "en"
        assert client.get("/en/nothing").headers["Content-Language"] == "en"
        assert "Content-Language" not in client.get("/static/css/lapak.css").headers


def switch(page: str) -> tuple[str, str]:
    """The language that a page's switch offers, and its link."""
    found = re.search(r'<a class="language" href="([^"]*)" lang="(..)" hreflang="\2"', page)
    assert found
    return found[2], found[1].replace("&amp;", "&").replace("&#39;", "'")
