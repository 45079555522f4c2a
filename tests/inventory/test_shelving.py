"""Officers change their shelf by plus and minus: once a form, only their own, never below the orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import Actor, system_actor
from inventory.errors import QuantityInvalid, ReasonMissing, StockNotFound, StockNotYours, StockTooLow
from inventory.models import LedgerEntry, Stock, Variant
from inventory.queries.staff import shelf_for, shelf_row_for
from inventory.rules import MOST_PIECES_AT_ONCE, parse_pieces
from inventory.services.shelving import adjust_pieces, receive_pieces
from inventory.services.stock import Piece, receive, reserve
from kernel.errors import DomainError
from reporting.invariants import violations
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.snapshots import snapshot


@dataclass
class Shelf:
    """Garut makes nets, of which ten lie there and three are held, and bread, which never came in."""

    garut: Upt
    ciamis: Upt
    net: Variant
    bread: Variant
    officer: Actor


@pytest.fixture
def shelf(session: Session, at: datetime) -> Shelf:
    garut = make_upt(session, "Lapas Garut")
    ciamis = make_upt(session, "Lapas Ciamis", kanwil=garut.kanwil)
    net = make_variant(session, make_product(session, "Coir Net", makers=(garut, ciamis)))
    bread = make_variant(session, make_product(session, "Roti 100%", makers=(garut,)))
    receive(session, net.id, garut.id, 10, reason="made", actor=system_actor("test"), at=at)
    stock_id = session.scalars(select(Stock.id)).one()
    reserve(session, [Piece(stock_id, 3)], order_number="LP-1", expires_at=at)
    user = make_officer(session, garut)
    return Shelf(garut, ciamis, net, bread, actor_of(session, user.id, user.name))


def counters(session: Session, variant: Variant, upt: Upt) -> tuple[int, int]:
    query = select(Stock.on_hand, Stock.reserved).where(Stock.variant_id == variant.id)
    on_hand, reserved = session.execute(query.where(Stock.upt_id == upt.id)).one()
    return on_hand, reserved


def take_in(session: Session, shelf: Shelf, at: datetime, **changes: Any) -> bool:
    values: dict[str, Any] = {
        "upt_code": shelf.garut.code,
        "sku": shelf.net.sku,
        "quantity": 20,
        "reason": "made",
        "key": "form-1",
        "actor": shelf.officer,
        **changes,
    }
    return receive_pieces(session, at=at, **values)


def correct(session: Session, shelf: Shelf, at: datetime, **changes: Any) -> bool:
    values: dict[str, Any] = {
        "upt_code": shelf.garut.code,
        "sku": shelf.net.sku,
        "delta": -2,
        "reason": "damaged",
        "key": "form-1",
        "actor": shelf.officer,
        **changes,
    }
    return adjust_pieces(session, at=at, **values)


class TestReceivePieces:
    def test_adds_to_the_shelf_with_ledger_and_audit(
        self, session: Session, shelf: Shelf, at: datetime
    ) -> None:
        assert take_in(session, shelf, at)
        assert counters(session, shelf.net, shelf.garut) == (30, 3)
        entry = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id.desc()).limit(1)).one()
        assert (entry.kind, entry.delta, entry.reason) == ("received", 20, "made")
        assert entry.actor_user_id == shelf.officer.user_id
        audited = session.scalars(select(AuditEntry)).one()
        assert (audited.action, audited.object_key) == (
            "stock.received",
            f"{shelf.garut.code}/{shelf.net.sku}",
        )
        assert (audited.before, audited.after) == ({"on_hand": 10}, {"on_hand": 30})
        assert "I1" not in violations(session, at=at)

    def test_opens_a_shelf_for_what_never_came_in(self, session: Session, shelf: Shelf, at: datetime) -> None:
        take_in(session, shelf, at, sku=shelf.bread.sku)
        assert counters(session, shelf.bread, shelf.garut) == (20, 0)

    def test_a_form_sent_twice_counts_once(self, session: Session, shelf: Shelf, at: datetime) -> None:
        take_in(session, shelf, at)
        before = snapshot(session)
        assert not take_in(session, shelf, at)
        assert snapshot(session) == before
        assert take_in(session, shelf, at, key="form-2")
        assert counters(session, shelf.net, shelf.garut) == (50, 3)

    @pytest.mark.parametrize("quantity", [0, -1, MOST_PIECES_AT_ONCE + 1, 2**31, 2**63])
    def test_refuses_absurd_numbers(
        self, session: Session, shelf: Shelf, at: datetime, quantity: int
    ) -> None:
        with pytest.raises(QuantityInvalid), session.begin_nested():
            take_in(session, shelf, at, quantity=quantity)
        assert counters(session, shelf.net, shelf.garut) == (10, 3)

    def test_refuses_without_a_reason_of_the_list(self, session: Session, shelf: Shelf, at: datetime) -> None:
        with pytest.raises(ReasonMissing):
            take_in(session, shelf, at, reason="damaged")


class TestAdjustPieces:
    @pytest.mark.parametrize(("delta", "left"), [(5, 15), (-2, 8), (-7, 3)])
    def test_adds_and_takes_by_difference(
        self, session: Session, shelf: Shelf, at: datetime, delta: int, left: int
    ) -> None:
        assert correct(session, shelf, at, delta=delta)
        assert counters(session, shelf.net, shelf.garut) == (left, 3)
        assert session.scalars(select(AuditEntry.action)).one() == "stock.adjusted"
        assert "I1" not in violations(session, at=at)

    def test_what_orders_hold_cannot_be_taken(self, session: Session, shelf: Shelf, at: datetime) -> None:
        with pytest.raises(StockTooLow) as refusal, session.begin_nested():
            correct(session, shelf, at, delta=-8)
        assert refusal.value.parameters == {"available": 7}
        assert counters(session, shelf.net, shelf.garut) == (10, 3)

    def test_an_empty_shelf_stays_empty(self, session: Session, shelf: Shelf, at: datetime) -> None:
        with pytest.raises(StockTooLow), session.begin_nested():
            correct(session, shelf, at, sku=shelf.bread.sku, delta=-1)

    def test_a_form_sent_twice_counts_once(self, session: Session, shelf: Shelf, at: datetime) -> None:
        correct(session, shelf, at)
        assert not correct(session, shelf, at)
        assert counters(session, shelf.net, shelf.garut) == (8, 3)

    @pytest.mark.parametrize(
        ("wrong", "refusal"),
        [
            ({"delta": 0}, QuantityInvalid),
            ({"delta": -MOST_PIECES_AT_ONCE - 1}, QuantityInvalid),
            ({"delta": 2**63}, QuantityInvalid),
            ({"reason": "made"}, ReasonMissing),
            ({"reason": ""}, ReasonMissing),
        ],
    )
    def test_refuses_what_makes_no_sense(
        self,
        session: Session,
        shelf: Shelf,
        at: datetime,
        wrong: dict[str, Any],
        refusal: type[DomainError],
    ) -> None:
        with pytest.raises(refusal), session.begin_nested():
            correct(session, shelf, at, **wrong)
        assert counters(session, shelf.net, shelf.garut) == (10, 3)


class TestScope:
    def refused(
        self, session: Session, shelf: Shelf, at: datetime, refusal: type[DomainError], **changes: Any
    ) -> None:
        before = snapshot(session)
        for change in (take_in, correct):
            with pytest.raises(refusal):
                change(session, shelf, at, **changes)
        assert snapshot(session) == before

    def test_another_upts_officer_finds_nothing(self, session: Session, shelf: Shelf, at: datetime) -> None:
        user = make_officer(session, shelf.ciamis)
        stranger = actor_of(session, user.id, user.name)
        self.refused(session, shelf, at, StockNotFound, actor=stranger)
        assert shelf_row_for(session, stranger, shelf.ciamis.code, shelf.net.sku).on_hand == 0

    def test_what_a_upt_does_not_make_is_missing(self, session: Session, shelf: Shelf, at: datetime) -> None:
        coffee = make_variant(session, make_product(session, "Kopi", makers=(shelf.ciamis,)))
        self.refused(session, shelf, at, StockNotFound, sku=coffee.sku)
        self.refused(session, shelf, at, StockNotFound, sku="no such")
        self.refused(session, shelf, at, StockNotFound, upt_code="no such")

    def test_a_service_has_no_shelf(self, session: Session, shelf: Shelf, at: datetime) -> None:
        laundry = make_product(session, "Laundry", makers=(shelf.garut,), kind="service")
        self.refused(session, shelf, at, StockNotFound, sku=make_variant(session, laundry).sku)

    def test_kanwil_and_directorate_look_but_do_not_touch(
        self, session: Session, shelf: Shelf, at: datetime
    ) -> None:
        kanwil, directorate = make_user(session), make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=shelf.garut.kanwil)
        make_membership(session, directorate, "directorate")
        for user in (kanwil, directorate):
            actor = actor_of(session, user.id, user.name)
            self.refused(session, shelf, at, StockNotYours, actor=actor)


class TestShelfFor:
    def rows(self, session: Session, actor: Actor, **changes: Any) -> list[tuple[str, str, int]]:
        values: dict[str, Any] = {"words": "", "show": "all", "page": 1, **changes}
        found = shelf_for(session, actor, **values)
        return [(row.product, row.upt_name, row.available) for row in found.rows]

    def test_shows_what_the_upt_makes_or_holds(self, session: Session, shelf: Shelf) -> None:
        assert self.rows(session, shelf.officer) == [
            ("Coir Net", "Lapas Garut", 7),
            ("Roti 100%", "Lapas Garut", 0),
        ]

    def test_a_kanwil_sees_all_its_upts(self, session: Session, shelf: Shelf) -> None:
        user = make_user(session)
        make_membership(session, user, "kanwil_officer", kanwil=shelf.garut.kanwil)
        other = make_variant(session)  # made by a UPT of another Kanwil
        rows = self.rows(session, actor_of(session, user.id, user.name))
        assert rows == [
            ("Coir Net", "Lapas Ciamis", 0),
            ("Coir Net", "Lapas Garut", 7),
            ("Roti 100%", "Lapas Garut", 0),
        ]
        directorate = Actor("d", is_national=True)
        assert len(self.rows(session, directorate)) == len(rows) + 1
        assert other.sku

    @pytest.mark.parametrize(
        ("choice", "found"),
        [
            ({"show": "available"}, ["Coir Net"]),
            ({"show": "empty"}, ["Roti 100%"]),
            ({"words": "roti"}, ["Roti 100%"]),
            ({"words": "100%"}, ["Roti 100%"]),
            ({"words": "%"}, ["Roti 100%"]),
            ({"words": "_"}, []),
            ({"words": "'; DROP TABLE stocks"}, []),
            ({"page": 2}, []),
        ],
    )
    def test_filters(self, session: Session, shelf: Shelf, choice: dict[str, Any], found: list[str]) -> None:
        assert [product for product, _, _ in self.rows(session, shelf.officer, **choice)] == found

    def test_a_visitor_sees_nothing(self, session: Session, shelf: Shelf) -> None:
        assert self.rows(session, Actor("nobody")) == []


class TestParsePieces:
    @pytest.mark.parametrize(
        ("written", "pieces"),
        [
            ("1", 1),
            (" 20 ", 20),
            ("007", 7),
            ("0", 0),
            ("999999999", 999_999_999),
        ],
    )
    def test_reads_plain_digits(self, written: str, pieces: int) -> None:
        assert parse_pieces(written) == pieces

    @pytest.mark.parametrize(
        "written",
        [
            *("", " ", "-1", "+1", "1.5", "1,5", "1.000", "1e3", "0x10", "NaN", "inf", "١٢", "１２", "²"),
            *("1_000", "1 000", "9" * 10, "9" * 5000, "1\n2", "None", "[1]", "1;2"),
        ],
    )
    def test_reads_nothing_else(self, written: str) -> None:
        assert parse_pieces(written) is None
