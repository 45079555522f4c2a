"""Loading the demo: the same each time, everything marked as sample, nothing stated is changed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import system_actor
from inventory.demo_facts import MADE_TO_ORDER, PERMITS, RULED_CATEGORIES, SOLD_OUT_SKUS
from inventory.errors import QuantityInvalid
from inventory.models import (
    CatalogueEntry,
    Category,
    LedgerEntry,
    Maker,
    Permit,
    PermitProduct,
    Product,
    ProductFacts,
    Stock,
    Variant,
    VariantOption,
)
from inventory.queries.resting import product_rests_at
from inventory.rules import permit_number
from inventory.services.demo import load_demo_goods, stock_empty_shelves
from inventory.services.importing import import_catalogue
from inventory.services.receiving import Receipt, receive_all
from tests.factories.inventory import make_product, make_stock, make_upt, make_variant
from tests.inventory.catalogue_files import fingerprint, no_progress

DEMO = Path(__file__).resolve().parents[2] / "data"
ACTOR = system_actor("demo")

VALUES_EVER = ("993384012059009a594efe2cfbd2a9c7", 7_965)
"""What a demo shop holds, on every machine and every day."""

COIR_NET_MAKERS = {
    "LPS-GARUT",
    "LPS-CIREBON",
    "LPN-CIREBON",
    "LPS-INDRAMAYU",
    "LPS-CIAMIS",
    "LPS-SUMEDANG",
    "LPS-KUNINGAN",
}


@pytest.fixture
def shop(session: Session, at: datetime) -> Session:
    """The demo catalogue with the demo's values."""
    import_catalogue(session, DEMO / "upts.csv", DEMO / "products.csv", progress=no_progress)
    load_demo_goods(session, actor=ACTOR, at=at)
    return session


def makers_of(session: Session, slug: str) -> set[str]:
    return set(
        session.scalars(
            select(Upt.code)
            .join(Maker, Maker.upt_id == Upt.id)
            .join(Product, Product.id == Maker.product_id)
            .where(Product.slug == slug)
        )
    )


