"""Reads about people: who is signed in, and what their scope reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.errors import AddressNotFound
from accounts.models import Address, Kanwil, Membership, RecoveryCode, SecondFactor, Upt, User, UserSession
from accounts.rules import Actor


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who can sign in; each role with the code or name of where it holds."""

    email: str
    name: str
    roles: tuple[str, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class AddressRow:
    """A place of a person's address book, named by its key."""

    key: UUID
    label: str
    recipient: str
    phone: str
    street: str
    village_code: str
    village: str
    district: str
    regency: str
    province: str
    postcode: str
    is_default: bool


def addresses_of(session: Session, user_id: int) -> tuple[AddressRow, ...]:
    """A person's address book: the default first, then the newest."""
    query = _ADDRESSES.where(Address.user_id == user_id)
    newest_first = query.order_by(Address.is_default.desc(), Address.changed_at.desc(), Address.id.desc())
    return tuple(AddressRow(*row) for row in session.execute(newest_first))


def address_of(session: Session, user_id: int, key: UUID) -> AddressRow:
    """One place of a person's own book. Raises AddressNotFound."""
    query = _ADDRESSES.where(Address.user_id == user_id, Address.key == key)
    row = session.execute(query).one_or_none()
    if row is None:
        raise AddressNotFound
    return AddressRow(*row)


def email_of(session: Session, user_id: int) -> str:
    """The address a user signs in with."""
    return session.scalars(select(User.email).where(User.id == user_id)).one()


def verified_email_of(session: Session, user_id: int) -> str | None:
    """The address a user signs in with, if they have shown that it is theirs."""
    return session.scalar(select(User.email).where(User.id == user_id, User.verified_at.is_not(None)))


_ADDRESSES = select(*(getattr(Address, field.name) for field in fields(AddressRow)))


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The condition on Upt that holds for what the actor may see; the statement must join Upt."""
    if actor.is_national:
        return true()
    return or_(Upt.id.in_(actor.upt_ids), Upt.kanwil_id.in_(actor.kanwil_ids))


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session and whose it is; `confirmed_at` is empty while a code is waited for."""

    id: UUID
    user_id: int
    email: str
    name: str
    is_sample: bool
    seen_at: datetime
    confirmed_at: datetime | None
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class Device:
    """A signed-in device as its owner sees it."""

    id: UUID
    device: str
    started_at: datetime
    seen_at: datetime


def session_of_key(session: Session, key_hash: bytes, *, at: datetime) -> SessionRow | None:
    """The session whose key has this hash, unless its time is over or its user is shut out; one query."""
    row = session.execute(
        select(
            UserSession.id,
            User.id,
            User.email,
            User.name,
            User.is_sample,
            UserSession.seen_at,
            UserSession.confirmed_at,
            SecondFactor.confirmed_at.is_not(None),
        )
        .join(User, User.id == UserSession.user_id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .where(UserSession.key_hash == key_hash, UserSession.expires_at > at, User.is_active)
    ).one_or_none()
    return SessionRow(*row) if row else None


def devices(session: Session, user_id: int, *, at: datetime) -> list[Device]:
    """Where a user is signed in, the device used last first."""
    rows = session.execute(
        select(UserSession.id, UserSession.device, UserSession.started_at, UserSession.seen_at)
        .where(
            UserSession.user_id == user_id, UserSession.expires_at > at, UserSession.confirmed_at.is_not(None)
        )
        .order_by(UserSession.seen_at.desc(), UserSession.id)
    )
    return [Device(*row) for row in rows]


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes a user has not used."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalars(unused).one()


def actor_of(session: Session, user_id: int, name: str) -> Actor:
    """Who the user is to the services: their roles and how far these reach, as of now."""
    rows = session.execute(
        select(Membership.role, Membership.upt_id, Membership.kanwil_id).where(Membership.user_id == user_id)
    ).all()
    return Actor(
        label=name,
        user_id=user_id,
        roles=frozenset(role for role, _, _ in rows),
        upt_ids=frozenset(upt_id for _, upt_id, _ in rows if upt_id is not None),
        kanwil_ids=frozenset(kanwil_id for _, _, kanwil_id in rows if kanwil_id is not None),
        is_national=any(role == "directorate" for role, _, _ in rows),
    )


def scope_names(session: Session, actor: Actor) -> list[str]:
    """The names of the UPTs and Kanwil whose work an actor sees; empty for the nation."""
    upts = session.scalars(select(Upt.name).where(Upt.id.in_(actor.upt_ids)).order_by(Upt.name))
    kanwils = session.scalars(
        select(Kanwil.name).where(Kanwil.id.in_(actor.kanwil_ids)).order_by(Kanwil.name)
    )
    return [*upts, *kanwils]


def staff_list(session: Session) -> Sequence[StaffMember]:
    """Everybody who can sign in, by address."""
    with_roles = selectinload(User.memberships).options(
        joinedload(Membership.upt), joinedload(Membership.kanwil)
    )
    people = session.scalars(select(User).order_by(User.email).options(with_roles))
    return [
        StaffMember(user.email, user.name, tuple(map(_role_in_words, user.memberships)), user.is_active)
        for user in people
    ]


def _role_in_words(membership: Membership) -> str:
    if membership.upt is not None:
        return f"{membership.role} at {membership.upt.code}"
    return f"{membership.role} at {membership.kanwil.slug}" if membership.kanwil else membership.role
