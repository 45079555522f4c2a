"""Suggestions while typing: what they are, and that nothing typed breaks them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.storefront.web.conftest import Shop


def suggested(client: FlaskClient, typed: str, prefix: str = "") -> list[tuple[str, str]]:
    """The texts and addresses that are suggested for what was typed."""
    answer = client.get(f"{prefix}/cari/saran", query_string={"q": typed})
    assert answer.status_code == 200
    items = answer.get_json()["items"]
    return [(item["text"], item["url"]) for item in items]


class TestSuggest:
    def test_suggests_products_categories_upts_and_provinces_in_one_statement(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        assert suggested(client, "rot") == [
            ("Roti dan kue", "/produk?kategori=roti_kue"),
            ("Roti Manis", "/produk/roti-manis"),
        ]
        assert len(queries) == 1
        assert ("Lapas Kelas IIB Ciamis", f"/upt/{shop.there}") in suggested(client, "ciamis")
        assert ("Jawa Barat", "/provinsi/jawa-barat") in suggested(client, "jawa b")

    def test_speaks_english_too(self, client: FlaskClient, shop: Shop) -> None:
        assert ("Bread and cakes", "/en/produk?kategori=roti_kue") in suggested(client, "brea", "/en")

    def test_forgives_a_slip(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        assert suggested(client, "rtoi manis") == [("Roti Manis", "/produk/roti-manis")]
        assert len(queries) == 3

    def test_is_kept(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        first = suggested(client, "roti")
        assert suggested(client, "roti") == first  # asked for again, so worth keeping
        queries.clear()
        assert suggested(client, "roti") == first
        assert queries == []

    def test_says_how_many(self, client: FlaskClient, shop: Shop) -> None:
        assert client.get("/cari/saran?q=ciamis").get_json()["said"] == "1 saran"

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            " ",
            "r",
            "%",
            "_%",
            "'; DROP TABLE products;--",
            "<script>",
            "漢字",
            "a" * 10_000,
            "a b " * 999,
            "\\",
        ],
    )
    def test_takes_whatever_is_typed(self, client: FlaskClient, shop: Shop, typed: str) -> None:
        assert len(suggested(client, typed)) <= 13
