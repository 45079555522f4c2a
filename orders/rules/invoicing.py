"""Pure rules of invoices: their numbers, the tax a seller collects on a day, what is written on a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

InvoiceKind = Literal["invoice", "credit_note"]

INVOICE_KINDS: tuple[InvoiceKind, ...] = ("invoice", "credit_note")
TAX_STATUSES = ("not_collected",)

_PREFIXES: Mapping[InvoiceKind, str] = {"invoice": "INV", "credit_note": "CN"}


@dataclass(frozen=True, slots=True)
class TaxRule:
    """What a seller of ours does about PPN from a day on; `status` is one of TAX_STATUSES."""

    since: date
    status: str


# A seller with a turnover of up to Rp4.8 billion a year need not collect PPN (PMK 197/PMK.03/2013). Another
# row with a later day changes new invoices only: each keeps the status it was issued with.
TAX_RULES = (TaxRule(date(2014, 1, 1), "not_collected"),)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """Pieces of one variant as they were bought; `unit_price` and `total` in rupiah."""

    position: int
    name: str
    variant: str
    sku: str
    unit: str
    quantity: int
    unit_price: int

    @property
    def total(self) -> int:
        """The whole line in rupiah."""
        return self.unit_price * self.quantity


def tax_status_on(day: date) -> str:
    """What a seller does about PPN on `day`. Raises ValueError for a day before the first rule."""
    known = [rule for rule in TAX_RULES if rule.since <= day]
    if not known:
        raise ValueError(f"no tax rule holds on {day}")
    return max(known, key=lambda rule: rule.since).status


def number_of(kind: InvoiceKind, upt_code: str, year: int, serial: int) -> str:
    """How the `serial`-th paper of an issuer's year is called: INV/LPS-GARUT/2026/000001."""
    return f"{_PREFIXES[kind]}/{upt_code}/{year}/{serial:06}"


def goods_total(lines: Iterable[InvoiceLine]) -> int:
    """The sum of lines in rupiah."""
    return sum(line.total for line in lines)


def pieces_from(values: Mapping[str, Any]) -> dict[int, int]:
    """Pieces by line position as JSON keeps them."""
    return {int(position): int(count) for position, count in values.items()}
