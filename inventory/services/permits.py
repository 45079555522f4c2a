"""Permits: entered by the UPT that holds them, with the one each renews, and checked by the office above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from accounts.services.audit import record
from inventory.errors import (
    PermitCoversNothing,
    PermitDatesInvalid,
    PermitFollows,
    PermitKnown,
    PermitNotFound,
    PermitReviewed,
)
from inventory.events import PermitReviewed as PermitReviewedEvent
from inventory.models import Maker, Permit, PermitProduct, Product
from inventory.queries.permits import is_above, permit_mark
from inventory.rules import (
    CATALOGUE,
    COVERING_NOTHING,
    ENDING_KINDS,
    permit_number,
)
from inventory.services.catalogue import hold_products, refresh_catalogue
from inventory.services.restocking import announce_return
from kernel.clock import jakarta_day
from kernel.db import mark_changed
from kernel.files import FilesToForget
from kernel.outbox import publish

Change = Literal["nothing", "still_checked", "unchecked"]
"""What became of a permit that was written anew."""

_COMPARED = ("number", "title", "issued_on", "expires_on")
"""The columns that a reviewer compares with the paper."""


@dataclass(frozen=True, slots=True)
class PermitEntry:
    """What an officer writes of a permit: number as on the paper, days, and the slugs of what it covers.

    `follows` is the key of the permit it renews, `scan_file` the file of a scan that was sent with it.
    """

    kind: str
    number: str
    title: str
    issued_on: date | None
    expires_on: date | None
    slugs: frozenset[str]
    follows: UUID | None = None
    scan_file: str = ""


def add_permit(session: Session, upt_code: str, entry: PermitEntry, *, actor: Actor, at: datetime) -> UUID:
    """Enter a permit of the actor's UPT, which the office above has still to check; gives its key.

    Raises PermitNotFound for another's UPT, PermitNumberInvalid, PermitDatesInvalid, PermitCoversNothing,
    PermitFollows, PermitKnown.
    """
    upt_id = session.scalar(select(Upt.id).where(Upt.code == upt_code))
    if upt_id is None or not actor.may_at("permit.work", upt_id):
        raise PermitNotFound
    values, covered = _checked(session, upt_id, entry, at=at)
    row = session.execute(
        upsert(Permit)
        .values(upt_id=upt_id, kind=entry.kind, **values)
        .on_conflict_do_nothing()
        .returning(Permit.id, Permit.key)
    ).one_or_none()
    if row is None:
        raise PermitKnown(number=values["number"])
    _cover(session, row.id, covered)
    _tell(session, covered, at=at)
    after = {"kind": entry.kind, **_plain(values, covered)}
    _record(session, row.key, upt_id, "add", actor=actor, at=at, after=after)
    key: UUID = row.key
    return key


def change_permit(session: Session, key: UUID, entry: PermitEntry, *, actor: Actor, at: datetime) -> Change:
    """Put right what is written of a permit, or hand in one that was sent back; says what became of it.

    What was verified has to be checked anew, unless it only covers less, follows another one, or has a scan
    now. Its kind stays, and what it covers may go on being covered; without a new scan the one there is
    stays. Raises PermitNotFound for another UPT's, and what `add_permit` raises.
    """
    permit = _own(session, key, actor, entry.follows)
    covered_before, scan_before = _covered(session, permit.id), permit.scan_file
    values, covered = _checked(
        session, permit.upt_id, entry, at=at, covered_before=covered_before, permit=permit
    )
    before, after = _plain_row(permit, covered_before), _plain(values, covered)
    if before == after and not permit.refusal:
        return "nothing"
    stays_checked = permit.verified_at is not None and _says_no_more(before, after)
    if permit.refusal:
        before, after = {**before, "refusal": permit.refusal}, {**after, "refusal": ""}
    try:
        with session.begin_nested():
            if permit.expires_on != entry.expires_on:
                permit.warned_days = None
            for name, value in values.items():
                setattr(permit, name, value)
            if not stays_checked:
                permit.verified_at, permit.verified_by, permit.verified_by_user_id = None, "", None
            permit.refusal = ""
    except IntegrityError as error:  # perhaps entered a moment ago, which no look beforehand would have seen
        raise PermitKnown(number=values["number"]) from error
    if scan_before != permit.scan_file:
        _forget(session, scan_before)
    if covered != covered_before:
        session.execute(delete(PermitProduct).where(PermitProduct.permit_id == permit.id))
        _cover(session, permit.id, covered)
    _tell(session, covered | covered_before, at=at)
    _record(session, key, permit.upt_id, "change", actor=actor, at=at, before=before, after=after)
    return "still_checked" if stays_checked else "unchecked"


def withdraw_permit(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Take a permit out of the shop; the audit log keeps what it said. Raises PermitNotFound as above."""
    permit = _own(session, key, actor)
    covered = _covered(session, permit.id)
    _record(
        session,
        key,
        permit.upt_id,
        "withdraw",
        actor=actor,
        at=at,
        before={"kind": permit.kind, **_plain_row(permit, covered)},
    )
    session.execute(delete(PermitProduct).where(PermitProduct.permit_id == permit.id))
    session.delete(permit)
    _forget(session, permit.scan_file)
    _tell(session, covered, at=at)


