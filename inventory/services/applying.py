"""Bringing the fields of a product's sheet into its tables, from where the shop reads them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from inventory.models import Category, Maker, Product, ProductFacts, Variant, VariantOption
from inventory.product_sheet import (
    FACT_FIELDS,
    OPTION_FIELDS,
    OWN_FIELDS,
    Sheet,
    Value,
    is_new,
    part_of,
    variant_name,
    variant_sheet,
    variants_of,
)
from inventory.queries.drafts import MakingUpt, StaffProduct
from inventory.rules import OPTION_KINDS
from inventory.services.catalogue import refresh_catalogue


def apply_sheet(
    session: Session, product: StaffProduct, changes: Mapping[str, Value], *, upt: MakingUpt
) -> None:
    """Write what differs into the tables; what only a UPT says of itself is the given one's.

    What an officer states is no sample any more.
    """
    own = {field: value for field, value in changes.items() if not part_of(field)[0]}
    _write_product(session, product.id, own)
    _write_facts(session, product.id, {field: own[field] for field in FACT_FIELDS if field in own})
    terms = {field: own[field] for field in OWN_FIELDS if field in own}
    if terms:
        maker = (Maker.product_id == product.id, Maker.upt_id == upt.id)
        session.execute(update(Maker).where(*maker).values(**terms, is_sample=False))
    _write_variants(session, product, changes, upt)
    session.flush()
    refresh_catalogue(session, [product.id])


def _write_product(session: Session, product_id: int, own: Mapping[str, Value]) -> None:
    names = ("name", "kind", "unit", "description_id", "description_en", "delivery_modes")
    values: dict[str, object] = {name: own[name] for name in names if name in own}
    if "category" in own:
        slug = own["category"]
        values["category_id"] = session.scalars(select(Category.id).where(Category.slug == slug)).one()
    if values:
        session.execute(update(Product).where(Product.id == product_id).values(**values))


def _write_facts(session: Session, product_id: int, facts: Mapping[str, Value]) -> None:
    if facts:
        values = {**facts, "is_sample": False}
        query = upsert(ProductFacts).values(product_id=product_id, **values)
        session.execute(query.on_conflict_do_update(index_elements=["product_id"], set_=values))


def _write_variants(
    session: Session, product: StaffProduct, changes: Mapping[str, Value], upt: MakingUpt
) -> None:
    renamed = []
    for variant in variants_of(changes):
        parts = ((part_of(field), value) for field, value in changes.items())
        values = {name: value for (of, name), value in parts if of == variant}
        row = _row(session, product, variant, upt)
        for name in values.keys() - set(OPTION_FIELDS):
            setattr(row, name, values[name])
        if "price" in values:
            row.is_sample = False
        if is_new(variant) or not values.keys().isdisjoint(OPTION_FIELDS):
            row.name = row.sku  # so that two may change names
            renamed.append((row, variant_sheet(product.sheet, variant)))
        session.flush()
    ids = [row.id for row, _ in renamed]
    others = select(Variant.name).where(Variant.product_id == product.id, Variant.id.not_in(ids))
    taken = set(session.scalars(others))
    for row, whole in renamed:
        row.name = _free(variant_name(whole), taken, " ")
        taken.add(row.name)
        _write_options(session, row.id, whole)
    session.flush()


def _row(session: Session, product: StaffProduct, variant: str, upt: MakingUpt) -> Variant:
    """The variant of a key; what was not in the shop yet gets its SKU here."""
    if not is_new(variant):
        return session.scalars(select(Variant).where(Variant.sku == variant)).one()
    wanted = f"{upt.code}.{product.slug.upper()}"
    taken = set(session.scalars(select(Variant.sku).where(Variant.sku.startswith(wanted, autoescape=True))))
    sku = _free(wanted, taken, "-")
    row = Variant(product_id=product.id, sku=sku, name=sku)
    session.add(row)
    session.flush()
    return row


def _write_options(session: Session, variant_id: int, whole: Sheet) -> None:
    session.execute(delete(VariantOption).where(VariantOption.variant_id == variant_id))
    session.add_all(
        VariantOption(
            variant_id=variant_id,
            kind=kind,
            value_id=str(whole[f"{kind}_id"]),
            value_en=str(whole[f"{kind}_en"] or ""),
        )
        for kind in OPTION_KINDS
        if whole[f"{kind}_id"]
    )


def _free(wanted: str, taken: set[str], mark: str) -> str:
    numbered = (f"{wanted}{mark}{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (wanted, *numbered) if each not in taken)
