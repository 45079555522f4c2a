"""Photographs of a product: sent in by a UPT that makes it, finished by the worker, reviewed by an office."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from accounts.services.audit import record
from inventory.errors import (
    PhotographKnown,
    PhotographNotFound,
    PhotographNotWaiting,
    ProductNotFound,
    TooManyPhotographs,
)
from inventory.events import PhotographAdded, PhotographDropped
from inventory.models import Photograph, PhotographFile, Product
from inventory.queries.photographs import product_for
from inventory.rules import MOST_PHOTOGRAPHS
from inventory.services.catalogue import refresh_catalogue
from kernel.outbox import publish

_LOCKS = 0x0F070  # names the lock of a product's photographs among the advisory locks of the database


@dataclass(frozen=True, slots=True)
class NewPhotograph:
    """A picture that was redrawn and kept under `original`, with what its sender says of it."""

    key: UUID
    original: str
    content_hash: str
    width: int
    height: int
    alt_id: str
    alt_en: str


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file the worker has made and kept."""

    kind: str
    width: int
    key: str
    bytes: int


def add_photograph(session: Session, slug: str, new: NewPhotograph, *, actor: Actor, at: datetime) -> None:
    """Take a photograph in for a product; its sender says that nobody can be recognised on it.

    Raises ProductNotFound unless a UPT of the actor makes the product, TooManyPhotographs, PhotographKnown.
    """
    product = product_for(session, actor, slug)
    if product.own_upt_id is None or actor.user_id is None:
        raise ProductNotFound
    _lock(session, product.id)
    others = session.execute(
        select(Photograph.position, Photograph.content_hash).where(Photograph.product_id == product.id)
    ).all()
    if any(other.content_hash == new.content_hash for other in others):
        raise PhotographKnown
    if len(others) >= MOST_PHOTOGRAPHS:
        raise TooManyPhotographs(most=MOST_PHOTOGRAPHS)
    photograph = Photograph(
        key=new.key,
        product_id=product.id,
        upt_id=product.own_upt_id,
        position=max((other.position for other in others), default=0) + 1,
        content_hash=new.content_hash,
        original=new.original,
        width=new.width,
        height=new.height,
        alt_id=new.alt_id,
        alt_en=new.alt_en,
        shows_nobody=True,
        uploaded_by_user_id=actor.user_id,
        uploaded_at=at,
    )
    session.add(photograph)
    session.flush()
    publish(session, PhotographAdded(photograph.id))
    _record(session, photograph, "add", actor=actor, at=at, after={"shows_nobody": True})


def finish_photograph(session: Session, photograph_id: int, made: Collection[MadeFile]) -> None:
    """Note the files of a photograph, all of them at once; it waits for its review from then on.

    One that was removed meanwhile gets none, and the files go again.
    """
    photograph = session.scalar(
        select(Photograph)
        .where(Photograph.id == photograph_id, Photograph.state == "making")
        .with_for_update()
    )
    if photograph is None:
        publish(session, PhotographDropped([file.key for file in made]))
        return
    session.execute(
        insert(PhotographFile),
        [
            {"photograph_id": photograph.id, "width": f.width, "kind": f.kind, "key": f.key, "bytes": f.bytes}
            for f in made
        ],
    )
    photograph.state = "waiting"
    photograph.steps_done = len(made)


def describe_photograph(
    session: Session,
    key: UUID,
    *,
    alt_id: str,
    alt_en: str,
    focal: tuple[int, int],
    actor: Actor,
    at: datetime,
) -> str:
    """Change what is said of a photograph and its focal point (per cent); gives the product's slug.

    Raises PhotographNotFound for one that no UPT of the actor sent in.
    """
    photograph = _own(session, key, actor)
    before = {"alt_id": photograph.alt_id, "alt_en": photograph.alt_en}
    photograph.alt_id, photograph.alt_en = alt_id, alt_en
    photograph.focal_x, photograph.focal_y = focal
    slug = _changed(session, photograph, at=at)
    after = {"alt_id": alt_id, "alt_en": alt_en}
    _record(session, photograph, "describe", actor=actor, at=at, before=before, after=after)
    return slug


