"""Who works in an office: invited by mail, given another role, sent off, shut out; by those above them only.

Each use-case locks the users it is about together with whoever asks, and looks then what that one may do: of
two who shut each other out, one comes first and the other no longer may.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.errors import (
    AccountShutOut,
    HandoverTooLong,
    LetInFirst,
    LinkGone,
    OwnRole,
    RoleHeld,
    RoleNotYours,
    ScopeDoesNotFitRole,
    WrongCredentials,
)
from accounts.models import AccountLink, Handover, Membership, Upt, User
from accounts.queries import actor_of
from accounts.queries.officers import (
    Office,
    OfficerRow,
    handover_for,
    invitation_for,
    office_for,
    officer_for,
    other_roles,
)
from accounts.rules import LONGEST_HANDOVER, ROLE_SCOPES, SHUT_OUT_BY, Actor
from accounts.services import audit
from accounts.services.links import ask_link, find_link
from accounts.services.members import grant
from accounts.services.passwords import Passwords
from accounts.services.registering import check_name
from accounts.services.sessions import close_sessions
from accounts.services.signing_in import normal_email


def invite(
    session: Session, email: str, role: str, office_word: str, *, locale: str, actor: Actor, at: datetime
) -> None:
    """Have a link mailed by which its reader takes up a role in an office; an earlier one for it is closed.

    Nobody invites themselves. Raises OwnRole, OfficeNotYours, RoleNotYours, ScopeDoesNotFitRole, RoleHeld,
    AccountShutOut.
    """
    actor = _as_of_now(session, actor)
    office, address = office_for(session, actor, office_word), normal_email(email)
    known = session.scalar(select(User).where(User.email == address))
    if known is not None and known.id == actor.user_id:
        raise OwnRole
    if not actor.may_grant(role, office.upt_id, _region_of(session, office.upt_id, office.kanwil_id)):
        raise RoleNotYours
    if ROLE_SCOPES[role] != office.kind:
        raise ScopeDoesNotFitRole(role=role, scope=ROLE_SCOPES[role])
    _refuse_held(session, address, role, office)
    if known is not None and not known.is_active:
        raise AccountShutOut
    place = {"role": role, "upt_id": office.upt_id, "kanwil_id": office.kanwil_id}
    _close_invitations(session, address, place, at=at)
    key, user_id = str(uuid4()), known.id if known is not None else None
    details = {**place, "key": key, "office": office.word, "by": actor.user_id}
    ask_link(session, "invite", email=address, user_id=user_id, locale=locale, details=details, at=at)
    # the log is kept for years, the address of who never accepts is not: only the link knows it
    after = {"role": role, "office": office.word}
    audit.record(
        session, actor, "invitation.send", "invitation", key, at=at, upt_id=office.upt_id, after=after
    )


def withdraw(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Close an invitation before it is taken up. Raises InvitationNotFound, RoleNotYours."""
    actor = _as_of_now(session, actor)
    link = invitation_for(session, actor, key, at=at)
    role, office, upt_id, kanwil_id = (
        link.details[name] for name in ("role", "office", "upt_id", "kanwil_id")
    )
    if not actor.may_grant(role, upt_id, _region_of(session, upt_id, kanwil_id)):
        raise RoleNotYours
    link.used_at, link.details = at, {}
    session.flush()
    before = {"role": role, "office": office}
    audit.record(
        session, actor, "invitation.withdraw", "invitation", str(key), at=at, upt_id=upt_id, before=before
    )


def find_invitation(session: Session, token: str, *, at: datetime) -> tuple[AccountLink, User | None]:
    """The invitation this secret opens, and who has its address already.

    Raises LinkGone, also when whoever invited may no longer give the role, or the account is shut out.
    """
    link = find_link(session, "invite", token, at=at)
    user = session.scalar(select(User).where(User.email == link.email))
    _inviter(session, link)
    if user is not None and not user.is_active:
        raise LinkGone
    return link, user


