"""What the product page, the UPT page and the home page read."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from inventory.models import Maker, ProductFacts, Stock, VariantOption
from inventory.queries.home import flagships, newly_made, ways_in
from inventory.queries.product_rows import PermitRow
from inventory.queries.products import (
    makers_of,
    newest_of_category,
    product_by_slug,
    variants_of,
)
from inventory.queries.regions import province_counts
from inventory.queries.texts import Told
from inventory.services.stock import adjust, receive
from tests.factories.inventory import (
    list_products,
    make_category,
    make_permit,
    make_product,
    make_ready_good,
    make_stock,
    make_upt,
    make_variant,
)
from tests.queries import CountedQueries


class TestProductPage:
    def test_reads_the_product_in_the_language_at_hand(self, session: Session) -> None:
        product = make_product(
            session, certificates=["halal"], description_id="Enak.", description_en="Good."
        )
        in_indonesian = product_by_slug(session, product.slug, locale="id")
        in_english = product_by_slug(session, product.slug, locale="en")
        assert in_indonesian is not None
        assert in_english is not None
        assert (in_indonesian.description, in_english.description) == ("Enak.", "Good.")
        assert in_indonesian.certificates == ("halal",)
        assert product_by_slug(session, "tidak-ada", locale="id") is None

    def test_adds_up_the_free_pieces_of_each_variant(self, session: Session) -> None:
        here, there = make_upt(session), make_upt(session)
        product = make_product(session, makers=(here, there))
        dear = make_variant(session, product, name="besar", price=9_000)
        cheap = make_variant(session, product, name="kecil", price=5_000)
        asked = make_variant(session, product, name="khusus", price=None)
        make_stock(session, cheap, here, 5, reserved=2)
        make_stock(session, cheap, there, 4)
        variants = variants_of(session, product.id)
        assert [(variant.id, variant.available) for variant in variants] == [
            (cheap.id, 7),
            (dear.id, 0),
            (asked.id, 0),
        ]
        assert [variant.is_for_sale for variant in variants] == [True, True, False]
        assert [variant.label for variant in variants] == ["kecil", "besar", "khusus"]

    def test_tells_the_facts_in_the_language_at_hand_or_in_the_other(self, session: Session) -> None:
        product = make_product(session, description_en="", delivery_modes=["courier", "pickup"])
        facts = {"care_id": "Cuci.", "care_en": "Wash.", "story_id": "Dibuat.", "net_content": "250 g"}
        session.add(ProductFacts(product_id=product.id, shelf_life_days=90, is_sample=True, **facts))
        session.flush()
        row = product_by_slug(session, product.slug, locale="en")
        assert row is not None
        assert (row.told.text, row.told.language) == (product.description_id, "id")
        assert (row.facts.care, row.facts.story) == (Told("Wash.", "en"), Told("Dibuat.", "id"))
        assert not row.facts.ingredients
        assert (row.facts.net_content, row.facts.shelf_life_days, row.facts.is_sample) == ("250 g", 90, True)
        assert row.delivery_modes == ("courier", "pickup")

    def test_of_a_product_nobody_told_of_there_are_no_facts(self, session: Session) -> None:
        row = product_by_slug(session, make_product(session).slug, locale="id")
        assert row is not None
        assert (row.facts.net_content, row.facts.shelf_life_days, bool(row.facts.care)) == ("", None, False)
        assert (row.permits, row.delivery_modes, row.facts.is_sample) == ((), (), False)

    def test_reads_the_permits_that_cover_it(self, session: Session, at: datetime) -> None:
        upt = make_upt(session, "Lapas Pemegang")
        product, other = make_product(session), make_product(session)
        verified = make_permit(
            session,
            upt,
            product,
            kind="PIRT",
            number="2151604000000-31",
            expires_on=date(2031, 2, 1),
            verified_at=at,
            verified_by="kanwil",
        )
        make_permit(session, upt, product, kind="MEREK", number="IDM000000000", title="LAPAK")
        make_permit(session, upt, other, kind="SNI", number="SNI 1")
        row = product_by_slug(session, product.slug, locale="id")
        assert row is not None
        assert row.permits[0] == PermitRow(
            *("PIRT", verified.number, "", "Lapas Pemegang", upt.slug, date(2031, 2, 1), True, False)
        )
        assert [(permit.kind, permit.title, permit.is_verified) for permit in row.permits[1:]] == [
            ("MEREK", "LAPAK", False)
        ]

    def test_reads_in_what_variants_differ(self, session: Session) -> None:
        variant = make_variant(session, name="M, Kawung")
        session.add(VariantOption(variant_id=variant.id, kind="size", value_id="Sedang", value_en="Medium"))
        session.add(VariantOption(variant_id=variant.id, kind="motif", value_id="Kawung"))
        session.flush()
        (row,) = variants_of(session, variant.product_id, locale="en")
        assert row.label == "Kawung, Medium"
        assert [(option.kind, option.key, option.value.language) for option in row.options] == [
            ("motif", "Kawung", "id"),
            ("size", "Sedang", "en"),
        ]

    def test_lists_every_maker_with_what_is_on_its_shelf(self, session: Session) -> None:
        full, empty = make_upt(session, "Lapas B"), make_upt(session, "Lapas A")
        former = make_upt(session, "Lapas C")
        product = make_product(session, makers=(full, empty))
        variant = make_variant(session, product)
        make_stock(session, variant, full, 3, reserved=1)
        make_stock(session, variant, empty, 2, reserved=2)
        make_stock(session, variant, former, 1)
        makers = makers_of(session, product.id)
        assert [(maker.name, maker.available, maker.lead_days) for maker in makers] == [
            ("Lapas B", {variant.id: 2}, 3),
            ("Lapas C", {variant.id: 1}, None),
            ("Lapas A", {}, 3),
        ]

    def test_finds_the_newest_of_a_category(self, session: Session) -> None:
        category = make_category(session)
        for number in range(4):
            make_ready_good(session, f"Roti {number}", category=category)
        make_ready_good(session, "Kursi")
        newest = newest_of_category(session, category.slug, most=2)
        assert [item.name for item in newest] == ["Roti 3", "Roti 2"]

    def test_takes_four_statements(self, session: Session, count_queries: CountedQueries) -> None:
        slug = make_ready_good(session)[0].slug
        with count_queries(session) as queries:
            product = product_by_slug(session, slug, locale="id")
            assert product is not None
            variants_of(session, product.id)
            makers_of(session, product.id)
            newest_of_category(session, product.category, most=4)
        assert len(queries) == 4


class TestHomePage:
    def test_counts_the_products_of_each_category(self, session: Session) -> None:
        food, _ = make_category(session, name_en="Food"), make_category(session)
        for _ in range(2):
            make_ready_good(session, category=food)
        list_products(session, make_product(session))
        counts, _ = ways_in(session, locale="en")
        assert (counts[0].name, counts[0].count) == ("Food", 2)
        assert [category.count for category in counts] == [2, 1]

    def test_counts_who_takes_part(self, session: Session) -> None:
        make_ready_good(session, upt=make_upt(session))
        make_ready_good(session, upt=make_upt(session, regency_code="51.71"))
        make_upt(session)
        _, participation = ways_in(session, locale="id")
        assert (participation.upts, participation.provinces, participation.kanwils) == (2, 2, 3)

    def test_counts_the_same_upts_as_the_map(self, session: Session) -> None:
        make_ready_good(session, upt=make_upt(session))
        make_upt(session)
        list_products(session, make_product(session, makers=(make_upt(session),), is_withdrawn=True))
        _, participation = ways_in(session, locale="id")
        counts = province_counts(session).values()
        assert participation.upts == sum(count.upts for count in counts) == 1
        assert sum(count.registered for count in counts) == 3

    def test_shows_what_came_in_last_and_can_be_ordered(self, session: Session, at: datetime) -> None:
        baker = system_actor("test")
        made = [make_ready_good(session, f"Roti {n}", pieces=0) for n in range(3)]
        for _, variant, upt in (made[2], made[0], made[1], made[0]):
            receive(session, variant.id, upt.id, 1, reason="made", actor=baker, at=at)
        assert [item.name for item in newly_made(session, most=2)] == ["Roti 0", "Roti 1"]
        sold_out = session.scalars(select(Stock).where(Stock.variant_id == made[0][1].id)).one()
        adjust(session, sold_out.id, -2, reason="sold_offline", actor=baker, at=at)
        assert [item.name for item in newly_made(session, most=9)] == ["Roti 1", "Roti 2"]

    def test_shows_flagships_once_each_the_latest_first(self, session: Session) -> None:
        upts = (make_upt(session), make_upt(session))
        products = [make_product(session, name, makers=upts) for name in ("Sandal", "Jaring", "Roti", "Madu")]
        list_products(session, *products[:3])
        for product, upt, day in ((0, 0, 3), (1, 0, 9), (1, 1, 2), (3, 1, 9)):
            session.execute(
                update(Maker)
                .where(Maker.product_id == products[product].id, Maker.upt_id == upts[upt].id)
                .values(flagship_since=date(2026, 11, day))
            )
        assert [item.name for item in flagships(session, most=5)] == ["Jaring", "Sandal"]
        assert [item.name for item in flagships(session, most=1)] == ["Jaring"]
