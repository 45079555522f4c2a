"""What a buyer asks about a parcel: put to its UPT once, screened, limited, answered by it alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.models import Variant
from orders.errors import (
    EnquiryNotFound,
    EnquiryNotYours,
    FulfilmentNotFound,
    MessageRefused,
    OrderNotFound,
    ThreadBusy,
    WrongState,
)
from orders.events import EnquiryAnswered, EnquiryContinued, EnquiryReceived
from orders.models import EnquiryMessage, Order
from orders.queries.enquiries import EnquiryView, enquiry_view
from orders.queries.parcel_questions import parcel_question
from orders.rules.allocation import Wish
from orders.rules.enquiries import MOST_WRITTEN_PER_HOUR
from orders.services.answering import answer, close, renew_link
from orders.services.parcel_asking import ask_about_parcel
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.paying import published
from tests.factories.placing import make_placed_order, make_shop


@dataclass(frozen=True)
class Bought:
    """An order of nets with a parcel of each of two UPTs."""

    order: Order
    garut: Upt
    bread: Variant
    first: str
    second: str


@pytest.fixture
def bought(session: Session, at: datetime) -> Bought:
    shop = make_shop(session, at=at)
    order = make_paid_order(session, Wish(1, shop.net.id, 6), at=at, locale="en")
    numbers = [parcel_of(session, order, upt).number for upt in (shop.garut, shop.ciamis)]
    return Bought(order, shop.garut, shop.bread, *numbers)


def write(
    session: Session, bought: Bought, body: str, at: datetime, *, key: str = "k", parcel: str = ""
) -> bool:
    number = bought.order.number
    return ask_about_parcel(session, number, parcel or bought.first, body, key=key, actor=CUSTOMER, at=at)


def thread(session: Session, bought: Bought, parcel: str = "") -> EnquiryView:
    found = parcel_question(session, bought.order.number, parcel or bought.first).enquiry
    assert found is not None
    return found


def messages(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(EnquiryMessage)).one()


def officer_of(session: Session, upt: Upt) -> Actor:
    user = make_officer(session, upt)
    return actor_of(session, user.id, user.name)


class TestAsking:
    def test_goes_to_the_upt_of_the_parcel_in_the_language_of_the_order(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        assert write(session, bought, "Is it shipped?", at)
        view = thread(session, bought)
        assert (view.kind, view.state, view.locale, view.parcel_number) == (
            "parcel",
            "new",
            "en",
            bought.first,
        )
        assert [upt.id for upt in view.upts] == [bought.garut.id]
        assert [each.body for each in view.messages] == ["Is it shipped?"]
        assert published(session, EnquiryReceived) == [EnquiryReceived(view.id)]
        assert (
            session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first()
            == "enquiry.asked"
        )

    def test_each_parcel_has_a_thread_of_its_own_that_grows(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        for key, parcel in (("a", bought.first), ("b", bought.first), ("c", bought.second)):
            assert write(session, bought, f"Kata {key}", at, key=key, parcel=parcel)
        assert [each.body for each in thread(session, bought).messages] == ["Kata a", "Kata b"]
        assert [each.body for each in thread(session, bought, bought.second).messages] == ["Kata c"]
        assert len(published(session, EnquiryContinued)) == 1

    def test_a_repeated_key_adds_nothing(self, session: Session, bought: Bought, at: datetime) -> None:
        assert write(session, bought, "Sekali", at)
        assert not write(session, bought, "Sekali", at)
        assert write(session, bought, "Lagi", at, key="k2")
        assert not write(session, bought, "Lagi", at, key="k2")
        assert messages(session) == 2

    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("Telepon saya di 0812-3456-7890", "message_phone"),
            ("Tulis ke sari@example.com", "message_link"),
            ("Ini untuk warga binaan Budi Santoso", "message_names_person"),
            ("Buat Asep bin Ujang", "message_names_person"),
            ("Nomor registernya BI 123/2024", "message_register"),
            ("Titip salam untuk warga binaan di blok C", "message_seeks_contact"),
            ("satu\u202edua", "message_unprintable"),
        ],
    )
    def test_what_is_not_passed_on_is_named_and_not_stored(
        self, session: Session, bought: Bought, at: datetime, written: str, code: str
    ) -> None:
        with pytest.raises(MessageRefused) as refused:
            write(session, bought, written, at)
        assert refused.value.code == code
        assert refused.value.parameters["found"] or code == "message_unprintable"
        assert messages(session) == 0
        assert published(session, EnquiryReceived) == []

    def test_numbers_of_our_own_are_no_telephone_numbers(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        assert write(session, bought, f"Paket {bought.first} dari pesanan {bought.order.number}?", at)

    def test_an_order_has_one_limit_over_its_parcels(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        for turn in range(MOST_WRITTEN_PER_HOUR):
            parcel = bought.first if turn % 2 else bought.second
            write(session, bought, "Halo", at, key=f"k{turn}", parcel=parcel)
        with pytest.raises(ThreadBusy):
            write(session, bought, "Halo", at, key="more")
        assert messages(session) == MOST_WRITTEN_PER_HOUR
        assert write(session, bought, "Halo", at + timedelta(hours=1, seconds=1), key="more")

    def test_needs_a_paid_order_and_a_parcel_of_it(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        unpaid = make_placed_order(session, Wish(1, bought.bread.id, 1), at=at)
        with pytest.raises(WrongState):
            ask_about_parcel(session, unpaid, f"{unpaid}-1", "Halo", key="k", actor=CUSTOMER, at=at)
        with pytest.raises(FulfilmentNotFound):
            write(session, bought, "Halo", at, parcel=f"{unpaid}-1")
        with pytest.raises(OrderNotFound):
            ask_about_parcel(session, "LP-0", bought.first, "Halo", key="k", actor=CUSTOMER, at=at)
        assert messages(session) == 0


class TestAnswering:
    def test_is_for_the_upt_alone_while_the_offices_above_read(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        write(session, bought, "Sudah dikirim?", at)
        number = thread(session, bought).number
        kanwil, directorate = make_user(session), make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=bought.garut.kanwil)
        make_membership(session, directorate, "directorate")
        for user in (kanwil, directorate):
            actor = actor_of(session, user.id, user.name)
            with pytest.raises(EnquiryNotYours):
                answer(session, number, "Ya", key="x", actor=actor, at=at)
        other = parcel_of(session, bought.order, bought.garut).upt_id + 1
        stranger = officer_of(session, session.get_one(Upt, other))
        with pytest.raises(EnquiryNotFound):
            answer(session, number, "Ya", key="x", actor=stranger, at=at)
        assert answer(session, number, "Besok, ya.", key="x", actor=officer_of(session, bought.garut), at=at)
        assert enquiry_view(session, number).state == "answered"
        assert len(published(session, EnquiryAnswered)) == 1

    def test_names_nobody_who_is_held(self, session: Session, bought: Bought, at: datetime) -> None:
        write(session, bought, "Siapa yang menganyam?", at)
        number, officer = thread(session, bought).number, officer_of(session, bought.garut)
        with pytest.raises(MessageRefused):
            answer(session, number, "Dianyam warga binaan bernama Joko", key="x", actor=officer, at=at)
        assert messages(session) == 1

    def test_a_closed_thread_opens_when_the_buyer_writes(
        self, session: Session, bought: Bought, at: datetime
    ) -> None:
        write(session, bought, "Sudah?", at)
        number, officer = thread(session, bought).number, officer_of(session, bought.garut)
        close(session, number, "Selesai.", key="x", actor=officer, at=at)
        write(session, bought, "Belum sampai.", at, key="k2")
        assert thread(session, bought).state == "new"

    def test_its_link_is_the_orders_own(self, session: Session, bought: Bought, at: datetime) -> None:
        write(session, bought, "Sudah?", at)
        number, officer = thread(session, bought).number, officer_of(session, bought.garut)
        with pytest.raises(EnquiryNotFound):
            renew_link(session, number, "", key="x", actor=officer, at=at)