def accept(
    session: Session, token: str, password: str, *, name: str, passwords: Passwords, at: datetime
) -> None:
    """Take up the role of an invitation: with the password of the account there is, or one that is made now.

    Whoever was signed in to the account signs in anew. Raises LinkGone, WrongCredentials, NameInvalid,
    PasswordTooShort, PasswordTooLong, PasswordGuessable.
    """
    link = find_link(session, "invite", token, at=at, lock=True)
    inviter = _inviter(session, link)
    user = session.scalar(select(User).where(User.email == link.email).with_for_update())
    if user is None:
        shown = check_name(name)
        hashed = passwords.choose(password, about=(link.email, shown))
        user = User(
            email=link.email,
            name=shown,
            password_hash=hashed,
            locale=link.locale,
            created_at=at,
            verified_at=at,
        )
        session.add(user)
        session.flush()
    elif not user.is_active:
        raise LinkGone
    elif not passwords.matches(user.password_hash, password):
        raise WrongCredentials
    role, office = link.details["role"], link.details["office"]
    user.verified_at, link.used_at, link.details = at, at, {}
    session.flush()
    grant(session, user.email, role, office.partition(":")[2] or None, actor=inviter, at=at)


def change_role(session: Session, key: UUID, role: str, *, actor: Actor, at: datetime) -> bool:
    """Give a person another role in the same office, for which they sign in anew; says whether it is another.

    Raises MembershipNotFound, OwnRole, RoleNotYours, ScopeDoesNotFitRole, RoleHeld.
    """
    actor, officer = _managed(session, key, actor)
    if role == officer.role:
        return False
    if not actor.may_grant(role, officer.upt_id, officer.region_id):
        raise RoleNotYours
    if ROLE_SCOPES[role] != ROLE_SCOPES[officer.role]:
        raise ScopeDoesNotFitRole(role=role, scope=ROLE_SCOPES[role])
    held = select(Membership.id).where(
        Membership.user_id == officer.user_id,
        Membership.role == role,
        Membership.upt_id.is_not_distinct_from(officer.upt_id),
        Membership.kanwil_id.is_not_distinct_from(officer.kanwil_id),
    )
    if session.scalar(held) is not None:
        raise RoleHeld
    session.execute(update(Membership).where(Membership.key == key).values(role=role))
    close_sessions(session, officer.user_id)
    _note(session, actor, "membership.change", officer, {"role": officer.role}, {"role": role}, at=at)
    return True


def take_role(session: Session, key: UUID, note: str, *, actor: Actor, at: datetime) -> None:
    """Take a person's role away, at once; what they leave to the others stands on the office's page.

    Nothing in the shop is given to one person, so parcels, problems and questions stay where all see them;
    the note is for what only its writer knows. Who is shut out keeps their last role until they are let in
    again: without any, nobody could do that. Raises MembershipNotFound, OwnRole, RoleNotYours,
    HandoverTooLong, LetInFirst.
    """
    actor, officer = _managed(session, key, actor)
    note = note.strip()
    if len(note) > LONGEST_HANDOVER:
        raise HandoverTooLong(most=LONGEST_HANDOVER)
    if not officer.is_active and not other_roles(session, officer):
        raise LetInFirst
    if note:
        session.add(
            Handover(
                upt_id=officer.upt_id,
                kanwil_id=officer.kanwil_id,
                about=officer.name,
                body=note,
                written_by=actor.label,
                at=at,
            )
        )
    session.delete(session.scalars(select(Membership).where(Membership.key == key)).one())
    session.flush()
    close_sessions(session, officer.user_id)
    after = {"left_a_note": bool(note)}
    _note(session, actor, "membership.revoke", officer, {"role": officer.role}, after, at=at)


def admit(session: Session, key: UUID, *, is_active: bool, actor: Actor, at: datetime) -> bool:
    """Shut a person out everywhere at once, or let them in again; says whether anything changed.

    Only for whom every role of theirs is the actor's to take; who was shut out from above is let in by who
    stands as high. Raises MembershipNotFound, OwnRole, RoleNotYours.
    """
    actor, officer = _managed(session, key, actor)
    for each in session.scalars(select(Membership).where(Membership.user_id == officer.user_id)):
        if not actor.may_grant(each.role, each.upt_id, _region_of(session, each.upt_id, each.kanwil_id)):
            raise RoleNotYours
    if is_active and not may_let_in(actor, officer):
        raise RoleNotYours
    user = session.get_one(User, officer.user_id, populate_existing=True)
    if user.is_active == is_active:
        return False
    user.is_active = is_active
    user.shut_out_by = None if is_active else _rank(actor, officer)
    session.flush()
    close_sessions(session, user.id)
    action = "user.enable" if is_active else "user.disable"
    _note(session, actor, action, officer, {"is_active": not is_active}, {"is_active": is_active}, at=at)
    return True


