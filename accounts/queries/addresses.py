"""The address book of a person."""

from __future__ import annotations

from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.errors import AddressNotFound
from accounts.models import Address


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


_ADDRESSES = select(*(getattr(Address, field.name) for field in fields(AddressRow)))
