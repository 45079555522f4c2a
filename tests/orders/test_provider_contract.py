"""What the shop relies on in a payment provider, shown for the fake and for Stripe's adapter alike.

The adapter talks to the simulator process over HTTP through the unmodified SDK.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from kernel.clock import now
from orders.errors import (
    BadSignature,
    ProviderRejected,
    ProviderUnavailable,
    ProviderUnclear,
)
from orders.ports import (
    PaymentLine,
    PaymentRequest,
    PaymentStatus,
    RefundRequest,
    RefundStatus,
    Started,
)
from tests.orders.provider_worlds import FakeWorld, StripeWorld, World
from tests.sandbox_client import StripeSimulator, running_simulator

AMOUNT = 250_000


def make_request(**values: object) -> PaymentRequest:
    """A page for Rp250.000 in three lines, open for an hour."""
    defaults: dict[str, object] = {
        "id": uuid4(),
        "order_number": "LP-0123456789",
        "amount": AMOUNT,
        "currency": "IDR",
        "lines": (
            PaymentLine("Coir Net × 2", 180_000),
            PaymentLine("Roti × 2", 30_000),
            PaymentLine("Ongkos kirim", 40_000),
        ),
        "email": "sari@example.com",
        "locale": "id",
        "success_url": "http://localhost/pesanan/x?lang=id",
        "cancel_url": "http://localhost/pesanan/x",
        "expires_at": now() + timedelta(minutes=60),
    }
    return PaymentRequest(**{**defaults, **values})  # type: ignore[arg-type]


@dataclass
class Begun:
    """A page that is open: what was asked, under which key, and the answer."""

    request: PaymentRequest
    key: str
    started: Started

    @property
    def ref(self) -> str:
        return self.started.ref


def begin(world: World, **values: object) -> Begun:
    """Open a page."""
    request = make_request(**values)
    key = f"pay-{request.id}"
    body = world.provider.request_body(request)
    return Begun(request, key, world.provider.start(body, idempotency_key=key))


def give_back(world: World, ref: str, amount: int, refund_id: UUID) -> object:
    """Ask for a refund under its own key."""
    request = RefundRequest(refund_id, amount, "paid_late")
    return world.provider.refund(ref, request, idempotency_key=f"refund-{refund_id}")


class Contract:
    """Each provider's test class inherits these and gives a `world`."""

    # --- opening a page ---

    def test_opens_a_page_until_the_time_asked_for(self, world: World) -> None:
        begun = begin(world)

        snapshot = world.provider.look(begun.ref)

        assert abs(begun.started.expires_at - begun.request.expires_at) < timedelta(seconds=1)
        assert (snapshot.ref, snapshot.payment_id) == (begun.ref, begun.request.id)
        assert (snapshot.status, snapshot.redirect_url) == (
            PaymentStatus.OPEN,
            begun.started.redirect_url,
        )
        assert (snapshot.amount, snapshot.currency, snapshot.captured) == (AMOUNT, "IDR", 0)
        assert snapshot.is_live is world.provider.is_live is False

    def test_the_same_key_and_body_give_the_same_page(self, world: World) -> None:
        begun = begin(world)
        body = json.loads(json.dumps(world.provider.request_body(begun.request)))

        again = world.provider.start(body, idempotency_key=begun.key)

        assert again == begun.started

    def test_the_same_key_with_another_body_is_refused(self, world: World) -> None:
        begun = begin(world)
        other = world.provider.request_body(make_request(id=begun.request.id, email="budi@example.com"))

        with pytest.raises(ProviderRejected, match="idempotency_error"):
            world.provider.start({**other, "expires_at": 1}, idempotency_key=begun.key)

    def test_lines_that_miss_the_total_are_never_sent(self, world: World) -> None:
        with pytest.raises(ValueError, match="add up"):
            world.provider.request_body(make_request(amount=AMOUNT + 1))

    def test_finds_a_page_whose_answer_was_lost(self, world: World) -> None:
        began = now()
        begun = begin(world)

        assert world.provider.find(begun.request.id, since=began) == begun.ref
        assert world.provider.find(uuid4(), since=began) is None

    # --- how it stands ---

    def test_is_paid_in_full(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)

        snapshot = world.provider.look(begun.ref)

        assert (snapshot.status, snapshot.captured) == (PaymentStatus.PAID, AMOUNT)
        assert snapshot.redirect_url is None

    def test_slow_money_is_pending_until_it_arrives(self, world: World) -> None:
        begun = begin(world)
        world.promise(begun.ref)
        pending = world.provider.look(begun.ref)
        world.arrive(begun.ref, succeeded=True)

        assert (pending.status, pending.captured) == (PaymentStatus.PENDING, 0)
        assert world.provider.look(begun.ref).status is PaymentStatus.PAID

    def test_slow_money_may_fail(self, world: World) -> None:
        begun = begin(world)
        world.promise(begun.ref)
        world.arrive(begun.ref, succeeded=False)

        snapshot = world.provider.look(begun.ref)

        assert (snapshot.status, snapshot.captured) == (PaymentStatus.FAILED, 0)

    def test_a_page_nobody_paid_expires(self, world: World) -> None:
        begun = begin(world)
        world.let_expire(begun.ref)

        assert world.provider.look(begun.ref).status is PaymentStatus.EXPIRED

    def test_tells_what_was_paid_even_when_it_is_not_what_was_asked(self, world: World) -> None:
        begun = begin(world)
        world.pay_other_amount(begun.ref)

        snapshot = world.provider.look(begun.ref)

        assert snapshot.status is PaymentStatus.PAID
        assert snapshot.amount == snapshot.captured == 10_000

    def test_other_money_is_refused(self, world: World) -> None:
        begun = begin(world)
        world.pay_in_dollars(begun.ref)

        with pytest.raises(ProviderRejected, match="other_currency"):
            world.provider.look(begun.ref)

    def test_an_unknown_page_is_refused(self, world: World) -> None:
        with pytest.raises(ProviderRejected, match="resource_missing"):
            world.provider.look("cs_test_nobody")

    # --- closing ---

    def test_nobody_can_pay_a_closed_page(self, world: World) -> None:
        begun = begin(world)

        assert world.provider.close(begun.ref).status is PaymentStatus.EXPIRED
        assert world.provider.close(begun.ref).status is PaymentStatus.EXPIRED

    def test_closing_tells_that_the_customer_was_faster(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)

        assert world.provider.close(begun.ref).status is PaymentStatus.PAID

    def test_promised_money_cannot_be_stopped(self, world: World) -> None:
        begun = begin(world)
        world.promise(begun.ref)

        assert world.provider.close(begun.ref).status is PaymentStatus.PENDING

    # --- giving back ---

    def test_gives_back_parts_until_nothing_is_left(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        first, second = uuid4(), uuid4()

        give_back(world, begun.ref, 100_000, first)
        give_back(world, begun.ref, 150_000, second)
        with pytest.raises(ProviderRejected, match="already_refunded"):
            give_back(world, begun.ref, 1, uuid4())

        refunds = world.provider.look(begun.ref).refunds
        assert {(refund.refund_id, refund.amount) for refund in refunds} == {
            (first, 100_000),
            (second, 150_000),
        }
        assert {refund.status for refund in refunds} == {RefundStatus.SUCCEEDED}

    def test_the_same_key_refunds_once(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        refund_id = uuid4()

        assert give_back(world, begun.ref, 100_000, refund_id) == give_back(
            world, begun.ref, 100_000, refund_id
        )
        assert len(world.provider.look(begun.ref).refunds) == 1

    def test_what_was_not_paid_cannot_be_given_back(self, world: World) -> None:
        begun = begin(world)

        with pytest.raises(ProviderRejected):
            give_back(world, begun.ref, 100_000, uuid4())

    @pytest.mark.parametrize(
        ("succeeded", "status"), [(True, RefundStatus.SUCCEEDED), (False, RefundStatus.FAILED)]
    )
    def test_a_refund_may_take_its_time(self, world: World, succeeded: bool, status: RefundStatus) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        world.hold_refunds_back()
        give_back(world, begun.ref, 100_000, uuid4())
        (pending,) = world.provider.look(begun.ref).refunds
        world.move_refund(pending.ref, succeeded=succeeded)

        (moved,) = world.provider.look(begun.ref).refunds
        assert (pending.status, moved.status) == (RefundStatus.PENDING, status)

    def test_shows_refunds_made_in_its_own_pages(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        ref = world.refund_there(begun.ref, 50_000)

        (refund,) = world.provider.look(begun.ref).refunds
        assert (refund.ref, refund.refund_id, refund.amount) == (ref, None, 50_000)

    def test_tells_of_a_dispute_and_of_its_end(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        world.dispute(begun.ref)
        during = world.provider.look(begun.ref).is_disputed
        world.win_dispute(begun.ref)

        assert (during, world.provider.look(begun.ref).is_disputed) == (True, False)

    # --- notices ---

    def test_lists_what_happened_oldest_first(self, world: World) -> None:
        first, second = begin(world), begin(world)
        world.pay(first.ref)
        world.provider.close(second.ref)
        give_back(world, first.ref, AMOUNT, uuid4())

        events = list(world.provider.missed(None))

        kinds = ["checkout.session.completed", "checkout.session.expired", "refund.created"]
        assert [event.kind for event in events] == kinds
        assert list(world.provider.missed(events[0].event_id)) == events[1:]
        assert list(world.provider.missed(events[-1].event_id)) == []
        assert list(world.provider.missed("evt_unknown")) == events

    def test_each_notice_leads_to_its_payment(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        give_back(world, begun.ref, 50_000, uuid4())
        world.dispute(begun.ref)

        for event in world.provider.missed(None):
            assert world.provider.look(event.ref).ref == begun.ref

    def test_reads_a_signed_notice(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        (event,) = world.provider.missed(None)
        body, headers = world.webhook(event)

        notice = world.provider.read_notice(body, headers)

        assert notice is not None
        assert (notice.event_id, notice.kind, notice.ref) == (event.event_id, event.kind, begun.ref)

    @pytest.mark.parametrize("header", ["", "t=1,v1=00", "t=1,v1=é", "nonsense"])
    def test_refuses_a_forged_notice(self, world: World, header: str) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        (event,) = world.provider.missed(None)
        body, _ = world.webhook(event)

        with pytest.raises(BadSignature):
            world.provider.read_notice(body, {"Stripe-Signature": header})

    # --- when it goes wrong ---

    def test_is_unavailable_while_it_refuses_to_work(self, world: World) -> None:
        world.refuse("start")
        request = make_request()
        body = world.provider.request_body(request)

        with pytest.raises(ProviderUnavailable):
            world.provider.start(body, idempotency_key=f"pay-{request.id}")
        started = world.provider.start(body, idempotency_key=f"pay-{request.id}")

        assert world.provider.look(started.ref).payment_id == request.id

    def test_an_answer_that_was_lost_comes_again_under_its_key(self, world: World) -> None:
        began = now()
        world.lose_answer("start")
        request = make_request()
        body = world.provider.request_body(request)

        with pytest.raises(ProviderUnavailable):
            world.provider.start(body, idempotency_key=f"pay-{request.id}")
        found = world.provider.find(request.id, since=began)

        assert world.provider.start(body, idempotency_key=f"pay-{request.id}").ref == found

    def test_a_breakdown_before_the_work_leaves_it_open_what_was_done(self, world: World) -> None:
        begun = begin(world)
        world.pay(begun.ref)
        world.break_down("refund", kept=True)
        refund_id = uuid4()

        for _ in range(2):
            with pytest.raises(ProviderUnclear) as unclear:
                give_back(world, begun.ref, 100_000, refund_id)

        assert unclear.value.parameters["is_final"] is True
        assert world.provider.look(begun.ref).refunds == ()


class TestFake(Contract):
    """The fake keeps the contract, so tests that use it mean something."""

    @pytest.fixture
    def world(self) -> World:
        return FakeWorld()


@pytest.fixture(scope="module")
def simulator() -> Iterator[StripeSimulator]:
    with running_simulator() as running:
        yield running


@pytest.mark.processes
class TestStripe(Contract):
    """The adapter keeps the same contract over the real SDK and real HTTP."""

    @pytest.fixture
    def world(self, simulator: StripeSimulator) -> World:
        simulator.reset()
        return StripeWorld(simulator)