def may_let_in(actor: Actor, officer: OfficerRow) -> bool:
    """Whether the actor stands as high as who shut this person out."""
    if officer.shut_out_by is None:
        return True
    rank = _rank(actor, officer)
    return rank is not None and SHUT_OUT_BY.index(rank) >= SHUT_OUT_BY.index(officer.shut_out_by)


def finish_handover(session: Session, key: UUID, *, actor: Actor, at: datetime) -> None:
    """Note that somebody has seen to what was left. Raises HandoverNotFound."""
    note = handover_for(session, actor, key)
    note.done_at, note.done_by = at, actor.label
    session.flush()
    audit.record(
        session,
        actor,
        f"{note.kind}.finish",
        "user" if note.about else "upt",
        note.about or str(note.key),
        at=at,
        upt_id=note.upt_id,
        before={"done": False},
        after={"done": True},
    )


def _managed(session: Session, key: UUID, actor: Actor) -> tuple[Actor, OfficerRow]:
    """The actor as they are now, and the officer of this key, if their role is the actor's to change."""
    officer = officer_for(session, actor, key)
    if officer.user_id == actor.user_id:
        raise OwnRole
    actor = _as_of_now(session, actor, officer.user_id)
    officer = officer_for(session, actor, key)
    if not officer.is_below(actor):
        raise RoleNotYours
    return actor, officer


def _rank(actor: Actor, officer: OfficerRow) -> str | None:
    """The highest of the actor's roles that reach a person's office; None without any."""
    reaching = actor.roles_over(officer.upt_id, officer.region_id) & ROLE_SCOPES.keys()
    return max(reaching, key=SHUT_OUT_BY.index, default=None)


def _as_of_now(session: Session, actor: Actor, *others: int) -> Actor:
    """The actor with the roles they have once they and the others are locked, in the order of their ids."""
    if actor.user_id is None:
        raise RoleNotYours
    wanted = sorted({actor.user_id, *others})
    people = select(User.id, User.is_active).where(User.id.in_(wanted)).order_by(User.id).with_for_update()
    if (actor.user_id, True) not in {(user_id, is_active) for user_id, is_active in session.execute(people)}:
        raise RoleNotYours
    return actor_of(session, actor.user_id, actor.label)


def _inviter(session: Session, link: AccountLink) -> Actor:
    """Who sent an invitation, if the role is still theirs to give. Raises LinkGone."""
    user = session.get(User, link.details["by"])
    if user is None or not user.is_active:
        raise LinkGone
    actor = actor_of(session, user.id, user.name)
    role, upt_id, kanwil_id = (link.details[name] for name in ("role", "upt_id", "kanwil_id"))
    if not actor.may_grant(role, upt_id, _region_of(session, upt_id, kanwil_id)):
        raise LinkGone
    return actor


def _region_of(session: Session, upt_id: int | None, kanwil_id: int | None) -> int | None:
    """The Kanwil that an office is, or lies in; None for the nation."""
    if upt_id is None:
        return kanwil_id
    return session.scalars(select(Upt.kanwil_id).where(Upt.id == upt_id)).one()


def _refuse_held(session: Session, email: str, role: str, office: Office) -> None:
    held = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            User.email == email,
            Membership.role == role,
            Membership.upt_id.is_not_distinct_from(office.upt_id),
            Membership.kanwil_id.is_not_distinct_from(office.kanwil_id),
        )
    )
    if session.scalar(held) is not None:
        raise RoleHeld


def _close_invitations(
    session: Session, email: str, place: dict[str, str | int | None], *, at: datetime
) -> None:
    same = (AccountLink.purpose == "invite", AccountLink.email == email, AccountLink.used_at.is_(None))
    session.execute(
        update(AccountLink).where(*same, AccountLink.details.contains(place)).values(used_at=at, details={})
    )


def _note(
    session: Session,
    actor: Actor,
    action: str,
    officer: OfficerRow,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    audit.record(
        session,
        actor,
        action,
        "user",
        officer.email,
        at=at,
        upt_id=officer.upt_id,
        before=before,
        after=after,
    )
