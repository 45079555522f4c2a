"""Pauses as officers see them, and as the shop tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.errors import PauseNotFound
from inventory.models import Maker, Pause, Product
from inventory.queries.texts import Told, told_in


@dataclass(frozen=True, slots=True)
class ToldPause:
    """What customers read of a pause; it holds up to `until`, that day included."""

    told: Told
    until: date


@dataclass(frozen=True, slots=True)
class PauseRow:
    """A pause for the offices; `product` is empty when the whole UPT pauses."""

    key: UUID
    upt_id: int
    upt_code: str
    upt_name: str
    product_id: int | None
    slug: str
    product: str
    until: date
    text_id: str
    text_en: str
    actor_label: str


@dataclass(frozen=True, slots=True)
class Pausable:
    """Something an officer can pause: a UPT with all it sells, or one product there."""

    upt_id: int
    upt_code: str
    upt_name: str
    product_id: int | None = None
    slug: str = ""
    product: str = ""

    @property
    def value(self) -> str:
        """How a form names it."""
        return f"{self.upt_code}/{self.slug}" if self.slug else self.upt_code


def pauses_for(session: Session, actor: Actor, *, day: date) -> Sequence[PauseRow]:
    """What the UPTs of the actor's scope pause on a day, the first to end first."""
    query = _pauses(actor).where(Pause.until >= day).order_by(Pause.until, Upt.name, Product.name)
    return [PauseRow(*row) for row in session.execute(query)]


def pause_count(session: Session, actor: Actor, *, day: date) -> int:
    """How many pauses there are on a day in the actor's scope."""
    open_ones = _pauses(actor).where(Pause.until >= day).subquery()
    return session.scalars(select(func.count()).select_from(open_ones)).one()


def pause_for(session: Session, actor: Actor, key: UUID) -> PauseRow:
    """One pause that is not ended, if the actor may see it. Raises PauseNotFound."""
    row = session.execute(_pauses(actor).where(Pause.key == key)).one_or_none()
    if row is None:
        raise PauseNotFound
    return PauseRow(*row)


def pausable_by(session: Session, actor: Actor) -> Sequence[Pausable]:
    """What the actor may pause: each own UPT, followed by the goods it makes, by name."""
    own = actor.only("stock.change").upt_ids
    upts = session.execute(select(Upt.id, Upt.code, Upt.name).where(Upt.id.in_(own)).order_by(Upt.name))
    goods = (
        select(Upt.id, Upt.code, Upt.name, Product.id, Product.slug, Product.name)
        .join(Maker, Maker.upt_id == Upt.id)
        .join(Product, Product.id == Maker.product_id)
        .where(Upt.id.in_(own), ~Product.is_withdrawn, Product.kind == "good")
        .order_by(Upt.name, Product.name)
    )
    found = [*(Pausable(*row) for row in upts), *(Pausable(*row) for row in session.execute(goods))]
    return sorted(found, key=lambda each: (each.upt_name, each.product))


def pause_json(product: Any, at: ColumnElement[bool], *, day: ColumnElement[date]) -> ColumnElement[Any]:
    """What is told of the pause of a product (a column or value), as JSON; null when there is none.

    `at` says of which UPT, as a condition on `Pause.upt_id`. Of several pauses it is the longest.
    """
    told = func.jsonb_build_object("id", Pause.text_id, "en", Pause.text_en, "until", Pause.until)
    is_meant = or_(Pause.product_id.is_(None), Pause.product_id == product)
    query = select(told).where(at, is_meant, Pause.ended_at.is_(None), Pause.until >= day)
    return query.order_by(Pause.until.desc()).limit(1).scalar_subquery()


def told_pause(values: Mapping[str, str] | None, *, locale: str) -> ToldPause | None:
    """What `pause_json` gave, in the language at hand."""
    if values is None:
        return None
    return ToldPause(told_in(locale, values["id"], values["en"]), date.fromisoformat(values["until"]))


def _pauses(actor: Actor) -> Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (Pause.key, Upt.id, Upt.code, Upt.name, Pause.product_id)
    columns += (func.coalesce(Product.slug, ""), func.coalesce(Product.name, ""))
    return (
        select(*columns, Pause.until, Pause.text_id, Pause.text_en, Pause.actor_label)
        .join_from(Pause, Upt, Upt.id == Pause.upt_id)
        .outerjoin(Product, Product.id == Pause.product_id)
        .where(Pause.ended_at.is_(None), in_scope(actor))
    )
