"""Tables of products and of prices: what their rows say written into sheets and drafts, all or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.rules import Actor
from inventory.models import Product, ProductDraft, SheetImportRow
from inventory.product_sheet import MOST_VARIANTS, VARIANT_FIELDS, Sheet, part_of, reads_alike
from inventory.queries.drafts import StaffProduct, staff_products, writing_upts
from inventory.services.beginning import begin, note_begun
from inventory.services.drafting import hold_own, move_draft, note_proposed, note_saved, save_changes
from inventory.services.table_rows import Booking, Kind, Wrong
from inventory.services.writing_checking import NEEDED_TO_BEGIN, begin_check, names_of
from inventory.table_file import RowError, fold
from inventory.writing_file import PRICES, PRODUCTS

Begun = tuple[str, str]
"""UPT and name, folded, of a product that begins."""


@dataclass(slots=True)
class Saved:
    """A product as it was before, and what was saved of it: at once, and in its draft."""

    product: StaffProduct
    at_once: Sheet
    waits: Sheet
    is_proposed: bool = False
    wanted: Sheet = field(default_factory=dict)


def hold_products(session: Session, booking: Booking) -> Sequence[Wrong]:
    """Hold the products that rows change, in the order of their ids; the rows that were overtaken."""
    actor, rows = booking.actor, _rows(session, booking.import_id)
    slugs = {says["slug"] for _, says in rows} - {""}
    held = select(Product.id).where(Product.slug.in_(slugs)).order_by(Product.id)
    session.execute(held.with_for_update(key_share=True)).all()
    products = _products(session, actor, slugs)
    names = names_of(session, actor) if any(not says["slug"] for _, says in rows) else set()
    checked = []
    for line, says in rows:
        if says["slug"]:
            errors = _overtaken(products.get(says["slug"]), says)
        else:
            known = _begun(says) in names
            errors = [("name", "table_product_known", {})] if known else []
        checked.append((line, errors))
    return [(line, errors) for line, errors in checked if errors]


def _overtaken(product: StaffProduct | None, says: Mapping[str, Any]) -> list[RowError]:
    """The fields of a row that read differently than when it was looked at."""
    if product is None or product.own is None or product.standing == "archived":
        return [("sku", "product_not_found", {})]
    changed = [
        name
        for name, value in says["fields"].items()
        if not _is_as_seen(product, name, says) and not reads_alike(value, product.sheet.get(name))
    ]
    return [(part_of(name)[1], "table_overtaken", {}) for name in changed]


def _is_as_seen(product: StaffProduct, name: str, says: Mapping[str, Any]) -> bool:
    variant, _ = part_of(name)
    if variant and variant not in product.variants:  # one that is added comes whole, and there is room for it
        is_whole = all(f"{variant}/{each}" in says["fields"] for each in VARIANT_FIELDS)
        return is_whole and len(product.variants) < MOST_VARIANTS
    return reads_alike(says["seen"].get(name), product.sheet.get(name))


def book_products(session: Session, booking: Booking) -> None:
    """Write what the rows say, as their officer would have done by hand, and tell the audit log last."""
    _book(session, booking, proposes=False)


def book_prices(session: Session, booking: Booking) -> None:
    """The same, and put forward what lacks nothing and holds nothing else that waits."""
    _book(session, booking, proposes=True)


def _book(session: Session, booking: Booking, *, proposes: bool) -> None:
    actor, rows = booking.actor, _rows(session, booking.import_id)
    products = _products(session, actor, {says["slug"] for _, says in rows} - {""})
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for _, says in rows:
        groups.setdefault((says["slug"],) if says["slug"] else _begun(says), []).append(says)
    saved, done = [], 0
    for group in groups.values():
        first, fields = group[0], {name: value for says in group for name, value in says["fields"].items()}
        if first["slug"]:
            saved.append(_save(session, products[first["slug"]], fields, proposes=proposes))
        else:
            saved.append(_begin(session, first["upt"], fields, actor=actor))
        done += len(group)
        booking.tell(done)
    for each in saved:
        _note(session, each, actor=actor, at=booking.at)


def _save(session: Session, product: StaffProduct, fields: Sheet, *, proposes: bool) -> Saved:
    changed = {name: value for name, value in fields.items() if product.sheet.get(name) != value}
    at_once, waits = save_changes(session, product, changed)
    saved = Saved(product, at_once, waits)
    if proposes and waits and product.is_in_shop and product.state in (None, "proposed"):
        draft = session.get(ProductDraft, product.id, populate_existing=True)
        if draft is not None and not replace(product, changes=dict(draft.changes)).missing:
            move_draft(session, product, "proposed")
            saved.is_proposed = True
    return saved


def _begin(session: Session, upt_code: str, fields: Sheet, *, actor: Actor) -> Saved:
    upt = next(each for each in writing_upts(session, actor) if each.code == upt_code)
    wanted = {name: fields[name] for name in NEEDED_TO_BEGIN}
    product = hold_own(session, begin(session, upt, wanted), actor)
    saved = _save(session, product, fields, proposes=False)
    saved.wanted = wanted
    return saved


def _note(session: Session, saved: Saved, *, actor: Actor, at: datetime) -> None:
    """The audit log's head is taken last, when no product is waited for any more."""
    product = saved.product
    if saved.wanted:
        assert product.own is not None
        note_begun(session, product.own, product.slug, saved.wanted, actor=actor, at=at)
    note_saved(session, product, saved.at_once, saved.waits, actor=actor, at=at)
    if saved.is_proposed:
        note_proposed(session, product, actor=actor, at=at)


def _rows(session: Session, import_id: int) -> Sequence[tuple[int, dict[str, Any]]]:
    query = select(SheetImportRow.line, SheetImportRow.says).where(SheetImportRow.import_id == import_id)
    return [(line, says or {}) for line, says in session.execute(query.order_by(SheetImportRow.line))]


def _products(session: Session, actor: Actor, slugs: set[str]) -> dict[str, StaffProduct]:
    found = staff_products(session, actor.only("product.work"), slugs)
    return {product.slug: product for product in found}


def _begun(says: Mapping[str, Any]) -> Begun:
    return says["upt"], fold(says["product"])


PRODUCT_TABLE = Kind(PRODUCTS, begin_check, hold_products, book_products)
"""What is told of products, a variant a row."""

PRICE_TABLE = Kind(PRICES, begin_check, hold_products, book_prices)
"""Prices with the cost sheets behind them."""
