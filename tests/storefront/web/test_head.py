"""What pages say to search engines: titles, addresses, robots, and data blocks that nothing breaks out of."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup

from kernel.db import transaction
from storefront.web.head import LONGEST_DESCRIPTION, LONGEST_TITLE, page_description, page_title
from storefront.web.structured import MakersOffer, ld, product_thing, service_thing
from tests.factories.inventory import make_ready_good
from tests.storefront.web.conftest import Shop

_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def things(page: str) -> dict[str, dict[str, Any]]:
    """The data blocks of a page by their type; those of a graph one by one."""
    found: dict[str, dict[str, Any]] = {}
    for block in _BLOCK.findall(page):
        thing = json.loads(block)
        assert thing["@context"] == "https://schema.org"
        for each in thing.get("@graph", [thing]):
            found[each["@type"]] = each
    return found


def link(page: str, kind: str) -> str | None:
    """The address of a <link> of this kind: 'rel="canonical"', 'hreflang="en"'."""
    match = re.search(rf'<link [^>]*{kind}[^>]* href="([^"]*)"', page)
    return match.group(1) if match else None


class TestTexts:
    def test_a_short_title_is_signed_and_a_long_one_is_not(self) -> None:
        assert page_title("Roti Manis") == "Roti Manis · Lapak"
        assert page_title("a" * 53) == "a" * 53
        assert page_title(Markup("A &amp; B")) == "A & B · Lapak"

    @pytest.mark.parametrize("text", ["kata " * 100, "x" * 10_000, "a, " * 100])
    def test_a_long_text_is_cut_at_a_word(self, text: str) -> None:
        for cut, most in ((page_title(text), LONGEST_TITLE), (page_description(text), LONGEST_DESCRIPTION)):
            assert len(cut) <= most
            assert cut.endswith("…")
            assert not cut.endswith((" …", ",…"))


class TestAddresses:
    def test_each_language_has_its_own_and_names_the_other(self, client: FlaskClient, shop: Shop) -> None:
        for prefix in ("", "/en"):
            page = client.get(f"{prefix}/produk/{shop.bread}?utm_source=x").text
            path = f"/produk/{shop.bread}"
            assert link(page, 'rel="canonical"') == f"http://localhost{prefix}{path}"
            assert link(page, 'hreflang="id"') == f"http://localhost{path}"
            assert link(page, 'hreflang="en"') == f"http://localhost/en{path}"
            assert link(page, 'hreflang="x-default"') == f"http://localhost{path}"
            assert f'<meta property="og:url" content="http://localhost{prefix}{path}">' in page
            assert (
                f'<meta property="og:image" content="http://localhost{prefix}/bagikan/produk/{shop.bread}.png'
                in page
            )

    @pytest.mark.parametrize(
        "words", ["", "?kategori=roti_kue", "?kanwil={kanwil}", "?upt={here}", "?kategori=roti_kue&x=1"]
    )
    def test_a_listing_of_one_thing_is_found(self, client: FlaskClient, shop: Shop, words: str) -> None:
        words = words.format(kanwil=shop.kanwil, here=shop.here)
        page = client.get(f"/produk{words}").text
        assert link(page, 'rel="canonical"') == "http://localhost/produk" + words.removesuffix("&x=1")
        assert 'name="robots"' not in page

    @pytest.mark.parametrize(
        "address",
        [
            "/produk?kategori=roti_kue&upt={here}",
            "/produk?tersedia=1",
            "/produk?urut=nama",
            "/produk?setelah=OTk5OQ",
            "/cari?q=roti",
            "/keranjang",
            "/produk/{withdrawn}",
            "/produk/tidak-ada",
            "/staff/masuk",
        ],
    )
    def test_what_is_nobody_s_to_find_says_so(self, client: FlaskClient, shop: Shop, address: str) -> None:
        page = client.get(address.format(here=shop.here, withdrawn=shop.withdrawn)).text
        assert '<meta name="robots" content="noindex' in page
        assert link(page, 'rel="canonical"') is None


class TestDataBlocks:
    @pytest.mark.parametrize(
        "name", ["</script><script>alert(1)</script>", "<!--<script>", "a\u2028b & 'c' \"d\""]
    )
    def test_no_text_ends_a_block(self, app: Flask, client: FlaskClient, name: str) -> None:
        block = str(ld({"@type": "Thing", "name": name}))
        inside = block.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
        assert not set(inside) & set("<>&\u2028")
        assert json.loads(inside)["name"] == name
        with app.app_context(), transaction() as session:
            make_ready_good(session, name, slug="jahat")
        page = client.get("/produk/jahat").text
        assert "<script>alert" not in page
        assert things(page)["BreadcrumbList"]["itemListElement"][-1]["name"] == " ".join(name.split())

    def test_the_home_page_tells_who_we_are_and_how_to_search(self, client: FlaskClient, shop: Shop) -> None:
        found = things(client.get("/en/").text)
        assert found["Organization"]["url"] == "http://localhost/"
        action = found["WebSite"]["potentialAction"]
        assert action["target"]["urlTemplate"] == "http://localhost/en/cari?q={search_term_string}"
        assert action["query-input"] == "required name=search_term_string"

    def test_a_trail_is_told_as_it_is_shown(self, client: FlaskClient, shop: Shop) -> None:
        steps = things(client.get(f"/en/produk/{shop.bread}").text)["BreadcrumbList"]["itemListElement"]
        assert [step["position"] for step in steps] == [1, 2, 3]
        assert steps[1]["name"] == "Bread and cakes"
        assert steps[1]["item"] == "http://localhost/en/produk?kategori=roti_kue"
        assert "item" not in steps[2]

    def test_a_listing_lists_its_products(self, client: FlaskClient, shop: Shop) -> None:
        elements = things(client.get("/produk").text)["ItemList"]["itemListElement"]
        assert f"http://localhost/produk/{shop.bread}" in [element["url"] for element in elements]

    @pytest.mark.parametrize(
        "address", ["/produk/keset-lama", "/produk/tidak-ada", "/staff/masuk", "/checkout"]
    )
    def test_what_is_gone_or_private_says_nothing(
        self, client: FlaskClient, shop: Shop, address: str
    ) -> None:
        assert things(client.get(address).text) == {}

    def test_a_product_has_an_offer_of_each_maker_and_no_invented_rating(self, app: Flask) -> None:
        about: dict[str, Any] = {
            "name": "Tas",
            "path": "/produk/tas",
            "description": "x",
            "category": "Tas",
            "sku": "A",
        }
        offers = [
            MakersOffer("Lapas A", "/upt/a", 10_000, 10_000, is_available=True),
            MakersOffer("Lapas B", "/upt/b", 10_000, 15_000, is_available=False, is_made_to_order=True),
            MakersOffer("Lapas C", "/upt/c", 10_000, 10_000, is_available=False),
        ]
        with app.app_context():
            thing = product_thing(**about, pictures=["/x.png"], offers=offers)
            assert product_thing(**about, pictures=["/x.png"], offers=[]) is None
            service = service_thing(
                name="Cuci",
                path="/produk/cuci",
                description="x",
                category="Jasa",
                providers=[("A", "/upt/a")],
            )
        assert thing is not None
        assert not {"aggregateRating", "review"} & set(thing)
        assert [offer["availability"].rpartition("/")[2] for offer in thing["offers"]] == [
            "InStock",
            "BackOrder",
            "OutOfStock",
        ]
        for offer in thing["offers"]:
            assert offer["priceCurrency"] == "IDR"
            assert offer["price"] == 10_000
            assert "shippingDetails" not in offer
        assert thing["offers"][1]["priceSpecification"]["maxPrice"] == 15_000
        assert "offers" not in service
        assert service["provider"][0]["url"] == "http://localhost/upt/a"
