"""Users and roles: what each use-case changes, refuses, and leaves in the audit log."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.errors import (
    EmailTaken,
    LinkGone,
    ScopeDoesNotFitRole,
    ScopeNotFound,
    UserNotFound,
    WrongCredentials,
)
from accounts.models import AccountLink, AuditEntry, User
from accounts.queries import actor_of, session_of_key
from accounts.rules import Actor, system_actor
from accounts.services.links import ask_link, find_link, mint
from accounts.services.members import add_user, grant, revoke, set_active, set_password
from accounts.services.passwords import Passwords
from accounts.services.recovering import ask_reset
from accounts.services.sessions import hash_key, open_session
from accounts.services.signing_in import check_credentials
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.inventory import make_upt

ACTOR = system_actor("test")
PASSWORDS = Passwords.cheap()


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def actor(session: Session, user: User) -> Actor:
    return actor_of(session, user.id, user.name)


class TestAddUser:
    def test_can_sign_in_under_any_spelling_of_the_address(self, session: Session, at: datetime) -> None:
        user_id = add_user(
            session, " Sari@Example.ID ", "Sari", PASSWORD, passwords=PASSWORDS, actor=ACTOR, at=at
        )
        user = check_credentials(session, "sari@example.id ", PASSWORD, passwords=PASSWORDS)
        assert user.id == user_id
        assert not actor(session, user).is_staff
        assert actions(session) == ["user.add"]

    def test_refuses_an_address_twice(self, session: Session, at: datetime) -> None:
        make_user(session, email="sari@example.id")
        with pytest.raises(EmailTaken):
            add_user(session, "SARI@example.id", "S", PASSWORD, passwords=PASSWORDS, actor=ACTOR, at=at)
        assert actions(session) == []


class TestGrant:
    def test_each_role_reaches_its_scope(self, session: Session, at: datetime) -> None:
        upt = make_upt(session)
        user = make_user(session)
        assert grant(session, user.email, "upt_officer", upt.code, actor=ACTOR, at=at)
        assert grant(session, user.email, "kanwil_officer", upt.kanwil.slug, actor=ACTOR, at=at)
        found = actor(session, user)
        assert (found.upt_ids, found.kanwil_ids) == (frozenset({upt.id}), frozenset({upt.kanwil_id}))
        assert not found.is_national
        assert grant(session, user.email, "directorate", None, actor=ACTOR, at=at)
        assert actor(session, user).is_national

    def test_twice_is_once(self, session: Session, at: datetime) -> None:
        upt = make_upt(session)
        user = make_user(session)
        assert grant(session, user.email, "upt_officer", upt.code, actor=ACTOR, at=at)
        assert not grant(session, user.email, "upt_officer", upt.code, actor=ACTOR, at=at)
        assert actions(session) == ["membership.grant"]

    def test_refuses_what_makes_no_sense(self, session: Session, at: datetime) -> None:
        user = make_user(session)
        with pytest.raises(ScopeNotFound):
            grant(session, user.email, "upt_officer", "no such", actor=ACTOR, at=at)
        with pytest.raises(ScopeDoesNotFitRole):
            grant(session, user.email, "upt_officer", None, actor=ACTOR, at=at)
        with pytest.raises(ScopeDoesNotFitRole):
            grant(session, user.email, "directorate", "jawa-barat", actor=ACTOR, at=at)
        with pytest.raises(UserNotFound):
            grant(session, "nobody@example.id", "directorate", None, actor=ACTOR, at=at)
        assert actions(session) == []


class TestRevoke:
    def test_takes_only_the_named_role(self, session: Session, at: datetime) -> None:
        one, other = make_upt(session), make_upt(session)
        user = make_user(session)
        for upt in (one, other):
            grant(session, user.email, "upt_officer", upt.code, actor=ACTOR, at=at)
        assert revoke(session, user.email, "upt_officer", one.code, actor=ACTOR, at=at)
        assert not revoke(session, user.email, "upt_officer", one.code, actor=ACTOR, at=at)
        assert actor(session, user).upt_ids == {other.id}
        assert actions(session)[-1] == "membership.revoke"


class TestEndOfSessions:
    def test_a_new_password_ends_every_session(self, session: Session, at: datetime) -> None:
        user = make_user(session)
        key = open_session(session, user.id, device="", at=at)
        set_password(session, user.email, "another password", passwords=PASSWORDS, actor=ACTOR, at=at)
        assert session_of_key(session, hash_key(key), at=at) is None
        with pytest.raises(WrongCredentials):
            check_credentials(session, user.email, PASSWORD, passwords=PASSWORDS)
        assert check_credentials(session, user.email, "another password", passwords=PASSWORDS).id == user.id

    def test_a_new_password_closes_every_link_of_before(self, session: Session, at: datetime) -> None:
        user = make_user(session)
        ask_link(session, "change_email", email="asing@example.id", user_id=user.id, locale="id", at=at)
        ask_reset(session, user.email, locale="id", at=at)
        tokens = [mint(session, link, at=at) for link in session.scalars(select(AccountLink)).all()]
        set_password(session, user.email, "another password", passwords=PASSWORDS, actor=ACTOR, at=at)
        for purpose, token in zip(("change_email", "reset"), tokens, strict=True):
            with pytest.raises(LinkGone):
                find_link(session, purpose, token, at=at)

    def test_a_disabled_user_is_out_and_stays_out(self, session: Session, at: datetime) -> None:
        user = make_user(session)
        key = open_session(session, user.id, device="", at=at)
        assert set_active(session, user.email, is_active=False, actor=ACTOR, at=at)
        assert not set_active(session, user.email, is_active=False, actor=ACTOR, at=at)
        assert session_of_key(session, hash_key(key), at=at) is None
        with pytest.raises(WrongCredentials):
            check_credentials(session, user.email, PASSWORD, passwords=PASSWORDS)
        assert actions(session) == ["user.disable"]


class TestCheckCredentials:
    def test_makes_an_outdated_hash_anew(self, session: Session) -> None:
        user = make_user(session)
        stored = user.password_hash
        stronger = Passwords(memory_kib=16, rounds=1)
        check_credentials(session, user.email, PASSWORD, passwords=stronger)
        assert user.password_hash != stored
        assert stronger.matches(user.password_hash, PASSWORD)
