"""Facets: every number is what choosing that value would leave, and counting ends somewhere."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from inventory.models import Product
from inventory.queries import facets as facets_module
from inventory.queries.facets import PRICE_RANGES, Facet, Facets, facets, facets_of
from inventory.queries.listing import Filters, listing_count
from inventory.queries.search import search
from inventory.queries.wording import typed
from tests.factories.inventory import (
    list_products,
    make_category,
    make_kanwil,
    make_maker,
    make_pause,
    make_permit,
    make_product,
    make_ready_good,
    make_upt,
)
from tests.queries import CountedQueries


@pytest.fixture
def shop(session: Session) -> dict[str, Product]:
    """Bread and cake of two Kanwil, a chair to ask for, a car wash; two permits."""
    west, east = make_kanwil(session, "Kanwil Barat"), make_kanwil(session, "Kanwil Timur")
    here, near = make_upt(session, "Lapas A", kanwil=west), make_upt(session, "Lapas B", kanwil=west)
    far = make_upt(session, "Lapas C", kanwil=east)
    food = make_category(session, "roti_kue", name_id="Roti dan kue", name_en="Bread and cakes")
    wood = make_category(session, "mebel", name_id="Mebel", name_en="Furniture")
    bread, _, _ = make_ready_good(session, "Roti Manis", upt=here, category=food, price=8_000)
    make_maker(session, bread, near)
    cake, _, _ = make_ready_good(session, "Kue Lapis", upt=far, category=food, price=30_000, pieces=0)
    chair, _, _ = make_ready_good(session, "Kursi", upt=near, category=wood, price=None)
    wash = make_product(session, "Cuci Mobil", kind="service", category=wood, makers=())
    make_maker(session, wash, far, monthly_capacity=30)
    verified = {"verified_at": datetime(2026, 1, 5, tzinfo=UTC), "verified_by": "Kanwil"}
    make_permit(session, here, bread, **verified)
    make_permit(session, far, cake, kind="HALAL")
    list_products(session, bread, cake, chair, wash)
    return {"bread": bread, "cake": cake, "chair": chair, "wash": wash}


def numbers(found: Facets, facet: Facet) -> dict[str, int]:
    """The choices of a filter that leave something."""
    return {choice.slug: choice.count for choice in found.choices.get(facet, ()) if choice.count}


def applied(filters: Filters, facet: Facet, value: str) -> Filters:
    """The filters with this facet set to one value only."""
    low, high = PRICE_RANGES[int(value)] if facet == "price" else (None, None)
    changes: dict[Facet, dict[str, Any]] = {
        "category": {"categories": (value,)},
        "kanwil": {"kanwil": value, "upt": None},
        "upt": {"upt": value},
        "price": {"price_from": low, "price_to": high},
        "permit": {"permits": (value,)},
        "availability": {"availability": value},
        "kind": {"kinds": (value,)},
    }
    return replace(filters, **changes[facet])


class TestFacets:
    def test_counts_what_each_choice_leaves(self, session: Session, shop: dict[str, Product]) -> None:
        found = facets(session, Filters(), locale="id")
        assert found.count == 4
        assert numbers(found, "category") == {"roti_kue": 2, "mebel": 2}
        assert numbers(found, "kanwil") == {"kanwil-barat": 2, "kanwil-timur": 2}
        assert numbers(found, "price") == {"0": 1, "1": 1}
        assert numbers(found, "permit") == {"PIRT": 1}
        assert numbers(found, "availability") == {"ready": 1, "to_order": 1}
        assert numbers(found, "kind") == {"good": 3, "service": 1}
        assert "upt" not in found.choices
        assert not found.at_least

    @pytest.mark.parametrize(
        "filters",
        [
            Filters(),
            Filters(categories=("roti_kue",)),
            Filters(categories=("roti_kue", "mebel"), kinds=("good",)),
            Filters(kanwil="kanwil-barat"),
            Filters(kanwil="kanwil-barat", upt="lapas-b", availability="ready"),
            Filters(upt="lapas-c", price_from=20_000),
            Filters(price_to=8_000, permits=("PIRT",)),
            Filters(availability="to_order"),
            Filters(permits=("HALAL",), kinds=("good", "service")),
            Filters(wording=typed(["roti"]), kanwil="kanwil-barat"),
        ],
    )
    def test_a_number_is_what_the_listing_then_has(
        self, session: Session, shop: dict[str, Product], filters: Filters
    ) -> None:
        found = facets(session, filters, locale="id")
        assert found.count == listing_count(session, filters)
        told = [(facet, choice) for facet, choices in found.choices.items() for choice in choices]
        assert told
        for facet, choice in told:
            assert choice.count == listing_count(session, applied(filters, facet, choice.slug))

    @pytest.mark.parametrize("query", ["lapas", "roti", "kursi cuci"])
    @pytest.mark.parametrize("locale", ["id", "en"])
    @pytest.mark.parametrize("is_paused", [False, True])
    def test_what_a_search_found_whole_adds_up_to_the_same(
        self, session: Session, shop: dict[str, Product], query: str, locale: str, *, is_paused: bool
    ) -> None:
        if is_paused:
            for name in ("Lapas A", "Lapas C"):
                upt = session.scalars(select(Upt).where(Upt.name == name)).one()
                make_pause(session, upt, until=date(2030, 1, 1))
        found = search(session, query)
        assert len(found.traits) == len(found.items) == {"lapas": 4, "roti": 2, "kursi cuci": 2}[query]
        counted = facets(session, Filters(wording=found.wording), locale=locale)
        added = facets_of(found.traits, locale=locale)
        assert (added.count, added.at_least) == (counted.count, counted.at_least)
        for facet in ("category", "kanwil", "price", "permit", "availability", "kind"):
            left = [choice for choice in counted.choices[facet] if choice.count]
            assert sorted(added.choices[facet], key=astuple) == sorted(left, key=astuple), facet
            if facet in ("category", "kanwil"):
                assert added.choices[facet] == left, "by name"

    def test_a_search_that_is_narrowed_or_has_more_pages_is_counted(
        self, session: Session, shop: dict[str, Product], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert not search(session, "lapas", Filters(availability="ready")).traits
        assert not search(session, "lapas", page=2).traits
        monkeypatch.setattr("inventory.queries.search.MOST_RANKED", 3)
        assert search(session, "lapas").total == 3
        assert not search(session, "lapas").traits

    def test_offers_upts_of_the_chosen_kanwil_only(self, session: Session, shop: dict[str, Product]) -> None:
        by_kanwil = facets(session, Filters(kanwil="kanwil-barat"), locale="id")
        assert [choice.slug for choice in by_kanwil.choices["upt"]] == ["lapas-a", "lapas-b"]
        by_upt = facets(session, Filters(upt="lapas-b"), locale="id")
        assert [choice.slug for choice in by_upt.choices["upt"]] == ["lapas-a", "lapas-b"]
        both = facets(session, Filters(kanwil="kanwil-timur", upt="lapas-b"), locale="id")
        assert [choice.slug for choice in both.choices["upt"]] == ["lapas-c"]

    def test_names_categories_in_the_language_at_hand(
        self, session: Session, shop: dict[str, Product]
    ) -> None:
        names = {
            locale: [choice.name for choice in facets(session, Filters(), locale=locale).choices["category"]]
            for locale in ("id", "en")
        }
        assert names == {"id": ["Mebel", "Roti dan kue"], "en": ["Bread and cakes", "Furniture"]}

    def test_says_at_least_where_counting_ended(
        self, session: Session, shop: dict[str, Product], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(facets_module, "COUNT_UP_TO", 2)
        facets_module._statement.cache_clear()
        found = facets(session, Filters(categories=("roti_kue",)), locale="id")
        facets_module._statement.cache_clear()
        assert found.count == 2
        assert found.at_least == {"category"}
        assert sum(numbers(found, "category").values()) == 3

    def test_takes_one_statement(
        self, session: Session, shop: dict[str, Product], count_queries: CountedQueries
    ) -> None:
        with count_queries(session) as queries:
            facets(session, Filters(kanwil="kanwil-barat", availability="ready"), locale="id")
        assert len(queries) == 1
