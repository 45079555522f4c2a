"""Users and their memberships: who may work where. Every change is audited and takes effect at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.errors import EmailTaken, ScopeDoesNotFitRole, ScopeNotFound, UserNotFound
from accounts.events import AccountChanged
from accounts.models import Kanwil, Membership, SecondFactor, Upt, User
from accounts.rules import ROLE_SCOPES, Actor
from accounts.services import audit
from accounts.services.links import void_links
from accounts.services.passwords import Passwords
from accounts.services.sessions import close_sessions
from accounts.services.signing_in import normal_email
from kernel.outbox import publish


def add_user(
    session: Session,
    email: str,
    name: str,
    password: str,
    *,
    passwords: Passwords,
    actor: Actor,
    at: datetime,
    is_sample: bool = False,
) -> int:
    """Create a user who can sign in, without any role yet; gives their id.

    Raises EmailTaken, PasswordTooShort, PasswordTooLong, PasswordGuessable.
    """
    user_id: int | None = session.scalar(
        insert(User)
        .values(
            email=normal_email(email),
            name=name.strip(),
            password_hash=passwords.choose(password, about=(email, name)),
            is_sample=is_sample,
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(User.id)
    )
    if user_id is None:
        raise EmailTaken(email=normal_email(email))
    audit.record(session, actor, "user.add", "user", normal_email(email), at=at)
    return user_id


def grant(session: Session, email: str, role: str, scope: str | None, *, actor: Actor, at: datetime) -> bool:
    """Give a user a role at a UPT (its code) or Kanwil (its slug), or in the nation (None).

    Whoever may do more signs in anew: an officer's session is shorter than a customer's. Says whether
    anything changed. Raises UserNotFound, ScopeNotFound, ScopeDoesNotFitRole.
    """
    user = _find(session, email)
    upt_id, kanwil_id = _scope_ids(session, role, scope)
    added = session.scalar(
        insert(Membership)
        .values(user_id=user.id, role=role, upt_id=upt_id, kanwil_id=kanwil_id)
        .on_conflict_do_nothing()
        .returning(Membership.id)
    )
    if added is None:
        return False
    close_sessions(session, user.id)
    after = {"role": role, "scope": scope}
    audit.record(session, actor, "membership.grant", "user", user.email, at=at, upt_id=upt_id, after=after)
    return True


def revoke(session: Session, email: str, role: str, scope: str | None, *, actor: Actor, at: datetime) -> bool:
    """Take a role away again; says whether the user had it. Raises as `grant` does."""
    user = _find(session, email)
    upt_id, kanwil_id = _scope_ids(session, role, scope)
    removed = session.scalar(
        delete(Membership)
        .where(
            Membership.user_id == user.id,
            Membership.role == role,
            Membership.upt_id.is_not_distinct_from(upt_id),
            Membership.kanwil_id.is_not_distinct_from(kanwil_id),
        )
        .returning(Membership.id)
    )
    if removed is None:
        return False
    before = {"role": role, "scope": scope}
    audit.record(session, actor, "membership.revoke", "user", user.email, at=at, upt_id=upt_id, before=before)
    return True


def set_password(
    session: Session, email: str, password: str, *, passwords: Passwords, actor: Actor, at: datetime
) -> None:
    """Give a user a new password, close their links and end their sessions.

    Raises UserNotFound and what `Passwords.choose` raises.
    """
    user = _find(session, email)
    user.password_hash = passwords.choose(password, about=(user.email, user.name))
    session.flush()
    void_links(session, user.id, at=at)
    close_sessions(session, user.id)
    audit.record(session, actor, "user.set_password", "user", user.email, at=at)


def forget_second_factor(session: Session, email: str, *, actor: Actor, at: datetime) -> bool:
    """Take away a second factor whose device and recovery codes are lost; the sessions end with it.

    The user sets up another one: officers before any staff page opens. Says whether there was one. Raises
    UserNotFound.
    """
    user = _find(session, email)
    mine = delete(SecondFactor).where(SecondFactor.user_id == user.id).returning(SecondFactor.user_id)
    if session.scalar(mine) is None:
        return False
    close_sessions(session, user.id)
    publish(session, AccountChanged(user_id=user.id, what="second_factor_off"))
    audit.record(session, actor, "user.forget_second_factor", "user", user.email, at=at)
    return True


def set_active(session: Session, email: str, is_active: bool, *, actor: Actor, at: datetime) -> bool:
    """Let a user in or shut them out, which ends their sessions; says whether anything changed.

    Whom the operator shuts out nobody lets in from the pages. Raises UserNotFound.
    """
    user = _find(session, email)
    if user.is_active == is_active:
        return False
    user.is_active = is_active
    user.shut_out_by = None if is_active else "operator"
    session.flush()
    close_sessions(session, user.id)
    action = "user.enable" if is_active else "user.disable"
    audit.record(session, actor, action, "user", user.email, at=at)
    return True


def _find(session: Session, email: str) -> User:
    user = session.scalar(select(User).where(User.email == normal_email(email)).with_for_update())
    if user is None:
        raise UserNotFound(email=normal_email(email))
    return user


def _scope_ids(session: Session, role: str, scope: str | None) -> tuple[int | None, int | None]:
    """The ids of the UPT and of the Kanwil that a role's scope names; one of them or neither."""
    kind = ROLE_SCOPES[role]
    if (scope is None) != (kind == "nation"):
        raise ScopeDoesNotFitRole(role=role, scope=kind)
    if scope is None:
        return None, None
    column = Upt.id if kind == "upt" else Kanwil.id
    named = Upt.code == scope if kind == "upt" else Kanwil.slug == scope
    found = session.scalar(select(column).where(named))
    if found is None:
        raise ScopeNotFound(scope=scope)
    return (found, None) if kind == "upt" else (None, found)
