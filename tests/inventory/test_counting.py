"""A stock-take books differences: refused where the shelf has moved, large ones by a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import Actor, system_actor
from inventory.counting import ALONE_PIECES, ALONE_VALUE, needs_second
from inventory.errors import (
    CountNeedsAnother,
    CountNotFound,
    CountRefused,
    StockNotFound,
    StockNotYours,
    StockTooLow,
)
from inventory.models import LedgerEntry, Stock, Variant
from inventory.queries.counts import (
    PAGE_SIZE,
    CountRow,
    count_lines_of,
    differences_waiting,
    sheet_for,
    sheets_for,
)
from inventory.services.counting import (
    Found,
    Outcome,
    book_counts,
    close_count,
    decide_count,
    note_counts,
    open_count,
)
from inventory.services.stock import Piece, adjust, receive, reserve
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.queries import CountedQueries
from tests.snapshots import snapshot


@dataclass
class Desk:
    """Garut with forty nets, of which three are held, and bread that never came in; bread comes first."""

    garut: Upt
    net: Variant
    stock_id: int
    officer: Actor
    colleague: Actor
    kanwil: Actor
    stranger: Actor


@pytest.fixture
def desk(session: Session, at: datetime) -> Desk:
    garut = make_upt(session, "Lapas Garut")
    make_variant(session, make_product(session, "Bread", makers=(garut,)), price=None)
    net = make_variant(session, make_product(session, "Coir Net", makers=(garut,)), price=1000)
    keeper = system_actor("test")
    receive(session, net.id, garut.id, 40, reason="made", actor=keeper, at=at - timedelta(hours=1))
    stock_id = session.scalars(select(Stock.id)).one()
    reserve(session, [Piece(stock_id, 3)], order_number="LP-1", expires_at=at)
    officer, colleague = make_officer(session, garut), make_officer(session, garut)
    above, stranger = make_user(session), make_officer(session, make_upt(session))
    make_membership(session, above, "kanwil_officer", kanwil=garut.kanwil)
    people = (actor_of(session, each.id, each.name) for each in (officer, colleague, above, stranger))
    return Desk(garut, net, stock_id, *people)


def begin(session: Session, desk: Desk, at: datetime, words: str = "") -> UUID:
    return open_count(session, desk.garut.code, words=words, key=uuid4(), actor=desk.officer, at=at)


def lines(session: Session, desk: Desk, key: UUID) -> dict[int, CountRow]:
    found = count_lines_of(session, sheet_for(session, desk.officer, key).id)
    return {line.position: line for line in found}


def note(session: Session, desk: Desk, key: UUID, at: datetime, **found: int | None) -> Outcome:
    """Note pieces by position ("p2"), on the page as it is now."""
    looks = {line.position: line.look for line in lines(session, desk, key).values()}
    typed = {int(name[1:]): pieces for name, pieces in found.items()}
    told = {position: Found(looks[position], pieces) for position, pieces in typed.items()}
    return note_counts(session, key, told, actor=desk.officer, at=at)


def book(session: Session, desk: Desk, key: UUID, at: datetime) -> Outcome:
    """Book the sheet as the page shows it now."""
    looks = {line.position: line.look for line in lines(session, desk, key).values()}
    return book_counts(session, key, looks, actor=desk.officer, at=at)


def on_hand(session: Session) -> int:
    return session.scalars(select(Stock.on_hand)).one()


class TestNeedsSecond:
    @pytest.mark.parametrize(
        ("difference", "price", "expected"),
        [
            (ALONE_PIECES, None, False),
            (-ALONE_PIECES, 1, False),
            (ALONE_PIECES + 1, None, True),
            (-ALONE_PIECES - 1, 1, True),
            (1, ALONE_VALUE, False),
            (-1, ALONE_VALUE + 1, True),
        ],
    )
    def test_by_pieces_and_by_value(self, difference: int, price: int | None, expected: bool) -> None:
        assert needs_second(difference, price) is expected


class TestOpenCount:
    def test_lists_what_is_made_or_held_and_the_same_key_opens_once(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        key = begin(session, desk, at)
        assert [(line.product, line.expected) for line in lines(session, desk, key).values()] == [
            ("Bread", 0),
            ("Coir Net", 40),
        ]
        before = snapshot(session)
        assert open_count(session, desk.garut.code, words="", key=key, actor=desk.officer, at=at) == key
        assert snapshot(session) == before

    def test_words_narrow_it(self, session: Session, desk: Desk, at: datetime) -> None:
        assert [line.product for line in lines(session, desk, begin(session, desk, at, "coir")).values()] == [
            "Coir Net"
        ]

    def test_refuses_an_empty_sheet_and_strangers(self, session: Session, desk: Desk, at: datetime) -> None:
        before = snapshot(session)
        with pytest.raises(CountRefused) as refusal, session.begin_nested():
            begin(session, desk, at, "nothing like it")
        assert refusal.value.code == "count_empty"
        for actor, error in ((desk.stranger, StockNotFound), (desk.kanwil, StockNotYours)):
            with pytest.raises(error):
                open_count(session, desk.garut.code, words="", key=uuid4(), actor=actor, at=at)
        assert snapshot(session) == before


class TestNoteAndBook:
    def test_small_differences_are_booked_by_plus_and_minus(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        key = begin(session, desk, at)
        assert note(session, desk, key, at, p1=2, p2=37) == Outcome()
        assert on_hand(session) == 40, "noted is not booked"
        assert book(session, desk, key, at) == Outcome(booked=2)
        by_variant = dict(session.execute(select(Stock.variant_id, Stock.on_hand)).all())
        assert by_variant.pop(desk.net.id) == 37
        assert list(by_variant.values()) == [2], "what never came in is there after all"
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        booked = ["stock.counted", "stock.counted", "count.book"]
        assert [entry.action for entry in entries] == ["count.open", "count.note", *booked]
        noted, counted = entries[1], entries[3]
        assert (noted.before[desk.net.sku], noted.after[desk.net.sku]) == (None, 37)
        assert (counted.before["on_hand"], counted.after["on_hand"]) == (40, 37)
        assert entries[4].after == {"booked": 2, "waiting": 0, "refused": 0, "closed": True}
        assert sheet_for(session, desk.officer, key).closed_at == at, "nothing is left to count"
        assert not {"I1", "I4", "I4-batches", "I4-counts"} & set(violations(session, at=at))

    def test_what_is_all_there_leaves_no_trace_in_the_ledger(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        key = begin(session, desk, at, "coir")
        note(session, desk, key, at, p1=40)
        ledger = session.scalars(select(LedgerEntry.id)).all()
        assert book(session, desk, key, at).booked == 1
        assert session.scalars(select(LedgerEntry.id)).all() == ledger
        assert "stock.counted" not in session.scalars(select(AuditEntry.action)).all()

    def test_booked_twice_it_counts_once(self, session: Session, desk: Desk, at: datetime) -> None:
        key = begin(session, desk, at)
        note(session, desk, key, at, p2=38)
        book(session, desk, key, at)
        before = snapshot(session)
        assert book(session, desk, key, at) == Outcome()
        assert snapshot(session) == before

    def test_a_line_whose_shelf_has_moved_is_refused_and_the_others_stand(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        """Plus and minus the same: the sum tells nothing, the ledger does."""
        key = begin(session, desk, at)
        for delta in (1, -1):
            adjust(session, desk.stock_id, delta, reason="other", actor=desk.officer, at=at)
        late = at + timedelta(days=3)
        assert note(session, desk, key, late, p1=1, p2=38) == Outcome(refused=1)
        bread, net = lines(session, desk, key).values()
        assert (bread.state, net.state, net.refusal, net.counted) == ("counted", "open", "moved", None)
        assert book(session, desk, key, late) == Outcome(booked=1)
        assert session.get_one(Stock, desk.stock_id).on_hand == 40
        assert note(session, desk, key, late, p2=38) == Outcome(), "counted again, it is taken"

    def test_a_sale_after_the_number_is_noted_changes_nothing_about_the_difference(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        key = begin(session, desk, at, "coir")
        note(session, desk, key, at, p1=38)
        adjust(session, desk.stock_id, -5, reason="sold_offline", actor=desk.officer, at=at)
        book(session, desk, key, at)
        assert on_hand(session) == 33

    @pytest.mark.parametrize("reason", ["count", "lost"])
    def test_a_loss_that_a_correction_has_booked_is_not_booked_again(
        self, session: Session, desk: Desk, at: datetime, reason: str
    ) -> None:
        key = begin(session, desk, at, "coir")
        note(session, desk, key, at, p1=38)
        adjust(session, desk.stock_id, -2, reason=reason, actor=desk.colleague, at=at)
        assert book(session, desk, key, at + timedelta(days=3)) == Outcome(refused=1)
        (line,) = lines(session, desk, key).values()
        assert (on_hand(session), line.state, line.refusal, line.expected) == (38, "open", "moved", 38)
        assert sheet_for(session, desk.officer, key).closed_at is None

    def test_a_loss_on_two_sheets_is_booked_once(self, session: Session, desk: Desk, at: datetime) -> None:
        """Also what was found where nothing has ever lain, and so has no shelf yet."""
        one, other = begin(session, desk, at), begin(session, desk, at)
        for key in (one, other):
            note(session, desk, key, at, p1=4, p2=38)
        assert book(session, desk, one, at) == Outcome(booked=2)
        after = dict(session.execute(select(Stock.variant_id, Stock.on_hand)).all())
        assert book(session, desk, other, at) == Outcome(refused=2)
        assert dict(session.execute(select(Stock.variant_id, Stock.on_hand)).all()) == after
        assert sorted(after.values()) == [4, 38]

    def test_only_what_was_looked_at_is_booked(self, session: Session, desk: Desk, at: datetime) -> None:
        key = begin(session, desk, at)
        note(session, desk, key, at, p1=3, p2=38)
        seen = {line.position: line.look for line in lines(session, desk, key).values()}
        note(session, desk, key, at, p2=21)  # a colleague, meanwhile
        outcome = book_counts(session, key, seen, actor=desk.officer, at=at)
        bread, net = lines(session, desk, key).values()
        assert (outcome, bread.state) == (Outcome(booked=1, refused=1), "booked")
        assert (net.state, net.refusal) == ("counted", "meanwhile")
        assert session.get_one(Stock, desk.stock_id).on_hand == 40
        assert book_counts(session, key, {}, actor=desk.officer, at=at) == Outcome(), "nor what was not shown"

    def test_queries_by_line(
        self, session: Session, desk: Desk, at: datetime, count_queries: CountedQueries
    ) -> None:
        """Every shelf of the sheet is held while they run."""
        for name in ("Palm", "Reed 1", "Reed 2", "Reed 3"):
            variant = make_variant(session, make_product(session, name, makers=(desk.garut,)))
            receive(session, variant.id, desk.garut.id, 9, reason="made", actor=desk.officer, at=at)
        counted: list[tuple[int, int]] = []
        for words, many in (("palm", 1), ("reed", 3)):
            key = begin(session, desk, at, words)
            typed = {f"p{position}": 8 for position in range(1, many + 1)}
            with count_queries(session) as noting:
                note(session, desk, key, at, **typed)
            with count_queries(session) as booking:
                assert book(session, desk, key, at).booked == many
            counted.append((len(noting), len(booking)))
        noted, booked = (after - before for before, after in zip(*counted, strict=True))
        assert (noted, booked) == (2 * 1, 2 * 5), "what two more lines cost"

    def test_a_number_typed_on_an_older_page_does_not_overwrite_a_colleagues(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        key = begin(session, desk, at, "coir")
        note(session, desk, key, at, p1=38)
        outcome = note_counts(session, key, {1: Found(1, 36)}, actor=desk.colleague, at=at)
        (line,) = lines(session, desk, key).values()
        assert (outcome.refused, line.counted, line.refusal) == (1, 38, "meanwhile")
        assert note(session, desk, key, at, p1=None) == Outcome(), "it can be emptied"
        assert lines(session, desk, key)[1].state == "open"

    def test_never_below_what_orders_hold(self, session: Session, desk: Desk, at: datetime) -> None:
        key = begin(session, desk, at, "coir")
        adjust(session, desk.stock_id, -30, reason="lost", actor=desk.officer, at=at)
        note(session, desk, key, at, p1=2)  # refused: moved
        note(session, desk, key, at, p1=2)
        ledger = session.scalars(select(LedgerEntry.id)).all()
        assert book(session, desk, key, at) == Outcome(refused=1)
        assert lines(session, desk, key)[1].refusal == "held"
        assert (on_hand(session), session.scalars(select(LedgerEntry.id)).all()) == (10, ledger)

    def test_an_absurd_number_is_refused(self, session: Session, desk: Desk, at: datetime) -> None:
        key = begin(session, desk, at, "coir")
        assert note(session, desk, key, at, p1=10**6) == Outcome(refused=1)
        assert lines(session, desk, key)[1].refusal == "too_far"


class TestSheetsFor:
    def test_those_that_wait_are_reached_the_oldest_first(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        waiting = begin(session, desk, at, "coir")
        note(session, desk, waiting, at, p1=1)
        book(session, desk, waiting, at)
        for number in range(1, PAGE_SIZE + 1):
            begin(session, desk, at + timedelta(minutes=number), "coir")
        newest = begin(session, desk, at + timedelta(days=1), "coir")
        note(session, desk, newest, at + timedelta(days=1), p1=2)
        book(session, desk, newest, at + timedelta(days=1))
        pages = [sheets_for(session, desk.kanwil, page=number) for number in (1, 2)]
        assert [(len(page.rows), page.has_next) for page in pages] == [(PAGE_SIZE, True), (2, False)]
        assert (pages[0].rows[0].key, pages[1].rows[-1].key) == (newest, waiting)
        assert [row.lines for row in pages[1].rows] == [1, 1]
        held_up = sheets_for(session, desk.kanwil, page=1, is_waiting=True)
        assert [(row.key, row.waiting) for row in held_up.rows] == [(waiting, 1), (newest, 1)]
        assert not held_up.has_next
        assert sheets_for(session, desk.stranger, page=1).rows == ()


class TestDecideCount:
    @pytest.fixture
    def key(self, session: Session, desk: Desk, at: datetime) -> UUID:
        key = begin(session, desk, at, "coir")
        note(session, desk, key, at, p1=40 - ALONE_PIECES - 1)
        assert book(session, desk, key, at) == Outcome(waiting=1)
        return key

    def decide(
        self, session: Session, key: UUID, actor: Actor, at: datetime, *, is_approved: bool = True
    ) -> None:
        decide_count(session, key, 1, is_approved=is_approved, actor=actor, at=at)

    @pytest.mark.parametrize("who", ["colleague", "kanwil"])
    def test_another_person_approves(
        self, session: Session, desk: Desk, key: UUID, at: datetime, who: str
    ) -> None:
        assert on_hand(session) == 40
        assert differences_waiting(session, getattr(desk, who)) == 1
        assert differences_waiting(session, desk.officer) == 0, "not for who counted"
        self.decide(session, key, getattr(desk, who), at)
        assert on_hand(session) == 40 - ALONE_PIECES - 1
        assert differences_waiting(session, getattr(desk, who)) == 0
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.after["counted_by"]) == ("stock.counted", desk.officer.label)
        assert "I4-counts" not in violations(session, at=at)

    def test_or_throws_it_away(self, session: Session, desk: Desk, key: UUID, at: datetime) -> None:
        self.decide(session, key, desk.colleague, at, is_approved=False)
        assert (on_hand(session), lines(session, desk, key)[1].state) == (40, "discarded")
        assert session.scalars(select(AuditEntry.action)).all()[-1] == "stock.count_discarded"
        before = snapshot(session)
        with pytest.raises(CountRefused):
            self.decide(session, key, desk.colleague, at)
        assert snapshot(session) == before

    def test_nobody_approves_their_own_or_anothers(
        self, session: Session, desk: Desk, key: UUID, at: datetime
    ) -> None:
        before = snapshot(session)
        for actor, error in ((desk.officer, CountNeedsAnother), (desk.stranger, CountNotFound)):
            with pytest.raises(error):
                self.decide(session, key, actor, at)
        assert snapshot(session) == before

    def test_only_thrown_away_once_the_shelf_was_put_right(
        self, session: Session, desk: Desk, key: UUID, at: datetime
    ) -> None:
        late = at + timedelta(days=9)
        adjust(session, desk.stock_id, -5, reason="sold_offline", actor=desk.officer, at=late)
        adjust(session, desk.stock_id, -21, reason="lost", actor=desk.officer, at=late)
        before = snapshot(session)
        with pytest.raises(CountRefused) as refusal, session.begin_nested():
            self.decide(session, key, desk.colleague, late)
        session.expire_all()
        assert (refusal.value.code, snapshot(session)) == ("count_corrected", before)
        self.decide(session, key, desk.colleague, late, is_approved=False)
        assert on_hand(session) == 14

    def test_a_sale_meanwhile_hinders_nobody(
        self, session: Session, desk: Desk, key: UUID, at: datetime
    ) -> None:
        adjust(session, desk.stock_id, -5, reason="sold_offline", actor=desk.officer, at=at)
        self.decide(session, key, desk.colleague, at)
        assert on_hand(session) == 40 - 5 - ALONE_PIECES - 1

    def test_refused_when_orders_hold_them_by_now(
        self, session: Session, desk: Desk, key: UUID, at: datetime
    ) -> None:
        reserve(session, [Piece(desk.stock_id, 37)], order_number="LP-2", expires_at=at)
        before = snapshot(session)
        with pytest.raises(StockTooLow), session.begin_nested():
            self.decide(session, key, desk.colleague, at)
        session.expire_all()
        assert snapshot(session) == before


class TestCloseCount:
    def test_only_once_all_that_is_counted_is_booked(
        self, session: Session, desk: Desk, at: datetime
    ) -> None:
        key = begin(session, desk, at)
        note(session, desk, key, at, p1=1)
        with pytest.raises(CountRefused) as refusal:
            close_count(session, key, actor=desk.officer, at=at)
        assert refusal.value.code == "count_unbooked"
        note(session, desk, key, at, p1=None)
        close_count(session, key, actor=desk.officer, at=at)
        before = snapshot(session)
        for step in (
            lambda: note(session, desk, key, at, p1=1),
            lambda: book(session, desk, key, at),
            lambda: close_count(session, key, actor=desk.officer, at=at),
        ):
            with pytest.raises(CountRefused):
                step()
        assert snapshot(session) == before
