"""Enquiries: asked once, put to the right UPTs, answered by who may, and no more confirmed than fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.models import Product
from orders.errors import (
    EnquiryClosed,
    EnquiryNotFound,
    EnquiryNotYours,
    MessageRefused,
    SlotFull,
    SlotUnknown,
    ThreadBusy,
    ThreadFull,
)
from orders.events import EnquiryAnswered, EnquiryContinued, EnquiryReceived
from orders.models import Booking, Enquiry, EnquiryMessage, ServiceSlot
from orders.queries.enquiries import enquiries_for, enquiry_counts, enquiry_view
from orders.queries.slots import slot_days, week_of
from orders.rules.enquiries import KINDS, MOST_MESSAGES, MOST_WRITTEN_PER_HOUR, STATES
from orders.services.answering import (
    answer,
    close,
    confirm_booking,
    decline_booking,
    renew_link,
    reopen,
)
from orders.services.enquiring import Ask, WantedSlot, ask, write_on
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.enquiries import make_enquiry, make_service, make_slot, next_day
from tests.factories.inventory import make_pause, make_product, make_upt
from tests.factories.paying import published


@pytest.fixture
def upt(session: Session) -> Upt:
    return make_upt(session)


@pytest.fixture
def slot(session: Session, upt: Upt) -> ServiceSlot:
    return make_slot(session, make_service(session, upt), upt, capacity=2)


@pytest.fixture
def officer(session: Session, upt: Upt) -> Actor:
    user = make_officer(session, upt, name="Asep")
    return actor_of(session, user.id, user.name)


def director(session: Session) -> Actor:
    user = make_user(session)
    make_membership(session, user, "directorate")
    return actor_of(session, user.id, user.name)


def stranger(session: Session) -> Actor:
    user = make_officer(session, make_upt(session))
    return actor_of(session, user.id, user.name)


def supervisor(session: Session, upt: Upt) -> Actor:
    user = make_user(session)
    make_membership(session, user, "kanwil_officer", kanwil=upt.kanwil)
    return actor_of(session, user.id, user.name)


def wish(product: Product, upt: Upt, **changes: Any) -> Ask:
    question = Ask(
        idempotency_key="key",
        kind="question",
        product_id=product.id,
        upt_ids=[upt.id],
        locale="en",
        name="Sari",
        email="sari@example.com",
        body="How long does it take?",
    )
    return replace(question, **changes)


def audited(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


class TestAsking:
    def test_writes_down_announces_and_audits(self, session: Session, upt: Upt, at: datetime) -> None:
        product = make_product(session, makers=(upt,))
        asked = ask(session, wish(product, upt), actor=CUSTOMER, at=at)
        view = enquiry_view(session, asked.number)
        assert asked.is_new
        assert (view.state, view.locale, view.product) == ("new", "en", product.name)
        assert [each.id for each in view.upts] == [upt.id]
        assert [message.body for message in view.messages] == ["How long does it take?"]
        assert published(session, EnquiryReceived) == [EnquiryReceived(view.id)]
        assert audited(session) == ["enquiry.asked"]

    def test_a_repeated_key_finds_the_first_enquiry(self, session: Session, upt: Upt, at: datetime) -> None:
        product = make_product(session, makers=(upt,))
        first = ask(session, wish(product, upt), actor=CUSTOMER, at=at)
        again = ask(session, wish(product, upt, body="Again?"), actor=CUSTOMER, at=at)
        assert (again.number, again.is_new) == (first.number, False)
        assert session.scalar(select(func.count()).select_from(Enquiry)) == 1
        assert len(published(session, EnquiryReceived)) == 1

    def test_numbers_tell_nothing(self, session: Session, at: datetime) -> None:
        numbers = {make_enquiry(session, at=at).number for _ in range(20)}
        assert len(numbers) == 20
        assert all(len(number) == 13 and number.startswith("PM-") for number in numbers)

    @pytest.mark.parametrize("field", ["body", "name", "company", "destination"])
    def test_nobody_who_is_held_is_reached(
        self, session: Session, upt: Upt, at: datetime, field: str
    ) -> None:
        product = make_product(session, makers=(upt,))
        hostile = wish(product, upt, **{field: "titip salam untuk warga binaan"})
        with pytest.raises(MessageRefused):
            ask(session, hostile, actor=CUSTOMER, at=at)
        assert session.scalar(select(func.count()).select_from(Enquiry)) == 0

    @pytest.mark.parametrize("field", ["name", "company", "destination", "unit", "phone", "email"])
    @pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\u202e"])
    def test_lines_are_lines(self, session: Session, upt: Upt, at: datetime, field: str, sign: str) -> None:
        hostile = wish(make_product(session, makers=(upt,)), upt, **{field: f"a{sign}b"})
        with pytest.raises(MessageRefused):
            ask(session, hostile, actor=CUSTOMER, at=at)
        assert session.scalar(select(func.count()).select_from(Enquiry)) == 0

    def test_a_booking_is_put_to_the_upt_of_its_slot(
        self, session: Session, slot: ServiceSlot, upt: Upt, at: datetime
    ) -> None:
        view = make_enquiry(session, slot=slot, people=2, upts=(make_upt(session),), at=at)
        assert [each.id for each in view.upts] == [upt.id]
        assert view.booking
        assert (view.booking.people, view.booking.state, view.booking.left) == (2, "asked", 2)

    def test_a_slot_is_asked_for_on_its_day_and_in_time(
        self, session: Session, slot: ServiceSlot, upt: Upt, at: datetime
    ) -> None:
        product = session.get_one(Product, slot.product_id)
        day = next_day(slot, at)
        span = {"earliest": at.date() + timedelta(days=1), "latest": at.date() + timedelta(days=28)}
        wrong = [
            WantedSlot(slot.id, day + timedelta(days=1), 1),
            WantedSlot(slot.id, at.date(), 1),
            WantedSlot(slot.id, day + timedelta(days=700), 1),
            WantedSlot(slot.id + 99, day, 1),
        ]
        for number, wanted in enumerate(wrong):
            asked = wish(product, upt, kind="booking", idempotency_key=f"{number}", slot=wanted, **span)
            with pytest.raises(SlotUnknown), session.begin_nested():
                ask(session, asked, actor=CUSTOMER, at=at)
        assert session.scalar(select(func.count()).select_from(Enquiry)) == 0

    @pytest.mark.parametrize("is_whole", [True, False])
    def test_a_slot_is_not_asked_for_up_to_the_last_day_of_a_pause(
        self, session: Session, slot: ServiceSlot, upt: Upt, at: datetime, is_whole: bool
    ) -> None:
        last = next_day(slot, at)
        paused_id = None if is_whole else slot.product_id
        make_pause(session, make_upt(session), until=last + timedelta(days=7))
        make_pause(session, upt, until=last, product_id=paused_id)
        with pytest.raises(SlotUnknown), session.begin_nested():
            make_enquiry(session, slot=slot, at=at)
        assert session.scalar(select(func.count()).select_from(Enquiry)) == 0
        days = slot_days(session, slot.product_id, first=last, last=last + timedelta(days=7))
        assert [each.day for each in days] == [last + timedelta(days=7)]

    def test_a_full_slot_is_not_asked_for(
        self, session: Session, slot: ServiceSlot, officer: Actor, at: datetime
    ) -> None:
        first = make_enquiry(session, slot=slot, people=2, at=at)
        confirm_booking(session, first.number, "", key="k", actor=officer, at=at)
        with pytest.raises(SlotFull) as refusal:
            make_enquiry(session, slot=slot, people=1, at=at)
        assert refusal.value.parameters == {"left": 0, "people": 1}


class TestWritingOn:
    def test_opens_the_enquiry_again_and_announces(
        self, session: Session, upt: Upt, officer: Actor, at: datetime
    ) -> None:
        view = make_enquiry(session, upts=(upt,), at=at)
        close(session, view.number, "", key="c", actor=officer, at=at)
        assert write_on(session, view.number, "Masih ada?", key="a", actor=CUSTOMER, at=at)
        assert not write_on(session, view.number, "Masih ada?", key="a", actor=CUSTOMER, at=at)
        after = enquiry_view(session, view.number)
        assert after.state == "new"
        assert [message.kind for message in after.messages] == ["message", "closed", "message"]
        assert published(session, EnquiryContinued) == [EnquiryContinued(after.messages[-1].id)]

    def test_a_thread_ends_somewhere(self, session: Session, at: datetime) -> None:
        view = make_enquiry(session, at=at)
        for number in range(MOST_MESSAGES - 1):
            at += timedelta(hours=1)
            write_on(session, view.number, "?", key=f"{number}", actor=CUSTOMER, at=at)
        with pytest.raises(ThreadFull):
            write_on(session, view.number, "?", key="one more", actor=CUSTOMER, at=at)

    def test_a_customer_writes_so_much_within_an_hour(self, session: Session, at: datetime) -> None:
        view = make_enquiry(session, at=at)
        for number in range(MOST_WRITTEN_PER_HOUR):
            assert write_on(session, view.number, "?", key=f"{number}", actor=CUSTOMER, at=at)
        with pytest.raises(ThreadBusy):
            write_on(session, view.number, "?", key="more", actor=CUSTOMER, at=at + timedelta(minutes=59))
        assert not write_on(session, view.number, "?", key="0", actor=CUSTOMER, at=at)
        assert write_on(session, view.number, "?", key="later", actor=CUSTOMER, at=at + timedelta(hours=1))

    def test_what_is_written_cannot_be_changed(self, session: Session, at: datetime) -> None:
        make_enquiry(session, at=at)
        message = session.scalars(select(EnquiryMessage)).one()
        message.body = "Something else"
        with pytest.raises(Exception, match="append-only"):
            session.flush()


Step = Callable[[Session, str, Actor, datetime], bool]
STEPS: dict[str, Step] = {
    "answer": lambda s, number, who, at: answer(s, number, "Bisa.", key="k", actor=who, at=at),
    "close": lambda s, number, who, at: close(s, number, "", key="k", actor=who, at=at),
    "renew_link": lambda s, number, who, at: renew_link(s, number, "", key="k", actor=who, at=at),
    "confirm": lambda s, number, who, at: confirm_booking(s, number, "", key="k", actor=who, at=at),
    "decline": lambda s, number, who, at: decline_booking(s, number, "", key="k", actor=who, at=at),
}


class TestAnswering:
    @pytest.mark.parametrize("name", STEPS)
    def test_is_for_the_upt_and_the_directorate_once_a_form(
        self, session: Session, slot: ServiceSlot, upt: Upt, officer: Actor, at: datetime, name: str
    ) -> None:
        view = make_enquiry(session, slot=slot, at=at)
        with pytest.raises(EnquiryNotFound):
            STEPS[name](session, view.number, stranger(session), at)
        with pytest.raises(EnquiryNotYours):
            STEPS[name](session, view.number, supervisor(session, upt), at)
        assert enquiry_view(session, view.number) == view
        assert STEPS[name](session, view.number, officer, at)
        assert not STEPS[name](session, view.number, officer, at)
        assert len(published(session, EnquiryAnswered)) == 1
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.actor_label, entry.object_key, entry.upt_id) == ("Asep", view.number, upt.id)

    def test_the_directorate_answers_for_itself(self, session: Session, upt: Upt, at: datetime) -> None:
        view = make_enquiry(session, upts=(upt,), at=at)
        assert answer(session, view.number, "Bisa.", key="k", actor=director(session), at=at)
        assert enquiry_view(session, view.number).messages[-1].upt_name == ""

    def test_a_closed_one_is_opened_first(
        self, session: Session, upt: Upt, officer: Actor, at: datetime
    ) -> None:
        number = make_enquiry(session, upts=(upt,), at=at).number
        close(session, number, "Selesai.", key="a", actor=officer, at=at)
        with pytest.raises(EnquiryClosed):
            answer(session, number, "Bisa.", key="b", actor=officer, at=at)
        assert reopen(session, number, "", key="c", actor=officer, at=at)
        assert answer(session, number, "Bisa.", key="d", actor=officer, at=at)
        assert enquiry_view(session, number).state == "answered"

    def test_a_new_link_is_another_one(
        self, session: Session, upt: Upt, officer: Actor, at: datetime
    ) -> None:
        view = make_enquiry(session, upts=(upt,), at=at)
        renew_link(session, view.number, "", key="k", actor=officer, at=at)
        assert enquiry_view(session, view.number).link_key != view.link_key

    def test_staff_pass_nothing_on_either(
        self, session: Session, upt: Upt, officer: Actor, at: datetime
    ) -> None:
        view = make_enquiry(session, upts=(upt,), at=at)
        with pytest.raises(MessageRefused):
            answer(session, view.number, "Nomor warga binaan: 1", key="k", actor=officer, at=at)


class TestBookings:
    def test_no_more_is_confirmed_than_fits_and_declining_frees(
        self, session: Session, slot: ServiceSlot, officer: Actor, at: datetime
    ) -> None:
        first, second = (make_enquiry(session, slot=slot, people=people, at=at) for people in (2, 1))
        assert confirm_booking(session, first.number, "", key="a", actor=officer, at=at)
        with pytest.raises(SlotFull):
            confirm_booking(session, second.number, "", key="b", actor=officer, at=at)
        assert decline_booking(session, first.number, "Sakit", key="c", actor=officer, at=at)
        assert confirm_booking(session, second.number, "", key="d", actor=officer, at=at)
        day = next_day(slot, at)
        (shown,) = slot_days(session, slot.product_id, first=day, last=day)
        assert (shown.capacity, shown.taken, shown.left) == (2, 1, 1)
        assert violations(session, at=at, names=["E1", "E2"]) == {}

    def test_the_invariant_notices_a_slot_that_is_too_full(
        self, session: Session, slot: ServiceSlot, at: datetime
    ) -> None:
        for people in (2, 1):
            make_enquiry(session, slot=slot, people=people, at=at)
        for booking in session.scalars(select(Booking)):
            booking.state, booking.decided_at = "confirmed", at
        session.flush()
        (row,) = violations(session, at=at, names=["E1"])["E1"]
        assert (row["capacity"], row["people"]) == (2, 3)

    def test_a_week_is_told_in_order(self, session: Session, slot: ServiceSlot, upt: Upt) -> None:
        product = session.get_one(Product, slot.product_id)
        make_slot(session, product, upt, weekday=1)
        assert [each.weekday for each in week_of(session, product.id)] == [1, 2]


class TestReading:
    def test_each_sees_what_is_theirs(self, session: Session, upt: Upt, officer: Actor, at: datetime) -> None:
        own = make_enquiry(session, upts=(upt,), at=at)
        make_enquiry(session, upts=(make_upt(session),), at=at)
        everything = {"states": STATES, "kinds": KINDS, "words": "", "page": 1}

        def seen(actor: Actor) -> list[str]:
            return [row.number for row in enquiries_for(session, actor, **everything).rows]  # type: ignore[arg-type]

        assert seen(officer) == seen(supervisor(session, upt)) == [own.number]
        assert seen(stranger(session)) == []
        assert len(seen(director(session))) == 2
        assert enquiry_counts(session, officer) == {"new": 1}

    def test_what_waits_longest_is_first_and_words_are_plain(
        self, session: Session, upt: Upt, officer: Actor, at: datetime
    ) -> None:
        later = make_enquiry(session, upts=(upt,), at=at + timedelta(hours=1), name="100% _Budi")
        sooner = make_enquiry(session, upts=(upt,), at=at)
        answered = make_enquiry(session, upts=(upt,), at=at)
        answer(session, answered.number, "Bisa.", key="k", actor=officer, at=at)
        rows = enquiries_for(session, officer, states=STATES, kinds=KINDS, words="", page=1).rows
        assert [row.number for row in rows] == [sooner.number, later.number, answered.number]
        rows = enquiries_for(session, officer, states=STATES, kinds=KINDS, words="% _b", page=1).rows
        assert [row.number for row in rows] == [later.number]
