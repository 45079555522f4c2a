"""Transfers conserve pieces: they leave one shelf, are on the way, and arrive at another, never more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import Actor
from inventory.errors import PlaceNotFound, StockNotFound, StockNotYours, TransferNotFound
from inventory.models import Batch, LedgerEntry, Location, LocationStock, Stock, Variant
from inventory.queries.batches import batches_of
from inventory.queries.exported import batch_rows
from inventory.queries.locations import ends_for, places_for
from inventory.queries.staff import shelf_row_for
from inventory.queries.transfers import (
    sendable_lines,
    transfer_for,
    transfer_lines_of,
    transfers_for,
    transfers_waiting,
)
from inventory.services.locations import close_place, open_place
from inventory.services.place_sales import sell_at_place
from inventory.services.stock import Piece, reserve
from inventory.services.stock import receive as stock_receive
from inventory.services.transferring import (
    begin_transfer,
    call_off_transfer,
    receive_transfer,
    send_transfer,
    take_back_transfer,
    write_transfer,
)
from kernel.errors import DomainError
from reporting.invariants import violations
from tests.factories.accounts import make_officer
from tests.factories.batches import make_batch
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.snapshots import snapshot

SOUND = {"I1", "I1-places", "I2", "I3", "I4", "I4-batches", "I4-transfers"}


@dataclass
class World:
    """Nets of Garut and Ciamis: at Garut four that keep three days, six that keep ten; three are held."""

    garut: Upt
    ciamis: Upt
    net: Variant
    officer: Actor
    other: Actor
    stranger: Actor
    day: date


@pytest.fixture
def world(session: Session, at: datetime) -> World:
    garut = make_upt(session, "Lapas Garut")
    ciamis = make_upt(session, "Lapas Ciamis", kanwil=garut.kanwil)
    net = make_variant(session, make_product(session, "Coir Net", makers=(garut, ciamis)))
    day = at.date()
    made = day - timedelta(days=2)
    make_batch(session, net, garut, at=at, code="A", made_on=made, expires_on=day + timedelta(3), passed=4)
    make_batch(session, net, garut, at=at, code="B", made_on=made, expires_on=day + timedelta(10), passed=6)
    stock_id = session.scalars(select(Stock.id)).one()
    reserve(session, [Piece(stock_id, 3)], order_number="LP-1", expires_at=at)
    people = [make_officer(session, upt) for upt in (garut, ciamis, make_upt(session))]
    officer, other, stranger = (actor_of(session, each.id, each.name) for each in people)
    return World(garut, ciamis, net, officer, other, stranger, day)


def begin(session: Session, world: World, at: datetime, target: str, source: str = "") -> UUID:
    source = source or world.garut.code
    return begin_transfer(session, source, target, key=uuid4(), actor=world.officer, at=at)


def send(session: Session, world: World, at: datetime, pieces: int, target: str = "") -> UUID:
    key = begin(session, world, at, target or world.ciamis.code)
    send_transfer(session, key, {world.net.sku: pieces}, actor=world.officer, at=at)
    return key


def receive(session: Session, world: World, key: UUID, at: datetime, pieces: int, why: str = "") -> None:
    receive_transfer(session, key, {world.net.sku: pieces}, why, actor=world.other, at=at)


def carry(session: Session, world: World, at: datetime, pieces: int, source: str, target: str) -> None:
    """Send pieces from an end of Garut to another, and receive them there."""
    key = begin(session, world, at, target, source)
    for step in (send_transfer, partial(receive_transfer, explanation="")):
        step(session, key, {world.net.sku: pieces}, actor=world.officer, at=at)


def gallery(session: Session, world: World, at: datetime) -> str:
    """The name of Garut's gallery as an end of a transfer."""
    key = uuid4()
    open_place(session, world.garut.code, "gallery", "Galeri", key=key, actor=world.officer, at=at)
    return f"{world.garut.code}/{key}"


def stores(session: Session) -> dict[int, int]:
    session.expire_all()
    return dict(session.execute(select(Stock.upt_id, Stock.on_hand)).all())


def beside(session: Session, world: World, actor: Actor, upt: Upt) -> tuple[int, int]:
    """Pieces on their way to a UPT, and those at its places."""
    row = shelf_row_for(session, actor, upt.code, world.net.sku)
    return row.coming, row.away


