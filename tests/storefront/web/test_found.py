"""robots.txt, the sitemap and the feed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from accounts.rules import system_actor
from inventory.queries.found import PRODUCTS_A_PART
from inventory.services.renaming import rename_product
from kernel.clock import now
from kernel.config import Config
from kernel.db import transaction
from kernel.web import config
from storefront.web.found import _is_trial
from tests.factories.inventory import make_ready_good
from tests.storefront.web.conftest import Shop

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
ATOM = "{http://www.w3.org/2005/Atom}"


def addresses(client: FlaskClient) -> Iterator[tuple[str, ElementTree.Element]]:
    """Every address of the whole sitemap with its entry."""
    index = ElementTree.fromstring(client.get("/sitemap.xml").data)
    for part in index.iter(f"{SITEMAP}loc"):
        answer = client.get(str(part.text).removeprefix("http://localhost"))
        assert answer.status_code == 200
        assert answer.mimetype == "application/xml"
        for entry in ElementTree.fromstring(answer.data):
            yield entry.findtext(f"{SITEMAP}loc", ""), entry


class TestRobots:
    def test_points_to_the_sitemap_and_away_from_what_is_private(
        self, client: FlaskClient, queries: list[str]
    ) -> None:
        written = client.get("/robots.txt").text
        assert "Sitemap: http://localhost/sitemap.xml" in written
        for path in ("/keranjang", "/checkout", "/staff", "/en/staff", "/en/cari", "/pesanan/"):
            assert f"Disallow: {path}\n" in written
        assert "Disallow: /\n" not in written
        assert queries == []

    @pytest.mark.parametrize(
        ("environment", "base_url", "is_trial"),
        [
            ("production", "https://lapak.id", False),
            ("development", "http://127.0.0.1:8000", False),
            ("development", "https://coba.lapak.id", True),
        ],
    )
    def test_a_trial_that_others_can_reach_is_not_to_be_found(
        self, app: Flask, environment: str, base_url: str, is_trial: bool
    ) -> None:
        with app.app_context():
            values = {name: getattr(config(), name) for name in Config.__slots__}
        settings = Config(**{**values, "environment": environment, "base_url": base_url})
        assert _is_trial(settings) is is_trial


class TestSitemap:
    def test_names_every_public_page_once_in_each_language(self, client: FlaskClient, shop: Shop) -> None:
        entries = dict(addresses(client))
        for path in (
            *("", "produk", "peta", "kanwil", "provinsi/jawa-barat", "produk?kategori=roti_kue"),
            *(f"produk/{shop.bread}", f"produk/{shop.service}", f"upt/{shop.here}", f"kanwil/{shop.kanwil}"),
        ):
            here, there = f"http://localhost/{path}", f"http://localhost/en/{path}"
            links = [(link.get("hreflang"), link.get("href")) for link in entries[here].iter(f"{XHTML}link")]
            assert links == [("id", here), ("en", there), ("x-default", here)]
            assert [link.get("href") for link in entries[there].iter(f"{XHTML}link")] == [here, there, here]
        for private in (shop.withdrawn, "keranjang", "checkout", "staff", "cari", "provinsi/aceh"):
            assert not any(private in address for address in entries)
        assert len(entries) == len(list(addresses(client)))

    def test_parts_are_cut_by_number_and_take_few_statements(
        self, app: Flask, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        with app.app_context(), transaction() as session:
            make_ready_good(session, "Barang Jauh", id=3 * PRODUCTS_A_PART)
        parts = re.findall(r"/sitemap/(produk-\d+)\.xml", client.get("/sitemap.xml").text)
        assert parts == ["produk-1", "produk-3"]
        queries.clear()
        far = client.get("/sitemap/produk-3.xml").text
        assert len(queries) == 1
        assert "/produk/barang-jauh<" in far
        assert shop.bread not in far
        for address, most in (("/sitemap.xml?1", 2), ("/sitemap/tempat.xml", 1), ("/sitemap/halaman.xml", 1)):
            queries.clear()
            assert client.get(address).status_code == 200
            assert len(queries) <= most

    def test_the_last_change_is_the_true_one(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        long_ago = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
        with app.app_context(), transaction() as session:
            for table in ("products", "upts"):
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_changed"))
                session.execute(text(f"UPDATE {table} SET changed_at = :at"), {"at": long_ago})
                session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_changed"))

        def changed() -> dict[str, str]:
            return {
                address: entry.findtext(f"{SITEMAP}lastmod", "")
                for address, entry in addresses(client)
                if "/en/" not in address
            }

        with app.app_context(), transaction() as session:
            make_ready_good(session)  # the pages kept so far are of another catalogue now
        before = changed()
        assert before[f"http://localhost/produk/{shop.bread}"] == "2020-01-02T03:04:05+00:00"
        assert before[f"http://localhost/upt/{shop.here}"] == "2020-01-02T03:04:05+00:00"
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE stocks SET on_hand = on_hand + 1"))
            session.execute(
                text("UPDATE variants SET price = 9000 WHERE sku = :sku"), {"sku": shop.bread_sku}
            )
            make_ready_good(session)
        after = changed()
        for page in (
            f"produk/{shop.bread}",
            f"upt/{shop.here}",
            f"upt/{shop.there}",
            f"kanwil/{shop.kanwil}",
        ):
            assert after[f"http://localhost/{page}"] > "2026"
        for page in (f"produk/{shop.service}", f"produk/{shop.priceless}"):
            assert after[f"http://localhost/{page}"] == "2020-01-02T03:04:05+00:00"

    @pytest.mark.parametrize("number", ["0", "2", "01", "x", "-1", "9" * 400, "99999999", "١"])
    def test_a_part_that_is_not_there_is_not_found(
        self, client: FlaskClient, shop: Shop, number: str
    ) -> None:
        assert client.get(f"/sitemap/produk-{number}.xml").status_code == 404

    def test_an_empty_shop_has_one_too(self, client: FlaskClient) -> None:
        assert client.get("/sitemap.xml?empty").status_code == 200
        assert client.get("/produk/terbaru.atom?empty").status_code == 200


class TestMoved:
    def test_a_renamed_product_is_found_at_its_old_address_in_the_same_language(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        with app.app_context(), transaction() as session:
            for name in ("Roti Sobek", "Roti Gandum"):
                slug = shop.bread if name == "Roti Sobek" else "roti-sobek"
                rename_product(session, slug, name, actor=system_actor("test"), at=now())
        for prefix in ("", "/en"):
            for old in (shop.bread, "roti-sobek"):
                answer = client.get(f"{prefix}/produk/{old}")
                assert (answer.status_code, answer.location) == (301, f"{prefix}/produk/roti-gandum")
                asked = client.get(f"{prefix}/produk/{old}/permintaan")
                assert (asked.status_code, asked.location) == (301, f"{prefix}/produk/roti-gandum/permintaan")
            assert client.get(f"{prefix}/produk/roti-gandum").status_code == 200
            assert client.get(f"{prefix}/produk/roti-yang-tak-ada/permintaan").status_code == 404

    def test_what_was_renamed_and_then_withdrawn_is_gone(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        with app.app_context(), transaction() as session:
            rename_product(session, shop.withdrawn, "Keset Purba", actor=system_actor("test"), at=now())
        moved = client.get(f"/produk/{shop.withdrawn}")
        assert moved.status_code == 301
        assert client.get(moved.location).status_code == 410


class TestFeed:
    @pytest.mark.parametrize("prefix", ["", "/en"])
    def test_tells_what_is_new_in_the_language_of_its_address(
        self, app: Flask, client: FlaskClient, shop: Shop, queries: list[str], prefix: str
    ) -> None:
        with app.app_context(), transaction() as session:
            make_ready_good(
                session,
                "Tas & <Tali>",
                slug="tas-tali",
                description_id="Tas <b>kuat</b>",
                description_en="Strong bag" if prefix else "",
            )
        queries.clear()
        answer = client.get(f"{prefix}/produk/terbaru.atom")
        assert len(queries) == 1
        assert answer.mimetype == "application/atom+xml"
        feed = ElementTree.fromstring(answer.data)
        first = feed.find(f"{ATOM}entry")
        assert first is not None
        assert first.findtext(f"{ATOM}title") == "Tas & <Tali>"
        assert first.findtext(f"{ATOM}summary") == ("Strong bag" if prefix else "Tas <b>kuat</b>")
        link = first.find(f"{ATOM}link")
        assert link is not None
        assert link.get("href") == f"http://localhost{prefix}/produk/tas-tali"
        identities = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
        assert len(set(identities)) == len(identities)
        assert all(str(identity).startswith("urn:uuid:") for identity in identities)
        for element in (*feed.iter(f"{ATOM}updated"), *feed.iter(f"{ATOM}published")):
            assert datetime.fromisoformat(str(element.text)).tzinfo
        assert shop.withdrawn not in answer.text

    def test_an_entry_keeps_its_identity_under_another_name(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            product = make_ready_good(session, "Roti")[0]
            product_id = product.id
        before = re.findall(r"<id>(urn:[^<]*)", client.get("/produk/terbaru.atom").text)
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE products SET slug = 'kue' WHERE id = :id"), {"id": product_id})
            make_ready_good(session)
        after = re.findall(r"<id>(urn:[^<]*)", client.get("/produk/terbaru.atom").text)
        assert before[0] in after