def review_permit(
    session: Session, key: UUID, *, seen: str, refusal: str, actor: Actor, at: datetime
) -> None:
    """Say that a permit is right, or send it back for a reason; its UPT is told.

    One that was found right may still be sent back: by mistake it was, or the authority has revoked it.
    `seen` is the mark of the entry that the reviewer has compared with the paper. Raises PermitNotFound
    where the actor's is not an office above, PermitReviewed for one that was changed or reviewed meanwhile
    or that ended.
    """
    query = select(Permit, Upt.kanwil_id).join(Upt, Upt.id == Permit.upt_id)
    query = query.where(Permit.key == key, in_scope(actor))
    row = session.execute(query.with_for_update(of=Permit)).one_or_none()
    if row is None or not is_above(actor, upt_id=row.Permit.upt_id, kanwil_id=row.kanwil_id):
        raise PermitNotFound
    permit: Permit = row.Permit
    has_ended = permit.expires_on is not None and permit.expires_on < jakarta_day(at)
    covered = _covered(session, permit.id)
    is_as_seen = _mark(session, permit, covered) == seen
    if not is_as_seen or permit.refusal or (not refusal and (permit.verified_at or has_ended)):
        raise PermitReviewed
    before = _standing(permit)
    permit.refusal = refusal
    if refusal:
        permit.verified_at, permit.verified_by, permit.verified_by_user_id = None, "", None
    else:
        permit.verified_at, permit.verified_by = at, actor.label
        permit.verified_by_user_id = actor.user_id
    session.flush()
    publish(session, PermitReviewedEvent(permit.id, at.isoformat()))
    _tell(session, covered, at=at)
    if not refusal:
        announce_return(session, covered)
    after = _standing(permit)
    _record(session, key, permit.upt_id, "review", actor=actor, at=at, before=before, after=after)


def _own(session: Session, key: UUID, actor: Actor, follows: UUID | None = None) -> Permit:
    """A permit of the actor's, locked together with the one it is to follow. Raises PermitNotFound."""
    keys = [key] if follows is None else [key, follows]
    locking = select(Permit).where(Permit.key.in_(keys)).order_by(Permit.id).with_for_update()
    permit = next((each for each in session.scalars(locking) if each.key == key), None)
    if permit is None or not actor.may_at("permit.work", permit.upt_id):
        raise PermitNotFound
    return permit


def _checked(
    session: Session,
    upt_id: int,
    entry: PermitEntry,
    *,
    at: datetime,
    covered_before: frozenset[int] = frozenset(),
    permit: Permit | None = None,
) -> tuple[dict[str, Any], frozenset[int]]:
    """The columns of a right entry, and the ids of what it covers; `permit` is the one to change, if any."""
    number = permit_number(entry.kind, entry.number, expires_on=entry.expires_on).number
    _check_days(entry, jakarta_day(at))
    if entry.kind in COVERING_NOTHING and entry.slugs:
        raise PermitCoversNothing("permit_covers_the_upt")
    if entry.kind not in COVERING_NOTHING and not entry.slugs:
        raise PermitCoversNothing
    is_made = exists().where(Maker.product_id == Product.id, Maker.upt_id == upt_id)
    may_be_covered = or_(is_made, Product.id.in_(covered_before))
    chosen = select(Product.id).where(Product.slug.in_(entry.slugs), may_be_covered)
    covered = frozenset(session.scalars(chosen))
    if len(covered) != len(entry.slugs):
        raise PermitCoversNothing("permit_covers_others")
    values = {
        "number": number,
        "title": entry.title,
        "issued_on": entry.issued_on,
        "expires_on": entry.expires_on,
        "follows_id": _followed(session, upt_id, entry, permit),
        "scan_file": entry.scan_file or (permit.scan_file if permit else ""),
    }
    return values, covered


