"""What a listing or search can be narrowed to further, each choice with the number of products it leaves.

The numbers of a filter are those with every other filter applied and its own left out. Products are counted
until COUNT_UP_TO: beyond that numbers say "at least", and a page costs the same in a catalogue of any size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    case,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from accounts.models import Kanwil, Upt
from inventory.models import NO_PRICE, CatalogueEntry, Category, Maker, Permit, PermitProduct
from inventory.queries.listing import COUNT_UP_TO
from inventory.queries.narrowing import (
    Condition,
    Filters,
    Shape,
    comparable_price,
    conditions,
    is_in_force,
    is_made_to_order,
    is_ready,
)

Facet = Literal["category", "kanwil", "upt", "price", "permit", "availability", "kind"]

PRICE_RANGES: tuple[tuple[int | None, int | None], ...] = (
    (None, 25_000),
    (25_000, 50_000),
    (50_000, 100_000),
    (100_000, 250_000),
    (250_000, None),
)
"""Ready ranges in rupiah, both ends included."""

_OWN: Mapping[Facet, frozenset[Condition]] = {
    "category": frozenset({"category", "categories"}),
    "kanwil": frozenset({"kanwil", "upt"}),
    "upt": frozenset({"upt"}),
    "price": frozenset({"price"}),
    "permit": frozenset({"permit"}),
    "availability": frozenset({"ready", "to_order"}),
    "kind": frozenset({"kind"}),
}
"""The conditions that a facet leaves out when it counts: another Kanwil would mean another UPT."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter: its word, its name if it has one of its own, and the products it leaves."""

    slug: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The choices of each filter. UPTs are those of the Kanwil (or the Kanwil of the UPT) that was chosen.

    `count` is the number of products that fit all filters, up to COUNT_UP_TO + 1; numbers of the facets in
    `at_least` are lower bounds.
    """

    count: int
    at_least: frozenset[Facet]
    choices: Mapping[Facet, Sequence[Choice]]


def facets(session: Session, filters: Filters, *, locale: str) -> Facets:
    """Every filter's choices with their numbers, in the language at hand. One statement."""
    values = {**filters.values, "is_english": locale == "en"}
    choices: dict[Facet, list[Choice]] = defaultdict(list)
    totals: dict[str, int] = {}
    for facet, slug, name, number in session.execute(_statement(filters.shape), values):
        if facet == "total":
            totals[slug] = number
        else:
            choices[facet].append(Choice(slug, name, number))
    at_least = frozenset(facet for facet in _OWN if totals[_without(filters.shape, facet)] > COUNT_UP_TO)
    return Facets(totals[_ALL], at_least, choices)


# --- one statement for each combination of filters ----------------------------------------------------------

_ALL = "every"
_entry = CatalogueEntry
_sibling = aliased(Upt)


def _without(shape: Shape, facet: Facet) -> str:
    """The name of the products that fit all filters but this one's."""
    return f"but_{facet}" if shape.names & _OWN[facet] else _ALL


@lru_cache(maxsize=256)
def _statement(shape: Shape) -> CompoundSelect[*tuple[Any, ...]]:
    made = conditions(shape)
    fitting = {_ALL: _products(_ALL, made.values())}
    for facet, own in _OWN.items():
        if shape.names & own:
            name = _without(shape, facet)
            fitting[name] = _products(name, [made[other] for other in made if other not in own])
    of: dict[Facet, CTE] = {facet: fitting[_without(shape, facet)] for facet in _OWN}
    parts = [
        *(_row("total", literal(name), func.count(), cte) for name, cte in fitting.items()),
        _categories(of["category"]),
        _kanwils(of["kanwil"]),
        *_prices(of["price"]),
        _permits(of["permit"]),
        *_availabilities(of["availability"]),
        _row("kind", of["kind"].c.kind, func.count(), of["kind"]).group_by(of["kind"].c.kind),
    ]
    if shape.names & _OWN["kanwil"]:
        parts.append(_upts(of["upt"], is_kanwil_chosen="kanwil" in shape.names))
    every = union_all(*parts).subquery()
    return select(every).order_by(every.c.facet, every.c.name, every.c.slug)  # type: ignore[return-value]


