"""What a listing or search can be narrowed to further, each choice with the number of products it leaves.

The numbers of a filter are those with every other filter applied and its own left out. Products are counted
until COUNT_UP_TO: beyond that numbers say "at least", and a page costs the same in a catalogue of any size.
Where a page holds all that there is, what the filters ask was read with its rows (`traits`) and only has to
be added up (`facets_of`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

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
from kernel.compiled import CompiledSelect

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


class Traits(NamedTuple):
    """What the filters ask of one product: its category as slug and name in Indonesian and English, Kanwil as
    slug and name, kinds of permit in force, the price in rupiah (None: asked for)."""

    category: tuple[str, str, str]
    kanwils: Sequence[tuple[str, str]]
    permits: Sequence[str]
    price: int | None
    kind: str
    is_ready: bool
    is_made_to_order: bool


def facets_of(products: Sequence[Traits], *, locale: str) -> Facets:
    """What `facets` says where nothing is filtered and these are all, but for choices that leave nothing."""
    name = 2 if locale == "en" else 1
    found: dict[Facet, Iterable[tuple[str, str]]] = {
        "category": ((each.category[name], each.category[0]) for each in products),
        "kanwil": ((name, slug) for each in products for slug, name in each.kanwils),
        "permit": (("", kind) for each in products for kind in each.permits),
        "price": (("", place) for each in products for place in _ranges_of(each.price)),
        "kind": (("", each.kind) for each in products),
        "availability": (("", word) for each in products for word in _availability_of(each)),
    }
    choices = {
        facet: [Choice(slug, name, number) for (name, slug), number in sorted(Counter(values).items())]
        for facet, values in found.items()
    }
    return Facets(len(products), frozenset(), choices)


def _ranges_of(price: int | None) -> Sequence[str]:
    if price is None:
        return ()
    return [str(n) for n, (low, high) in enumerate(PRICE_RANGES) if (low or 0) <= price <= (high or price)]


def _availability_of(product: Traits) -> Iterable[str]:
    if product.is_ready:
        yield "ready"
    if product.is_made_to_order:
        yield "to_order"


def facets(session: Session, filters: Filters, *, locale: str) -> Facets:
    """Every filter's choices with their numbers, in the language at hand. One statement of one row."""
    statement = _statement(filters.shape, is_english=locale == "en")
    counted = statement.rows(session, filters.values)[0]._asdict()
    choices: dict[Facet, Sequence[Choice]] = {
        facet: _choices(counted[facet]) for facet in _OWN if facet in counted
    }
    at_least = {facet for facet in _OWN if counted[_without(filters.shape, facet)] > COUNT_UP_TO}
    return Facets(counted[_ALL], frozenset(at_least), choices)


def _choices(counted: dict[str, int] | list[tuple[str, str, int]] | None) -> Sequence[Choice]:
    if isinstance(counted, dict):
        return [Choice(slug, "", number) for slug, number in counted.items()]
    return [Choice(*each) for each in counted or ()]


def traits() -> tuple[ColumnElement[Any], ...]:
    """What `Traits` asks of the catalogue entry at hand and its row does not say: the names of its category,
    Kanwil and permits. The statement joins categories."""
    kanwils = (
        select(array((Kanwil.slug, Kanwil.name)))
        .distinct()
        .select_from(Maker)
        .join(Upt, Upt.id == Maker.upt_id)
        .join(Kanwil, Kanwil.id == Upt.kanwil_id)
        .where(Maker.product_id == _entry.product_id)
    )
    permits = (
        select(Permit.kind)
        .distinct()
        .join(PermitProduct, PermitProduct.permit_id == Permit.id)
        .where(PermitProduct.product_id == _entry.product_id, is_in_force())
    )
    return (
        array((Category.slug, Category.name_id, Category.name_en)).label("category_names"),
        func.array(kanwils.correlate(_entry).scalar_subquery()).label("kanwils"),
        func.array(permits.correlate(_entry).scalar_subquery()).label("permits"),
    )


# --- one statement for each combination of filters ----------------------------------------------------------

_ALL = "every"
_entry = CatalogueEntry
_sibling = aliased(Upt)


def _without(shape: Shape, facet: Facet) -> str:
    """The name of the products that fit all filters but this one's."""
    return f"but_{facet}" if shape.names & _OWN[facet] else _ALL


