"""Any history of paying, expiring, cancelling, refunding and faults keeps the rules and ends settled.

Hypothesis plays the customer, the staff, the provider, the network and the clock; the worker is played by
delivering outbox events in any order, any number of times. The provider is the fake, which keeps the same
contract as Stripe's adapter.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER, system_actor
from kernel.errors import DomainError, Unavailable
from kernel.outbox import OutboxEvent, restore
from orders.errors import OrderNotPayable, RefundTooLarge
from orders.events import OrderEnded, OrderPaid
from orders.models import Payment, Refund
from orders.ports import PaymentStatus, RefundStatus
from orders.rules.deadlines import LONGEST_PENDING
from orders.rules.states import LIVE_PAYMENT_STATES
from orders.services import expiring, paying, reconciling, settling
from orders.services.refunding import create_refund
from reporting.invariants import INVARIANTS
from tests.conftest import AT
from tests.factories.paying import broken_rules, deliver, make_order, prepare, published
from tests.fakes import FakeProvider

WORK = ("PaymentReported", "PaymentCheckDue", "RefundDue", "NoticesDue", "OrderOverdue")
ALWAYS = [
    rule_of_house
    for rule_of_house in INVARIANTS
    if rule_of_house.name in {"I2", "I3", "I11", "I12", "I14-states", "I16", "I16-money"}
]
"""What is asked after each step; the others at the end."""

BACKWARDS = {"paid", "paid_late", "quarantined"}
picks = st.integers(min_value=0, max_value=99)


class PaymentLife(RuleBasedStateMachine):
    """One order from placing to its end."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.connection = engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.provider = FakeProvider()
        self.at = AT
        self.delivered: set[int] = set()
        self.page_ends: dict[str, datetime] = {}
        self.seen_states: dict[str, str] = {}

    @initialize()
    def place(self) -> None:
        self.order = make_order(self.session, at=self.at)
        self.click_pay()

    # --- the customer ---------------------------------------------------------------------------------------

    @rule()
    def click_pay(self) -> None:
        try:
            attempt = prepare(self.session, self.order, self.provider, at=self.at)
        except OrderNotPayable:
            return
        try:
            page = paying.open_page(self.provider, attempt)
        except Unavailable:
            return
        finally:
            for ref in self.provider.pages:
                self.page_ends.setdefault(ref, datetime.fromisoformat(attempt.body["expires_at"]))
        paying.record_page(self.session, attempt, page, at=self.at)

    @precondition(lambda self: self.pages(PaymentStatus.OPEN))
    @rule(pick=picks)
    def pay(self, pick: int) -> None:
        self.provider.pay(self.pick(self.pages(PaymentStatus.OPEN), pick))

    @precondition(lambda self: self.pages(PaymentStatus.OPEN))
    @rule(pick=picks)
    def pay_another_amount(self, pick: int) -> None:
        self.provider.pay(self.pick(self.pages(PaymentStatus.OPEN), pick), amount=12_345)

    @precondition(lambda self: self.pages(PaymentStatus.OPEN))
    @rule(pick=picks)
    def promise(self, pick: int) -> None:
        self.provider.promise(self.pick(self.pages(PaymentStatus.OPEN), pick))

    @rule()
    def come_back(self) -> None:
        question = settling.ask_return(self.session, self.order.number)
        if question is None:
            return
        try:
            answer = settling.look_up(self.provider, question)
        except Unavailable:
            return
        settling.apply_answer(self.session, question, answer, at=self.at)

    @rule(firmly=st.sampled_from([False, False, False, True]))
    def cancel(self, firmly: bool) -> None:
        if not firmly:  # few customers do, and it ends the story
            return
        question = expiring.ask_cancel(self.session, self.order.number)
        try:
            answer = settling.look_up(self.provider, question) if question else None
            expiring.cancel_order(
                self.session, self.order.number, question, answer, actor=CUSTOMER, at=self.at
            )
        except DomainError:
            return

    # --- the bank, the provider and its staff ---------------------------------------------------------------

    @precondition(lambda self: self.pages(PaymentStatus.PENDING))
    @rule(pick=picks, succeeded=st.booleans())
    def transfer_ends(self, pick: int, succeeded: bool) -> None:
        self.provider.arrive(self.pick(self.pages(PaymentStatus.PENDING), pick), succeeded=succeeded)

    @precondition(lambda self: self.pages(PaymentStatus.EXPIRED))
    @rule(pick=picks)
    def money_arrives_after_all(self, pick: int) -> None:
        self.provider.pay(self.pick(self.pages(PaymentStatus.EXPIRED), pick), force=True)

    @precondition(lambda self: self.pages(PaymentStatus.PAID))
    @rule(pick=picks, amount=st.integers(min_value=1, max_value=700_000))
    def refund_in_the_dashboard(self, pick: int, amount: int) -> None:
        try:
            self.provider.refund_at_provider(self.pick(self.pages(PaymentStatus.PAID), pick), amount)
        except DomainError:
            return

    @precondition(lambda self: self.made_refunds())
    @rule(pick=picks, status=st.sampled_from([RefundStatus.SUCCEEDED, RefundStatus.FAILED]))
    def refund_moves(self, pick: int, status: RefundStatus) -> None:
        refunds = self.made_refunds()
        ref = sorted(refunds)[pick % len(refunds)]
        if refunds[ref] is not RefundStatus.FAILED:
            self.provider.move_refund(ref, status)

    @rule(status=st.sampled_from([RefundStatus.PENDING, RefundStatus.SUCCEEDED]))
    def refunds_become(self, status: RefundStatus) -> None:
        self.provider.refund_status = status

    @precondition(lambda self: self.pages(PaymentStatus.PAID))
    @rule(pick=picks, is_open=st.booleans())
    def dispute(self, pick: int, is_open: bool) -> None:
        self.provider.dispute(self.pick(self.pages(PaymentStatus.PAID), pick), is_open=is_open)

    @rule(
        method=st.sampled_from(["start", "look", "close", "refund", "find"]),
        fault=st.sampled_from(["unavailable", "lost_answer", "unclear", "unclear_final"]),
    )
    def break_down(self, method: str, fault: str) -> None:
        self.provider.fail_next(method, fault)  # type: ignore[arg-type]

    # --- our staff ------------------------------------------------------------------------------------------

    @rule(amount=st.integers(min_value=1, max_value=700_000), cause=st.sampled_from(["a", "b", "c"]))
    def staff_refund(self, amount: int, cause: str) -> None:
        for payment in self.payments():
            if payment.state == "paid":
                clerk = system_actor("test")
                try:
                    create_refund(
                        self.session, payment.id, amount, cause=cause, reason="test", actor=clerk, at=self.at
                    )
                except RefundTooLarge:
                    return

    # --- clock, network, worker -----------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 5, 20, 40, 90]))
    def time_passes(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        for ref in self.pages(PaymentStatus.OPEN):
            if self.page_ends[ref] <= self.at:
                self.provider.expire(ref)

    @precondition(lambda self: self.provider.events)
    @rule(pick=picks)
    def webhook(self, pick: int) -> None:
        notice = self.provider.events[pick % len(self.provider.events)]
        reconciling.take_notice(self.session, "stripe", notice, source="webhook", at=self.at)

    @rule(pick=picks)
    def worker_takes_one(self, pick: int) -> None:
        """Any event that ever was, dealt with already or not."""
        rows = self.work()
        if rows:
            self.handle(rows[pick % len(rows)])

    @rule()
    def schedule_runs(self) -> None:
        expiring.expire_orders(self.session, at=self.at)
        reconciling.check_payments(self.session, at=self.at)
        reconciling.collect_notices(self.session, at=self.at)

    # --- what must hold at every moment ---------------------------------------------------------------------

    @invariant()
    def rules_hold(self) -> None:
        if not hasattr(self, "order"):
            return
        self.session.flush()
        for rule_of_house in ALWAYS:
            rows = self.session.execute(text(rule_of_house.sql)).all()
            assert not rows, (rule_of_house.name, rows)

    @invariant()
    def settled_payments_stay_settled(self) -> None:
        for payment in self.payments() if hasattr(self, "order") else []:
            before = self.seen_states.get(str(payment.id))
            assert before not in BACKWARDS or payment.state == before
            self.seen_states[str(payment.id)] = payment.state

    # --- and at the end, once everybody could do their work -------------------------------------------------

    def teardown(self) -> None:
        try:
            if hasattr(self, "order"):
                self.let_everything_end()
                self.check_the_end()
        finally:
            self.session.close()
            self.outer.rollback()
            self.connection.close()

    def let_everything_end(self) -> None:
        self.provider.faults.clear()
        for ref in self.pages(PaymentStatus.PENDING):
            self.provider.arrive(ref, succeeded=False)
        self.provider.refund_status = RefundStatus.SUCCEEDED
        for ref, status in self.made_refunds().items():
            if status is RefundStatus.PENDING:
                self.provider.move_refund(ref, RefundStatus.SUCCEEDED)
        self.at += LONGEST_PENDING
        self.time_passes(0)
        for _ in range(6):
            self.schedule_runs()
            self.work_everything_off()
            self.at += timedelta(hours=3)

    def work_everything_off(self) -> None:
        for _ in range(20):
            rows = [row for row in self.work() if row.id not in self.delivered]
            if not rows:
                return
            for row in rows:
                self.handle(row)
        raise AssertionError("work makes ever more work")

    def check_the_end(self) -> None:
        self.session.expire_all()
        assert broken_rules(self.session, at=self.at) == {}
        assert self.order.state in {"paid", "cancelled", "expired"}
        announced = (len(published(self.session, OrderPaid)), len(published(self.session, OrderEnded)))
        assert announced == ((1, 0) if self.order.state == "paid" else (0, 1))
        by_ref = {payment.ref: payment for payment in self.payments()}
        for ref, page in self.provider.pages.items():
            if page.status is not PaymentStatus.PAID:
                assert ref not in by_ref or by_ref[ref].captured == 0
                continue
            payment = by_ref[ref]  # money never lies where we do not see it
            assert (payment.state, payment.captured) in {
                ("paid", page.amount),
                ("paid_late", page.amount),
                ("quarantined", page.amount),
            }
            given = sum(r.amount for r in page.refunds if r.status is not RefundStatus.FAILED)
            assert payment.refund_claimed == given
            assert payment.is_disputed == page.is_disputed
            if payment.state == "paid_late":
                failed = [refund for refund in self.refunds(payment) if refund.state == "failed"]
                assert given == page.captured or failed
        for payment in self.payments():
            assert payment.state not in LIVE_PAYMENT_STATES or payment.state == "paid"

    # --- inside ---------------------------------------------------------------------------------------------

    def pages(self, status: PaymentStatus) -> list[str]:
        return [ref for ref, page in self.provider.pages.items() if page.status is status]

    def pick(self, refs: list[str], pick: int) -> str:
        return refs[pick % len(refs)]

    def made_refunds(self) -> dict[str, RefundStatus]:
        return {refund.ref: refund.status for page in self.provider.pages.values() for refund in page.refunds}

    def payments(self) -> list[Payment]:
        query = select(Payment).where(Payment.order_id == self.order.id).order_by(Payment.created_at)
        return list(self.session.scalars(query, execution_options={"populate_existing": True}))

    def refunds(self, payment: Payment) -> list[Refund]:
        return list(self.session.scalars(select(Refund).where(Refund.payment_id == payment.id)))

    def work(self) -> list[OutboxEvent]:
        query = select(OutboxEvent).where(OutboxEvent.name.in_(WORK)).order_by(OutboxEvent.id)
        return list(self.session.scalars(query))

    def handle(self, row: OutboxEvent) -> None:
        try:
            with self.session.begin_nested():
                deliver(self.session, self.provider, restore(row.name, row.payload), at=self.at)
        except Unavailable:
            return
        self.delivered.add(row.id)


def test_every_history_keeps_the_rules_and_ends_settled(engine: Engine) -> None:
    class OnThisEngine(PaymentLife):
        def __init__(self) -> None:
            super().__init__(engine)

    run_state_machine_as_test(
        OnThisEngine,
        settings=settings(
            max_examples=50,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
