"""The register of people's data knows every table and column there is."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from privacy.queries import Person, rows_of
from privacy.registry import HELD, IMPERSONAL, PERSONAL
from privacy.rules import Personal
from storefront.models import Cart
from worker.models import JobRun

__all__ = ["Cart"]  # so that the front door's tables are there too

TABLES = JobRun.metadata.tables
TELLING = re.compile(r"(^|_)(e?mail|phone|street|recipient|buyer|ip|user_id|person|customer)($|_)")
OF_OFFICES = {("upts", "email")}
"""Addresses of offices, which are public."""


def telling(table: Table) -> set[tuple[str, str]]:
    """The columns of a table that by their name or their key would say who somebody is."""
    return {
        (table.name, column.name)
        for column in table.columns
        if TELLING.search(column.name) or any(key.column.table.name == "users" for key in column.foreign_keys)
    }


class TestRegistry:
    def test_every_table_is_in_it_once(self) -> None:
        named = [*(each.table for each in PERSONAL), *IMPERSONAL.split(), *HELD]
        assert sorted(named) == sorted(TABLES)

    @pytest.mark.parametrize("each", PERSONAL, ids=lambda each: each.table)
    def test_every_column_of_people_is_classified_once(self, each: Personal) -> None:
        assert sorted(each.columns) == sorted(column.name for column in TABLES[each.table].columns)

    @pytest.mark.parametrize("each", PERSONAL, ids=lambda each: each.table)
    def test_what_may_name_others_is_told(self, each: Personal) -> None:
        assert set(each.others) <= set(each.told)

    def test_tables_without_people_have_no_column_that_would_tell_of_one(self) -> None:
        found = set[tuple[str, str]]().union(*(telling(TABLES[name]) for name in IMPERSONAL.split()))
        assert found - OF_OFFICES == set()

    def test_such_a_column_would_be_seen(self) -> None:
        assert ("orders", "email") in telling(TABLES["orders"])
        assert ("addresses", "user_id") in telling(TABLES["addresses"])

    @pytest.mark.parametrize("each", PERSONAL, ids=lambda each: each.table)
    def test_what_is_forgotten_says_how(self, each: Personal) -> None:
        becomes_something = bool(each.personal or each.secrets or each.files)
        assert becomes_something == (each.when_erased == "anonymise")

    def test_what_finds_rows_by_another_table_is_forgotten_before_it(self) -> None:
        order = [each.table for each in PERSONAL]
        for place, each in enumerate(PERSONAL):
            for earlier in order[:place]:
                assert not re.search(rf"\bFROM {earlier}\b", each.mine + each.also) or earlier in (
                    "fulfilments",  # loses no column by which it is found
                ), f"{each.table} is found by {earlier}, which is forgotten before it"

    def test_every_condition_can_be_asked(self, session: Session) -> None:
        found = rows_of(session, Person(1, "nobody@example.id"))
        assert set(found) == {each.table for each in PERSONAL if each.told}
        assert not any(found.values())
        for each in PERSONAL:
            if each.also:
                values = Person(1, "nobody@example.id").parameters
                session.execute(text(f"SELECT 1 FROM {each.table} WHERE {each.also}"), values)