@lru_cache(maxsize=256)
def _statement(shape: Shape, *, is_english: bool) -> CompiledSelect:
    """One row: how many products fit, and of each facet the choices.

    These are [slug, name, count] where the catalogue names them, else {slug: count}.
    """
    made = conditions(shape)
    fitting = {_ALL: _products(_ALL, made.values())}
    for facet, own in _OWN.items():
        if shape.names & own:
            name = _without(shape, facet)
            fitting[name] = _products(name, [made[other] for other in made if other not in own])
    of: dict[Facet, CTE] = {facet: fitting[_without(shape, facet)] for facet in _OWN}
    choices: dict[Facet, Select[*tuple[Any, ...]]] = {
        "category": _categories(of["category"], Category.name_en if is_english else Category.name_id),
        "kanwil": _kanwils(of["kanwil"]),
        "price": _told_by(of["price"], _in_range(of["price"])),
        "permit": _permits(of["permit"]),
        "availability": _told_by(
            of["availability"],
            {"ready": is_ready(of["availability"]), "to_order": is_made_to_order(of["availability"])},
        ),
        "kind": _by_kind(of["kind"]),
    }
    if shape.names & _OWN["kanwil"]:
        choices["upt"] = _upts(of["upt"], is_kanwil_chosen="kanwil" in shape.names)
    counts = ((name, select(func.count()).select_from(cte)) for name, cte in fitting.items())
    columns = (each.scalar_subquery().label(name) for name, each in (*counts, *choices.items()))
    return CompiledSelect(select(*columns))


def _products(name: str, conditions: Iterable[ColumnElement[bool]]) -> CTE:
    columns = (_entry.product_id, _entry.category_id, _entry.kind, comparable_price.label("price"))
    return select(*columns).where(*conditions).limit(COUNT_UP_TO + 1).cte(name)


def _categories(products: CTE, name: InstrumentedAttribute[str]) -> Select[*tuple[Any, ...]]:
    place = products.c.category_id.label("place")
    counted = select(place, func.count().label("number")).group_by(place).subquery()
    return _named(Category, name, counted)


def _kanwils(products: CTE) -> Select[*tuple[Any, ...]]:
    return _named(Kanwil, Kanwil.name, _made(products, Upt.kanwil_id))


def _upts(products: CTE, *, is_kanwil_chosen: bool) -> Select[*tuple[Any, ...]]:
    """Those of the chosen Kanwil or, where only a UPT is chosen, of that one's."""
    kanwil = select(Kanwil.id).where(Kanwil.slug == bindparam("kanwil"))
    if not is_kanwil_chosen:
        kanwil = select(_sibling.kanwil_id).where(_sibling.slug == bindparam("upt"))
    return _named(Upt, Upt.name, _made(products, Upt.id)).where(Upt.kanwil_id == kanwil.scalar_subquery())


def _made(products: CTE, place: InstrumentedAttribute[int]) -> Subquery:
    """The number of products of each place; what several UPTs of one Kanwil make is one product there."""
    return (
        select(place.label("place"), func.count(Maker.product_id.distinct()).label("number"))
        .select_from(products)
        .join(Maker, Maker.product_id == products.c.product_id)
        .join(Upt, Upt.id == Maker.upt_id)
        .group_by(place)
        .subquery()
    )


def _named(
    kind: type[Category] | type[Kanwil] | type[Upt], name: InstrumentedAttribute[str], counted: Subquery
) -> Select[*tuple[Any, ...]]:
    """All places of a kind by name with their numbers, those that leave nothing too."""
    number = func.coalesce(counted.c.number, literal_column("0"))
    choice = func.json_build_array(kind.slug, name, number)
    return (
        select(func.json_agg(aggregate_order_by(choice, name, kind.slug)))
        .select_from(kind)
        .outerjoin(counted, counted.c.place == kind.id)
    )


def _in_range(products: CTE) -> dict[str, ColumnElement[bool]]:
    """Whether the price is in the range, by its place among PRICE_RANGES."""
    return {
        str(place): products.c.price.between(_written(low or 0), _written(high or NO_PRICE - 1))
        for place, (low, high) in enumerate(PRICE_RANGES)
    }


def _told_by(products: CTE, conditions: Mapping[str, ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """The number of products of each condition, all counted in one look at them."""
    counted = ((_written(word), func.count().filter(is_so)) for word, is_so in conditions.items())
    return select(func.json_build_object(*chain.from_iterable(counted))).select_from(products)


def _by_kind(products: CTE) -> Select[*tuple[Any, ...]]:
    kind = products.c.kind
    counted = select(kind, func.count().label("number")).group_by(kind).subquery()
    return select(func.json_object_agg(counted.c.kind, counted.c.number))


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
    return select(func.json_object_agg(covered.c.kind, covered.c.number))


def _written(value: str | int) -> ColumnElement[Any]:
    """A value of ours, written into the statement."""
    return literal_column(repr(value))