class TestLoadDemoGoods:
    def test_a_second_time_adds_nothing(self, shop: Session, at: datetime) -> None:
        before = fingerprint(shop)
        again = load_demo_goods(shop, actor=ACTOR, at=at)
        assert not any(asdict(again).values())
        assert fingerprint(shop) == before

    def test_importing_again_changes_nothing(self, shop: Session) -> None:
        files = DEMO / "upts.csv", DEMO / "products.csv"
        assert not import_catalogue(shop, *files, progress=no_progress).changed_anything

    def test_the_values_are_always_the_same(self, shop: Session) -> None:
        stated = "sku || ':' || price || ':' || weight_g || ':' || length_mm"
        values = text(f"SELECT md5(string_agg({stated}, ',' ORDER BY sku COLLATE \"C\")) FROM variants")
        pieces = text("SELECT sum(on_hand) FROM stocks")
        assert (shop.scalar(values), shop.scalar(pieces)) == VALUES_EVER

    def test_coir_net_is_made_and_stocked_by_seven_upts(self, shop: Session) -> None:
        assert makers_of(shop, "coir-net-jawa-barat") == COIR_NET_MAKERS
        stocked = shop.scalars(
            select(Upt.code)
            .join(Stock, Stock.upt_id == Upt.id)
            .join(Variant, Variant.id == Stock.variant_id)
            .where(Variant.sku == "JABAR.COIR-NET", Stock.available > 0)
        )
        assert set(stocked) == COIR_NET_MAKERS

    def test_several_goods_are_made_by_two_or_three_upts(self, shop: Session) -> None:
        shared = shop.scalars(
            select(CatalogueEntry.maker_count).where(CatalogueEntry.maker_count.in_((2, 3)))
        )
        assert len(shared.all()) == 11
        assert makers_of(shop, "sandal-hotel") == {"LPS-TASIKMALAYA", "LPS-GARUT", "LPS-SUKAMISKIN"}

    def test_keeps_the_price_a_source_states(self, shop: Session) -> None:
        songkok = shop.scalars(
            select(Variant).where(Variant.sku == "LPS-TAKALAR.SONGKOK-ANYAM-TAKALAR")
        ).one()
        assert songkok.price == 125_000
        assert songkok.weight_g is not None
        assert songkok.is_sample

    def test_services_exports_and_what_no_courier_takes_are_left_alone(self, shop: Session) -> None:
        untouched = select(func.count()).select_from(Variant).join(Product)
        other_kinds = untouched.where(Product.kind != "good", Variant.weight_g.is_not(None))
        live_or_fresh = untouched.where(
            Product.unit.in_(("ekor", "papan", "ikat", "gelas")), Variant.weight_g.is_not(None)
        )
        assert shop.scalar(other_kinds) == 0
        assert shop.scalar(live_or_fresh) == 0

    def test_every_value_added_is_marked(self, shop: Session) -> None:
        unmarked = """
            SELECT count(*) FROM variants v WHERE length_mm IS NOT NULL AND NOT is_sample
            UNION ALL SELECT count(*) FROM makers WHERE lead_days IS NOT NULL AND NOT is_sample
            UNION ALL SELECT count(*) FROM stocks WHERE NOT is_sample
            UNION ALL SELECT count(*) FROM catalogue_entries WHERE price_from IS NOT NULL AND NOT is_sample
            UNION ALL SELECT count(*) FROM product_facts WHERE NOT is_sample
            UNION ALL SELECT count(*) FROM permits WHERE NOT is_sample
            UNION ALL SELECT count(*) FROM products p
                WHERE delivery_modes <> '{}'
                AND NOT EXISTS (SELECT FROM product_facts f WHERE f.product_id = p.id)
        """
        assert shop.scalars(text(unmarked)).all() == [0] * 7

    def test_all_stock_is_in_the_ledger(self, shop: Session) -> None:
        differing = """
            SELECT count(*) FROM stocks s
            WHERE on_hand <> (SELECT coalesce(sum(delta), 0) FROM ledger_entries l WHERE l.stock_id = s.id)
        """
        assert shop.scalar(text(differing)) == 0
        kinds = shop.execute(select(LedgerEntry.kind, LedgerEntry.reason, LedgerEntry.actor_label).distinct())
        assert [tuple(row) for row in kinds] == [("received", "demo", "system:demo")]

    def test_prices_are_plausible(self, shop: Session) -> None:
        priced = shop.scalars(select(Variant.price).where(Variant.price.is_not(None))).all()
        assert len(priced) > 200
        assert all(price is not None and 1_000 <= price <= 5_000_000 for price in priced)

    def test_some_goods_come_in_sizes_colours_and_motifs(self, shop: Session) -> None:
        options = shop.execute(
            select(Variant.sku, VariantOption.kind, VariantOption.value_id)
            .join(VariantOption, VariantOption.variant_id == Variant.id)
            .where(Variant.sku.startswith("LPP-YOGYAKARTA.BATIK-TULIS"))
        ).all()
        assert len({sku for sku, _, _ in options}) == 6
        assert {value for _, kind, value in options if kind == "motif"} == {"Kawung", "Parang", "Truntum"}
        assert {value for _, kind, value in options if kind == "size"} == {"2 m", "2,5 m"}

    def test_one_of_them_is_sold_out(self, shop: Session) -> None:
        stocked = select(Stock.id).join(Variant).where(Variant.sku.in_(SOLD_OUT_SKUS))
        assert shop.scalars(select(Variant.sku).where(Variant.sku.in_(SOLD_OUT_SKUS))).all()
        assert shop.scalars(stocked).all() == []

    def test_what_is_made_to_order_lies_on_no_shelf(self, shop: Session) -> None:
        makers = shop.execute(
            select(Maker.product_id, Maker.lead_days, Maker.monthly_capacity).where(
                Maker.monthly_capacity.is_not(None)
            )
        ).all()
        assert len(makers) == len(MADE_TO_ORDER)
        assert all(lead_days for _, lead_days, _ in makers)
        stocked = select(Stock.id).join(Variant).where(Variant.product_id.in_([m[0] for m in makers]))
        assert shop.scalars(stocked).all() == []

    def test_every_product_says_how_it_reaches_a_buyer(self, shop: Session) -> None:
        assert shop.scalar(select(func.count()).where(Product.delivery_modes == [])) == 0
        buyable_without_courier = (
            select(Product.slug)
            .join(Variant)
            .join(Stock)
            .where(~Product.delivery_modes.overlap(["courier", "cargo"]), Variant.weight_g.is_not(None))
        )
        assert shop.scalars(buyable_without_courier).all() == []

    def test_permits_have_numbers_nobody_was_given_and_cover_goods(self, shop: Session) -> None:
        permits = shop.scalars(select(Permit)).all()
        assert len(permits) > len(PERMITS)
        for permit in permits:
            assert permit_number(permit.kind, permit.number, expires_on=permit.expires_on).doubts == ()
            assert "00000" in permit.number or permit.kind == "SNI"
        covered = set(shop.scalars(select(PermitProduct.permit_id)))
        assert {permit.id for permit in permits if permit.kind != "NIB"} == covered

    def test_food_that_needs_a_permit_is_sold_but_where_it_ended(self, shop: Session) -> None:
        made = (
            select(Product.slug, Upt.code)
            .join(Category)
            .join(Maker, Maker.product_id == Product.id)
            .join(Upt, Upt.id == Maker.upt_id)
            .where(Category.slug.in_(RULED_CATEGORIES))
        )
        assert len(shop.execute(made).all()) > 20
        resting = shop.execute(made.where(product_rests_at("makers.upt_id"))).all()
        assert [tuple(row) for row in resting] == [("keripik-bawang", "LPP-TANGERANG")]

    def test_facts_an_officer_wrote_stay(self, shop: Session, at: datetime) -> None:
        facts = shop.scalars(select(ProductFacts).where(ProductFacts.ingredients_id != "")).first()
        assert facts is not None
        facts.ingredients_id, facts.is_sample = "Gula saja.", False
        load_demo_goods(shop, actor=ACTOR, at=at)
        shop.refresh(facts)
        assert (facts.ingredients_id, facts.is_sample) == ("Gula saja.", False)

    def test_does_without_makers_the_shop_does_not_have(self, session: Session, at: datetime) -> None:
        make_variant(session, sku="LPS-GARUT.POT-TANAMAN-SABUT-KELAPA")
        assert load_demo_goods(session, actor=ACTOR, at=at).makers == 0
        assert session.scalar(select(Product.id).where(Product.slug == "coir-net-jawa-barat")) is None


