"""What may stand in a product's sheet, what must, and how what two officers wrote is brought together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inventory.product_sheet import (
    LONGEST_UNIT,
    Sheet,
    counts_at_once,
    faults,
    merge,
    missing,
    new_variant,
    unexplained_prices,
    variant_name,
)
from inventory.queries.product_history import HistoryEntry, last_writers

NOON = datetime(2026, 7, 1, 5, tzinfo=UTC)
CATEGORIES = {"roti_kue", "mebel"}
CHAIR: Sheet = {
    "name": "Kursi",
    "category": "mebel",
    "kind": "good",
    "unit": "buah",
    "description_id": "Kursi jati.",
    "A.KURSI/price": 250_000,
    "A.KURSI/weight_g": 4_000,
}


class TestMerge:
    def test_what_nobody_else_changed_stays_mine(self) -> None:
        found = merge({"name": "a", "unit": "b"}, {"name": "mine", "unit": "b"}, {"name": "a", "unit": "b"})
        assert found.theirs == {}
        assert found.values == {"name": "mine", "unit": "b"}

    def test_what_only_others_changed_becomes_theirs(self) -> None:
        found = merge({"name": "a", "unit": "b"}, {"name": "mine", "unit": "b"}, {"name": "a", "unit": "c"})
        assert found.theirs == {"unit": "c"}
        assert found.clashing == frozenset()
        assert found.values == {"name": "mine", "unit": "c"}

    def test_what_both_changed_stays_mine_and_is_pointed_out(self) -> None:
        found = merge({"name": "a"}, {"name": "mine"}, {"name": "theirs"})
        assert found.values == {"name": "mine"}
        assert found.theirs == {"name": "theirs"}
        assert found.clashing == {"name"}

    def test_who_wrote_the_same_agrees(self) -> None:
        assert merge({"name": "a"}, {"name": "b"}, {"name": "b"}).theirs == {}

    def test_a_form_that_does_not_say_what_it_saw_takes_nothing_for_granted(self) -> None:
        assert merge({}, {"name": "mine", "price": None}, {"name": "theirs"}).clashing == {"name"}


class TestFaults:
    def test_a_sound_sheet_has_none(self) -> None:
        assert faults(CHAIR, categories=CATEGORIES) == []

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("name", "", "field_needed"),
            ("name", "!?", "field_needed"),
            ("unit", "x" * (LONGEST_UNIT + 1), "text_too_long"),
            ("category", "senjata", "field_not_listed"),
            ("kind", "loan", "field_not_listed"),
            ("delivery_modes", ["drone"], "field_not_listed"),
            ("lead_days", -1, "number_out_of_bounds"),
            ("monthly_capacity", 0, "number_out_of_bounds"),
            ("A.KURSI/price", 0, "number_out_of_bounds"),
            ("A.KURSI/weight_g", 10**9, "number_out_of_bounds"),
            ("A.KURSI/size_en", "Large", "option_in_english_only"),
        ],
    )
    def test_names_the_field(self, field: str, value: str | int, code: str) -> None:
        (fault,) = faults({**CHAIR, field: value}, categories=CATEGORIES)
        assert fault.code == code
        assert fault.field == field.replace("size_en", "size_id")


class TestMissing:
    def test_a_whole_sheet_lacks_nothing(self) -> None:
        assert missing(CHAIR) == []

    def test_food_says_what_its_label_says(self) -> None:
        assert missing({**CHAIR, "category": "roti_kue", "net_content": "250 g"}) == [
            *("shelf_life_days", "ingredients_id", "allergens_id", "storage_id"),
        ]

    def test_a_good_has_a_price_with_a_weight(self) -> None:
        assert missing({**CHAIR, "A.KURSI/weight_g": None}) == ["A.KURSI/weight_g"]
        assert missing({**CHAIR, "A.KURSI/price": None}) == ["price"]
        assert missing({**CHAIR, "A.KURSI/price": None}, needs_price=False) == []

    def test_a_service_needs_neither(self) -> None:
        assert missing({**CHAIR, "kind": "service", "A.KURSI/price": None}) == []

    def test_two_variants_are_told_apart(self) -> None:
        assert missing({**CHAIR, "new-1/price": 9, "new-1/weight_g": 9}) == ["new-1/name"]
        assert missing({**CHAIR, "new-1/price": 9, "new-1/weight_g": 9, "new-1/size_id": "Besar"}) == []

    def test_each_price_that_changes_has_its_cost_sheet(self) -> None:
        sheet = {**CHAIR, "A.KURSI/cost_work": 0, "A.KURSI/cost_material": 9}
        assert unexplained_prices({"A.KURSI/price": 9}, sheet) == ["A.KURSI/cost_packaging"]
        assert unexplained_prices({"name": "Kursi"}, CHAIR) == []


def test_a_measure_counts_at_once_but_not_of_a_variant_that_is_not_there_yet() -> None:
    assert counts_at_once("A.KURSI/weight_g")
    assert counts_at_once("lead_days")
    assert not counts_at_once("new-1/weight_g")
    assert not counts_at_once("A.KURSI/price")
    assert not counts_at_once("story_id")


def test_variants_are_named_by_their_options_and_new_ones_by_the_time() -> None:
    assert variant_name({"size_id": "2 m", "motif_id": "Kawung", "colour_id": ""}) == "2 m, Kawung"
    assert new_variant(CHAIR, at=NOON) == f"new-{int(NOON.timestamp())}"
    assert new_variant({**CHAIR, "new-9000000000/price": 1}, at=NOON) == "new-9000000001"


def test_a_new_variant_never_gets_the_key_of_one_that_was_struck_out() -> None:
    keys = [new_variant(CHAIR, at=NOON + timedelta(seconds=passed)) for passed in (0, 1)]
    keys.append(new_variant({**CHAIR, f"{keys[0]}/price": 1}, at=NOON))
    assert keys[0] not in keys[1:]


def test_the_writer_is_who_wrote_what_stands_there() -> None:
    def entry(who: str, action: str, unit: str) -> HistoryEntry:
        return HistoryEntry(NOON, who, action, {}, {"unit": unit})

    newest_first = [
        entry("Kepala", "product.publish", "set"),
        entry("Budi", "product.draft", "pasang"),
        entry("Siti", "product.draft", "set"),
    ]
    assert last_writers(newest_first, {"unit": "set"})["unit"].who == "Siti"
    assert last_writers(newest_first, {"unit": "lembar"}) == {}
