"""The search page: what it finds, its filters and orders, and that nothing typed breaks it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.journeys.wording import told
from tests.storefront.web.conftest import Shop


class TestSearch:
    def test_finds_in_one_statement(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        page = client.get("/cari?q=roti+manis")
        assert len(queries) == 1
        assert 'href="/produk/roti-manis"' in page.text
        assert 'value="roti manis"' in page.text

    def test_filters_in_two(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        page = client.get("/cari?q=roti&tersedia=siap")
        assert len(queries) == 2
        assert 'href="/produk/roti-manis"' in page.text

    def test_forgives_a_slip_in_three(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        page = client.get("/cari?q=rtoi+manis")
        assert len(queries) == 3
        assert 'href="/produk/roti-manis"' in page.text

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "q=",
            "q=%ff%fe",
            "q=%27%3B+DROP+TABLE+products",
            "q=%26+%7C+%21+%3A*",
            "q=%3Cscript%3Ealert(1)%3C/script%3E",
            "q=" + "a" * 3_000,
            "q=" + "a+" * 1_500,
            "q=a&q=b",
            "q=%F0%9F%A5%90",
        ],
    )
    def test_takes_whatever_is_typed(self, client: FlaskClient, shop: Shop, query: str) -> None:
        page = client.get(f"/cari?{query}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text

    @pytest.mark.parametrize("number", ["0", "-1", "abc", "11", "9" * 400, "1.0", "١"])
    def test_a_page_that_cannot_be_is_the_first_and_says_so(
        self, client: FlaskClient, shop: Shop, number: str
    ) -> None:
        _is_first_page(client.get(f"/cari?q=roti&hal={number}"), number[:40])

    def test_a_page_past_the_last_is_the_first_and_says_so(self, client: FlaskClient, shop: Shop) -> None:
        _is_first_page(client.get("/cari?q=roti&hal=5"), "5")

    @pytest.mark.parametrize("sort", ["terbaru", "nama", "termurah", "termahal"])
    @pytest.mark.parametrize("query", ["roti", "rtoi"])
    def test_orders_what_was_found(
        self, client: FlaskClient, shop: Shop, queries: list[str], sort: str, query: str
    ) -> None:
        page = client.get(f"/cari?q={query}&urut={sort}")
        assert len(queries) <= 4
        assert 'href="/produk/roti-manis"' in page.text
        assert f'<option value="{sort}" selected>' in page.text

    def test_is_narrowed_like_the_listing(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        page = client.get("/cari?q=roti&jenis=benda&tersedia=siap")
        assert len(queries) == 2
        assert "Roti Manis" in page.text
        assert "Cuci Mobil" not in page.text
        assert 'href="/cari?q=roti&amp;jenis=benda"' in page.text

    def test_what_only_the_filters_keep_away_is_not_searched_otherwise(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get("/cari?q=kursi&tersedia=siap")
        assert len(queries) == 3
        assert 'class="empty"' in page.text
        assert "Roti Manis" not in page.text
        assert 'href="/cari?q=kursi"' in page.text

    def test_helps_when_nothing_is_found(self, client: FlaskClient, shop: Shop, queries: list[str]) -> None:
        page = client.get("/cari?q=zzzzzz")
        assert len(queries) <= 4
        for text in ("zzzzzz", "/produk?kategori=roti_kue", "mailto:", "Roti Manis"):
            assert text in page.text

    def test_says_beside_the_field_what_is_no_price(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get("/cari?q=roti&dari=murah")
        assert page.status_code == 422
        assert 'id="price-error"' in page.text

    @pytest.mark.parametrize(
        "words", ["kategori=tidak-ada", "jenis=hewan", "urut=harga", "setelah=!!&urut=nama"]
    )
    def test_a_word_that_says_nothing_is_left_out_and_named(
        self, client: FlaskClient, shop: Shop, words: str
    ) -> None:
        page = client.get(f"/cari?q=roti&{words}")
        assert page.status_code == 200
        assert 'class="alert alert--warn"' in page.text
        assert "Roti Manis" in page.text
        assert page.headers["Cache-Control"].startswith("private")

    def test_a_wrong_word_is_named_where_nothing_is_found_either(
        self, client: FlaskClient, shop: Shop
    ) -> None:
        page = client.get("/cari?q=zzzzzz&kategori=nope")
        assert page.status_code == 200
        assert "“nope”" in page.text


def _is_first_page(page: TestResponse, word: str) -> None:
    assert page.status_code == 200
    said = told("There is no page “%(word)s” of this list; this is the first page.", word=word)
    assert said in page.text
    assert "Roti Manis" in page.text
    assert '<a href="/cari?q=roti">' in page.text
    assert page.headers["Cache-Control"].startswith("private")
