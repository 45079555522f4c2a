"""Products as the UPTs that make them and the offices above see them, with what is not published yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import ROLE_PERMISSIONS, Actor, Permission
from inventory.errors import ProductNotFound
from inventory.models import Category, Maker, Product, ProductDraft, ProductFacts, Variant, VariantOption
from inventory.product_sheet import (
    COST_FIELDS,
    FACT_FIELDS,
    OPTION_FIELDS,
    OWN_FIELDS,
    PRODUCT_FIELDS,
    SIZE_FIELDS,
    Sheet,
    empty_value,
    missing,
    unexplained_prices,
    variants_of,
)
from inventory.queries.resting import product_rests
from kernel.db import in_portions

_AT_ONCE = 200

Standing = Literal["in_shop", "draft", "proposed", "returned", "archived"]


@dataclass(frozen=True, slots=True)
class MakingUpt:
    """A UPT that makes a product."""

    id: int
    code: str
    name: str
    kanwil_id: int


_Made = tuple[MakingUpt, dict[str, Any]]  # with what only that UPT says of its making


@dataclass(frozen=True, slots=True)
class ProductNotice:
    """What a mail to a UPT about its product says; `upt_email` may be unknown.

    What `rests` lacks a permit that its category asks for, and the shop does not show it.
    """

    slug: str
    name: str
    upt_name: str
    upt_email: str | None
    rests: bool


@dataclass(frozen=True, slots=True)
class StaffProduct:
    """A product with its sheet: `live` as it stands in the database, `changes` what a draft says otherwise.

    `own` is the UPT for which the reader writes, `writer` the one that wrote the draft last; neither may be
    there.
    """

    id: int
    slug: str
    name: str
    is_in_shop: bool
    was_published: bool
    live: Sheet
    changes: Sheet
    state: str | None
    refusal: str
    writer: MakingUpt | None
    makers: tuple[MakingUpt, ...]
    own: MakingUpt | None

    @property
    def sheet(self) -> Sheet:
        """What would stand there once everything was published."""
        return {**self.live, **self.changes}

    @property
    def standing(self) -> Standing:
        """What has become of it."""
        return standing_of(self.state, is_in_shop=self.is_in_shop)

    @property
    def missing(self) -> list[str]:
        """What still has to be filled in before it is proposed.

        Goods that the shop shows without a price may go on so, that a word of theirs can be put right.
        """
        was_priced = any(self.live.get(f"{variant}/price") for variant in variants_of(self.live))
        empty = missing(self.sheet, needs_price=was_priced or not self.is_in_shop)
        return [*empty, *unexplained_prices(self.changes, self.sheet)]

    @property
    def variants(self) -> list[str]:
        """The keys of its variants, also of those that are not in the shop yet."""
        return variants_of(self.sheet)

    @property
    def is_shared(self) -> bool:
        """Whether several UPTs make it, so that none of them decides alone."""
        return len(self.makers) > 1

    @property
    def mark(self) -> str:
        """What names the words as they stand, so that nobody decides on some they have not read."""
        words = (sorted(self.sheet.items()), sorted(self.changes), self.is_in_shop)
        return sha256(repr(words).encode()).hexdigest()

    def may(self, actor: Actor, permission: Permission) -> bool:
        """Whether the actor decides on the draft: for an office above its UPT, and working at none that
        makes it.
        """
        if self.writer is None or any(upt.id in actor.upt_ids for upt in self.makers):
            return False
        roles = actor.roles_over(self.writer.id, self.writer.kanwil_id)
        return any(permission in ROLE_PERMISSIONS[role] for role in roles)


def standing_of(state: str | None, *, is_in_shop: bool) -> Standing:
    """What has become of a product by the state of its draft, None without one."""
    found: dict[str, Standing] = {"draft": "draft", "proposed": "proposed", "returned": "returned"}
    return found.get(state or "", "in_shop" if is_in_shop else "archived")


def product_notice(session: Session, product_id: int, upt_id: int) -> ProductNotice:
    """What a mail to the UPT about its product says."""
    query = select(Product.slug, Product.name, Upt.name, Upt.email, product_rests())
    query = query.join_from(Product, Upt, Upt.id == upt_id).where(Product.id == product_id)
    return ProductNotice(*session.execute(query).one())


def rests_unpermitted(session: Session, slug: str) -> bool:
    """Whether a product lacks a permit that its category asks for, so that the shop does not show it."""
    return session.scalars(select(product_rests()).select_from(Product).where(Product.slug == slug)).one()


def staff_product(session: Session, actor: Actor, slug: str) -> StaffProduct:
    """One product that a UPT of the actor's scope makes. Raises ProductNotFound."""
    found = staff_products(session, actor, [slug])
    if not found:
        raise ProductNotFound
    return found[0]


def staff_products(session: Session, actor: Actor, slugs: Collection[str]) -> list[StaffProduct]:
    """Those of these products that a UPT of the actor's scope makes, in the order of their ids."""
    query = _ONE.where(Product.slug.in_(slugs), is_made_for(actor)).order_by(Product.id)
    rows = session.execute(query).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    makers, variants = _makers(session, ids), _variants(session, ids)
    return [_staff_product(actor, row, makers.get(row.id, []), variants.get(row.id, {})) for row in rows]


