"""Permits and the ones that renew them: whether the next one is there, and which one a permit may follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from accounts.models import Upt
from inventory.models import Permit, PermitProduct
from inventory.rules import PERMIT_WARNINGS


@dataclass(frozen=True, slots=True)
class FollowedPermit:
    """A permit that another one may renew."""

    key: UUID
    kind: str
    number: str
    expires_on: date


def has_next() -> ColumnElement[bool]:
    """Whether a verified permit of the same sort lasts longer than the one at hand and covers as much."""
    following, also = aliased(Permit), aliased(PermitProduct)
    goes_on = (
        exists()
        .where(also.permit_id == following.id, also.product_id == PermitProduct.product_id)
        .correlate(following, PermitProduct)
    )
    is_left_out = exists().where(PermitProduct.permit_id == Permit.id, ~goes_on).correlate(Permit)
    return exists().where(
        following.upt_id == Permit.upt_id,
        following.kind == Permit.kind,
        following.verified_at.is_not(None),
        _lasts_longer(following),
        ~is_left_out,
    )


def waiting_next() -> ScalarSelect[str | None]:
    """The number of a permit that names the one at hand and waits to be checked."""
    following = aliased(Permit)
    return _named_next(following, following.verified_at.is_(None) & (following.refusal == ""))


def checked_next() -> ScalarSelect[str | None]:
    """The number of a verified permit that names the one at hand and lasts longer, whatever it covers."""
    following = aliased(Permit)
    return _named_next(following, following.verified_at.is_not(None) & _lasts_longer(following))


def _named_next(following: type[Permit], condition: ColumnElement[bool]) -> ScalarSelect[str | None]:
    query = select(func.max(following.number)).where(following.follows_id == Permit.id, condition)
    return query.correlate(Permit).scalar_subquery()


def _lasts_longer(following: type[Permit]) -> ColumnElement[bool]:
    return or_(following.expires_on.is_(None), following.expires_on > Permit.expires_on)


def needs_next(today: date) -> ColumnElement[bool]:
    """Whether a permit has ended or will soon, and nothing checked goes on where it ends."""
    return (Permit.expires_on <= last_warned_of(today)) & ~has_next()


def last_warned_of(today: date) -> date:
    """The last day of a permit whose holder is told today that it ends."""
    return today + timedelta(days=max(PERMIT_WARNINGS))


def permits_to_follow(
    session: Session, upt_code: str, *, kind: str | None = None, but: UUID | None = None
) -> Sequence[FollowedPermit]:
    """The permits of a UPT that end, of a kind if it is known, the latest first; all `but` one."""
    query = (
        select(Permit.key, Permit.kind, Permit.number, Permit.expires_on)
        .join(Upt, Upt.id == Permit.upt_id)
        .where(
            Upt.code == upt_code,
            Permit.kind == kind if kind else true(),
            Permit.key != but if but else true(),
        )
        .order_by(Permit.expires_on.desc(), Permit.id)
    )
    rows = session.execute(query)
    return [FollowedPermit(key, kind, number, end) for key, kind, number, end in rows if end]
