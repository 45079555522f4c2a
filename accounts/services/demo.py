"""Filling in what a demo shop needs of people: staff who can sign in, and addresses mail to a UPT goes to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.demo_offices import demo_office
from accounts.models import Kanwil, Upt, User
from accounts.rules import Actor
from accounts.services.members import add_user, grant
from accounts.services.passwords import Passwords


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    """One sign-in; `scope` is a UPT code, a Kanwil slug, or None for the nation."""

    email: str
    name: str
    role: str
    scope: str | None


DEMO_STAFF = (
    DemoOfficer("petugas.garut@lapak.example", "Petugas Lapas Garut", "upt_officer", "LPS-GARUT"),
    DemoOfficer("petugas.ciamis@lapak.example", "Petugas Lapas Ciamis", "upt_officer", "LPS-CIAMIS"),
    DemoOfficer("kanwil.jabar@lapak.example", "Petugas Kanwil Jawa Barat", "kanwil_officer", "jawa-barat"),
    DemoOfficer("direktorat@lapak.example", "Petugas Ditjenpas", "directorate", None),
)


def add_demo_staff(
    session: Session, password: str, *, passwords: Passwords, actor: Actor, at: datetime
) -> int:
    """Let the demo officers sign in with `password`, those of them whose UPT or Kanwil there is.

    An officer who is there already keeps their password. Gives how many were added. Raises
    PasswordTooShort and PasswordTooLong.
    """
    known = set(session.scalars(select(User.email)))
    scopes = {*session.scalars(select(Upt.code)), *session.scalars(select(Kanwil.slug)), None}
    added = [officer for officer in DEMO_STAFF if officer.email not in known and officer.scope in scopes]
    for officer in added:
        add_user(
            session,
            officer.email,
            officer.name,
            password,
            passwords=passwords,
            actor=actor,
            at=at,
            is_sample=True,
        )
        grant(session, officer.email, officer.role, officer.scope, actor=actor, at=at)
    return len(added)


def fill_upt_offices(session: Session) -> int:
    """Tell of each UPT nothing is told of: an address, hours, a number that leads nowhere; gives how many."""
    silent = select(Upt.id, Upt.code, Upt.name, Upt.city).where(
        Upt.address.is_(None), Upt.about_id.is_(None), Upt.whatsapp.is_(None), Upt.pickup_hours.is_(None)
    )
    offices = [
        {"id": upt_id, "is_sample": True, **asdict(demo_office(code, name, city))}
        for upt_id, code, name, city in session.execute(silent)
    ]
    if offices:
        session.execute(update(Upt), offices)
    return len(offices)


def fill_upt_emails(session: Session) -> int:
    """Give each UPT without an e-mail address one that leads nowhere; gives how many."""
    filled = session.scalars(
        update(Upt)
        .where(Upt.email.is_(None))
        .values(email=Upt.slug + "@upt.lapak.example", is_sample=True)
        .returning(Upt.id)
    )
    return len(filled.all())
