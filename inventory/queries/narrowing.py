"""What a listing or search is narrowed to, and the conditions that say so in SQL.

Conditions are built once for each combination of filters; the values come in as parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date, Text

from accounts.models import Kanwil, Upt
from inventory.models import (
    NO_PRICE,
    CatalogueEntry,
    Category,
    Maker,
    Permit,
    PermitProduct,
    Stock,
    Variant,
)
from inventory.queries.resting import rests_at
from inventory.queries.wording import Lengths, Wording, WordingShape, wording_condition, wording_values
from kernel.clock import now

Availability = Literal["ready", "to_order"]
"""Ready: a piece can be ordered now. To order: a UPT that may sell it states how many it can make."""

Condition = Literal[
    "category", "categories", "kanwil", "upt", "price", "permit", "ready", "to_order", "kind", "wording"
]


@dataclass(frozen=True, slots=True)
class Filters:
    """What is left: products that fit every filter given. Within one filter any of its values will do.

    Categories, Kanwil and UPT are slugs; prices whole rupiah, both ends included; `permits` kinds of permit
    of which the product has a verified one that has not expired.
    """

    categories: tuple[str, ...] = ()
    kanwil: str | None = None
    upt: str | None = None
    price_from: int | None = None
    price_to: int | None = None
    permits: tuple[str, ...] = ()
    availability: Availability | None = None
    kinds: tuple[str, ...] = ()
    wording: Wording | None = None

    @property
    def shape(self) -> Shape:
        """Which filters are set: all there is to know to write the statement."""
        given: Mapping[Condition, bool] = {
            "category": len(self.categories) == 1,
            "categories": len(self.categories) > 1,
            "kanwil": self.kanwil is not None,
            "upt": self.upt is not None,
            "price": self.price_from is not None or self.price_to is not None,
            "permit": bool(self.permits),
            "ready": self.availability == "ready",
            "to_order": self.availability == "to_order",
            "kind": bool(self.kinds),
        }
        names = frozenset(name for name, is_given in given.items() if is_given)
        return Shape(names, self.wording.shape if self.wording else None)

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of the conditions."""
        return {
            "category": self.categories[0] if self.categories else None,
            "categories": list(self.categories),
            "kanwil": self.kanwil,
            "upt": self.upt,
            "price_from": self.price_from or 0,
            "price_to": NO_PRICE - 1 if self.price_to is None else self.price_to,
            "permits": list(self.permits),
            "kinds": list(self.kinds),
            "today": now().date(),
            **(wording_values(self.wording) if self.wording else {}),
        }


@dataclass(frozen=True, slots=True)
class Shape:
    """Which conditions there are, and the form of the words searched."""

    names: frozenset[Condition]
    wording: WordingShape | None = None

    @property
    def needs(self) -> Lengths:
        """The form of what is searched for."""
        return self.wording.needs if self.wording else ()


_entry = CatalogueEntry
comparable_price: ColumnElement[int] = func.coalesce(_entry.price_from, literal_column(str(NO_PRICE)))
"""The price as the listing's index has it; what has none stands above all prices."""


def conditions(shape: Shape) -> dict[Condition, ColumnElement[bool]]:
    """The conditions by name, the words' among them; make them once for each statement."""
    made = {name: _CONDITIONS[name]() for name in sorted(shape.names)}
    if shape.wording:
        made["wording"] = wording_condition(shape.wording)
    return made


def is_ready(products: FromClause) -> ColumnElement[bool]:
    """Whether a piece can be ordered now of the product at hand; `products` has its id and its category."""
    return exists().where(
        Variant.product_id == products.c.product_id,
        Variant.price.is_not(None),
        Variant.weight_g.is_not(None),
        Stock.variant_id == Variant.id,
        Stock.available > 0,
        ~_rests_at(products, "stocks.upt_id"),
    )


def is_made_to_order(products: FromClause) -> ColumnElement[bool]:
    """Whether a UPT makes the product at hand to order."""
    return exists().where(
        Maker.product_id == products.c.product_id,
        Maker.monthly_capacity.is_not(None),
        Maker.lead_days.is_not(None),
        ~_rests_at(products, "makers.upt_id"),
    )


def _rests_at(products: FromClause, upt: str) -> ColumnElement[bool]:
    return rests_at(str(products.c.product_id), str(products.c.category_id), upt)


def is_in_force() -> ColumnElement[bool]:
    """Whether somebody has verified the permit at hand and it has not expired."""
    today = bindparam("today", type_=Date)
    return Permit.verified_at.is_not(None) & or_(Permit.expires_on.is_(None), Permit.expires_on >= today)


def _of_category() -> ColumnElement[bool]:
    """One category, said so that its index gives the products in their order."""
    return _entry.category_id == (
        select(Category.id).where(Category.slug == bindparam("category")).scalar_subquery()
    )


def _of_categories() -> ColumnElement[bool]:
    slugs = bindparam("categories", type_=ARRAY(Text))
    return _entry.category_id.in_(select(Category.id).where(Category.slug == func.any(slugs)))


def _of_kanwil() -> ColumnElement[bool]:
    kanwil = select(Kanwil.id).where(Kanwil.slug == bindparam("kanwil")).scalar_subquery()
    return _entry.product_id.in_(_made_at("of_kanwil", Upt.kanwil_id == kanwil))


def _of_upt() -> ColumnElement[bool]:
    return _entry.product_id.in_(_made_at("of_upt", Upt.slug == bindparam("upt")))


def _made_at(name: str, place: ColumnElement[bool]) -> Select[int]:
    """The products of some UPTs, looked up first.

    The planner would rather walk the whole catalogue in its order until it has met enough of them, which
    takes for ever where a UPT's goods came in together.
    """
    made = select(Maker.product_id).join(Upt, Upt.id == Maker.upt_id).where(place)
    return select(made.cte(name).prefix_with("MATERIALIZED").c.product_id)


def _of_price() -> ColumnElement[bool]:
    return comparable_price.between(bindparam("price_from"), bindparam("price_to"))


def _of_permits() -> ColumnElement[bool]:
    """Products of which at least one maker holds such a permit, verified and in force."""
    kinds = bindparam("permits", type_=ARRAY(Text))
    covered = (
        select(PermitProduct.product_id)
        .join(Permit, Permit.id == PermitProduct.permit_id)
        .where(Permit.kind == func.any(kinds), is_in_force())
    )
    return _entry.product_id.in_(covered)


def _of_kinds() -> ColumnElement[bool]:
    return _entry.kind == func.any(bindparam("kinds", type_=ARRAY(Text)))


_CONDITIONS: Mapping[Condition, Callable[[], ColumnElement[bool]]] = {
    "category": _of_category,
    "categories": _of_categories,
    "kanwil": _of_kanwil,
    "upt": _of_upt,
    "price": _of_price,
    "permit": _of_permits,
    "ready": lambda: is_ready(_entry.__table__),
    "to_order": lambda: is_made_to_order(_entry.__table__),
    "kind": _of_kinds,
}