def move_photograph(session: Session, key: UUID, place: int, *, actor: Actor, at: datetime) -> str:
    """Put a photograph at `place` (from 1) among those of its product; gives the product's slug.

    A place beyond the ends is the end. Raises PhotographNotFound as above.
    """
    photograph = _own(session, key, actor)
    _lock(session, photograph.product_id)
    query = select(Photograph).where(Photograph.product_id == photograph.product_id)
    order = list(session.scalars(query.order_by(Photograph.position, Photograph.id)))
    order.remove(photograph)
    order.insert(max(place - 1, 0), photograph)
    for number, each in enumerate(order, start=1):
        each.position = number
    slug = _changed(session, photograph, at=at)
    _record(session, photograph, "move", actor=actor, at=at, after={"position": photograph.position})
    return slug


def remove_photograph(session: Session, key: UUID, *, actor: Actor, at: datetime) -> str:
    """Delete a photograph and its files; gives the product's slug. Raises PhotographNotFound as above."""
    photograph = _own(session, key, actor)
    _drop_files(session, photograph)
    _record(session, photograph, "remove", actor=actor, at=at, before={"state": photograph.state})
    session.delete(photograph)
    return _changed(session, photograph, at=at)


def review_photograph(session: Session, key: UUID, *, refusal: str, actor: Actor, at: datetime) -> str:
    """Publish a waiting photograph, or refuse it for a reason (then its files go); gives the product's slug.

    Who publishes has seen that nobody can be recognised on it. Raises PhotographNotFound outside the
    actor's scope, PhotographNotWaiting.
    """
    query = select(Photograph).join(Upt, Upt.id == Photograph.upt_id)
    is_theirs = (Photograph.key == key, in_scope(actor.only("photograph.review")))
    photograph = session.scalar(query.where(*is_theirs).with_for_update(of=Photograph))
    if photograph is None:
        raise PhotographNotFound
    if photograph.state != "waiting":
        raise PhotographNotWaiting
    photograph.state = "refused" if refusal else "published"
    photograph.refusal = refusal
    photograph.reviewed_by_user_id, photograph.reviewed_at = actor.user_id, at
    if refusal:
        _drop_files(session, photograph)
    slug = _changed(session, photograph, at=at)
    _record(session, photograph, "review", actor=actor, at=at, after={"state": photograph.state})
    return slug


def slug_of(session: Session, key: UUID, *, actor: Actor) -> str:
    """The product of a photograph in the actor's scope, to lead back there. Raises PhotographNotFound."""
    query = (
        select(Product.slug)
        .join(Photograph, Photograph.product_id == Product.id)
        .join(Upt, Upt.id == Photograph.upt_id)
        .where(Photograph.key == key, in_scope(actor))
    )
    slug = session.scalar(query)
    if slug is None:
        raise PhotographNotFound
    return slug


def _own(session: Session, key: UUID, actor: Actor) -> Photograph:
    photograph = session.scalar(select(Photograph).where(Photograph.key == key).with_for_update())
    if photograph is None or not actor.may_at("photograph.work", photograph.upt_id):
        raise PhotographNotFound
    return photograph


def _lock(session: Session, product_id: int) -> None:
    """One at a time changes how many photographs a product has and their order."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCKS, product_id % 2**31)))


def _drop_files(session: Session, photograph: Photograph) -> None:
    files = list(session.scalars(select(PhotographFile).where(PhotographFile.photograph_id == photograph.id)))
    publish(session, PhotographDropped([photograph.original, *(file.key for file in files)]))
    for file in files:
        session.delete(file)
    session.flush()


def _changed(session: Session, photograph: Photograph, *, at: datetime) -> str:
    """Have every page tell of the change."""
    refresh_catalogue(session, [photograph.product_id])
    changed = update(Product).where(Product.id == photograph.product_id).values(changed_at=at)
    slug: str = session.execute(changed.returning(Product.slug)).scalar_one()
    return slug


def _record(
    session: Session,
    photograph: Photograph,
    verb: str,
    *,
    actor: Actor,
    at: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    record(
        session,
        actor,
        f"photograph.{verb}",
        "photograph",
        str(photograph.key),
        upt_id=photograph.upt_id,
        before=before,
        after=after,
        at=at,
    )