def refused(session: Session, code: str, step: Callable[[], object]) -> None:
    before = snapshot(session)
    with pytest.raises(DomainError) as refusal, session.begin_nested():
        step()
    assert refusal.value.code == code
    session.expire_all()
    assert snapshot(session) == before


class TestBetweenUpts:
    def test_on_the_way_it_is_on_no_shelf(self, session: Session, world: World, at: datetime) -> None:
        key = send(session, world, at, 5)
        assert stores(session) == {world.garut.id: 5}
        assert beside(session, world, world.other, world.ciamis) == (5, 0)
        assert beside(session, world, world.officer, world.garut) == (0, 0)
        assert (transfers_waiting(session, world.other), transfers_waiting(session, world.officer)) == (1, 0)
        receive(session, world, key, at, 5)
        assert stores(session) == {world.garut.id: 5, world.ciamis.id: 5}
        assert transfer_for(session, world.officer, key).state == "received"
        assert not SOUND & set(violations(session, at=at))

    def test_the_dates_come_with_the_pieces(self, session: Session, world: World, at: datetime) -> None:
        receive(session, world, send(session, world, at, 5), at, 5)
        stock_id = session.scalars(select(Stock.id).where(Stock.upt_id == world.ciamis.id)).one()
        query = select(Batch.code, Batch.expires_on, Batch.remaining).where(Batch.stock_id == stock_id)
        assert session.execute(query.order_by(Batch.code)).all() == [
            ("A", world.day + timedelta(3), 4),
            ("B", world.day + timedelta(10), 1),
        ]
        receive(session, world, send(session, world, at, 1), at, 1)
        codes = session.scalars(select(Batch.code).where(Batch.stock_id == stock_id).order_by(Batch.id))
        assert codes.all() == ["A", "B"], "what comes again is the same batch"
        copy = session.scalars(select(Batch).where(Batch.stock_id == stock_id, Batch.code == "B")).one()
        session.refresh(copy)
        assert (copy.passed, copy.remaining, copy.from_batch_id is None) == (2, 2, False)
        lines = {row.code: row.is_from_another for row in batches_of(session, stock_id)}
        assert lines == {"A": True, "B": True}
        assert list(batch_rows(session, world.other, words="")) == [], "it is no production of theirs"
        assert len(list(batch_rows(session, world.officer, words=""))) == 2
        assert not SOUND & set(violations(session, at=at))

    def test_what_goes_home_is_in_its_own_batches_again(
        self, session: Session, world: World, at: datetime
    ) -> None:
        receive(session, world, send(session, world, at, 5), at, 5)
        home, pieces = uuid4(), {world.net.sku: 5}
        ends = (world.ciamis.code, world.garut.code)
        begin_transfer(session, *ends, key=home, actor=world.other, at=at)
        send_transfer(session, home, pieces, actor=world.other, at=at)
        receive_transfer(session, home, pieces, "", actor=world.officer, at=at)
        query = select(Batch.code, Batch.passed, Batch.remaining, Batch.from_batch_id.is_(None))
        own = query.join(Stock, Stock.id == Batch.stock_id).where(Stock.upt_id == world.garut.id)
        assert session.execute(own.order_by(Batch.code)).all() == [("A", 4, 4, True), ("B", 6, 6, True)]
        assert not SOUND & set(violations(session, at=at))

    def test_a_code_of_other_days_is_another_batch(
        self, session: Session, world: World, at: datetime
    ) -> None:
        days = {"made_on": world.day, "expires_on": world.day + timedelta(20)}
        make_batch(session, world.net, world.ciamis, at=at, code="A", passed=1, **days)
        receive(session, world, send(session, world, at, 4), at, 4)
        query = select(Batch.code, Batch.remaining).join(Stock, Stock.id == Batch.stock_id)
        theirs = query.where(Stock.upt_id == world.ciamis.id).order_by(Batch.code)
        assert session.execute(theirs).all() == [("A", 1), ("A-2", 4)]
        assert not SOUND & set(violations(session, at=at))

    def test_short_it_needs_an_explanation(self, session: Session, world: World, at: datetime) -> None:
        key = send(session, world, at, 5)
        refused(session, "transfer_short", lambda: receive(session, world, key, at, 3))
        receive(session, world, key, at, 3, "Dua basah di jalan.")
        found = transfer_for(session, world.officer, key)
        assert (found.explanation, transfer_lines_of(session, found)[0].received) == (
            "Dua basah di jalan.",
            3,
        )
        assert stores(session) == {world.garut.id: 5, world.ciamis.id: 3}
        told = select(AuditEntry).where(AuditEntry.action == "transfer.receive").order_by(AuditEntry.upt_id)
        entries = session.scalars(told).all()
        assert [entry.upt_id for entry in entries] == [world.garut.id, world.ciamis.id], "both ends know"
        for entry in entries:
            assert entry.before == {"state": "sent", world.net.sku: 5}
            assert entry.after[world.net.sku] == 3
            assert entry.after["explanation"] == "Dua basah di jalan."
        assert not SOUND & set(violations(session, at=at))

    def test_never_more_than_was_sent_and_never_twice(
        self, session: Session, world: World, at: datetime
    ) -> None:
        key = send(session, world, at, 5)
        refused(session, "transfer_too_many", lambda: receive(session, world, key, at, 6))
        refused(
            session,
            "transfer_uncounted",
            lambda: receive_transfer(session, key, {}, "x", actor=world.other, at=at),
        )
        receive(session, world, key, at, 5)
        refused(session, "transfer_over", lambda: receive(session, world, key, at, 5))

    def test_what_orders_hold_stays(self, session: Session, world: World, at: datetime) -> None:
        refused(session, "transfer_too_few", lambda: send(session, world, at, 8))
        send(session, world, at, 7)
        assert stores(session) == {world.garut.id: 3}

    @pytest.mark.parametrize(
        ("pieces", "code"),
        [(0, "transfer_empty"), *((each, "quantity_invalid") for each in (-1, 100_001, 2**63))],
    )
    def test_nothing_or_an_absurd_number_is_not_sent(
        self, session: Session, world: World, at: datetime, pieces: int, code: str
    ) -> None:
        refused(session, code, lambda: send(session, world, at, pieces))

    def test_a_draft_keeps_what_is_written_and_holds_nothing(
        self, session: Session, world: World, at: datetime
    ) -> None:
        draft = begin(session, world, at, world.ciamis.code)
        for pieces in (4, 6):
            write_transfer(session, draft, {world.net.sku: pieces}, actor=world.officer, at=at)
        assert stores(session) == {world.garut.id: 10}
        found = transfer_for(session, world.officer, draft)
        ((line,), _) = sendable_lines(session, found, words="nothing like it")
        told = select(AuditEntry).where(AuditEntry.action == "transfer.write").order_by(AuditEntry.id.desc())
        entry = session.scalars(told.limit(1)).one()
        assert (entry.before[world.net.sku], entry.after[world.net.sku]) == (4, 6)
        other = make_variant(session, make_product(session, makers=(world.garut, world.ciamis)))
        stock_receive(session, other.id, world.garut.id, 1, reason="test", actor=world.officer, at=at)
        same = {world.net.sku: 6, other.sku: 0}
        write_transfer(session, draft, same, actor=world.officer, at=at)
        assert session.scalars(told.limit(1)).one().before == {"state": "draft"}, "only what changed is told"
        assert (line.pieces, line.free, found.pieces) == (6, 7, 6)
        assert not SOUND & set(violations(session, at=at))
        write_transfer(session, draft, {world.net.sku: 0}, actor=world.officer, at=at)
        refused(
            session, "transfer_empty", lambda: send_transfer(session, draft, {}, actor=world.officer, at=at)
        )
        write_transfer(session, draft, {world.net.sku: 2}, actor=world.officer, at=at)
        send_transfer(session, draft, {}, actor=world.officer, at=at)
        assert stores(session) == {world.garut.id: 8}
        for step in (write_transfer, send_transfer):
            late = partial(step, session, draft, {world.net.sku: 1}, actor=world.officer, at=at)
            refused(session, "transfer_over", late)

    def test_who_may_do_what(self, session: Session, world: World, at: datetime) -> None:
        draft = begin(session, world, at, world.ciamis.code)
        with pytest.raises(TransferNotFound):
            transfer_for(session, world.other, draft)  # not sent yet
        sent = send(session, world, at, 1)
        before = snapshot(session)
        pieces = {world.net.sku: 1}
        with pytest.raises(StockNotYours):
            send_transfer(session, sent, pieces, actor=world.other, at=at)
        with pytest.raises(StockNotYours):
            receive_transfer(session, sent, pieces, "", actor=world.officer, at=at)
        with pytest.raises(TransferNotFound):
            receive_transfer(session, sent, pieces, "", actor=world.stranger, at=at)
        with pytest.raises(StockNotFound):
            begin_transfer(
                session, world.garut.code, world.ciamis.code, key=uuid4(), actor=world.stranger, at=at
            )
        assert transfers_for(session, world.stranger, page=1).rows == ()
        assert snapshot(session) == before

    def test_the_sender_takes_back_what_has_not_arrived(
        self, session: Session, world: World, at: datetime
    ) -> None:
        key = send(session, world, at, 5)
        take_back = partial(take_back_transfer, session, key, actor=world.officer, at=at)
        for who, refusal in ((world.other, StockNotYours), (world.stranger, TransferNotFound)):
            before = snapshot(session)
            with pytest.raises(refusal):
                take_back_transfer(session, key, actor=who, at=at)
            assert snapshot(session) == before
        take_back()
        assert stores(session) == {world.garut.id: 10}
        assert dict(session.execute(select(Batch.code, Batch.remaining)).all()) == {"A": 4, "B": 6}
        assert beside(session, world, world.other, world.ciamis) == (0, 0)
        found = transfer_for(session, world.other, key)
        assert (found.state, found.received_label) == ("taken_back", world.officer.label)
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.upt_id) == ("transfer.take_back", world.garut.id)
        assert not SOUND & set(violations(session, at=at))
        refused(session, "transfer_over", take_back)
        refused(session, "transfer_over", lambda: receive(session, world, key, at, 5))
        arrived = send(session, world, at, 1)
        receive(session, world, arrived, at, 1)
        late = partial(take_back_transfer, session, arrived, actor=world.officer, at=at)
        refused(session, "transfer_over", late)

    def test_another_upt_gets_only_what_it_makes(self, session: Session, world: World, at: datetime) -> None:
        own = make_variant(session, make_product(session, "Own Pot", makers=(world.garut,)))
        stock_receive(session, own.id, world.garut.id, 5, reason="test", actor=world.officer, at=at)
        draft = begin(session, world, at, world.ciamis.code)
        lines, _ = sendable_lines(session, transfer_for(session, world.officer, draft), words="")
        assert [line.sku for line in lines] == [world.net.sku]
        for step in (write_transfer, send_transfer):
            wrong = partial(step, session, draft, {own.sku: 1}, actor=world.officer, at=at)
            refused(session, "transfer_not_made", wrong)
        within = begin(session, world, at, gallery(session, world, at))
        lines, _ = sendable_lines(session, transfer_for(session, world.officer, within), words="")
        assert [line.sku for line in lines] == [world.net.sku, own.sku]
        send_transfer(session, within, {own.sku: 1}, actor=world.officer, at=at)

    def test_a_draft_can_be_called_off_and_nothing_else(
        self, session: Session, world: World, at: datetime
    ) -> None:
        draft = begin(session, world, at, world.ciamis.code)
        call_off_transfer(session, draft, actor=world.officer, at=at)
        sent = send(session, world, at, 1)
        for key in (draft, sent):
            step = partial(call_off_transfer, session, key, actor=world.officer, at=at)
            refused(session, "transfer_over", step)


