import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from html import escape
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from kernel.mail import Mail
from kernel.money import rupiah
from kernel.outbox import OutboxEvent
from orders.events import (
    FulfilmentDelivered,
    FulfilmentNotDelivered,
    FulfilmentReady,
    FulfilmentReduced,
    FulfilmentShipped,
    OrderCalledOff,
    OrderEnded,
    OrderPaid,
    OrderPlaced,
    PaymentDisputed,
    PaymentQuarantined,
    PickupChosen,
    RefundFailed,
    RefundSettled,
    TakeoverAsked,
    TakeoverRefused,
    TakeoverWithdrawn,
)
from orders.links import number_of
from orders.models import Fulfilment, Order, Payment, Refund, Takeover
from orders.rules.allocation import Wish
from orders.rules.pickup import pickup_code, spoken
from orders.services.calling_off import call_off
from orders.services.fulfilling import cannot_supply
from orders.services.moves import move_to
from orders.services.taking_over import ask, withdraw
from tests.conftest import make_config
from tests.factories.accounts import make_officer
from tests.factories.parcels import make_carton, make_desk, make_paid_order
from tests.factories.placing import Shop, make_placed_order, make_shop
from tests.fakes import FakeProvider
from tests.languages import strangers
from worker.app import create_context
from worker.notifications import alerts, customers, handing_over, takeovers, upts

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")


@pytest.fixture(autouse=True)
def _context() -> Iterator[None]:
    with create_context(CONFIG, FakeProvider()).app_context():
        yield


@pytest.fixture
def shop(session: Session, at: datetime) -> Shop:
    """Garut bakes bread, nets come from Garut and Ciamis; both have an address for mail."""
    shop = make_shop(session, at=at)
    shop.garut.email, shop.ciamis.email = "garut@upt.example", "ciamis@upt.example"
    session.flush()
    return shop


@pytest.fixture
def order(session: Session, shop: Shop, at: datetime) -> Order:
    """Six nets, which takes both UPTs, and one bread, which only Garut has."""
    return place(session, shop, at, locale="id")


def place(session: Session, shop: Shop, at: datetime, **changes: str) -> Order:
    wishes = (Wish(1, shop.net.id, 6), Wish(2, shop.bread.id, 1))
    number = make_placed_order(session, *wishes, at=at, **changes)
    return session.scalars(select(Order).where(Order.number == number)).one()


def parcel_of(session: Session, order: Order, upt: Upt) -> Fulfilment:
    query = select(Fulfilment).where(Fulfilment.order_id == order.id, Fulfilment.upt_id == upt.id)
    return session.scalars(query).one()


def make_refund(session: Session, order: Order, at: datetime, **values: object) -> UUID:
    payment = Payment(
        id=uuid4(),
        order_id=order.id,
        provider="stripe",
        state="paid",
        amount=order.total,
        captured=order.total,
        idempotency_key=str(uuid4()),
        request={},
        ref="cs_test_1",
        problem="amount",
        created_at=at,
        expires_at=at,
    )
    refund = Refund(
        id=uuid4(),
        payment_id=payment.id,
        order_id=order.id,
        amount=90_000,
        cause=str(uuid4()),
        idempotency_key=str(uuid4()),
        actor_label="test",
        created_at=at,
        **{"state": "due", "reason": "cannot_supply", **values},
    )
    session.add(payment)
    session.flush()
    session.add(refund)
    session.flush()
    return refund.id


def mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.id)))


def the_mail(session: Session) -> Mail:
    (mail,) = mails(session)
    return mail


def both_parts(mail: Mail) -> tuple[str, str]:
    return mail.body_text, mail.body_html


