"""The listing: what it shows, its pages, and the addresses it refuses."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.db import transaction
from tests.factories.inventory import make_category, make_ready_good, make_upt
from tests.storefront.web.conftest import Shop


class TestListing:
    def test_shows_what_there_is_in_three_statements(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get("/produk")
        assert page.status_code == 200
        assert len(queries) == 3
        for text in ("Roti Manis", "Rp8.000", "Cuci Mobil", "Kursi Ukir", "/produk/roti-manis"):
            assert text in page.text
        assert "Keset Lama" not in page.text

    def test_names_what_it_is_narrowed_to(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get(
            f"/produk?kategori=roti_kue&kanwil={shop.kanwil}&upt={shop.there}&tersedia=1&urut=nama"
        )
        assert "<h1>Roti dan kue · Kanwil Ditjenpas Jawa Barat · Lapas Kelas IIB Ciamis</h1>" in page.text
        assert "Roti Manis" in page.text
        assert "Kursi Ukir" not in page.text
        assert f'<option value="{shop.there}" selected>' in page.text

    def test_pages_both_ways_with_canonical_addresses(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            upt, category = make_upt(session), make_category(session)
            for number in range(30):
                make_ready_good(
                    session, f"Barang {number:02}", upt=upt, category=category, price=1_000 + number
                )
        for sort in ("terbaru", "nama", "termurah", "termahal"):
            first = client.get(f"/produk?urut={sort}")
            second = client.get(_link(first.text, "next"))
            assert first.text.count('class="card"') == 24
            assert second.text.count('class="card"') == 6
            back = client.get(_link(second.text, "prev"))
            assert back.text.count('class="card"') == 24
            assert 'rel="prev"' not in back.text

    @pytest.mark.parametrize(
        "words",
        [
            "kategori=tidak-ada",
            "kanwil=tidak-ada",
            "upt=tidak-ada",
            "upt=%27%3B--",
            "urut=harga",
            "setelah=!!!!",
            "setelah=AAAA",
            "setelah=" + "A" * 700,
            "urut=termurah&setelah=MTphYmM",
            "setelah=MTo5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
            "urut=nama&setelah=MToA",
        ],
    )
    def test_an_address_we_never_made_is_not_found(self, client: FlaskClient, shop: Shop, words: str) -> None:
        assert client.get(f"/produk?{words}").status_code == 404

    def test_says_when_nothing_fits(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get(f"/produk?upt={shop.there}&urut=nama&setelah=OTk5Onp6eg")
        assert page.status_code == 200
        assert 'class="empty"' in page.text


def _link(page: str, relation: str) -> str:
    """The address of the page's link with that relation."""
    return page.partition(f'<link rel="{relation}" href="')[2].partition('"')[0].replace("&amp;", "&")