def _products(name: str, conditions: Iterable[ColumnElement[bool]]) -> CTE:
    columns = (_entry.product_id, _entry.category_id, _entry.kind, comparable_price.label("price"))
    return select(*columns).where(*conditions).limit(COUNT_UP_TO + 1).cte(name)


def _row(
    facet: str,
    slug: ColumnElement[str],
    number: ColumnElement[int],
    products: CTE,
    *where: ColumnElement[bool],
) -> Select[*tuple[Any, ...]]:
    row = select(
        literal(facet).label("facet"), slug.label("slug"), literal("").label("name"), number.label("n")
    )
    return row.select_from(products).where(*where)


def _categories(products: CTE) -> Select[*tuple[Any, ...]]:
    counted = (
        select(products.c.category_id, func.count().label("number"))
        .group_by(products.c.category_id)
        .subquery()
    )
    name = case((bindparam("is_english", type_=Boolean), Category.name_en), else_=Category.name_id)
    return select(literal("category"), Category.slug, name, func.coalesce(counted.c.number, 0)).outerjoin(
        counted, counted.c.category_id == Category.id
    )


def _kanwils(products: CTE) -> Select[*tuple[Any, ...]]:
    counted = _made(products, Upt.kanwil_id)
    return select(literal("kanwil"), Kanwil.slug, Kanwil.name, func.coalesce(counted.c.number, 0)).outerjoin(
        counted, counted.c.place == Kanwil.id
    )


def _upts(products: CTE, *, is_kanwil_chosen: bool) -> Select[*tuple[Any, ...]]:
    """Those of the chosen Kanwil or, where only a UPT is chosen, of that one's."""
    counted = _made(products, Upt.id)
    kanwil = select(Kanwil.id).where(Kanwil.slug == bindparam("kanwil"))
    if not is_kanwil_chosen:
        kanwil = select(_sibling.kanwil_id).where(_sibling.slug == bindparam("upt"))
    return (
        select(literal("upt"), Upt.slug, Upt.name, func.coalesce(counted.c.number, 0))
        .outerjoin(counted, counted.c.place == Upt.id)
        .where(Upt.kanwil_id == kanwil.scalar_subquery())
    )


def _made(products: CTE, place: Any) -> Any:
    """The number of products of each place; what several UPTs of one Kanwil make is one product there."""
    return (
        select(place.label("place"), func.count(Maker.product_id.distinct()).label("number"))
        .select_from(products)
        .join(Maker, Maker.product_id == products.c.product_id)
        .join(Upt, Upt.id == Maker.upt_id)
        .group_by(place)
        .subquery()
    )


def _prices(products: CTE) -> list[Select[*tuple[Any, ...]]]:
    price = products.c.price
    return [
        _row(
            "price",
            literal(str(place)),
            func.count(),
            products,
            price.between(low or 0, high or NO_PRICE - 1),
        )
        for place, (low, high) in enumerate(PRICE_RANGES)
    ]


def _availabilities(products: CTE) -> list[Select[*tuple[Any, ...]]]:
    return [
        _row("availability", literal(word), func.count(), products, condition)
        for word, condition in (("ready", is_ready(products)), ("to_order", is_made_to_order(products)))
    ]


def _permits(products: CTE) -> Select[*tuple[Any, ...]]:
    covered = (
        select(Permit.kind, func.count(PermitProduct.product_id.distinct()).label("number"))
        .select_from(products)
        .join(PermitProduct, PermitProduct.product_id == products.c.product_id)
        .join(Permit, Permit.id == PermitProduct.permit_id)
        .where(is_in_force())
        .group_by(Permit.kind)
        .subquery()
    )
    return select(literal("permit"), covered.c.kind, literal(""), covered.c.number)