class TestStockEmptyShelves:
    def test_leaves_a_shelf_that_was_emptied(self, session: Session, at: datetime) -> None:
        here, there = make_upt(session), make_upt(session)
        variant = make_variant(session, make_product(session, makers=(here, there)))
        make_stock(session, variant, here, on_hand=0)
        assert stock_empty_shelves(session, actor=ACTOR, at=at) == 1
        emptied, filled = session.scalars(select(Stock.on_hand).order_by(Stock.id)).all()
        assert emptied == 0
        assert filled > 0

    def test_stocks_only_what_can_be_bought(self, session: Session, at: datetime) -> None:
        make_variant(session, make_product(session, kind="service"))
        make_variant(session, price=None)
        make_variant(session, weight_g=None)
        assert stock_empty_shelves(session, actor=ACTOR, at=at) == 0


class TestReceiveAll:
    def test_adds_to_what_is_there(self, session: Session, at: datetime) -> None:
        upt = make_upt(session)
        variant = make_variant(session, make_product(session, makers=(upt,)))
        make_stock(session, variant, upt, on_hand=3, reserved=2)
        receive_all(session, [Receipt(variant.id, upt.id, 4)], reason="demo", actor=ACTOR, at=at)
        session.expire_all()
        stock = session.scalars(select(Stock)).one()
        assert (stock.on_hand, stock.reserved, stock.is_sample) == (7, 2, False)
        assert session.scalars(select(LedgerEntry.delta)).all() == [4]

    @pytest.mark.parametrize("quantity", [0, -1, 100_001])
    def test_refuses_quantities_that_make_no_sense(
        self, session: Session, at: datetime, quantity: int
    ) -> None:
        upt = make_upt(session)
        variant = make_variant(session)
        before = fingerprint(session)
        receipts = [Receipt(variant.id, upt.id, quantity)]
        with pytest.raises(QuantityInvalid):
            receive_all(session, receipts, reason="demo", actor=ACTOR, at=at)
        assert fingerprint(session) == before
