"""The people of offices as those above see them: roles, invitations, sign-ins, what was left to others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from accounts.errors import HandoverNotFound, InvitationNotFound, MembershipNotFound, OfficeNotYours
from accounts.models import AccountLink, Handover, Kanwil, Membership, SecondFactor, SignIn, Upt, User
from accounts.queries.people import in_scope
from accounts.rules import ROLE_SCOPES, Actor
from kernel.db import in_portions

PAGE_SIZE = 30
SIGN_INS_SHOWN = 20
HANDOVERS_SHOWN = 20
NATION = "nation"


@dataclass(frozen=True, slots=True)
class Office:
    """A UPT, a Kanwil or the nation; `word` names it in forms: "upt:LPS-GARUT", "kanwil:bali", "nation"."""

    word: str
    name: str
    upt_id: int | None = None
    kanwil_id: int | None = None

    @property
    def kind(self) -> str:
        """What roles must have as their scope to fit it."""
        return self.word.partition(":")[0]

    @property
    def scope(self) -> str | None:
        """The code of the UPT or short name of the Kanwil."""
        return self.word.partition(":")[2] or None


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """One role of one person in one office; `region_id` is the Kanwil that the office is, or lies in."""

    key: UUID
    user_id: int
    email: str
    name: str
    is_active: bool
    role: str
    upt_id: int | None
    kanwil_id: int | None
    region_id: int | None
    office: str | None
    shut_out_by: str | None
    has_second_factor: bool
    last_sign_in: datetime | None

    def is_below(self, actor: Actor) -> bool:
        """Whether the role is the actor's to give and to take away."""
        return actor.may_grant(self.role, self.upt_id, self.region_id)

    def is_open_to(self, actor: Actor) -> bool:
        """Whether the actor sees when and where this person signed in: themselves, and who is above."""
        return self.user_id == actor.user_id or self.is_below(actor)


