"""Products as their UPT writes them: begun, changed, put forward for the shop, taken up again.

What a buyer is told or charged waits in a draft for the office that publishes; the rest counts at once. All
of it happens under a lock of the product, so that of two who write one comes first and the other sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services.audit import record
from inventory.errors import (
    ProductChanged,
    ProductDecided,
    ProductIncomplete,
    ProductNotFound,
    ProductRefused,
    TooManyVariants,
)
from inventory.models import Category, Product, ProductDraft
from inventory.product_sheet import (
    MOST_VARIANTS,
    VARIANT_FIELDS,
    Fault,
    Sheet,
    Value,
    counts_at_once,
    empty_value,
    faults,
    is_new,
    merge,
    new_variant,
    part_of,
)
from inventory.queries.drafts import StaffProduct, staff_product
from inventory.services.applying import apply_sheet
from inventory.services.restocking import announce_return

UNSAID = object()
"""What a field holds that a sheet does not have; no value equals it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of what an officer has saved: what counts already, and what waits for review."""

    at_once: bool
    waits: bool


def write_product(
    session: Session, slug: str, mine: Sheet, *, seen: Mapping[str, Value], actor: Actor, at: datetime
) -> Written:
    """Save fields of a product's sheet that was opened as `seen`.

    Raises ProductNotFound for what no UPT of the actor's makes, ProductRefused, ProductDecided for what was
    laid aside or published meanwhile, and ProductChanged when others have written: then nothing is saved.
    """
    product = _hold_to_write(session, slug, actor)
    unknown = {part_of(field)[0] for field in mine} - {"", *product.variants}
    if unknown:
        raise ProductDecided if all(map(is_new, unknown)) else ProductNotFound
    refuse_faults(session, mine)
    merged = merge(seen, mine, product.sheet)
    if merged.theirs:
        raise ProductChanged(merge=merged)
    return _write(session, product, mine, actor=actor, at=at)


def add_variant(session: Session, slug: str, mine: Sheet, *, actor: Actor, at: datetime) -> Written:
    """Write one more variant, which comes into the shop once it is published.

    Raises ProductNotFound, ProductRefused, TooManyVariants, ProductDecided.
    """
    product = _hold_to_write(session, slug, actor)
    if len(product.variants) >= MOST_VARIANTS:
        raise TooManyVariants(most=MOST_VARIANTS)
    key = new_variant(product.sheet, at=at)
    written: Sheet = {f"{key}/{name}": mine.get(name, empty_value(name)) for name in VARIANT_FIELDS}
    refuse_faults(session, written)
    return _write(session, product, written, actor=actor, at=at)


def drop_variant(session: Session, slug: str, variant: str, *, mark: str, actor: Actor, at: datetime) -> None:
    """Strike out a variant that is not in the shop yet, as it was read.

    Raises ProductNotFound, ProductDecided if anything was written anew.
    """
    product = _hold_to_write(session, slug, actor)
    if not is_new(variant):
        raise ProductNotFound
    if variant not in product.variants or product.mark != mark:
        raise ProductDecided
    gone = {field: value for field, value in product.changes.items() if part_of(field)[0] == variant}
    _keep(session, product, {field: product.changes[field] for field in product.changes.keys() - gone.keys()})
    _note(session, product, "product.draft", actor=actor, at=at, before=gone)


def propose_product(session: Session, slug: str, *, mark: str, actor: Actor, at: datetime) -> None:
    """Put a draft forward for the shop, as it was read.

    Raises ProductNotFound, ProductDecided if it was written anew or is no draft, ProductIncomplete.
    """
    product = hold_own(session, slug, actor)
    if product.state not in ("draft", "returned") or product.mark != mark:
        raise ProductDecided
    if product.missing:
        raise ProductIncomplete(fields=product.missing)
    move_draft(session, product, "proposed")
    note_proposed(session, product, actor=actor, at=at)


def discard_draft(session: Session, slug: str, *, mark: str, actor: Actor, at: datetime) -> None:
    """Drop what is written of a product in the shop and not published; the audit log keeps it.

    Raises ProductNotFound, ProductDecided.
    """
    product = hold_own(session, slug, actor)
    if not product.is_in_shop or product.state is None or product.mark != mark:
        raise ProductDecided
    _keep(session, product, {})
    _note(session, product, "product.discard", actor=actor, at=at, before=product.changes)


def resume_product(session: Session, slug: str, *, actor: Actor, at: datetime) -> None:
    """Take up a product that was laid aside: it comes back into the shop once it is published again.

    Raises ProductNotFound, ProductDecided.
    """
    product = hold_own(session, slug, actor)
    if product.standing != "archived":
        raise ProductDecided
    _keep(session, product, product.changes)
    before, after = {"standing": product.standing}, {"standing": "draft"}
    _note(session, product, "product.resume", actor=actor, at=at, before=before, after=after)


def hold_own(session: Session, slug: str, actor: Actor) -> StaffProduct:
    """A product of the actor's own UPT, locked. Raises ProductNotFound."""
    product = hold_product(session, slug, actor)
    if product.own is None:
        raise ProductNotFound
    return product


