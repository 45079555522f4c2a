"""Production batches: noted once, out in the order of their dates, and gone from the shelf after them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import Actor, system_actor
from inventory.errors import BatchNeeded, BatchRefused, LifeTooShort, StockNotFound, StockNotYours
from inventory.models import Batch, LedgerEntry, Stock, Variant
from inventory.queries.batches import ending_batches_for
from inventory.rules import RECEIPT_REASONS
from inventory.services.batches import note_batch, withdraw_expired
from inventory.services.shelving import receive_pieces
from inventory.services.stock import (
    Piece,
    adjust,
    confirm,
    issue,
    receive,
    release,
    reserve,
    write_off_reserved,
)
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.batches import entry, make_batch
from tests.factories.inventory import make_category, make_product, make_upt, make_variant
from tests.snapshots import snapshot

TODAY = date(2026, 11, 21)
KEY = UUID("00000000-0000-4000-8000-00000000ba7c")
KEEPER = system_actor("test")


def later(days: int) -> date:
    return TODAY + timedelta(days=days)


@dataclass
class Bakery:
    """Garut bakes bread, which is food, and weaves nets; nothing lies there yet."""

    garut: Upt
    bread: Variant
    net: Variant
    officer: Actor


@pytest.fixture
def bakery(session: Session) -> Bakery:
    garut = make_upt(session, "Lapas Garut")
    food = make_category(session, "roti_kue")
    bread = make_variant(session, make_product(session, "Roti", makers=(garut,), category=food))
    net = make_variant(session, make_product(session, "Coir Net", makers=(garut,)))
    user = make_officer(session, garut)
    return Bakery(garut, bread, net, actor_of(session, user.id, user.name))


@pytest.fixture(autouse=True)
def _invariants_hold(session: Session, at: datetime) -> Iterator[None]:
    yield
    assert violations(session, at=at, names={"I1", "I2", "I3", "I4-batches", "I22"}) == {}


def note(session: Session, bakery: Bakery, at: datetime, **values: Any) -> bool:
    actor = values.pop("actor", bakery.officer)
    batch = entry(**{"expires_on": later(9), **values})
    return note_batch(session, bakery.garut.code, bakery.bread.sku, batch, key=KEY, actor=actor, at=at)


def remaining(session: Session) -> dict[str, int]:
    return dict(session.execute(select(Batch.code, Batch.remaining).order_by(Batch.id)).all())


def held(session: Session, variant: Variant, pieces: int, at: datetime) -> int:
    """A reservation of a paid order."""
    stock_id = session.scalars(select(Stock.id).where(Stock.variant_id == variant.id)).one()
    (reservation,) = reserve(session, [Piece(stock_id, pieces)], order_number="LP-1", expires_at=at)
    confirm(session, "LP-1")
    return reservation


class TestNoteBatch:
    def test_what_passed_comes_onto_the_shelf(self, session: Session, bakery: Bakery, at: datetime) -> None:
        assert note(session, bakery, at, passed=20, reworked=3, failed=2, people=4, hours=16, code="r-1")
        batch = session.scalars(select(Batch)).one()
        assert (batch.code, batch.remaining, batch.people, batch.hours) == ("R-1", 23, 4, 16)
        assert session.scalars(select(Stock.on_hand)).all() == [23]
        line = session.scalars(select(LedgerEntry)).one()
        assert (line.kind, line.delta, line.reason) == ("received", 23, "made")
        audited = session.scalars(select(AuditEntry)).one()
        assert (audited.action, audited.before["on_hand"], audited.after["on_hand"]) == ("stock.batch", 0, 23)
        assert audited.after["failed"] == 2

    def test_a_batch_that_failed_is_noted_without_pieces(
        self, session: Session, bakery: Bakery, at: datetime
    ) -> None:
        assert note(session, bakery, at, passed=0, failed=7)
        assert session.scalars(select(Stock.on_hand)).all() == [0]
        assert session.scalars(select(LedgerEntry)).all() == []

    def test_a_form_sent_twice_counts_once(self, session: Session, bakery: Bakery, at: datetime) -> None:
        note(session, bakery, at)
        before = snapshot(session)
        assert not note(session, bakery, at)
        assert snapshot(session) == before

    def test_the_day_is_that_of_the_upt(self, session: Session, bakery: Bakery) -> None:
        """At half past five in the evening UTC it is tomorrow in Garut."""
        assert note(session, bakery, datetime.fromisoformat("2026-11-21T17:30:00Z"), made_on=later(1))

    @pytest.mark.parametrize(
        "values", [{"expires_on": None}, {"made_on": later(1)}, {"expires_on": later(-1)}, {"code": "=cmd"}]
    )
    def test_refused_it_leaves_nothing(
        self, session: Session, bakery: Bakery, at: datetime, values: dict[str, Any]
    ) -> None:
        before = snapshot(session)
        with pytest.raises(BatchRefused), session.begin_nested():
            note(session, bakery, at, **values)
        assert snapshot(session) == before

    def test_only_its_own_officers(self, session: Session, bakery: Bakery, at: datetime) -> None:
        stranger, office = make_officer(session, make_upt(session)), make_user(session)
        make_membership(session, office, "kanwil_officer", kanwil=bakery.garut.kanwil)
        before = snapshot(session)
        for user, refusal in ((stranger, StockNotFound), (office, StockNotYours)):
            with pytest.raises(refusal):
                note(session, bakery, at, actor=actor_of(session, user.id, user.name))
        assert snapshot(session) == before

    @pytest.mark.parametrize("reason", RECEIPT_REASONS)
    def test_food_comes_in_no_other_way(
        self, session: Session, bakery: Bakery, at: datetime, reason: str
    ) -> None:
        before = snapshot(session)
        place = bakery.garut.code, bakery.bread.sku
        with pytest.raises(BatchNeeded), session.begin_nested():
            receive_pieces(session, *place, 5, reason=reason, key="k", actor=bakery.officer, at=at)
        assert snapshot(session) == before


class TestPiecesGoOut:
    @pytest.fixture
    def bread(self, session: Session, bakery: Bakery, at: datetime) -> Variant:
        """Two loose, three that end in two days, four that keep."""
        receive(session, bakery.bread.id, bakery.garut.id, 2, reason="bought", actor=KEEPER, at=at)
        make_batch(session, bakery.bread, bakery.garut, at=at, code="NEW", expires_on=later(40))
        make_batch(session, bakery.bread, bakery.garut, at=at, code="OLD", expires_on=later(2), passed=3)
        return bakery.bread

    def test_the_first_to_expire_is_issued_first(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        reservation = held(session, bread, 8, at)
        issue(session, reservation, 4, cause="ship:1", actor=KEEPER, at=at)
        assert remaining(session) == {"NEW": 3, "OLD": 0}
        issue(session, reservation, 4, cause="ship:2", actor=KEEPER, at=at)
        assert remaining(session) == {"NEW": 0, "OLD": 0}

    def test_what_would_be_past_its_date_on_arrival_stays(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        reservation = held(session, bread, 6, at)
        issue(session, reservation, 6, cause="ship:1", actor=KEEPER, at=at, good_until=later(3))
        assert remaining(session) == {"NEW": 0, "OLD": 3}

    def test_refused_when_too_few_keep(self, session: Session, bread: Variant, at: datetime) -> None:
        reservation = held(session, bread, 7, at)
        before = snapshot(session)
        with pytest.raises(LifeTooShort) as refusal, session.begin_nested():
            issue(session, reservation, 7, cause="ship:1", actor=KEEPER, at=at, good_until=later(3))
        session.expire_all()
        assert refusal.value.parameters == {"product": "Roti", "left": 6, "good_until": later(3)}
        assert snapshot(session) == before

    def test_corrections_and_shortages_take_from_the_batches_too(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        reservation = held(session, bread, 2, at)
        write_off_reserved(session, reservation, 2, cause="short", actor=KEEPER, at=at)
        stock_id = session.scalars(select(Stock.id)).one()
        adjust(session, stock_id, -2, reason="damaged", actor=KEEPER, at=at)
        assert remaining(session) == {"NEW": 3, "OLD": 0}

    def test_a_correction_that_is_taken_back_keeps_its_dates(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        """Of six that came back five belong to batches; what was sent does not, and the sixth is loose."""
        issue(session, held(session, bread, 1, at), 1, cause="ship:1", actor=KEEPER, at=at)
        stock_id = session.scalars(select(Stock.id)).one()
        adjust(session, stock_id, -5, reason="count", actor=KEEPER, at=at)
        assert remaining(session) == {"NEW": 1, "OLD": 0}
        adjust(session, stock_id, 1, reason="count", actor=KEEPER, at=at)
        assert remaining(session) == {"NEW": 1, "OLD": 1}
        adjust(session, stock_id, 5, reason="count", actor=KEEPER, at=at)
        assert remaining(session) == {"NEW": 4, "OLD": 2}
        assert session.scalars(select(Stock.on_hand)).all() == [9]
        adjust(session, stock_id, 5, reason="count", actor=KEEPER, at=at)
        assert remaining(session) == {"NEW": 4, "OLD": 2}

    def test_where_pieces_went_cannot_be_rewritten(
        self, session: Session, bread: Variant, at: datetime
    ) -> None:
        for statement in ("UPDATE batch_moves SET delta = 9", "DELETE FROM batch_moves"):
            with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
                session.execute(text(statement))


class TestWithdrawExpired:
    def test_what_is_past_its_date_leaves_the_shelf(
        self, session: Session, bakery: Bakery, at: datetime
    ) -> None:
        make_batch(session, bakery.bread, bakery.garut, at=at, code="A", expires_on=later(1), passed=5)
        make_batch(session, bakery.bread, bakery.garut, at=at, code="B", expires_on=later(9), passed=2)
        assert withdraw_expired(session, at=at + timedelta(days=1)) == 0, "its last day still counts"
        at += timedelta(days=2)
        assert withdraw_expired(session, at=at) == 1
        assert remaining(session) == {"A": 0, "B": 2}
        line = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id.desc()).limit(1)).one()
        assert (line.kind, line.delta, line.reason, line.actor_label) == (
            *("adjusted", -5, "expired"),
            "system:expiry",
        )
        before = snapshot(session)
        assert withdraw_expired(session, at=at) == 0
        assert snapshot(session) == before

    def test_what_orders_hold_is_left_to_the_officer(
        self, session: Session, bakery: Bakery, at: datetime
    ) -> None:
        make_batch(session, bakery.bread, bakery.garut, at=at, code="A", expires_on=later(1), passed=5)
        held(session, bakery.bread, 2, at)
        at += timedelta(days=2)
        assert withdraw_expired(session, at=at) == 1
        assert remaining(session) == {"A": 2}
        assert session.scalars(select(Stock.on_hand)).all() == [2]

    def test_what_an_order_frees_later_that_day_leaves_too(
        self, session: Session, bakery: Bakery, at: datetime
    ) -> None:
        make_batch(session, bakery.bread, bakery.garut, at=at, code="A", expires_on=later(1), passed=5)
        reservation = held(session, bakery.bread, 2, at)
        at += timedelta(days=2)
        withdraw_expired(session, at=at)
        release(session, reservation, 2, at=at)
        assert withdraw_expired(session, at=at + timedelta(hours=1)) == 1
        assert remaining(session) == {"A": 0}
        assert session.scalars(select(Stock.on_hand)).all() == [0]

    def test_it_does_not_come_back_with_a_correction(
        self, session: Session, bakery: Bakery, at: datetime
    ) -> None:
        make_batch(session, bakery.bread, bakery.garut, at=at, code="A", expires_on=later(1), passed=5)
        at += timedelta(days=2)
        withdraw_expired(session, at=at)
        stock_id = session.scalars(select(Stock.id)).one()
        adjust(session, stock_id, 2, reason="count", actor=KEEPER, at=at)
        assert remaining(session) == {"A": 0}
        assert withdraw_expired(session, at=at + timedelta(hours=1)) == 0


class TestEndingBatches:
    def test_only_of_the_own_scope_the_most_urgent_first(
        self, session: Session, bakery: Bakery, at: datetime
    ) -> None:
        make_batch(session, bakery.bread, bakery.garut, at=at, code="LATE", expires_on=later(14))
        make_batch(session, bakery.bread, bakery.garut, at=at, code="SOON", expires_on=later(3))
        make_batch(session, bakery.bread, bakery.garut, at=at, code="FAR", expires_on=later(15))
        found, count = ending_batches_for(session, bakery.officer, until=later(14))
        assert ([batch.code for batch in found], count) == (["SOON", "LATE"], 2)
        found, count = ending_batches_for(session, bakery.officer, until=later(14), most=1)
        assert ([batch.code for batch in found], count) == (["SOON"], 2)
        user = make_officer(session, make_upt(session))
        stranger = actor_of(session, user.id, user.name)
        assert ending_batches_for(session, stranger, until=later(14)) == ([], 0)