class TestPlaces:
    def test_there_and_back_it_keeps_its_date_and_is_not_sold_online(
        self, session: Session, world: World, at: datetime
    ) -> None:
        place = gallery(session, world, at)
        key = send(session, world, at, 5, place)
        receive_transfer(session, key, {world.net.sku: 5}, "", actor=world.officer, at=at)
        assert stores(session) == {world.garut.id: 5}, "only the store is"
        assert beside(session, world, world.officer, world.garut) == (0, 5)
        assert [each.pieces for each in places_for(session, world.officer)] == [5]
        back = begin(session, world, at, world.garut.code, place)
        refused(
            session,
            "transfer_too_few",
            lambda: send_transfer(session, back, {world.net.sku: 6}, actor=world.officer, at=at),
        )
        send_transfer(session, back, {world.net.sku: 2}, actor=world.officer, at=at)
        receive_transfer(session, back, {world.net.sku: 2}, "", actor=world.officer, at=at)
        assert stores(session) == {world.garut.id: 7}
        remaining = dict(session.execute(select(Batch.code, Batch.remaining)).all())
        assert remaining == {"A": 2, "B": 5}
        at_place = select(func.sum(LedgerEntry.delta)).where(LedgerEntry.location_id.is_not(None))
        assert session.scalar(at_place) == 3, "the one ledger tells of the place"
        assert not SOUND & set(violations(session, at=at))

    @pytest.mark.parametrize("days", [3, 30])
    def test_what_was_sold_there_gets_nothing_of_what_comes_back(
        self, session: Session, world: World, at: datetime, days: int
    ) -> None:
        place = gallery(session, world, at)
        carry(session, world, at, 4, world.garut.code, place)
        at_fair = UUID(place.split("/")[1])
        sell_at_place(session, at_fair, {world.net.sku: 4}, key=uuid4(), actor=world.officer, at=at)
        a, b = session.scalars(select(Batch).order_by(Batch.code))
        a.expires_on, b.made_on = world.day + timedelta(days), a.made_on
        carry(session, world, at, 3, world.garut.code, place)
        carry(session, world, at, 3, place, world.garut.code)
        session.expire_all()
        assert (a.remaining, b.remaining) == (0, 6)
        assert not SOUND & set(violations(session, at=at))

    def test_taken_back_on_either_way_it_lies_where_it_was(
        self, session: Session, world: World, at: datetime
    ) -> None:
        place = gallery(session, world, at)
        take_back = partial(take_back_transfer, session, actor=world.officer, at=at)
        take_back(send(session, world, at, 5, place))
        remaining = select(Batch.code, Batch.remaining)
        assert dict(session.execute(remaining).all()) == {"A": 4, "B": 6}
        carry(session, world, at, 5, world.garut.code, place)
        back = begin(session, world, at, world.garut.code, place)
        send_transfer(session, back, {world.net.sku: 2}, actor=world.officer, at=at)
        take_back(back)
        assert beside(session, world, world.officer, world.garut) == (0, 5)
        assert not SOUND & set(violations(session, at=at))
        carry(session, world, at, 5, place, world.garut.code)
        assert dict(session.execute(remaining).all()) == {"A": 4, "B": 6}
        assert not SOUND & set(violations(session, at=at))

    def test_a_place_is_reached_by_its_own_store_alone(
        self, session: Session, world: World, at: datetime
    ) -> None:
        place = gallery(session, world, at)
        refused(session, "transfer_by_store", lambda: begin(session, world, at, world.ciamis.code, place))
        refused(session, "transfer_nowhere", lambda: begin(session, world, at, world.garut.code))
        assert place not in {end.value for end in ends_for(session, world.other)}

    def test_a_name_is_given_once(self, session: Session, world: World, at: datetime) -> None:
        gallery(session, world, at)
        refused(session, "place_known", lambda: gallery(session, world, at))
        with pytest.raises(StockNotFound):
            open_place(session, world.garut.code, "fair", "x", key=uuid4(), actor=world.other, at=at)
        assert session.scalar(select(func.count(Location.id))) == 1
        assert session.scalar(select(func.count(LocationStock.id))) == 0

    def test_only_an_empty_place_is_closed_and_then_its_name_is_free(
        self, session: Session, world: World, at: datetime
    ) -> None:
        place = gallery(session, world, at)
        key = UUID(place.split("/")[1])
        close = partial(close_place, session, key, actor=world.officer, at=at)
        draft = send(session, world, at, 2, place)
        refused(session, "place_in_use", close)
        receive_transfer(session, draft, {world.net.sku: 2}, "", actor=world.officer, at=at)
        refused(session, "place_in_use", close)
        back = begin(session, world, at, world.garut.code, place)
        send_transfer(session, back, {world.net.sku: 2}, actor=world.officer, at=at)
        receive_transfer(session, back, {world.net.sku: 2}, "", actor=world.officer, at=at)
        with pytest.raises(PlaceNotFound):
            close_place(session, key, actor=world.other, at=at)
        close()
        assert list(places_for(session, world.officer)) == []
        assert place not in {end.value for end in ends_for(session, world.officer)}
        assert gallery(session, world, at) != place
