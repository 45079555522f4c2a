"""Forgetting a person: what nothing asks for is deleted, the books lose the name, the law keeps its part."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.notices import CHOSEN_KINDS, NEWS
from accounts.services.consents import Evidence, choose
from inventory.rules import CATALOGUE
from kernel.db import mark_changed
from kernel.files import FilesToForget
from kernel.outbox import publish
from privacy.errors import MattersOpen, StaffAccount, TakeBackOpen
from privacy.events import AccountErased
from privacy.models import DataExport, Erasure
from privacy.queries import Person, did_staff_work, files_of, may_be_taken_back, open_matters, person_of
from privacy.registry import MY_ORDERS, PERSONAL
from privacy.rules import Personal
from privacy.services.exporting import file_key

_logger = logging.getLogger(__name__)

# Pasal 28 (11) UU KUP: books and what they rest on are kept for ten years.
_HOLD_INVOICES = text(
    f"""
    INSERT INTO legal_holds (kind, reference, data, held_at, keep_until)
    SELECT 'invoice', i.number, i.buyer, :at, (i.issued_on + interval '10 years')::date
    FROM invoices i JOIN fulfilments f ON f.id = i.fulfilment_id JOIN orders o ON o.id = f.order_id
    WHERE {MY_ORDERS}
    """  # noqa: S608 -- our own words
)
# An order paid before there were invoices is a document of the books itself.
_HOLD_ORDERS = text(
    f"""
    INSERT INTO legal_holds (kind, reference, data, held_at, keep_until)
    SELECT 'order', o.number,
           jsonb_build_object('name', o.name, 'address', jsonb_build_array(o.street, o.village, o.district,
                              o.regency, o.province, o.postcode)),
           :at, (o.paid_at + interval '10 years')::date
    FROM orders o
    WHERE {MY_ORDERS} AND o.state = 'paid'
    AND NOT EXISTS (SELECT FROM invoices i JOIN fulfilments f ON f.id = i.fulfilment_id
                    WHERE f.order_id = o.id)
    """  # noqa: S608 -- our own words
)


_HOLD_STILL = text(f"SELECT o.id FROM orders o WHERE {MY_ORDERS} ORDER BY o.id FOR UPDATE")  # noqa: S608 -- our own words


def erase(session: Session, user_id: int, evidence: Evidence, *, locale: str, at: datetime) -> None:
    """Forget the person with this account; `locale` is the language of the mail that confirms it.

    Every session of theirs ends. Raises MattersOpen while an order, refund or booking runs, TakeBackOpen
    while an address that was left can take the account back, StaffAccount for who works or worked here.
    """
    # an order that is being placed holds a key-share lock on this row: it is waited for, then counted
    user = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
    email = user.email
    person = person_of(session, user_id)
    if did_staff_work(session, person):
        raise StaffAccount
    still_open = open_matters(session, person, at=at)
    if still_open:
        raise MattersOpen(what=", ".join(still_open))
    if may_be_taken_back(session, user_id, at=at):
        raise TakeBackOpen
    # what is being written on an order holds it: it is waited for, then it goes with the rest
    session.execute(_HOLD_STILL, person.parameters)
    choose(session, user_id, dict.fromkeys((*CHOSEN_KINDS, NEWS), False), evidence, at=at)
    for hold in (_HOLD_INVOICES, _HOLD_ORDERS):
        session.execute(hold, {**person.parameters, "at": at})
    exports = session.scalars(select(DataExport.key).where(DataExport.user_id == user_id)).all()
    keys = [*files_of(session, person), *map(file_key, exports)]
    session.flush()
    for each in PERSONAL:
        _forget(session, each, person)
    session.expire_all()
    mark_changed(session, CATALOGUE)  # kept product pages may show words of theirs
    erasure = Erasure(at=at, email=email, locale=locale)
    session.add(erasure)
    session.flush()
    publish(session, AccountErased(erasure.id))
    if keys:
        publish(session, FilesToForget(keys))
    _logger.info("account erased", extra={"fields": {"user_id": user_id}})


def forget_held(session: Session, *, at: datetime) -> int:
    """Delete what the law no longer asks for; gives how much."""
    gone = session.execute(text("DELETE FROM legal_holds WHERE keep_until < :today"), {"today": at.date()})
    return gone.rowcount  # type: ignore[attr-defined, no-any-return]


def _forget(session: Session, each: Personal, person: Person) -> None:
    rows = f"({each.mine}) OR ({each.also})" if each.also else each.mine
    match "delete" if each.files else each.when_erased:  # a row that names a file goes with it
        case "delete":
            statement = f"DELETE FROM {each.table} WHERE {rows}"  # noqa: S608 -- our own words
        case "anonymise":
            changes = ", ".join(
                f"{name} = {value}" for name, value in {**each.personal, **each.secrets}.items()
            )
            statement = f"UPDATE {each.table} SET {changes} WHERE {rows}"  # noqa: S608 -- our own words
        case "keep":
            return
    session.execute(text(statement), person.parameters)
