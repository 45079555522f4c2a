"""The address book: adding, changing and deleting one's own addresses, and which is offered first."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.errors import AddressBookFull, AddressNotFound, AddressTwice, VillageUnknown
from accounts.models import Address, User
from accounts.regions import Village, find_postcode
from accounts.rules import MOST_ADDRESSES, Actor


@dataclass(frozen=True, slots=True)
class Place:
    """What a person writes of an address; the village is its code, one of the postcode's."""

    label: str
    recipient: str
    phone: str
    street: str
    village_code: str
    postcode: str


def add_address(session: Session, place: Place, *, actor: Actor, at: datetime) -> UUID:
    """Put a place into the actor's own book; gives its key. The first one becomes the default.

    A place that is in it already stays, with the new label if one is given. Raises VillageUnknown and
    AddressBookFull.
    """
    user_id = _lock_book(session, actor)
    values = _values(place)
    others = session.scalar(select(func.count()).where(Address.user_id == user_id)) or 0
    same = _same(session, user_id, values)
    if same is not None:
        if place.label:
            session.execute(
                update(Address).where(Address.key == same).values(label=place.label, changed_at=at)
            )
        return same
    if others >= MOST_ADDRESSES:
        raise AddressBookFull(most=MOST_ADDRESSES)
    key = uuid4()
    session.execute(
        insert(Address).values(**values, key=key, user_id=user_id, is_default=not others, changed_at=at)
    )
    return key


def change_address(session: Session, key: UUID, place: Place, *, actor: Actor, at: datetime) -> None:
    """Write an own address anew. Raises AddressNotFound, VillageUnknown, and AddressTwice."""
    user_id = _lock_book(session, actor)
    values = _values(place)
    if _same(session, user_id, values) not in (None, key):
        raise AddressTwice
    changed = update(Address).where(Address.key == key, Address.user_id == user_id)
    if session.execute(changed.values(**values, changed_at=at).returning(Address.id)).one_or_none() is None:
        raise AddressNotFound


def delete_address(session: Session, key: UUID, *, actor: Actor) -> None:
    """Take an own address out of the book; of the others the newest takes a default's place.

    Raises AddressNotFound.
    """
    user_id = _lock_book(session, actor)
    gone = delete(Address).where(Address.key == key, Address.user_id == user_id)
    was_default = session.scalars(gone.returning(Address.is_default)).one_or_none()
    if was_default is None:
        raise AddressNotFound
    if was_default:
        newest = (
            select(Address.id)
            .where(Address.user_id == user_id)
            .order_by(Address.changed_at.desc(), Address.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        session.execute(update(Address).where(Address.id == newest).values(is_default=True))


def make_default(session: Session, key: UUID, *, actor: Actor) -> None:
    """Have an own address offered first from now on. Raises AddressNotFound."""
    user_id = _lock_book(session, actor)
    own = session.scalar(select(Address.id).where(Address.key == key, Address.user_id == user_id))
    if own is None:
        raise AddressNotFound
    # one after the other: the index does not wait for the end of a statement
    session.execute(update(Address).where(Address.user_id == user_id).values(is_default=False))
    session.execute(update(Address).where(Address.id == own).values(is_default=True))


def _lock_book(session: Session, actor: Actor) -> int:
    """Whose book it is; two changes of one book wait for each other here."""
    query = select(User.id).where(User.id == actor.user_id).with_for_update(key_share=True)
    return session.scalars(query).one()


def _values(place: Place) -> dict[str, str]:
    village = _village(place)
    return {
        **asdict(place),
        "village": village.name,
        "district": village.district,
        "regency": village.regency,
        "province": village.province,
    }


def _village(place: Place) -> Village:
    for village in find_postcode(place.postcode):
        if village.code == place.village_code:
            return village
    raise VillageUnknown(postcode=place.postcode)


def _same(session: Session, user_id: int, values: dict[str, str]) -> UUID | None:
    """The key of the book's address that says the same."""
    own = select(Address.key).where(Address.user_id == user_id)
    names = ("village_code", "postcode", "street", "recipient", "phone")
    return session.scalar(own.where(*(getattr(Address, name) == values[name] for name in names)))