@dataclass(frozen=True, slots=True)
class OfficerPage:
    """Some rows of a list, from page 1."""

    rows: tuple[OfficerRow, ...]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation that nobody has taken up yet."""

    key: UUID
    email: str
    role: str
    office: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """What somebody left to the others of an office."""

    key: UUID
    kind: str
    about: str
    body: str
    written_by: str
    at: datetime
    office: str | None


def officers_for(session: Session, actor: Actor, *, words: str, page: int) -> OfficerPage:
    """Who has a role in the actor's offices, by office and name; `words` is a part of a name or address."""
    query = (
        _officers(actor)
        .where(_matches(words))
        .order_by(_OFFICE.nulls_first(), User.name, Membership.id)
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    rows = [OfficerRow(*row) for row in session.execute(query)]
    return OfficerPage(tuple(rows[:PAGE_SIZE]), page, len(rows) > PAGE_SIZE)


def officer_rows(session: Session, actor: Actor, *, words: str) -> Iterator[OfficerRow]:
    """All of them, in the same order."""
    query = _officers(actor).where(_matches(words))
    for row in in_portions(session, query, (func.coalesce(_OFFICE, ""), User.name, Membership.id)):
        yield OfficerRow(*row)


def _matches(words: str) -> ColumnElement[bool]:
    return or_(*(column.icontains(words, autoescape=True) for column in (User.name, User.email)))


def officer_for(session: Session, actor: Actor, key: UUID) -> OfficerRow:
    """One of them. Raises MembershipNotFound."""
    row = session.execute(_officers(actor).where(Membership.key == key)).one_or_none()
    if row is None:
        raise MembershipNotFound
    return OfficerRow(*row)


def other_roles(session: Session, officer: OfficerRow) -> int:
    """How many roles a person has beside this one, in whatever office."""
    mine = select(func.count()).where(Membership.user_id == officer.user_id, Membership.key != officer.key)
    return session.scalars(mine).one()


def sign_ins_of(session: Session, user_id: int) -> Sequence[SignIn]:
    """The newest sign-ins of an officer."""
    query = select(SignIn).where(SignIn.user_id == user_id).order_by(SignIn.at.desc(), SignIn.id.desc())
    return session.scalars(query.limit(SIGN_INS_SHOWN)).all()


def offices_for(session: Session, actor: Actor) -> list[Office]:
    """The offices that the actor may give somebody a role in, the nation first."""
    actor = actor.only("people.manage")
    kinds = {ROLE_SCOPES[role] for role in actor.grants}
    found = [Office(NATION, "")] if "nation" in kinds and actor.is_national else []
    if "kanwil" in kinds:
        kanwils = select(Kanwil.slug, Kanwil.name, Kanwil.id).where(_kanwil_in_scope(actor))
        found += [
            Office(f"kanwil:{slug}", name, kanwil_id=id_)
            for slug, name, id_ in session.execute(kanwils.order_by(Kanwil.name))
        ]
    if "upt" in kinds:
        upts = select(Upt.code, Upt.name, Upt.id).where(in_scope(actor)).order_by(Upt.name, Upt.id)
        found += [Office(f"upt:{code}", name, upt_id=id_) for code, name, id_ in session.execute(upts)]
    return found


def office_for(session: Session, actor: Actor, word: str) -> Office:
    """One of these offices by its word. Raises OfficeNotYours."""
    for office in offices_for(session, actor):
        if office.word == word:
            return office
    raise OfficeNotYours


def invitations_for(session: Session, actor: Actor, *, at: datetime) -> list[InvitationRow]:
    """The open invitations to the offices whose people the actor manages, the newest first."""
    query = _invitations(actor, at=at).order_by(AccountLink.id.desc())
    return [InvitationRow(UUID(key), *rest) for key, *rest in session.execute(query)]


def invitation_for(session: Session, actor: Actor, key: UUID, *, at: datetime) -> AccountLink:
    """One of them, locked. Raises InvitationNotFound."""
    query = _invitations(actor, at=at, what=(AccountLink,)).where(_key == str(key))
    link: AccountLink | None = session.scalar(query.with_for_update(of=AccountLink))
    if link is None:
        raise InvitationNotFound
    return link


def handovers_for(session: Session, actor: Actor) -> list[HandoverRow]:
    """What was left to the offices the actor works in and nobody has seen to, the oldest ones first."""
    query = _handovers(
        actor,
        *(Handover.key, Handover.kind, Handover.about, Handover.body, Handover.written_by, Handover.at),
        _OFFICE,
    )
    return [
        HandoverRow(*row)
        for row in session.execute(query.order_by(Handover.at, Handover.id).limit(HANDOVERS_SHOWN))
    ]


def handover_for(session: Session, actor: Actor, key: UUID) -> Handover:
    """One of them, locked. Raises HandoverNotFound."""
    query = _handovers(actor, Handover).where(Handover.key == key).with_for_update(of=Handover)
    note: Handover | None = session.scalar(query)
    if note is None:
        raise HandoverNotFound
    return note


_OFFICE = func.coalesce(Upt.name, Kanwil.name)
_key = AccountLink.details["key"].as_string()


def _officers(actor: Actor) -> Select[Any]:
    last = select(func.max(SignIn.at)).where(SignIn.user_id == User.id, SignIn.outcome == "signed_in")
    columns: tuple[Any, ...] = (
        *(Membership.key, User.id, User.email, User.name, User.is_active),
        *(Membership.role, Membership.upt_id, Membership.kanwil_id),
        *(func.coalesce(Upt.kanwil_id, Membership.kanwil_id), _OFFICE, User.shut_out_by),
        SecondFactor.confirmed_at.is_not(None),
        last.scalar_subquery(),
    )
    return (
        select(*columns)
        .join(User, User.id == Membership.user_id)
        .outerjoin(Upt, Upt.id == Membership.upt_id)
        .outerjoin(Kanwil, Kanwil.id == Membership.kanwil_id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .where(_office_in_scope(actor))
    )


def _invitations(actor: Actor, *, at: datetime, what: tuple[Any, ...] = ()) -> Select[Any]:
    details = AccountLink.details
    role = details["role"].as_string()
    return (
        select(*(what or (_key, AccountLink.email, role, _OFFICE, AccountLink.expires_at)))
        .outerjoin(Upt, Upt.id == details["upt_id"].as_integer())
        .outerjoin(Kanwil, Kanwil.id == details["kanwil_id"].as_integer())
        .where(
            AccountLink.purpose == "invite",
            AccountLink.used_at.is_(None),
            AccountLink.expires_at > at,
            _office_in_scope(actor.only("people.manage")),
        )
    )


def _handovers(actor: Actor, *what: Any) -> Select[Any]:
    return (
        select(*what)
        .select_from(Handover)
        .outerjoin(Upt, Upt.id == Handover.upt_id)
        .outerjoin(Kanwil, Kanwil.id == Handover.kanwil_id)
        .where(Handover.done_at.is_(None), _is_of_own_office(actor))
    )


def _is_of_own_office(actor: Actor) -> ColumnElement[bool]:
    """Of a note: it was left to an office that the actor works in, not to one they look into from above."""
    nation = and_(Handover.upt_id.is_(None), Handover.kanwil_id.is_(None))
    return or_(
        Handover.upt_id.in_(actor.upt_ids),
        Handover.kanwil_id.in_(actor.kanwil_ids),
        nation if actor.is_national else false(),
    )


def _kanwil_in_scope(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_national else Kanwil.id.in_(actor.kanwil_ids)


def _office_in_scope(actor: Actor) -> ColumnElement[bool]:
    """Of a row joined to its UPT and its Kanwil: either is the actor's; what has none is the nation's."""
    if actor.is_national:
        return true()
    if not (actor.upt_ids or actor.kanwil_ids):
        return false()
    return or_(in_scope(actor), and_(Upt.id.is_(None), _kanwil_in_scope(actor)))


def place_name(session: Session, upt_id: int | None, kanwil_id: int | None) -> str | None:
    """What an office is called; None for the nation."""
    if upt_id is not None:
        return session.scalars(select(Upt.name).where(Upt.id == upt_id)).one()
    return session.scalar(select(Kanwil.name).where(Kanwil.id == kanwil_id))
