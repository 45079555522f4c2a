"""The listing: filters, orders, keyset pages, the count, and what can be ordered of each product."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.queries.listing import (
    COUNT_UP_TO,
    Cursor,
    Filters,
    Sort,
    listing_count,
    listing_page,
)
from tests.factories.inventory import (
    list_products,
    make_category,
    make_kanwil,
    make_maker,
    make_permit,
    make_product,
    make_ready_good,
    make_stock,
    make_upt,
    make_variant,
)

VERIFIED = {"verified_at": datetime(2026, 1, 5, tzinfo=UTC), "verified_by": "Kanwil"}


@pytest.fixture
def seven(session: Session) -> list[Product]:
    """Seven goods: prices 1.000 to 5.000, one of them twice, and one to ask for."""
    prices = [3_000, 1_000, 5_000, None, 3_000, 4_000, 2_000]
    letters = "DAGBFEC"
    upt, category = make_upt(session), make_category(session)
    return [
        make_ready_good(session, f"Barang {letter}", upt=upt, category=category, price=price)[0]
        for letter, price in zip(letters, prices, strict=True)
    ]


def walk(session: Session, sort: Sort, *, size: int) -> list[list[str]]:
    """The names on each page, following `next` to the end."""
    pages, cursor = [], None
    while True:
        page = listing_page(session, Filters(), sort, cursor, size=size)
        pages.append([item.name.removeprefix("Barang ") for item in page.items])
        if page.next is None:
            return pages
        cursor = page.next


class TestListingPage:
    @pytest.mark.parametrize(
        ("sort", "order"),
        [("newest", "CEFBGAD"), ("name", "ABCDEFG"), ("cheapest", "ACDFEGB"), ("dearest", "GEFDCAB")],
    )
    def test_orders_and_pages(self, session: Session, seven: list[Product], sort: Sort, order: str) -> None:
        assert "".join("".join(page) for page in walk(session, sort, size=3)) == order
        assert [len(page) for page in walk(session, sort, size=3)] == [3, 3, 1]

    @pytest.mark.parametrize("sort", ["newest", "name", "cheapest", "dearest"])
    def test_the_way_back_shows_the_same_pages(
        self, session: Session, seven: list[Product], sort: Sort
    ) -> None:
        first = listing_page(session, Filters(), sort, size=3)
        second = listing_page(session, Filters(), sort, first.next, size=3)
        third = listing_page(session, Filters(), sort, second.next, size=3)
        assert first.previous is None
        assert third.next is None
        back = listing_page(session, Filters(), sort, third.previous, size=3)
        assert back.items == second.items
        start = listing_page(session, Filters(), sort, back.previous, size=3)
        assert start.items == first.items
        assert start.previous is None
        assert start.next == first.next

    def test_a_place_behind_the_end_is_an_empty_page(self, session: Session, seven: list[Product]) -> None:
        page = listing_page(session, Filters(), "name", Cursor("zzz", 0))
        assert page.items == []
        assert page.next is None

    def test_says_what_can_be_ordered_and_from_which_price(self, session: Session) -> None:
        two = [make_upt(session), make_upt(session)]
        product = make_product(session, makers=(two[0], two[1]))
        small, large = (
            make_variant(session, product, name="kecil", price=5_000),
            make_variant(session, product, name="besar", price=9_000),
        )
        make_stock(session, small, two[0], 4, reserved=1)
        make_stock(session, small, two[1], 2)
        make_stock(session, large, two[1], 6, reserved=6)
        unweighed = make_variant(session, product, name="lain", weight_g=None)
        make_stock(session, unweighed, two[0], 50)
        list_products(session, product)
        (item,) = listing_page(session, Filters(), "newest").items
        assert (item.available, item.price, item.is_starting, item.maker_count) == (5, 5_000, True, 2)

    def test_narrows_by_category_kanwil_upt_and_stock(self, session: Session) -> None:
        kanwil = make_kanwil(session)
        here, there, elsewhere = (
            make_upt(session, kanwil=kanwil),
            make_upt(session, kanwil=kanwil),
            make_upt(session),
        )
        food = make_category(session)
        bread = make_ready_good(session, "Roti", upt=here, category=food)[0]
        make_maker(session, bread, there)
        make_ready_good(session, "Kue", upt=there, category=food, pieces=0)
        make_ready_good(session, "Kursi", upt=elsewhere)

        def shown(**filters: Any) -> set[str]:
            chosen = Filters(**filters)
            page = listing_page(session, chosen, "name")
            assert listing_count(session, chosen) == len(page.items)
            return {item.name for item in page.items}

        assert shown() == {"Roti", "Kue", "Kursi"}
        assert shown(categories=(food.slug,)) == {"Roti", "Kue"}
        assert shown(kanwil=kanwil.slug) == {"Roti", "Kue"}
        assert shown(upt=here.slug) == {"Roti"}
        assert shown(upt=there.slug) == {"Roti", "Kue"}
        assert shown(availability="ready") == {"Roti", "Kursi"}
        assert shown(categories=(food.slug,), kanwil=kanwil.slug, upt=there.slug, availability="ready") == {
            "Roti"
        }
        assert shown(categories=("no-such",)) == set()

    def test_narrows_by_price_kind_permit_and_making_to_order(self, session: Session) -> None:
        upt = make_upt(session)
        bread, _, _ = make_ready_good(session, "Roti", upt=upt, price=8_000)
        make_ready_good(session, "Kursi", upt=upt, price=250_000)
        make_ready_good(session, "Ukiran", upt=upt, price=None)
        wash = make_product(session, "Cuci Mobil", kind="service", makers=())
        make_maker(session, wash, upt, monthly_capacity=30)
        make_permit(session, upt, bread, **VERIFIED)
        list_products(session, wash)

        def shown(**filters: Any) -> set[str]:
            return {item.name for item in listing_page(session, Filters(**filters), "name").items}

        assert shown(price_to=8_000) == {"Roti"}
        assert shown(price_from=8_001) == {"Kursi"}
        assert shown(price_from=8_000, price_to=250_000) == {"Roti", "Kursi"}
        assert shown(kinds=("service",)) == {"Cuci Mobil"}
        assert shown(kinds=("service", "good")) == {"Roti", "Kursi", "Ukiran", "Cuci Mobil"}
        assert shown(permits=("PIRT", "HALAL")) == {"Roti"}
        assert shown(permits=("HALAL",)) == set()
        assert shown(availability="to_order") == {"Cuci Mobil"}

    @pytest.mark.parametrize(
        "state",
        [
            {},
            VERIFIED | {"expires_on": date(2020, 1, 1)},
        ],
    )
    def test_a_permit_nobody_verified_or_that_expired_is_none(
        self, session: Session, state: dict[str, Any]
    ) -> None:
        product, _, upt = make_ready_good(session)
        make_permit(session, upt, product, kind="HALAL", **state)
        assert listing_count(session, Filters(permits=("HALAL",))) == 0

    def test_leaves_out_what_is_withdrawn(self, session: Session, seven: list[Product]) -> None:
        seven[0].is_withdrawn = True
        list_products(session, seven[0])
        assert listing_count(session, Filters()) == 6


class TestListingCount:
    def test_stops_counting(self, session: Session) -> None:
        upt, category = make_upt(session), make_category(session)
        made = [
            Product(
                name=f"Barang {n}",
                slug=f"b{n}",
                category_id=category.id,
                kind="good",
                description_id="",
                description_en="",
                unit="buah",
            )
            for n in range(COUNT_UP_TO + 5)
        ]
        session.add_all(made)
        session.flush()
        for product in made:
            make_maker(session, product, upt)
        list_products(session, *made)
        assert listing_count(session, Filters()) == COUNT_UP_TO + 1