def hold_product(session: Session, slug: str, actor: Actor) -> StaffProduct:
    """A product of the actor's scope, locked and read once nobody else writes it. Raises ProductNotFound."""
    session.execute(select(Product.id).where(Product.slug == slug).with_for_update(key_share=True))
    return staff_product(session, actor, slug)


def _hold_to_write(session: Session, slug: str, actor: Actor) -> StaffProduct:
    product = hold_own(session, slug, actor)
    if product.standing == "archived":
        raise ProductDecided
    return product


def _write(
    session: Session, product: StaffProduct, mine: Mapping[str, Value], *, actor: Actor, at: datetime
) -> Written:
    """Save what differs from the sheet, and note it."""
    sheet = product.sheet
    changed = {field: value for field, value in mine.items() if sheet.get(field, UNSAID) != value}
    at_once, waits = save_changes(session, product, changed)
    note_saved(session, product, at_once, waits, actor=actor, at=at)
    return Written(bool(at_once), bool(waits))


def note_saved(
    session: Session, product: StaffProduct, at_once: Sheet, waits: Sheet, *, actor: Actor, at: datetime
) -> None:
    """Tell the audit log what was saved of a product, as it was read before."""
    for action, part in (("product.change", at_once), ("product.draft", waits)):
        if part:
            before = {field: product.sheet.get(field) for field in part}
            _note(session, product, action, actor=actor, at=at, before=before, after=part)


def note_proposed(session: Session, product: StaffProduct, *, actor: Actor, at: datetime) -> None:
    """Tell the audit log that a draft was put forward."""
    before, after = {"standing": product.standing}, {"standing": "proposed"}
    _note(session, product, "product.propose", actor=actor, at=at, before=before, after=after)


def save_changes(session: Session, product: StaffProduct, changed: Sheet) -> tuple[Sheet, Sheet]:
    """Write what may count at once into the tables, the rest into the draft; gives both."""
    assert product.own is not None
    at_once = {field: value for field, value in changed.items() if counts_at_once(field)}
    waits = {field: value for field, value in changed.items() if field not in at_once}
    if at_once:
        apply_sheet(session, product, at_once, upt=product.own)
        if any(part_of(field)[1] == "weight_g" for field in at_once):  # without one nobody could buy it
            announce_return(session, [product.id])
    if waits:
        kept, live = {**product.changes, **waits}, product.live
        _keep(session, product, {name: kept[name] for name in kept if kept[name] != live.get(name, UNSAID)})
    return at_once, waits


def _keep(session: Session, product: StaffProduct, changes: Mapping[str, Value]) -> None:
    """Write a draft with these changes; one that says nothing of a product in the shop is gone."""
    if not changes and product.is_in_shop:
        session.execute(delete(ProductDraft).where(ProductDraft.product_id == product.id))
        return
    assert product.own is not None
    values: dict[str, Any] = {"upt_id": product.own.id, "changes": dict(changes), "state": "draft"}
    values |= {"refusal": ""}
    if product.state == "returned":  # what has to be put right stays beside the form until it is put forward
        values |= {"state": "returned", "refusal": product.refusal}
    query = upsert(ProductDraft).values(product_id=product.id, **values)
    session.execute(query.on_conflict_do_update(index_elements=["product_id"], set_=values))


def move_draft(session: Session, product: StaffProduct, state: str) -> None:
    """Give a draft that is held another state."""
    draft = session.get_one(ProductDraft, product.id, populate_existing=True)
    draft.state, draft.refusal = state, ""
    session.flush()


def refuse_faults(session: Session, sheet: Mapping[str, Value]) -> None:
    """Refuse what cannot stand in a sheet. Raises ProductRefused."""
    found: list[Fault] = faults(sheet, categories=set(session.scalars(select(Category.slug))))
    if found:
        raise ProductRefused(faults=found)


def _note(
    session: Session,
    product: StaffProduct,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    before: Mapping[str, Value] | None = None,
    after: Mapping[str, Value] | None = None,
) -> None:
    upt_id = product.own.id if product.own else None
    record(session, actor, action, "product", product.slug, at=at, upt_id=upt_id, before=before, after=after)
