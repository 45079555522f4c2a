"""Reads about people: who is signed in, and what their scope reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.models import Kanwil, Membership, Upt, User
from accounts.rules import Actor


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who can sign in; each role with the code or name of where it holds."""

    email: str
    name: str
    roles: tuple[str, ...]
    is_active: bool


def email_of(session: Session, user_id: int) -> str:
    """The address a user signs in with."""
    return session.scalars(select(User.email).where(User.id == user_id)).one()


def verified_email_of(session: Session, user_id: int) -> str | None:
    """The address a user signs in with, if they have shown that it is theirs."""
    return session.scalar(select(User.email).where(User.id == user_id, User.verified_at.is_not(None)))


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The condition on Upt that holds for what the actor may see; the statement must join Upt."""
    if actor.is_national:
        return true()
    return or_(Upt.id.in_(actor.upt_ids), Upt.kanwil_id.in_(actor.kanwil_ids))


def reach_of(actor: Actor) -> dict[str, str]:
    """What the database is told of an actor, for its row-level security: the same scope as `in_scope`."""
    return {
        "lapak.upts": "*" if actor.is_national else _listed(actor.upt_ids),
        "lapak.kanwils": _listed(actor.kanwil_ids),
    }


def _listed(ids: Iterable[int]) -> str:
    return f"{{{','.join(map(str, sorted(ids)))}}}"


def actor_of(session: Session, user_id: int, name: str) -> Actor:
    """Who the user is to the services: their roles and how far these reach, as of now."""
    rows = session.execute(
        select(Membership.role, Membership.upt_id, Membership.kanwil_id).where(Membership.user_id == user_id)
    )
    return Actor.holding(name, user_id, [(role, upt_id, kanwil_id) for role, upt_id, kanwil_id in rows])


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
