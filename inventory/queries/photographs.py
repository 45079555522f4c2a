"""Photographs as pages show them, and as the offices that send and review them see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.errors import PhotographNotFound, ProductNotFound
from inventory.models import Maker, Photograph, PhotographFile, Product
from inventory.photos import Photo, photo_of
from inventory.queries.tended import is_tended
from kernel.db import in_portions

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class StaffPhotograph:
    """A photograph on the staff's page; `photo` is None while its files are made or after they are gone."""

    key: UUID
    upt_id: int
    upt_name: str
    state: str
    steps_done: int
    position: int
    focal_x: int
    focal_y: int
    alt_id: str
    alt_en: str
    refusal: str
    photo: Photo | None


@dataclass(frozen=True, slots=True)
class PhotographedProduct:
    """A product of the actor's scope; `own_upt_id` is the UPT for which the actor may send photographs in."""

    id: int
    slug: str
    name: str
    own_upt_id: int | None


@dataclass(frozen=True, slots=True)
class ProductCounts:
    """How many photographs a product has, by what becomes of them."""

    slug: str
    name: str
    published: int
    waiting: int


@dataclass(frozen=True, slots=True)
class CountsPage:
    """Some rows of the list, from page 1."""

    rows: tuple[ProductCounts, ...]
    page: int
    has_next: bool


def photo_json() -> ColumnElement[Any]:
    """A photograph of the statement at hand as JSON for `photo_of`; null while it has no files."""
    names = (
        select(
            func.jsonb_agg(
                aggregate_order_by(
                    func.split_part(PhotographFile.key, "/", 3), PhotographFile.kind, PhotographFile.width
                )
            )
        )
        .where(PhotographFile.photograph_id == Photograph.id)
        .correlate(Photograph)
        .scalar_subquery()
    )
    return func.jsonb_build_object(
        *("key", Photograph.key, "alt_id", Photograph.alt_id, "alt_en", Photograph.alt_en),
        *("x", Photograph.focal_x, "y", Photograph.focal_y),
        *("width", Photograph.width, "height", Photograph.height, "names", names),
    )


def published_photographs() -> ColumnElement[Any]:
    """The published photographs of the statement's Product as a JSON list, in their order."""
    return (
        select(
            func.coalesce(
                func.jsonb_agg(aggregate_order_by(photo_json(), Photograph.position, Photograph.id)),
                func.jsonb_build_array(),
            )
        )
        .where(Photograph.product_id == Product.id, Photograph.state == "published")
        .correlate(Product)
        .scalar_subquery()
    )


def public_file(session: Session, key: str) -> bool:
    """Whether the file of this key belongs to a published photograph. One statement."""
    return session.scalar(_files(key).where(Photograph.state == "published")) is not None


def file_for(session: Session, actor: Actor, key: str) -> None:
    """Let only those see a file whose scope its photograph lies in. Raises PhotographNotFound."""
    query = _files(key).join(Upt, Upt.id == Photograph.upt_id).where(in_scope(actor))
    if session.scalar(query) is None:
        raise PhotographNotFound


def product_for(session: Session, actor: Actor, slug: str) -> PhotographedProduct:
    """A product that some UPT of the actor's scope makes. Raises ProductNotFound."""
    query = (
        select(Product.id, Product.slug, Product.name, Upt.id.label("upt_id"))
        .join(Maker, Maker.product_id == Product.id)
        .join(Upt, Upt.id == Maker.upt_id)
        .where(Product.slug == slug, in_scope(actor))
        .order_by(Upt.id)
    )
    rows = session.execute(query).all()
    if not rows:
        raise ProductNotFound
    own = next((row.upt_id for row in rows if actor.may_at("photograph.work", row.upt_id)), None)
    return PhotographedProduct(rows[0].id, rows[0].slug, rows[0].name, own)


def photographs_for(session: Session, actor: Actor, product_id: int) -> list[StaffPhotograph]:
    """The photographs of a product that the actor's UPTs sent in, in their order. One statement."""
    query = (
        select(Photograph, Upt.name.label("upt_name"), photo_json().label("photo"))
        .join(Upt, Upt.id == Photograph.upt_id)
        .where(Photograph.product_id == product_id, in_scope(actor))
        .order_by(Photograph.position, Photograph.id)
    )
    return [_staff_photograph(row) for row in session.execute(query)]


def products_for(session: Session, actor: Actor, *, words: str, page: int) -> CountsPage:
    """The products the actor's UPTs make: those with photographs to review first, then by name."""
    query, order = _counts(actor, words)
    query = query.order_by(*order).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)
    rows = [ProductCounts(*row) for row in session.execute(query)]
    return CountsPage(tuple(rows[:PAGE_SIZE]), page, len(rows) > PAGE_SIZE)


def all_products_for(session: Session, actor: Actor, *, words: str) -> Iterator[ProductCounts]:
    """Every product that the list shows, in its order, read in portions."""
    for row in in_portions(session, *_counts(actor, words)):
        yield ProductCounts(*row)


def _counts(actor: Actor, words: str) -> tuple[Select[*tuple[Any, ...]], tuple[Any, ...]]:
    """The list and its order."""
    made = select(Maker.product_id).join(Upt, Upt.id == Maker.upt_id).where(in_scope(actor))
    counted = (
        select(
            Photograph.product_id,
            func.count().filter(Photograph.state == "published").label("published"),
            func.count().filter(Photograph.state == "waiting").label("waiting"),
        )
        .join(Upt, Upt.id == Photograph.upt_id)
        .where(in_scope(actor))
        .group_by(Photograph.product_id)
        .subquery()
    )
    waiting = func.coalesce(counted.c.waiting, 0)
    query = (
        select(Product.slug, Product.name, func.coalesce(counted.c.published, 0), waiting)
        .outerjoin(counted, counted.c.product_id == Product.id)
        .where(Product.id.in_(made), is_tended(), Product.name.icontains(words, autoescape=True))
    )
    return query, (waiting == 0, Product.name, Product.id)


def _files(key: str) -> Select[int]:
    return (
        select(PhotographFile.photograph_id)
        .join(Photograph, Photograph.id == PhotographFile.photograph_id)
        .where(PhotographFile.key == key)
    )


def _staff_photograph(row: Row[Any]) -> StaffPhotograph:
    photograph: Photograph = row.Photograph
    return StaffPhotograph(
        key=photograph.key,
        upt_id=photograph.upt_id,
        upt_name=row.upt_name,
        state=photograph.state,
        steps_done=photograph.steps_done,
        position=photograph.position,
        focal_x=photograph.focal_x,
        focal_y=photograph.focal_y,
        alt_id=photograph.alt_id,
        alt_en=photograph.alt_en,
        refusal=photograph.refusal,
        photo=photo_of(row.photo) if row.photo["names"] else None,
    )


def owned_photographs(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these keys of the file store belong to a photograph.

    All do that lie beside one whose files are being made: they are named once the last is there.
    """
    owned = set(session.scalars(select(PhotographFile.key).where(PhotographFile.key.in_(keys))))
    owned |= set(session.scalars(select(Photograph.original).where(Photograph.original.in_(keys))))
    making = set(map(str, session.scalars(select(Photograph.key).where(Photograph.state == "making"))))
    return owned | {key for key in keys if key.split("/")[1] in making}