class TestOrderReceived:
    def test_goes_to_the_customer_with_the_link_to_pay(
        self, session: Session, order: Order, at: datetime
    ) -> None:
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        mail = the_mail(session)
        assert mail.recipient == "sari@example.com"
        assert order.number in mail.subject
        link = f"http://localhost/pesanan/{order.number}/"
        for body in both_parts(mail):
            token = body.split(link)[1].split()[0].split('"')[0].split("<")[0]
            assert number_of(token, secret_key=CONFIG.secret_key) == order.number
            assert "6" in body
            assert "Roti" in body
            assert "Lapas Kelas IIB Ciamis" in body

    def test_adds_up_to_what_the_customer_pays(self, session: Session, order: Order, at: datetime) -> None:
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        total = f"Rp{order.total:,}".replace(",", ".")
        for body in both_parts(the_mail(session)):
            assert "Rp555.000" in body
            assert total in body

    def test_shows_a_picture_of_each_thing(self, session: Session, order: Order, at: datetime) -> None:
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        text, html = both_parts(the_mail(session))
        pictures = re.findall(r'<img src="http://localhost/gambar/[^/"]+/[^/"]+\.png" alt=""', html)
        assert len(pictures) == html.count("<img ") >= 2
        assert "gambar" not in text

    @pytest.mark.parametrize("locale", ["id", "en"])
    def test_is_in_the_language_of_the_order(
        self, session: Session, shop: Shop, at: datetime, locale: str
    ) -> None:
        order = place(session, shop, at, locale=locale)
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        mail = the_mail(session)
        assert mail.locale == locale
        assert f'<html lang="{locale}">' in mail.body_html

    def test_goes_to_nobody_once_the_customer_was_forgotten(
        self, session: Session, order: Order, at: datetime
    ) -> None:
        order.email = ""
        session.flush()
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        assert mails(session) == []

    def test_is_queued_once_for_the_same_order(self, session: Session, order: Order, at: datetime) -> None:
        for _ in range(2):
            customers.mail_received(session, OrderPlaced(order.id), at=at)
        assert len(mails(session)) == 1

    def test_is_sent_too_when_the_payment_was_faster(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        order = make_paid_order(session, Wish(1, shop.net.id, 1), at=at)
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        assert order.number in the_mail(session).subject

    def test_shows_what_a_customer_typed_as_text(self, session: Session, shop: Shop, at: datetime) -> None:
        order = place(session, shop, at)
        session.execute(update(Order).values(name="<script>alert(1)</script> & Co"))
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        mail = the_mail(session)
        assert "<script>" not in mail.body_html
        assert "<script>alert(1)</script> & Co" in mail.body_text


class TestPacking:
    def test_each_upt_gets_its_own_lines_and_never_anothers(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        upts.mail_packing(session, OrderPaid(order.id), at=at)
        by_recipient = {mail.recipient: mail for mail in mails(session)}
        assert by_recipient.keys() == {"garut@upt.example", "ciamis@upt.example"}
        for body in both_parts(by_recipient["garut@upt.example"]):
            assert "Roti" in body
            assert parcel_of(session, order, shop.garut).number in body
            assert "Ciamis" not in body
        for body in both_parts(by_recipient["ciamis@upt.example"]):
            assert "Coir Net" in body
            assert "Roti" not in body
            assert "Garut" not in body
            assert parcel_of(session, order, shop.garut).number not in body

    def test_says_where_the_parcel_goes_but_not_what_the_order_cost(
        self, session: Session, order: Order, at: datetime
    ) -> None:
        upts.mail_packing(session, OrderPaid(order.id), at=at)
        total = f"Rp{order.total:,}".replace(",", ".")
        for mail in mails(session):
            for body in both_parts(mail):
                assert "Jalan Asia Afrika 8" in body
                assert "081234567890" in body
                assert total not in body
                assert "sari@example.com" not in body

    def test_leaves_a_cancelled_parcel_out(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        parcel_of(session, order, shop.ciamis).state = "cancelled"
        session.flush()
        upts.mail_packing(session, OrderPaid(order.id), at=at)
        assert the_mail(session).recipient == "garut@upt.example"

    def test_tells_the_staff_on_duty_for_a_upt_without_an_address(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        shop.ciamis.email = None
        session.flush()
        upts.mail_packing(session, OrderPaid(order.id), at=at)
        assert {mail.recipient for mail in mails(session)} == {"garut@upt.example", CONFIG.alert_mail}


class TestOrderPaid:
    def test_thanks_and_says_when_parcels_arrive(self, session: Session, order: Order, at: datetime) -> None:
        customers.mail_paid(session, OrderPaid(order.id), at=at)
        mail = the_mail(session)
        assert mail.recipient == "sari@example.com"
        for body in both_parts(mail):
            assert f"Rp{order.total:,}".replace(",", ".") in body
            assert f"{order.number}-1" in body
            assert f"{order.number}-2" in body


class TestParcelShipped:
    def test_names_courier_and_tracking_number_and_this_parcel_alone(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        parcel = parcel_of(session, order, shop.ciamis)
        parcel.state, parcel.shipped_at = "shipped", at
        parcel.shipped_courier, parcel.tracking_number = "JNE", "JT-0042"
        session.flush()
        customers.mail_shipped(session, FulfilmentShipped(parcel.id), at=at)
        mail = the_mail(session)
        assert mail.recipient == "sari@example.com"
        assert parcel.number in mail.subject
        for body in both_parts(mail):
            assert "JNE" in body
            assert "JT-0042" in body
            assert "Coir Net" in body
            assert "Roti" not in body

    def test_names_the_number_of_each_carton(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        parcel = parcel_of(session, order, shop.ciamis)
        parcel.state, parcel.shipped_at = "shipped", at
        parcel.shipped_courier, parcel.tracking_number = "SiCepat", "000000042"
        make_carton(session, parcel.id, "JT-0043", at=at)
        customers.mail_shipped(session, FulfilmentShipped(parcel.id), at=at)
        for body in both_parts(the_mail(session)):
            assert ("SiCepat 000000042" in body, "JNE JT-0043" in body) == (True, True)

    def test_asks_to_say_when_it_is_there(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        customers.mail_shipped(session, FulfilmentShipped(parcel_of(session, order, shop.ciamis).id), at=at)
        for body in both_parts(the_mail(session)):
            assert "beri tahu kami di halaman pesanan" in body

    def test_two_parcels_are_two_mails(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        for upt in (shop.garut, shop.ciamis):
            customers.mail_shipped(session, FulfilmentShipped(parcel_of(session, order, upt).id), at=at)
        assert len(mails(session)) == 2


class TestParcelThatGoesAnotherWay:
    def waiting(self, session: Session, order: Order, shop: Shop, at: datetime) -> Fulfilment:
        parcel = parcel_of(session, order, shop.garut)
        parcel.hand_over = "pickup"
        for state in ("accepted", "packed", "ready"):
            move_to(session, parcel, state, actor=CUSTOMER, at=at)
        session.flush()
        return parcel

    def test_who_fetches_it_gets_the_code_once_a_round(
        self, session: Session, order: Order, shop: Shop, at: datetime
    ) -> None:
        parcel = self.waiting(session, order, shop, at)
        for _ in range(2):
            handing_over.mail_ready(session, FulfilmentReady(parcel.id, 1), at=at)
        code = spoken(pickup_code(parcel.number, 1, secret_key=CONFIG.secret_key))
        for part in both_parts(the_mail(session)):
            assert code in part
        assert the_mail(session).leaves_no_trace, "else the code would stay in the database"
        parcel.code_round = 2
        session.flush()
        handing_over.mail_ready(session, FulfilmentReady(parcel.id, 1), at=at)
        assert len(mails(session)) == 1, "a late mail brings no void code"
        handing_over.mail_ready(session, FulfilmentReady(parcel.id, 2), at=at)
        assert code not in mails(session)[-1].body_text

    def test_its_upt_is_told_not_to_send_it(
        self, session: Session, order: Order, shop: Shop, at: datetime
    ) -> None:
        parcel = self.waiting(session, order, shop, at)
        handing_over.mail_to_be_fetched(session, PickupChosen(parcel.id), at=at)
        mail = the_mail(session)
        assert mail.recipient == shop.garut.email
        assert parcel.number in mail.subject

    def test_what_the_upt_brings_has_no_courier(
        self, session: Session, order: Order, shop: Shop, at: datetime
    ) -> None:
        parcel = parcel_of(session, order, shop.garut)
        parcel.hand_over, parcel.state, parcel.shipped_at = "upt_delivery", "shipped", at
        session.flush()
        customers.mail_shipped(session, FulfilmentShipped(parcel.id), at=at)
        for part in both_parts(the_mail(session)):
            assert "mengantar sendiri" in part
            assert "Nomor resi" not in part

    @pytest.mark.parametrize(("state", "words"), [("returned", "kembali"), ("lost", "hilang")])
    def test_what_does_not_arrive_is_told_with_the_money(
        self, session: Session, order: Order, shop: Shop, at: datetime, state: str, words: str
    ) -> None:
        parcel = parcel_of(session, order, shop.garut)
        parcel.state, parcel.shipped_at, parcel.tracking_number = state, at, "JT-0042"
        session.flush()
        refund_id = make_refund(session, order, at)
        handing_over.mail_not_delivered(session, FulfilmentNotDelivered(parcel.id, str(refund_id)), at=at)
        mail = the_mail(session)
        assert words in mail.subject
        for part in both_parts(mail):
            assert "Rp90.000" in part

    @pytest.mark.parametrize("hand_over", ["courier", "upt_delivery"])
    def test_who_lost_it_is_said(
        self, session: Session, order: Order, shop: Shop, at: datetime, hand_over: str
    ) -> None:
        parcel = parcel_of(session, order, shop.garut)
        parcel.state, parcel.shipped_at, parcel.hand_over = "lost", at, hand_over
        parcel.tracking_number = "JT-0042" if hand_over == "courier" else None
        session.flush()
        handing_over.mail_not_delivered(session, FulfilmentNotDelivered(parcel.id, ""), at=at)
        for part in both_parts(the_mail(session)):
            assert ("kurir" in part) == (hand_over == "courier")


class TestParcelDelivered:
    def arrive(self, session: Session, parcel: Fulfilment, actor: Actor, at: datetime) -> None:
        """The parcel goes its way; `actor` says that it has arrived."""
        parcel.shipped_at, parcel.shipped_courier, parcel.tracking_number = at, "JNE", "JT-0042"
        for state in ("accepted", "packed", "shipped"):
            parcel.state = state
        session.flush()
        move_to(session, parcel, "delivered", actor=actor, at=at)
        session.flush()

    def test_says_until_when_a_problem_can_be_reported_and_where(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        parcel = parcel_of(session, order, shop.ciamis)
        friday = datetime(2026, 11, 20, 16, 59, tzinfo=UTC)  # one minute before midnight in Jakarta
        self.arrive(session, parcel, Actor("Petugas Ciamis"), friday)
        for _ in range(2):
            customers.mail_delivered(session, FulfilmentDelivered(parcel.id), at=at)
        mail = the_mail(session)
        assert mail.recipient == "sari@example.com"
        for body in both_parts(mail):
            assert "Selasa, 24 November 2026" in body
            assert f"/masalah/{parcel.number}" in body
            assert "Coir Net" in body
            assert "Roti" not in body

    def test_is_not_told_to_who_said_so_themselves(
        self, session: Session, shop: Shop, order: Order, at: datetime
    ) -> None:
        parcel = parcel_of(session, order, shop.ciamis)
        self.arrive(session, parcel, CUSTOMER, at)
        customers.mail_delivered(session, FulfilmentDelivered(parcel.id), at=at)
        assert mails(session) == []


class TestOrderEnded:
    @pytest.mark.parametrize("state", ["expired", "cancelled"])
    def test_says_how_it_ended(self, session: Session, order: Order, at: datetime, state: str) -> None:
        order.state, order.ended_at = state, at
        session.flush()
        customers.mail_ended(session, OrderEnded(order.id), at=at)
        assert the_mail(session).recipient == "sari@example.com"

    def test_an_expired_order_reads_otherwise_than_a_cancelled_one(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        subjects = set()
        for state in ("expired", "cancelled"):
            order = session.scalars(select(Order)).first() or place(session, shop, at)
            order.state, order.ended_at = state, at
            session.flush()
            customers.mail_ended(session, OrderEnded(order.id), at=at)
            subjects.add(the_mail(session).subject)
            session.execute(text("DELETE FROM mails"))
        assert len(subjects) == 2


class TestReducedAndRefunded:
    def test_names_what_does_not_come_and_the_money_each_time(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        user = make_officer(session, shop.garut)
        officer = actor_of(session, user.id, user.name)
        order = make_paid_order(
            session, Wish(1, shop.net.id, 3, shop.garut.id), Wish(2, shop.bread.id, 1), at=at
        )
        number = parcel_of(session, order, shop.garut).number
        for seen, pieces in enumerate(({1: 1}, {1: 1})):
            cannot_supply(
                session, number, pieces, reason="damaged", seen_cancelled=seen, actor=officer, at=at
            )
        events = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "FulfilmentReduced")).all()
        for row in events:
            customers.mail_reduced(session, FulfilmentReduced(**row.payload), at=at)
        assert len(mails(session)) == 2
        for mail in mails(session):
            for body in both_parts(mail):
                assert "Coir Net" in body
                assert "Roti" not in body
                assert "Rp90.000" in body
                assert "Rp180.000" not in body

    @pytest.mark.parametrize("locale", ["id", "en"])
    def test_what_was_not_fetched_is_not_said_to_be_missing(
        self, session: Session, shop: Shop, at: datetime, locale: str
    ) -> None:
        officer = actor_of(session, (user := make_officer(session, shop.garut)).id, user.name)
        order = make_paid_order(session, Wish(1, shop.net.id, 3, shop.garut.id), at=at, locale=locale)
        parcel = parcel_of(session, order, shop.garut)
        parcel.hand_over, parcel.state = "pickup", "ready"
        session.flush()
        cannot_supply(
            session, parcel.number, {1: 3}, reason="not_fetched", seen_cancelled=0, actor=officer, at=at
        )
        reduced = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "FulfilmentReduced")).one()
        customers.mail_reduced(session, FulfilmentReduced(**reduced.payload), at=at)
        mail, words = the_mail(session), {"id": "tidak diambil", "en": "not fetched"}
        assert words[locale] in mail.subject
        for text_of in (mail.subject, *both_parts(mail)):
            assert not any(
                said in text_of for said in ("cannot supply", "dipenuhi", "memenuhi", "Mohon maaf")
            )
        assert strangers(mail.body_html, locale) == []

    def test_a_late_mail_no_longer_asks_to_pay(self, session: Session, order: Order, at: datetime) -> None:
        order.state, order.ended_at = "expired", at
        session.flush()
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        assert mails(session) == []

    def test_says_that_money_is_returned(self, session: Session, order: Order, at: datetime) -> None:
        refund_id = make_refund(session, order, at, state="succeeded", settled_at=at)
        customers.mail_refunded(session, RefundSettled(str(refund_id)), at=at)
        mail = the_mail(session)
        assert (mail.recipient, mail.locale) == ("sari@example.com", "id")
        assert all("Rp90.000" in body for body in both_parts(mail))
        assert not any(APOLOGY in body for body in both_parts(mail))

    def test_says_sorry_for_money_that_came_too_late(
        self, session: Session, order: Order, at: datetime
    ) -> None:
        refund_id = make_refund(session, order, at, state="succeeded", settled_at=at, reason="paid_late")
        order.locale = "en"
        customers.mail_refunded(session, RefundSettled(str(refund_id)), at=at)
        assert all(APOLOGY in body for body in both_parts(the_mail(session)))


APOLOGY = "after the order had ended"


@pytest.mark.parametrize("locale", ["id", "en"])
class TestLanguage:
    def test_every_mail_to_the_customer_speaks_that_of_the_order_alone(
        self, session: Session, shop: Shop, at: datetime, locale: str
    ) -> None:
        order = place(session, shop, at, locale=locale)
        parcel = parcel_of(session, order, shop.garut)
        officer = actor_of(session, (user := make_officer(session, shop.garut)).id, user.name)
        customers.mail_received(session, OrderPlaced(order.id), at=at)
        refund_id = make_refund(session, order, at, state="succeeded", settled_at=at, reason="paid_late")
        customers.mail_refunded(session, RefundSettled(str(refund_id)), at=at)
        customers.mail_paid(session, OrderPaid(order.id), at=at)
        customers.mail_shipped(session, FulfilmentShipped(parcel.id), at=at)
        for state in ("expired", "cancelled"):
            order.state, order.ended_at = state, at
            session.flush()
            customers.mail_ended(session, OrderEnded(order.id), at=at)
            of_ending = Mail.cause.endswith(":ended")
            session.execute(update(Mail).where(of_ending).values(cause=state, message_id=state))
        paid = make_paid_order(session, Wish(1, shop.bread.id, 2), at=at, locale=locale)
        number = parcel_of(session, paid, shop.garut).number
        cannot_supply(session, number, {1: 1}, reason="damaged", seen_cancelled=0, actor=officer, at=at)
        reduced = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "FulfilmentReduced")).one()
        customers.mail_reduced(session, FulfilmentReduced(**reduced.payload), at=at)
        found = mails(session)
        assert len(found) == 7
        prefix = "http://localhost/en/pesanan/" if locale == "en" else "http://localhost/pesanan/"
        for mail in found:
            assert mail.locale == locale
            assert f'<html lang="{locale}">' in mail.body_html
            plain = f'<html lang="{locale}"><p>{mail.subject}</p><pre>{escape(mail.body_text)}</pre></html>'
            assert strangers(mail.body_html, locale) + strangers(plain, locale) == []
            assert all(prefix in body for body in both_parts(mail))

    def test_a_upt_is_written_to_in_indonesian(
        self, session: Session, shop: Shop, at: datetime, locale: str
    ) -> None:
        order = place(session, shop, at, locale=locale)
        upts.mail_packing(session, OrderPaid(order.id), at=at)
        for mail in mails(session):
            assert mail.locale == "id"
            assert strangers(mail.body_html, "id") == []
            assert "http://localhost/staff/paket" in mail.body_text


class TestAlerts:
    def test_go_to_the_staff_on_duty_alone(self, session: Session, order: Order, at: datetime) -> None:
        refund_id = make_refund(session, order, at, state="failed", problem="account_closed")
        payment_id = session.scalars(select(Payment.id)).one()
        alerts.alert_quarantined(session, PaymentQuarantined(str(payment_id)), at=at)
        alerts.alert_disputed(session, PaymentDisputed(str(payment_id)), at=at)
        alerts.alert_refund_failed(session, RefundFailed(str(refund_id)), at=at)
        found = mails(session)
        assert {mail.recipient for mail in found} == {CONFIG.alert_mail}
        assert len({mail.subject for mail in found}) == 3
        assert all(order.number in mail.body_text for mail in found)
        assert "account_closed" in found[2].body_text


class TestCalledOff:
    def test_the_customer_and_each_upt_are_told_once(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        order = make_paid_order(session, Wish(1, shop.net.id, 6), at=at, locale="en")
        call_off(session, order.number, actor=CUSTOMER, at=at)
        for _ in range(2):
            customers.mail_called_off(session, OrderCalledOff(order.id), at=at)
            upts.mail_called_off(session, OrderCalledOff(order.id), at=at)
        told, garut, ciamis = mails(session)
        assert told.recipient == "sari@example.com"
        assert rupiah(order.total) in told.body_text
        assert strangers(told.body_html, "en") == []
        assert {garut.recipient, ciamis.recipient} == {"garut@upt.example", "ciamis@upt.example"}
        assert parcel_of(session, order, shop.garut).number in garut.subject
        assert "Jangan dikemas" in garut.subject


class TestTakeover:
    def test_who_never_heard_of_a_request_does_not_hear_of_its_end(
        self, session: Session, at: datetime
    ) -> None:
        desk = make_desk(session, at=at)
        wish = partial(ask, session, desk.number, desk.ciamis.code, {1: 2}, reason="too_busy")
        key = wish(actor=desk.officer, at=at)
        withdraw(session, key, actor=desk.officer, at=at)
        takeover_id = session.scalars(select(Takeover.id)).one()
        takeovers.mail_takeover_asked(session, TakeoverAsked(takeover_id), at=at)
        takeovers.mail_takeover_withdrawn(session, TakeoverWithdrawn(takeover_id), at=at)
        assert mails(session) == []

    def test_each_upt_hears_of_the_other_once(self, session: Session, at: datetime) -> None:
        desk = make_desk(session, at=at)
        desk.garut.email, desk.ciamis.email = "garut@upt.example", "ciamis@upt.example"
        ask(session, desk.number, desk.ciamis.code, {1: 2}, reason="too_busy", actor=desk.officer, at=at)
        takeover_id = session.scalars(select(Takeover.id)).one()
        for _ in range(2):
            takeovers.mail_takeover_asked(session, TakeoverAsked(takeover_id), at=at)
            takeovers.mail_takeover_refused(session, TakeoverRefused(takeover_id), at=at)
            takeovers.mail_takeover_withdrawn(session, TakeoverWithdrawn(takeover_id), at=at)
        asked, refused, withdrawn = mails(session)
        assert asked.recipient == withdrawn.recipient == "ciamis@upt.example"
        assert refused.recipient == "garut@upt.example"
        assert desk.garut.name in withdrawn.subject
        for mail in (asked, withdrawn):
            assert "/staff/alih-paket" in mail.body_text
            assert desk.order.name not in mail.body_text, "its customer is not the other's yet"
