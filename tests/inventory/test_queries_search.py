"""Search: what is found, in which order, however it is spelled, and that nothing typed breaks it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.queries.search import MOST_RANKED, PAGE_SIZE, search, search_words
from tests.factories.inventory import list_products, make_category, make_kanwil, make_product, make_upt
from tests.queries import CountedQueries


@pytest.fixture
def shop(session: Session) -> list[Product]:
    """Four goods of two UPTs, one of them in Palangka Raya."""
    kalteng = make_kanwil(session, "Kanwil Ditjenpas Kalimantan Tengah")
    palangka_raya = make_upt(
        session,
        "Rutan Kelas IIA Palangka Raya",
        kanwil=kalteng,
        regency_code="62.71",
        city="Kota Palangka Raya",
        province="Kalimantan Tengah",
    )
    lahat = make_upt(session, "Lapas Kelas IIA Lahat", city="Kabupaten Lahat", province="Sumatera Selatan")
    made = [
        make_product(session, name, makers=(upt,), description_id=description)
        for name, upt, description in (
            ("Gula Semut Jahe Merah", lahat, "Gula aren bubuk dengan jahe."),
            ("Kemeja Batik", palangka_raya, "Kemeja tenun dan batik tulis."),
            ("Meja Kayu", palangka_raya, "Meja jati untuk tamu."),
            ("Roti Manis", palangka_raya, "Dipanggang setiap pagi, berisi cokelat."),
        )
    ]
    list_products(session, *made)
    return made


def names(session: Session, query: str) -> list[str]:
    """What a query finds, best first."""
    return [item.name for item in search(session, query).items]


class TestSearch:
    @pytest.mark.parametrize(
        "query", ["jahe merah", "JAHE  Merah!", "merah jahe", "gula semut", "jahe mer", "jahé"]
    )
    def test_finds_words_of_the_name_in_any_order_and_case(
        self, session: Session, shop: list[Product], query: str
    ) -> None:
        assert names(session, query) == ["Gula Semut Jahe Merah"]

    def test_finds_a_description_by_the_stem(self, session: Session, shop: list[Product]) -> None:
        assert names(session, "memanggang") == ["Roti Manis"]

    @pytest.mark.parametrize("query", ["anyaman", "menganyam", "anyam", "dianyam"])
    def test_finds_a_name_by_the_stem(self, session: Session, shop: list[Product], query: str) -> None:
        list_products(session, make_product(session, "Tas Anyaman", description_id="Dari pandan."))
        assert names(session, query) == ["Tas Anyaman"]

    def test_a_word_that_only_looks_longer_has_no_stem(self, session: Session, shop: list[Product]) -> None:
        list_products(session, make_product(session, "Keranjang Rotan", description_id="Untuk buah."))
        assert names(session, "keranjang") == ["Keranjang Rotan"]
        assert (
            names(session, "ranjang rotan") != ["Keranjang Rotan"]
            or search(session, "ranjang rotan").is_partial
        )

    @pytest.mark.parametrize("query", ["bread", "breads", "cakes", "oven"])
    def test_finds_by_english_words(self, session: Session, query: str) -> None:
        bakery = make_category(session, "roti_kue", name_id="Roti dan kue", name_en="Bread and cakes")
        list_products(
            session, make_product(session, "Roti Sobek", category=bakery, description_en="Fresh from ovens.")
        )
        assert names(session, query) == ["Roti Sobek"]

    @pytest.mark.parametrize("query", ["bag", "bags", "BAG"])
    def test_finds_what_means_the_same(self, session: Session, shop: list[Product], query: str) -> None:
        list_products(session, make_product(session, "Tas Pandan", description_en="Made of pandanus."))
        assert names(session, query) == ["Tas Pandan"]

    def test_ranks_the_name_above_the_description(self, session: Session, shop: list[Product]) -> None:
        list_products(session, make_product(session, "Taplak", description_id="Cocok untuk roti."))
        assert names(session, "roti") == ["Roti Manis", "Taplak"]

    def test_a_table_is_no_shirt(self, session: Session, shop: list[Product]) -> None:
        assert names(session, "kemeja") == ["Kemeja Batik"]
        assert names(session, "meja") == ["Meja Kayu"]

    @pytest.mark.parametrize(
        "query", ["palangka raya", "palangkaraya", "Palangka-Raya", "palangkraya", "palangka"]
    )
    def test_finds_a_place_joined_split_or_misspelt(
        self, session: Session, shop: list[Product], query: str
    ) -> None:
        assert set(names(session, query)) == {"Kemeja Batik", "Meja Kayu", "Roti Manis"}

    def test_finds_a_joined_place_by_its_parts(self, session: Session, shop: list[Product]) -> None:
        upt = make_upt(session, "Lapas Kelas IIB Muarateweh", city="Kabupaten Barito Utara")
        list_products(session, make_product(session, "Papan Nama", makers=(upt,)))
        assert names(session, "muara teweh") == ["Papan Nama"]

    @pytest.mark.parametrize("query", ["jahe mreah", "jaeh merah", "gulla semut", "jahemerah", "jahemreah"])
    def test_forgives_a_slip_and_says_what_it_searched(
        self, session: Session, shop: list[Product], query: str
    ) -> None:
        found = search(session, query)
        assert [item.name for item in found.items] == ["Gula Semut Jahe Merah"]
        assert found.corrected in {"jahe merah", "gula semut"}
        assert not found.is_partial

    def test_shows_what_has_some_of_the_words_when_nothing_has_all(
        self, session: Session, shop: list[Product]
    ) -> None:
        found = search(session, "roti lahat")
        assert {item.name for item in found.items} == {"Roti Manis", "Gula Semut Jahe Merah"}
        assert found.is_partial

    def test_a_real_word_is_not_corrected_to_one_that_finds_nothing_complete_either(
        self, session: Session, shop: list[Product]
    ) -> None:
        list_products(
            session,
            make_product(session, "Makanan Ringan", description_id="Keripik pisang."),
            make_product(session, "Kursi", description_id="Dengan enam kaki."),
        )
        found = search(session, "makanan enak")
        assert [item.name for item in found.items] == ["Makanan Ringan"]
        assert found.is_partial
        assert found.corrected is None

    def test_a_correction_that_alone_finds_something_is_used(
        self, session: Session, shop: list[Product]
    ) -> None:
        found = search(session, "jaeh zzzzzz")
        assert [item.name for item in found.items] == ["Gula Semut Jahe Merah"]
        assert found.is_partial
        assert found.corrected == "jahe zzzzzz"

    def test_does_not_find_what_is_withdrawn(self, session: Session, shop: list[Product]) -> None:
        shop[3].is_withdrawn = True
        list_products(session, shop[3])
        assert names(session, "roti manis cokelat") == []

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "   ",
            "\x00",
            "'; DROP TABLE products; --",
            "& | ! :* <-> ()",
            "%_%",
            "\\",
            "<script>alert(1)</script>",
            "🥐🥐🥐",
            "漢字",
            "a" * 5_000,
            "roti " * 2_000,
            "1e999 NaN -0 0x1f",
            "\ud800",
            "a:b:A <-> 'c'",
        ],
    )
    def test_takes_whatever_is_typed(self, session: Session, shop: list[Product], query: str) -> None:
        found = search(session, query)
        assert found.total == len(found.items)

    def test_pages_through_every_match_once(self, session: Session) -> None:
        upt, category = make_upt(session), make_category(session)
        made = [
            make_product(session, f"Keset {number}", makers=(upt,), category=category)
            for number in range(PAGE_SIZE + 5)
        ]
        list_products(session, *made)
        pages = [search(session, "keset", page=number) for number in (1, 2)]
        assert [found.total for found in pages] == [PAGE_SIZE + 5] * 2
        assert {item.slug for found in pages for item in found.items} == {product.slug for product in made}
        assert search(session, "keset", page=3).items == []

    def test_stops_counting(self, session: Session) -> None:
        upt, category = make_upt(session), make_category(session)
        made = [
            make_product(session, f"Keset {n}", makers=(upt,), category=category)
            for n in range(MOST_RANKED + 9)
        ]
        list_products(session, *made)
        assert search(session, "keset").total == MOST_RANKED

    @pytest.mark.parametrize(
        ("query", "statements"), [("roti", 1), ("jahe mreah", 3), ("zzzz", 3), ("roti mjea zz", 4), ("", 0)]
    )
    def test_asks_at_most_four_statements(
        self,
        session: Session,
        shop: list[Product],
        count_queries: CountedQueries,
        query: str,
        statements: int,
    ) -> None:
        session.flush()
        with count_queries(session) as queries:
            search(session, query)
        assert len(queries) == statements


class TestSearchWords:
    def test_keeps_letters_and_digits_of_the_first_words(self) -> None:
        assert search_words("Kopi 'Robusta' 250-gr <b>") == ["kopi", "robusta", "250", "gr", "b"]
        assert len(search_words("kopi " * 100)) == 8
        assert [len(word) for word in search_words("k" * 100)] == [40]
