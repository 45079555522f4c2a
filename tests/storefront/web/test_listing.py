"""The listing: what it shows, its pages, and the addresses it refuses."""

from __future__ import annotations

import re
from html import unescape

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from kernel.db import transaction
from tests.factories.inventory import make_category, make_kanwil, make_ready_good, make_upt
from tests.journeys.wording import told
from tests.storefront.web.conftest import Shop


class TestListing:
    def test_shows_what_there_is_in_two_statements(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get("/produk")
        assert page.status_code == 200
        assert len(queries) == 2
        for text in ("Roti Manis", "Rp8.000", "Cuci Mobil", "Kursi Ukir", "/produk/roti-manis"):
            assert text in page.text
        assert "Keset Lama" not in page.text

    def test_names_what_it_is_narrowed_to(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get(
            f"/produk?kategori=roti_kue&kanwil={shop.kanwil}&upt={shop.there}&tersedia=siap&urut=nama"
        )
        assert ">Roti dan kue · Kanwil Ditjenpas Jawa Barat · Lapas Kelas IIB Ciamis</h1>" in page.text
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
            first = client.get(f"/produk?urut={sort}", follow_redirects=True)
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
            "urut=cocok",
            "jenis=hewan",
            "izin=palsu",
            "tersedia=mungkin",
            "&".join(f"kategori=k{n}" for n in range(31)),
            "setelah=!!!!",
            "setelah=AAAA",
            "setelah=" + "A" * 700,
            "urut=termurah&setelah=MTphYmM",
            "setelah=MTo5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
            "urut=nama&setelah=MToA",
        ],
    )
    def test_a_word_that_says_nothing_is_left_out_and_named(
        self, client: FlaskClient, shop: Shop, valkey_url: str, words: str
    ) -> None:
        with redis.Redis.from_url(valkey_url) as valkey:
            page = client.get(f"/produk?{words}")
            kept = valkey.keys("lapak:page:*")
        assert page.status_code == 200
        assert 'class="alert alert--warn"' in page.text
        assert "Roti Manis" in page.text
        assert '<meta name="robots" content="noindex' in page.text
        assert not re.search(r'rel="canonical" href="[^"]*\?(?!urut=[a-z]+")', page.text)
        assert page.headers["Cache-Control"].startswith("private")
        assert not [key for key in kept if words.encode() in key]

    def test_says_which_word_was_left_out_and_keeps_the_others(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        page = client.get(f"/produk?kategori=nope&kategori=roti_kue&kanwil=nada&upt={shop.here}&urut=x")
        assert len(queries) <= 3
        for name, word in (("Category", "nope"), ("Region (Kanwil)", "nada"), ("Sort by", "x")):
            left_out = "%(filter)s: the choice “%(word)s” is not known and was left out."
            assert told(left_out, filter=told(name), word=word) in page.text
        assert "Roti Manis" in page.text
        assert f'href="/produk?kategori=roti_kue&amp;upt={shop.here}"' in page.text

    def test_a_place_past_the_end_leads_to_the_first_page(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get("/produk?setelah=MDow")
        assert page.status_code == 200
        assert (
            told("There is no page “%(word)s” of this list; this is the first page.", word="MDow")
            in page.text
        )
        assert "Roti Manis" in page.text

    def test_says_when_nothing_fits(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get(f"/produk?upt={shop.there}&dari=999999999")
        assert page.status_code == 200
        assert 'class="empty"' in page.text

    def test_says_how_many_each_choice_leaves(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get(f"/produk?kanwil={shop.kanwil}")
        assert 'Roti dan kue <span class="facet__count">3</span>' in page.text
        assert "Lapas Kelas IIB Ciamis (2)" in page.text
        assert 'Jasa <span class="facet__count">1</span>' in page.text

    def test_each_active_filter_can_be_taken_back(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get(f"/produk?kategori=roti_kue&kanwil={shop.kanwil}&dari=5000&tersedia=siap")
        chips = dict(
            re.findall(
                r'href="([^"]+)" rel="nofollow" data-instant><span [^>]*>[^<]*</span>([^<]+) <',
                page.text,
            )
        )
        assert {unescape(url): name for url, name in chips.items()} == {
            f"/produk?kanwil={shop.kanwil}&dari=5000&tersedia=siap": "Roti dan kue",
            "/produk?kategori=roti_kue&dari=5000&tersedia=siap": "Kanwil Ditjenpas Jawa Barat",
            f"/produk?kategori=roti_kue&kanwil={shop.kanwil}&dari=5000": "Siap kirim",
            f"/produk?kategori=roti_kue&kanwil={shop.kanwil}&tersedia=siap": "Mulai Rp5.000",
        }

    @pytest.mark.parametrize("price", ["8.000", "Rp 8.000", "Rp8.000,-", "8000", "8 rb"])
    def test_understands_a_price_as_it_is_written(self, client: FlaskClient, shop: Shop, price: str) -> None:
        page = client.get("/produk", query_string={"dari": price, "sampai": price})
        assert "Roti Manis" in page.text
        assert "Kursi Ukir" not in page.text

    @pytest.mark.parametrize(
        ("prices", "sentence"),
        [
            ({"dari": "9.000", "sampai": "8.000"}, "Harga terendah melebihi harga tertinggi"),
            ({"dari": "murah"}, "Tulis harga dalam rupiah"),
            ({"sampai": "-5"}, "Tulis harga dalam rupiah"),
            ({"sampai": "9" * 10_000}, "Tulis harga dalam rupiah"),
            ({"dari": "<script>alert(1)</script>"}, "Tulis harga dalam rupiah"),
        ],
    )
    def test_says_beside_the_field_what_is_no_price(
        self, client: FlaskClient, shop: Shop, prices: dict[str, str], sentence: str
    ) -> None:
        page = client.get("/produk", query_string=prices)
        assert page.status_code == 422
        assert sentence in page.text.partition('id="price-error"')[2]
        assert "Roti Manis" in page.text
        assert "<script>alert" not in page.text

    @pytest.mark.parametrize(
        ("words", "shorter"),
        [
            ("kategori=&kanwil=&dari=&sampai=&urut=terbaru", "/produk"),
            ("kategori=roti_kue&kanwil=", "/produk?kategori=roti_kue"),
            ("sampai=Rp+8.000&dari=", "/produk?sampai=8000"),
        ],
    )
    def test_a_form_leads_to_the_shortest_address(
        self, client: FlaskClient, shop: Shop, words: str, shorter: str
    ) -> None:
        answer = client.get(f"/produk?{words}")
        assert (answer.status_code, answer.location) == (303, shorter)

    def test_another_kanwil_lets_go_of_the_upt(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        with app.app_context(), transaction() as session:
            other = make_kanwil(session, "Kanwil Ditjenpas Bali").slug
        answer = client.get(f"/produk?kanwil={other}&upt={shop.here}")
        assert answer.location == f"/produk?kanwil={other}"

    @pytest.mark.parametrize(
        "name", ["kategori", "kanwil", "upt", "jenis", "izin", "tersedia", "urut", "setelah"]
    )
    @pytest.mark.parametrize("text", ["'; DROP TABLE products;--", "%00", "a" * 5_000, "漢字", "../../etc"])
    def test_takes_whatever_an_address_says(
        self, client: FlaskClient, shop: Shop, name: str, text: str
    ) -> None:
        assert client.get("/produk", query_string={name: text}).status_code in {200, 400}


def _link(page: str, relation: str) -> str:
    """The address of the page's link with that relation."""
    return page.partition(f'<link rel="{relation}" href="')[2].partition('"')[0].replace("&amp;", "&")
