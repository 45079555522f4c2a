"""Reads of a person's rows, wherever they lie, and of what keeps them from being forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from accounts.models import AccountLink, User
from orders.rules.limits import person
from privacy.errors import ExportNotFound
from privacy.models import DataExport
from privacy.registry import MY_ORDERS, PERSONAL
from privacy.rules import Personal

PARCEL_PATIENCE = timedelta(days=14)
"""A parcel on its way counts as arrived after so long, if nobody has said that it did."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose rows are meant: the user, and their address if they have shown that it is theirs."""

    user_id: int
    email: str | None

    @property
    def parameters(self) -> dict[str, Any]:
        """For the conditions of the registry."""
        folded = None if self.email is None else person(self.email, "").email
        return {"user_id": self.user_id, "email": self.email, "folded": folded}


@dataclass(frozen=True, slots=True)
class ExportView:
    """A person's newest copy; `is_ready` until its time is over."""

    key: UUID
    asked_at: datetime
    expires_at: datetime | None
    size: int | None
    is_ready: bool


def person_of(session: Session, user_id: int) -> Person:
    """The person with this account."""
    user = session.execute(select(User.email, User.verified_at).where(User.id == user_id)).one()
    return Person(user_id, user.email if user.verified_at else None)


def rows_of(session: Session, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Every row about a person in every table, without its secrets; tables with none are empty lists."""
    return {each.table: _rows(session, each, person) for each in PERSONAL if each.told}


def files_of(session: Session, person: Person) -> list[str]:
    """The keys of the files a person sent in."""
    keys: list[str] = []
    for each in PERSONAL:
        for column in each.files.split():
            query = text(f"SELECT {column} FROM {each.table} WHERE ({each.mine}) AND {column} IS NOT NULL")  # noqa: S608 -- our own words
            keys += [key for (key,) in session.execute(query, person.parameters) if key]
    return keys


def did_staff_work(session: Session, person: Person) -> bool:
    """Whether the person is, or was, an officer whose work is on the books.

    What they did without any role, as the buyer of an order, is in the audit log too and is no such work.
    """
    work = (row for each in PERSONAL if each.by_staff for row in _rows(session, each, person))
    return any(row.get("actor_roles") != [] for row in work)


def open_matters(session: Session, person: Person, *, at: datetime) -> list[str]:
    """The numbers of the person's orders and bookings that still run."""
    values = {**person.parameters, "parcels_before": at - PARCEL_PATIENCE, "today": at.date()}
    return [number for (number,) in session.execute(_OPEN, values)]


_OPEN = text(
    f"""
    SELECT o.number FROM orders o
    WHERE {MY_ORDERS} AND (
        o.state = 'awaiting_payment'
        OR EXISTS (SELECT FROM fulfilments f WHERE f.order_id = o.id AND o.state = 'paid' AND (
            f.state IN ('new', 'accepted', 'packed', 'ready')
            OR f.state = 'shipped' AND f.shipped_at > :parcels_before))
        OR EXISTS (SELECT FROM problems m JOIN fulfilments f ON f.id = m.fulfilment_id
            WHERE f.order_id = o.id AND m.state = 'open')
        OR EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id AND r.state <> 'succeeded')
        OR EXISTS (SELECT FROM payments p WHERE p.order_id = o.id
            AND p.state IN ('starting', 'open', 'pending', 'quarantined')))
    UNION ALL
    SELECT e.number FROM enquiries e JOIN bookings b ON b.enquiry_id = e.id
    WHERE lower(e.email) = :email AND b.state = 'confirmed' AND b.day >= :today
    ORDER BY 1
    """  # noqa: S608 -- our own words
)


def may_be_taken_back(session: Session, user_id: int, *, at: datetime) -> bool:
    """Whether an address the account was moved from has a link that takes it back."""
    is_open = AccountLink.used_at.is_(None) & (AccountLink.expires_at > at)
    taking = exists().where(AccountLink.user_id == user_id, AccountLink.purpose == "take_back", is_open)
    return bool(session.scalar(select(taking)))


def newest_export(session: Session, user_id: int, *, at: datetime) -> ExportView | None:
    """The person's newest copy, asked for or ready; None when there is none or its time is over."""
    found = session.scalar(
        select(DataExport).where(DataExport.user_id == user_id).order_by(DataExport.id.desc()).limit(1)
    )
    if found is None or (found.expires_at is not None and found.expires_at <= at):
        return None
    return ExportView(
        found.key, found.asked_at, found.expires_at, found.size, is_ready=found.ready_at is not None
    )


def ready_export(session: Session, user_id: int, key: UUID, *, at: datetime) -> DataExport:
    """The person's own copy of this key, while it can be fetched. Raises ExportNotFound."""
    found = session.scalar(
        select(DataExport).where(
            DataExport.key == key, DataExport.user_id == user_id, DataExport.expires_at > at
        )
    )
    if found is None:
        raise ExportNotFound
    return found


def _rows(session: Session, each: Personal, person: Person) -> list[dict[str, Any]]:
    told = [
        f"CASE WHEN {each.others[name]} THEN {name} END AS {name}" if name in each.others else name
        for name in each.told
    ]
    columns = ", ".join(told or ("1 AS row",))
    query = text(f"SELECT {columns} FROM {each.table} WHERE {each.mine} ORDER BY 1")  # noqa: S608 -- our own words
    found: Sequence[Any] = session.execute(query, person.parameters).mappings().all()
    return [dict(row) for row in found]
