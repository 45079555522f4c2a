"""The address book: one's own places and nobody else's, one default, each place once, so many and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from accounts.errors import AddressBookFull, AddressNotFound, AddressTwice, VillageUnknown
from accounts.models import User
from accounts.queries import address_of, addresses_of
from accounts.rules import MOST_ADDRESSES, Actor
from accounts.services.addresses import Place, add_address, change_address, delete_address, make_default
from tests.factories.accounts import make_user

HOME = Place("Rumah", "Sari", "081234567890", "Jalan Asia Afrika 8", "32.73.19.1001", "40111")


@pytest.fixture
def sari(session: Session) -> User:
    return make_user(session, "Sari")


def actor(user: User) -> Actor:
    return Actor(user.name, user_id=user.id)


def add(session: Session, user: User, at: datetime, **changes: str) -> UUID:
    return add_address(session, replace(HOME, **changes), actor=actor(user), at=at)


def labels(session: Session, user: User) -> list[tuple[str, bool]]:
    return [(address.label, address.is_default) for address in addresses_of(session, user.id)]


class TestAdd:
    def test_keeps_the_place_in_words(self, session: Session, sari: User, at: datetime) -> None:
        address = address_of(session, sari.id, add(session, sari, at))
        assert (address.village, address.regency, address.postcode) == (
            "Braga",
            "Kota Bandung",
            "40111",
        )
        assert address.is_default

    def test_the_first_one_is_the_default_and_stays_it(
        self, session: Session, sari: User, at: datetime
    ) -> None:
        add(session, sari, at)
        add(session, sari, at + timedelta(hours=1), label="Kantor", street="Jalan Braga 1")
        assert labels(session, sari) == [("Rumah", True), ("Kantor", False)]

    def test_the_same_place_is_kept_once(self, session: Session, sari: User, at: datetime) -> None:
        key = add(session, sari, at)
        assert add(session, sari, at, label="") == key
        assert add(session, sari, at, label="Ibu") == key
        assert labels(session, sari) == [("Ibu", True)]

    @pytest.mark.parametrize("wrong", [{"postcode": "99999"}, {"village_code": "11.01.01.2001"}])
    def test_refuses_a_village_that_is_not_the_postcodes(
        self, session: Session, sari: User, at: datetime, wrong: dict[str, str]
    ) -> None:
        with pytest.raises(VillageUnknown):
            add(session, sari, at, **wrong)
        assert labels(session, sari) == []

    def test_refuses_more_than_a_book_holds(self, session: Session, sari: User, at: datetime) -> None:
        for number in range(MOST_ADDRESSES):
            add(session, sari, at, street=f"Jalan Braga {number}")
        with pytest.raises(AddressBookFull):
            add(session, sari, at)
        assert len(labels(session, sari)) == MOST_ADDRESSES
        add(session, make_user(session), at)  # another person's book is another one


class TestChange:
    def test_writes_it_anew(self, session: Session, sari: User, at: datetime) -> None:
        key = add(session, sari, at)
        change_address(session, key, replace(HOME, label="Baru"), actor=actor(sari), at=at)
        assert labels(session, sari) == [("Baru", True)]

    def test_refuses_what_is_in_the_book_already(self, session: Session, sari: User, at: datetime) -> None:
        add(session, sari, at)
        other = add(session, sari, at, street="Jalan Braga 1")
        with pytest.raises(AddressTwice):
            change_address(session, other, HOME, actor=actor(sari), at=at)


class TestDelete:
    def test_of_the_others_the_newest_becomes_the_default(
        self, session: Session, sari: User, at: datetime
    ) -> None:
        first = add(session, sari, at)
        for number in (1, 2):
            label = f"Kantor {number}"
            add(session, sari, at + timedelta(hours=number), label=label, street=f"Jalan Braga {number}")
        delete_address(session, first, actor=actor(sari))
        assert labels(session, sari) == [("Kantor 2", True), ("Kantor 1", False)]


class TestDefault:
    def test_there_is_one(self, session: Session, sari: User, at: datetime) -> None:
        add(session, sari, at)
        other = add(session, sari, at, label="Kantor", street="Jalan Braga 1")
        make_default(session, other, actor=actor(sari))
        assert labels(session, sari) == [("Kantor", True), ("Rumah", False)]


@pytest.mark.parametrize("whose", ["another's", "nobody's"])
def test_what_is_not_ones_own_does_not_exist(session: Session, sari: User, at: datetime, whose: str) -> None:
    budi = make_user(session, "Budi")
    key = add(session, budi, at) if whose == "another's" else uuid4()
    before = labels(session, budi)
    for refused in (
        lambda: address_of(session, sari.id, key),
        lambda: change_address(session, key, replace(HOME, label="x"), actor=actor(sari), at=at),
        lambda: delete_address(session, key, actor=actor(sari)),
        lambda: make_default(session, key, actor=actor(sari)),
    ):
        with pytest.raises(AddressNotFound):
            refused()
    assert labels(session, budi) == before
