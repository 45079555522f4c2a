"""W3's bank: five UPTs with two kinds of goods and a fair each, and everything that moves a piece there.

Each step does its work in transactions of its own, as pages and jobs do; a refusal ends it, since others are
at the same shelves.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from inventory.models import CountLine, Stock, StockCount
from inventory.services.batches import note_batch
from inventory.services.counting import Found, book_counts, note_counts, open_count
from inventory.services.locations import open_place
from inventory.services.place_sales import sell_at_place
from inventory.services.stock import adjust, receive
from inventory.services.transferring import (
    begin_transfer,
    receive_transfer,
    send_transfer,
    take_back_transfer,
)
from kernel.errors import DomainError
from kernel.outbox import Event, OutboxEvent, restore
from orders.models import Fulfilment, FulfilmentLine, Order, Payment
from orders.rules.allocation import Wish
from orders.services.calling_off import call_off
from orders.services.coming_back import come_back, lose
from orders.services.expiring import cancel_order, expire_orders
from orders.services.fulfilling import accept, cannot_supply, deliver, pack, ship
from orders.services.settling import look_up, question_about, settle
from tests.factories.accounts import make_membership, make_user
from tests.factories.batches import entry
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.factories.paying import deliver as deliver_event
from tests.factories.paying import open_payment
from tests.factories.placing import make_placed_order
from tests.factories.shipping import make_rates
from tests.fakes import FakeProvider

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=3)
"""When what was placed at AT, and is not paid, is overdue."""

UPTS, EACH = 5, 60

Result = TypeVar("Result")


@dataclass
class Bank:
    """Codes of the UPTs, ids and SKUs of the goods, the fairs, and somebody who works in all of them."""

    engine: Engine
    actor: Actor
    upts: dict[str, int]
    goods: dict[str, int]
    fairs: dict[str, UUID]
    provider: FakeProvider = field(default_factory=FakeProvider)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def do(self, work: Callable[[Session], Result]) -> Result:
        """One transaction."""
        with Session(self.engine) as session, session.begin():
            return work(session)

    # --- orders -----------------------------------------------------------------------------------------

    def place(self, chance: random.Random) -> str:
        """Somebody orders one thing or both, of one UPT; gives the order's number."""
        upt_id = chance.choice(list(self.upts.values()))
        chosen = chance.sample(list(self.goods.values()), chance.randint(1, 2))
        wishes = [Wish(line, each, chance.randint(2, 3), upt_id) for line, each in enumerate(chosen, 1)]
        return self.do(lambda session: make_placed_order(session, *wishes, at=AT))

    def pay(self, chance: random.Random) -> str:
        """Somebody orders and pays; gives the order's number."""
        number = self.place(chance)
        of_it = select(Order).where(Order.number == number)

        def begin(session: Session) -> UUID:
            payment = open_payment(session, session.scalars(of_it).one(), self.provider, at=AT)
            assert payment.ref is not None
            self.provider.pay(payment.ref)
            return payment.id

        payment_id = self.do(begin)

        def finish(session: Session) -> None:
            question = question_about(session.get_one(Payment, payment_id))
            settle(session, payment_id, look_up(self.provider, question), at=AT)

        self.do(finish)
        return number

    def parcel(self, chance: random.Random, *, pieces_sent: bool = True) -> str:
        """Somebody orders and pays, and the UPT packs it and hands it over; gives the parcel's number."""
        order = self.pay(chance)
        found = select(Fulfilment.number).join(Order).where(Order.number == order)
        number = self.do(lambda session: session.scalars(found).one())
        self.do(lambda session: accept(session, number, actor=self.actor, at=AT))
        if pieces_sent:
            self.do(lambda session: pack(session, number, actor=self.actor, at=AT))
            label = f"JNE{next(self._numbers):010}"
            self.do(lambda session: ship(session, number, "JNE", label, actor=self.actor, at=AT))
        return number

    def leave_accepted(self, chance: random.Random) -> None:
        self.parcel(chance, pieces_sent=False)

    def leave_unpaid(self, chance: random.Random) -> None:
        self.place(chance)

    def cancel(self, chance: random.Random) -> None:
        """The customer wants out before paying."""
        number = self.place(chance)
        self.do(lambda session: cancel_order(session, number, None, None, actor=CUSTOMER, at=AT))

    def call_off(self, chance: random.Random) -> None:
        """The customer wants out after paying."""
        number = self.pay(chance)
        self.do(lambda session: call_off(session, number, actor=CUSTOMER, at=AT))

    def deliver(self, chance: random.Random) -> None:
        number = self.parcel(chance)
        self.do(lambda session: deliver(session, number, actor=self.actor, at=AT))

    def come_back(self, chance: random.Random) -> None:
        """A parcel comes back; of its first line all but one are good again."""
        number = self.parcel(chance)
        shipped = select(FulfilmentLine.shipped).join(Fulfilment).where(Fulfilment.number == number)
        shipped = shipped.order_by(FulfilmentLine.id).limit(1)

        def note(session: Session) -> None:
            come_back(
                session,
                number,
                {1: session.scalars(shipped).one() - 1},
                reason="refused",
                actor=self.actor,
                at=AT,
            )

        self.do(note)

    def lose(self, chance: random.Random) -> None:
        number = self.parcel(chance)
        self.do(lambda session: lose(session, number, actor=self.actor, at=AT))

    def supply_less(self, chance: random.Random) -> None:
        """A piece that was paid for is not there after all."""
        number = self.parcel(chance, pieces_sent=False)

        def say(session: Session) -> None:
            cannot_supply(
                session, number, {1: 1}, reason="damaged", seen_cancelled=0, actor=self.actor, at=AT
            )

        self.do(say)

    def expire(self, _chance: random.Random) -> None:
        """The sweeper comes by, three hours later; what it rings for is done as the worker does it."""

        def sweep(session: Session) -> list[OutboxEvent]:
            last = session.scalar(select(func.coalesce(func.max(OutboxEvent.id), 0)))
            expire_orders(session, at=LATER)
            session.flush()
            due = OutboxEvent.name.in_(("OrderOverdue", "PaymentCheckDue"))
            rows = session.scalars(select(OutboxEvent).where(OutboxEvent.id > last, due)).all()
            session.expunge_all()
            return list(rows)

        for row in self.do(sweep):
            self._deliver(restore(row.name, row.payload))

    def _deliver(self, event: Event) -> None:
        self.do(lambda session: deliver_event(session, self.provider, event, at=LATER))

    # --- shelves ----------------------------------------------------------------------------------------

    def make(self, chance: random.Random) -> None:
        """A batch is noted."""
        code, sku = chance.choice(list(self.upts)), chance.choice(list(self.goods))
        made = entry(passed=chance.randint(1, 5))
        self.do(lambda session: note_batch(session, code, sku, made, key=uuid4(), actor=self.actor, at=AT))

    def correct(self, chance: random.Random) -> None:
        """A recount of some shelf by one piece."""
        delta = chance.choice((-1, 1))

        def put_right(session: Session) -> None:
            stock_id = chance.choice(session.scalars(select(Stock.id).order_by(Stock.id)).all())
            adjust(session, stock_id, delta, reason="count", actor=self.actor, at=AT)

        self.do(put_right)

    def count_sheet(self, chance: random.Random) -> None:
        """All shelves of a UPT are counted, and one piece more or less is found on each."""
        code, key = chance.choice(list(self.upts)), uuid4()
        self.do(lambda session: open_count(session, code, words="", key=key, actor=self.actor, at=AT))
        lines = select(CountLine.position, CountLine.look, CountLine.expected)
        lines = lines.join(StockCount, StockCount.id == CountLine.count_id).where(StockCount.key == key)

        def note(session: Session) -> None:
            found = {
                line.position: Found(line.look, max(line.expected + chance.choice((-1, 1)), 0))
                for line in session.execute(lines)
            }
            note_counts(session, key, found, actor=self.actor, at=AT)

        def book(session: Session) -> None:
            looks = {line.position: line.look for line in session.execute(lines)}
            book_counts(session, key, looks, actor=self.actor, at=AT)

        self.do(note)
        self.do(book)

    def transfer(self, chance: random.Random) -> None:
        """From store to store, and all of it arrives."""
        key, sku, pieces = self._sent(chance)
        self.do(lambda session: receive_transfer(session, key, {sku: pieces}, "", actor=self.actor, at=AT))

    def transfer_short(self, chance: random.Random) -> None:
        """From store to store, and one piece less arrives."""
        key, sku, pieces = self._sent(chance)
        arrived, why = {sku: pieces - 1}, "Satu pecah di jalan"
        self.do(lambda session: receive_transfer(session, key, arrived, why, actor=self.actor, at=AT))

    def take_back(self, chance: random.Random) -> None:
        """From store to store, but the sender takes it back."""
        key, *_ = self._sent(chance)
        self.do(lambda session: take_back_transfer(session, key, actor=self.actor, at=AT))

    def _sent(self, chance: random.Random) -> tuple[UUID, str, int]:
        """Key, SKU and pieces of a transfer that is on its way."""
        source, target = chance.sample(list(self.upts), 2)
        sku, pieces, key = chance.choice(list(self.goods)), chance.randint(2, 9), uuid4()
        self._send(source, target, {sku: pieces}, key)
        return key, sku, pieces

    def sell_at_fair(self, chance: random.Random) -> None:
        """Some go to the UPT's fair, and one or two are sold there."""
        code, key = chance.choice(list(self.upts)), uuid4()
        sku, pieces = chance.choice(list(self.goods)), chance.randint(2, 4)
        fair = self.fairs[code]
        self._send(code, f"{code}/{fair}", {sku: pieces}, key)
        self.do(lambda session: receive_transfer(session, key, {sku: pieces}, "", actor=self.actor, at=AT))
        sold = {sku: chance.randint(1, 2)}
        self.do(lambda session: sell_at_place(session, fair, sold, key=uuid4(), actor=self.actor, at=AT))

    def _send(self, source: str, target: str, pieces: dict[str, int], key: UUID) -> None:
        self.do(lambda session: begin_transfer(session, source, target, key=key, actor=self.actor, at=AT))
        self.do(lambda session: send_transfer(session, key, pieces, actor=self.actor, at=AT))

    # --- together ---------------------------------------------------------------------------------------

    @property
    def steps(self) -> Sequence[Callable[[random.Random], None]]:
        """Everything that moves a piece."""
        return (
            *(self.leave_accepted, self.leave_unpaid, self.cancel, self.call_off, self.deliver),
            *(self.come_back, self.lose, self.supply_less, self.expire),
            *(self.make, self.correct, self.count_sheet, self.sell_at_fair),
            *(self.transfer, self.transfer_short, self.take_back),
        )

    def rounds(self, seed: int, rounds: int) -> Callable[[Session], Counter[str]]:
        """Every step so many times in an order of its own; counts those that were refused, by why."""
        chance = random.Random(seed)

        def run(_session: Session) -> Counter[str]:
            refused = Counter[str]()
            for _ in range(rounds):
                for step in chance.sample(self.steps, len(self.steps)):
                    try:
                        step(chance)
                    except DomainError as refusal:
                        refused[f"{step.__name__}: {refusal.code}"] += 1
            return refused

        return run


def make_bank(engine: Engine) -> Bank:
    """Sixty pieces of each kind of goods in each store; nothing at the fairs yet."""
    with Session(engine) as session, session.begin():
        make_rates(session)
        upts = [make_upt(session) for _ in range(UPTS)]
        variants = [
            make_variant(session, make_product(session, makers=tuple(upts)), price=15_000) for _ in range(2)
        ]
        user = make_user(session)
        for upt in upts:
            make_membership(session, user, "upt_officer", upt=upt)
        actor = actor_of(session, user.id, user.name)
        for upt in upts:
            for variant in variants:
                receive(session, variant.id, upt.id, EACH, reason="test", actor=actor, at=AT)
        fairs = {upt.code: _open_fair(session, upt, actor) for upt in upts}
        return Bank(
            engine,
            actor,
            {upt.code: upt.id for upt in upts},
            {variant.sku: variant.id for variant in variants},
            fairs,
        )


def _open_fair(session: Session, upt: Upt, actor: Actor) -> UUID:
    key = uuid4()
    open_place(session, upt.code, "fair", "Alun-alun", key=key, actor=actor, at=AT)
    return key
