"""How a table of people's data is described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Purpose = Literal["account", "contract", "service", "consent", "security", "books"]
"""Why data are held: to have an account, to fulfil orders, to answer, by consent, to guard, for the books."""

WhenErased = Literal["delete", "anonymise", "keep"]


@dataclass(frozen=True, slots=True)
class Personal:
    """A table with rows about people.

    `mine` is the SQL condition for the rows of one person; it knows `:user_id` and `:email`, their verified
    address (null without one), and `:folded`, the same as limits fold it.
    Every column is in exactly one of: `plain`, told and kept; `hidden`, inner keys that are told to nobody;
    `personal`, told, with the SQL of what it becomes when the person is forgotten; `secrets`, the same for
    what is told to nobody; `files`, columns that name a file of theirs: such a row goes with its file.
    `others` are told columns that may name a colleague, with the SQL condition under which they name the
    person; otherwise they are empty in the copy. `also` finds further rows to forget, which tell of the
    person without being theirs. `by_staff`: the rows are work that was done for the shop.
    """

    table: str
    purpose: Purpose
    retention: str
    mine: str
    when_erased: WhenErased
    plain: str = ""
    hidden: str = ""
    personal: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    files: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    also: str = ""
    by_staff: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """The columns that are in a person's copy."""
        return (*self.plain.split(), *self.personal, *self.files.split())

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the table."""
        return (*self.told, *self.hidden.split(), *self.secrets)