def _followed(session: Session, upt_id: int, entry: PermitEntry, permit: Permit | None) -> int | None:
    """The id of the permit that this one renews; it stays there until we have ended."""
    if entry.follows is None:
        return None
    query = select(Permit).where(Permit.key == entry.follows, Permit.upt_id == upt_id)
    found = session.scalar(query.with_for_update(read=True, key_share=True))
    if found is None or found.kind != entry.kind or found.expires_on is None:
        raise PermitFollows
    if permit and permit.id in (found.id, found.follows_id):
        raise PermitFollows
    if entry.expires_on and entry.expires_on <= found.expires_on:
        raise PermitFollows("permit_follows_longer")
    return found.id


def _check_days(entry: PermitEntry, today: date) -> None:
    if entry.issued_on and entry.issued_on > today:
        raise PermitDatesInvalid("permit_issued_later", field="issued_on")
    if entry.kind in ENDING_KINDS and entry.expires_on is None:
        raise PermitDatesInvalid("permit_ends", field="expires_on")
    if entry.issued_on and entry.expires_on and entry.expires_on < entry.issued_on:
        raise PermitDatesInvalid(field="expires_on")


def _covered(session: Session, permit_id: int) -> frozenset[int]:
    query = select(PermitProduct.product_id).where(PermitProduct.permit_id == permit_id)
    return frozenset(session.scalars(query))


def _mark(session: Session, permit: Permit, covered: frozenset[int]) -> str:
    slugs = session.scalars(select(Product.slug).where(Product.id.in_(covered)))
    columns = (permit.number, permit.title, permit.issued_on, permit.expires_on, permit.scan_file)
    return permit_mark(*columns, slugs, is_verified=permit.verified_at is not None)


def _cover(session: Session, permit_id: int, product_ids: frozenset[int]) -> None:
    if product_ids:
        rows = [{"permit_id": permit_id, "product_id": product_id} for product_id in sorted(product_ids)]
        session.execute(insert(PermitProduct), rows)


def _tell(session: Session, product_ids: frozenset[int], *, at: datetime) -> None:
    """Have every page tell of the change; what may be sold no more, or again, leaves the shop or returns."""
    hold_products(session, product_ids)
    session.execute(update(Product).where(Product.id.in_(product_ids)).values(changed_at=at))
    refresh_catalogue(session, product_ids)
    mark_changed(session, CATALOGUE)


def _standing(permit: Permit) -> dict[str, Any]:
    """What the audit log says of a permit that was reviewed."""
    is_verified = permit.verified_at is not None
    return {"number": permit.number, "is_verified": is_verified, "refusal": permit.refusal}


def _plain(values: Mapping[str, Any], covered: frozenset[int]) -> dict[str, Any]:
    """What the audit log says of a permit: its columns and the ids of its products."""
    days = {name: values[name].isoformat() if values[name] else None for name in ("issued_on", "expires_on")}
    return {**values, **days, "products": sorted(covered)}


def _plain_row(permit: Permit, covered: frozenset[int]) -> dict[str, Any]:
    columns = (*_COMPARED, "follows_id", "scan_file")
    return _plain({name: getattr(permit, name) for name in columns}, covered)


def _says_no_more(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether what was verified holds: it says the same of no more products, and no scan was replaced."""
    says_the_same = all(before[name] == after[name] for name in _COMPARED)
    covers_no_more = set(after["products"]) <= set(before["products"])
    return says_the_same and covers_no_more and before["scan_file"] in ("", after["scan_file"])


def _forget(session: Session, scan_file: str) -> None:
    if scan_file:
        publish(session, FilesToForget([scan_file]))


def _record(
    session: Session,
    key: UUID,
    upt_id: int,
    verb: str,
    *,
    actor: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    record(
        session,
        actor,
        f"permit.{verb}",
        "permit",
        str(key),
        upt_id=upt_id,
        before=before,
        after=after,
        at=at,
    )
