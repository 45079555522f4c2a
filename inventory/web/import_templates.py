"""The templates that officers download and fill in: what there is, with empty columns beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.batch_file import OWN_COLUMNS
from inventory.product_sheet import VARIANT_FIELDS, Value, is_new, variant_name, variant_sheet
from inventory.queries.drafts import StaffProduct, category_names, own_products
from inventory.queries.exported import shelf_rows
from inventory.queries.staff import ShelfRow
from inventory.web.product_words import Categories, value_words
from inventory.web.table_words import HEADINGS
from inventory.web.tables import SHELF_COLUMNS
from inventory.writing_file import PRICES, PRODUCTS
from kernel.sheets import Column

Template = tuple[Sequence[Column[Any]], Callable[[Session, Actor], Iterable[Any]]]
"""The columns of a template, and its rows for whoever may change them."""

_IN_WORDS = frozenset({"category", "kind", "delivery_modes"})


@dataclass(frozen=True, slots=True)
class WritingRow:
    """A product with one of its variants, or with none; the first of its rows tells of the product itself."""

    product: StaffProduct
    variant: str
    is_first: bool
    categories: Categories

    def cell(self, name: str) -> Value:
        """What stands in a column."""
        naming = {"slug": self.product.slug, "sku": self.variant, "name": self.product.name}
        naming["upt"] = self.product.own.code if self.product.own else ""
        if name in naming:
            return naming[name]
        of_variant = name in VARIANT_FIELDS
        if not (self.variant if of_variant else self.is_first):
            return None
        field = f"{self.variant}/{name}" if of_variant else name
        value = self.product.sheet.get(field)
        if name in _IN_WORDS:
            return value_words(field, value, self.categories) if value else None
        return value


def _writing_rows(session: Session, actor: Actor) -> Iterator[WritingRow]:
    categories = category_names(session)
    for product in own_products(session, actor):
        for place, variant in enumerate(product.variants or [""]):
            yield WritingRow(product, variant, place == 0, categories)


def _priced_rows(session: Session, actor: Actor) -> Iterator[WritingRow]:
    """Variants of goods that are in the shop, or were drafted for it and have their SKU."""
    return (row for row in _writing_rows(session, actor) if row.variant and not is_new(row.variant))


def _shelves(session: Session, actor: Actor) -> Iterator[ShelfRow]:
    return shelf_rows(session, actor, words="", show="all")


def _empty(names: Iterable[str]) -> list[Column[Any]]:
    return [Column(HEADINGS[name], lambda _row: None) for name in names]


def _written(names: Iterable[str]) -> list[Column[WritingRow]]:
    return [Column(HEADINGS[name], partial(_cell, name)) for name in names]


def _cell(name: str, row: WritingRow) -> Value:
    return row.cell(name)


_NAMES = (
    Column[WritingRow](HEADINGS["name"], lambda row: row.product.name),
    Column[WritingRow](
        HEADINGS["variant"], lambda row: variant_name(variant_sheet(row.product.sheet, row.variant))
    ),
)

TEMPLATES: dict[str, Template] = {
    "stock": ((*SHELF_COLUMNS, *_empty(("delta", "reason"))), _shelves),
    "batches": ((*SHELF_COLUMNS, *_empty(OWN_COLUMNS)), _shelves),
    "prices": ((*_NAMES, *_written(PRICES.columns)), _priced_rows),
    "products": (_written(PRODUCTS.columns), _writing_rows),
}
