"""Demo officers and sample addresses: added once, marked, and only where they belong."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.errors import PasswordTooShort
from accounts.models import AuditEntry, Membership, User
from accounts.rules import system_actor
from accounts.services.demo import DEMO_STAFF, add_demo_staff, fill_upt_emails
from accounts.services.passwords import Passwords
from tests.factories.inventory import make_kanwil, make_upt

ACTOR = system_actor("demo")
PASSWORD = "a password for officers"


def add(session: Session, at: datetime, password: str = PASSWORD) -> int:
    return add_demo_staff(session, password, passwords=Passwords.cheap(), actor=ACTOR, at=at)


class TestAddDemoStaff:
    def test_adds_each_officer_with_their_scope_once(self, session: Session, at: datetime) -> None:
        jabar = make_kanwil(session, "Kanwil Ditjenpas Jawa Barat", slug="jawa-barat")
        garut = make_upt(session, code="LPS-GARUT", kanwil=jabar)
        make_upt(session, code="LPS-CIAMIS", kanwil=jabar)
        assert add(session, at) == len(DEMO_STAFF)
        officer = session.scalars(select(User).where(User.email == "petugas.garut@lapak.example")).one()
        assert officer.is_sample
        assert Passwords.cheap().matches(officer.password_hash, PASSWORD)
        scope = select(Membership.role, Membership.upt_id).where(Membership.user_id == officer.id)
        assert tuple(session.execute(scope).one()) == ("upt_officer", garut.id)
        assert add(session, at, "another password altogether") == 0
        assert session.scalar(select(func.count()).select_from(Membership)) == len(DEMO_STAFF)
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 2 * len(DEMO_STAFF)

    def test_leaves_out_officers_of_places_the_shop_does_not_have(
        self, session: Session, at: datetime
    ) -> None:
        assert add(session, at) == 1
        assert session.scalars(select(User.email)).all() == ["direktorat@lapak.example"]

    def test_refuses_a_short_password(self, session: Session, at: datetime) -> None:
        with pytest.raises(PasswordTooShort):
            add(session, at, "short")
        assert session.scalar(select(func.count()).select_from(User)) == 0


class TestFillUptEmails:
    def test_fills_only_what_is_empty(self, session: Session) -> None:
        unknown = make_upt(session, slug="lapas-garut")
        known = make_upt(session, email="giatja@lapas.example")
        assert fill_upt_emails(session) == 1
        assert fill_upt_emails(session) == 0
        session.expire_all()
        assert (unknown.email, unknown.is_sample) == ("lapas-garut@upt.lapak.example", True)
        assert (known.email, known.is_sample) == ("giatja@lapas.example", False)