def own_products(session: Session, actor: Actor) -> Iterator[StaffProduct]:
    """Every product for which the actor writes and that is not laid aside, read in portions."""
    query = select(Product.slug).where(is_made_for(actor.only("product.work")))
    slugs = (slug for (slug,) in in_portions(session, query, (Product.id,)))
    while portion := list(islice(slugs, _AT_ONCE)):
        for product in staff_products(session, actor, portion):
            if product.own is not None and product.standing != "archived":
                yield product


def _staff_product(actor: Actor, row: Any, makers: list[_Made], variants: Sheet) -> StaffProduct:
    own = next((upt for upt, _ in makers if actor.may_at("product.work", upt.id)), None)
    terms: Mapping[str, Any] = next((terms for upt, terms in makers if upt == own), {})
    live: Sheet = {name: getattr(row, f"f_{name}") for name in (*PRODUCT_FIELDS, "delivery_modes")}
    live |= {name: _or_empty(name, getattr(row, f"f_{name}")) for name in FACT_FIELDS}
    live |= {name: terms.get(name) for name in OWN_FIELDS}
    writer = next((upt for upt, _ in makers if upt.id == row.upt_id), None)
    changes: Sheet = dict(row.changes or {})
    return StaffProduct(
        id=row.id,
        slug=row.slug,
        name=str(changes.get("name", row.f_name)),
        is_in_shop=not row.is_withdrawn,
        was_published=row.published_at is not None,
        live={**live, **variants},
        changes=changes,
        state=row.state,
        refusal=row.refusal or "",
        writer=writer,
        makers=tuple(upt for upt, _ in makers),
        own=own,
    )


def writing_upts(session: Session, actor: Actor) -> Sequence[MakingUpt]:
    """The UPTs for which the actor may draft products."""
    if not actor.may("product.work"):
        return []
    query = select(Upt.id, Upt.code, Upt.name, Upt.kanwil_id).where(Upt.id.in_(actor.upt_ids))
    return [MakingUpt(*row) for row in session.execute(query.order_by(Upt.name))]


def category_names(session: Session) -> dict[str, tuple[str, str]]:
    """The shop's categories: slug, and the names in both languages."""
    query = select(Category.slug, Category.name_id, Category.name_en).order_by(Category.name_id)
    return {slug: (name_id, name_en) for slug, name_id, name_en in session.execute(query)}


def is_made_for(actor: Actor) -> ColumnElement[bool]:
    """Whether a UPT of the actor's scope makes a product."""
    made = select(Maker.product_id).join(Upt, Upt.id == Maker.upt_id)
    return made.where(Maker.product_id == Product.id, in_scope(actor)).exists()


_ONE: Select[*tuple[Any, ...]] = (
    select(
        *(Product.id, Product.slug, Product.is_withdrawn, Product.published_at),
        *(getattr(Product, name).label(f"f_{name}") for name in PRODUCT_FIELDS if name != "category"),
        Category.slug.label("f_category"),
        Product.delivery_modes.label("f_delivery_modes"),
        *(getattr(ProductFacts, name).label(f"f_{name}") for name in FACT_FIELDS),
        *(ProductDraft.changes, ProductDraft.state, ProductDraft.refusal, ProductDraft.upt_id),
    )
    .select_from(Product)
    .join(Category, Category.id == Product.category_id)
    .outerjoin(ProductFacts, ProductFacts.product_id == Product.id)
    .outerjoin(ProductDraft, ProductDraft.product_id == Product.id)
)


def _makers(session: Session, product_ids: Collection[int]) -> Mapping[int, list[_Made]]:
    query = (
        select(Maker.product_id, Upt.id, Upt.code, Upt.name, Upt.kanwil_id)
        .add_columns(*(getattr(Maker, name) for name in OWN_FIELDS))
        .join(Maker, Maker.upt_id == Upt.id)
        .where(Maker.product_id.in_(product_ids))
        .order_by(Upt.name, Upt.id)
    )
    found: dict[int, list[_Made]] = {}
    for product_id, *row in session.execute(query):
        terms = dict(zip(OWN_FIELDS, row[4:], strict=True))
        found.setdefault(product_id, []).append((MakingUpt(*row[:4]), terms))
    return found


_NUMBERS = ("price", *COST_FIELDS, *SIZE_FIELDS)


def _variants(session: Session, product_ids: Collection[int]) -> Mapping[int, Sheet]:
    pair = func.jsonb_build_array(VariantOption.kind, VariantOption.value_id, VariantOption.value_en)
    options = (
        select(func.coalesce(func.jsonb_agg(pair), func.jsonb_build_array()))
        .where(VariantOption.variant_id == Variant.id)
        .scalar_subquery()
    )
    query = select(Variant.product_id, Variant.sku, options, *(getattr(Variant, name) for name in _NUMBERS))
    found: dict[int, Sheet] = {}
    for product_id, sku, options_of, *numbers in session.execute(
        query.where(Variant.product_id.in_(product_ids)).order_by(Variant.id)
    ):
        values: Sheet = dict.fromkeys(OPTION_FIELDS, "")
        for kind, value_id, value_en in options_of:
            values |= {f"{kind}_id": value_id, f"{kind}_en": value_en}
        values |= dict(zip(_NUMBERS, numbers, strict=True))
        sheet = found.setdefault(product_id, {})
        sheet |= {f"{sku}/{name}": value for name, value in values.items()}
    return found


def _or_empty(name: str, value: Any) -> Any:
    return empty_value(name) if value is None else value
