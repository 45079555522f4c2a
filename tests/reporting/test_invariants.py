"""Every invariant holds on a shop at work, and bites when its rule is broken behind the back of the code."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from orders.events import OrderPaid
from orders.models import Fulfilment, FulfilmentLine, Payment
from orders.rules.allocation import Wish
from orders.services.invoicing import issue_invoices
from orders.services.refunding import create_refund
from reporting.invariants import INVARIANTS, violations
from tests.factories.enquiries import make_enquiry, make_service, make_slot
from tests.factories.parcels import make_paid_order
from tests.factories.placing import make_placed_order, make_shop

SYSTEM = system_actor("test")

# What the database itself would refuse is lifted first; the test's transaction is rolled back.
BREAK = {
    "I1": ["UPDATE stocks SET on_hand = on_hand + 1"],
    "I2": ["UPDATE stocks SET reserved = reserved - 1 WHERE reserved > 0"],
    "I2-lines": ["UPDATE fulfilment_lines SET cancelled = 1"],
    "I3": [
        "ALTER TABLE stocks DROP CONSTRAINT ck_stocks_reserved_within_on_hand",
        "UPDATE stocks SET reserved = on_hand + 1",
    ],
    "I4": ["UPDATE fulfilment_lines SET shipped = 1"],
    "I4-batches": [
        (
            "INSERT INTO batches (key, stock_id, code, made_on, passed, remaining, actor_label, at)"
            " SELECT gen_random_uuid(), id, 'B', '2026-11-20', 1, 1, 'test', now() FROM stocks"
        )
    ],
    "I1-places": [
        (
            "INSERT INTO locations (key, upt_id, kind, name)"
            " SELECT gen_random_uuid(), upt_id, 'fair', 'x' FROM stocks LIMIT 1"
        ),
        (
            "INSERT INTO location_stocks (location_id, stock_id, on_hand)"
            " SELECT l.id, s.id, 1 FROM locations l, stocks s LIMIT 1"
        ),
    ],
    "I4-transfers": [
        (
            "INSERT INTO transfers (key, from_upt_id, to_upt_id, state, actor_label, at, sent_at)"
            " SELECT gen_random_uuid(), min(upt_id), max(upt_id), 'sent', 'test', now(), now() FROM stocks"
        ),
        (
            "INSERT INTO transfer_lines (transfer_id, variant_id, pieces)"
            " SELECT t.id, s.variant_id, 1 FROM transfers t, stocks s LIMIT 1"
        ),
    ],
    "I4-counts": [
        (
            "INSERT INTO stock_counts (key, upt_id, words, actor_label, opened_at)"
            " SELECT gen_random_uuid(), upt_id, '', 'test', now() FROM stocks LIMIT 1"
        ),
        (
            "INSERT INTO count_lines (count_id, position, variant_id, expected, mark, seen_at, state,"
            " counted, noted_label, decided_label, decided_at)"
            " SELECT c.id, 1, s.variant_id, 1, 0, now(), 'booked', 2,"
            " 'test', 'test', now() FROM stock_counts c, stocks s LIMIT 1"
        ),
    ],
    "I5": ["UPDATE reservations SET expires_at = expires_at - interval '2 days'"],
    "I6": [
        (
            "INSERT INTO carts (key, checkout_key, updated_at)"
            " SELECT number, idempotency_key, placed_at FROM orders"
        )
    ],
    "I7": [
        "ALTER TABLE orders DROP CONSTRAINT ck_orders_total_adds_up",
        "UPDATE orders SET goods_total = goods_total + 1",
    ],
    "I8": ["UPDATE orders SET line_count = line_count + 1"],
    "I9": ["UPDATE invoice_series SET next_number = next_number + 1"],
    "I9-amounts": ["UPDATE order_lines SET unit_price = unit_price + 1, line_total = line_total + quantity"],
    "I10": [
        "ALTER TABLE orders DROP CONSTRAINT uq_orders_idempotency_key",
        "UPDATE orders SET idempotency_key = 'same'",
    ],
    "I11": ["UPDATE orders SET state = 'paid', paid_at = placed_at"],
    "I12": [
        (
            "INSERT INTO payments (id, order_id, provider, state, amount, captured, refund_claimed,"
            " idempotency_key, request, created_at, expires_at)"
            " SELECT gen_random_uuid(), id, 'stripe', 'paid_late', total, total, 500, number, '{}',"
            " placed_at, expires_at FROM orders"
        )
    ],
    "I14": ["UPDATE fulfilment_lines SET quantity = quantity + 1"],
    "I14-cartons": [
        "INSERT INTO cartons (fulfilment_id, position) SELECT id, 2 FROM fulfilments LIMIT 1",
        (
            "INSERT INTO carton_lines (carton_id, fulfilment_line_id, pieces)"
            " SELECT c.id, fl.id, fl.quantity FROM cartons c JOIN fulfilment_lines fl USING (fulfilment_id)"
        ),
        "UPDATE fulfilments SET state = 'accepted'",
    ],
    "I14-states": ["UPDATE fulfilments SET state = 'packed'"],
    "I16": ["UPDATE fulfilments SET state = 'accepted'"],
    "I16-money": [
        (
            "INSERT INTO payments (id, order_id, provider, state, amount,"
            " idempotency_key, request, created_at, expires_at)"
            " SELECT gen_random_uuid(), id, 'stripe', 'failed', total, number, '{}', placed_at, expires_at"
            " FROM orders"
        )
    ],
    "I17": ["DELETE FROM outbox_events"],
    "I18": ["UPDATE outbox_events SET created_at = created_at - interval '1 day'"],
    "I19": [
        "ALTER TABLE outbox_deliveries DROP CONSTRAINT uq_outbox_deliveries_event_id_handler",
        "INSERT INTO outbox_deliveries (event_id, handler) SELECT id, 'mail' FROM outbox_events",
        "INSERT INTO outbox_deliveries (event_id, handler) SELECT id, 'mail' FROM outbox_events",
    ],
    "I20": [
        "ALTER TABLE provider_notices DROP CONSTRAINT uq_provider_notices_provider_event_id",
        (
            "INSERT INTO provider_notices (provider, event_id, kind, ref, body, source, received_at)"
            " SELECT 'stripe', 'evt_1', 'k', 'r', '{}', 'webhook', placed_at FROM orders"
        ),
    ],
    "I12-shipping": ["UPDATE fulfilment_lines SET cancelled = quantity"],
    "I21": ["DELETE FROM fulfilment_lines"],
    "R1": ["UPDATE products SET rating_count = 1, rating_total = 5"],
    "E1": ["UPDATE bookings SET state = 'confirmed', decided_at = now(), people = 3"],
    "E2": ["DELETE FROM enquiry_upts"],
    "I22": ["UPDATE audit_head SET hash = 'forged'"],
    "I23": [
        (
            "INSERT INTO audit_entries (at, actor_label, actor_roles, actor_upts, action, object_kind,"
            " object_key, upt_id, request_id, before, after) SELECT now(), 'x', '{upt_officer}', '{}', 'a',"
            " 'k', 'o', upt_id, 'r', '{}', '{}' FROM stocks LIMIT 1"
        )
    ],
}


@pytest.fixture
def at_work(session: Session, at: datetime) -> Session:
    """A shop with two orders that wait for payment, an invoiced one, and a booking to be answered."""
    shop = make_shop(session, at=at)
    make_placed_order(session, Wish(1, shop.net.id, 6), Wish(2, shop.bread.id, 1), at=at)
    make_placed_order(session, Wish(1, shop.bread.id, 1), at=at)
    issue_invoices(session, OrderPaid(make_paid_order(session, Wish(1, shop.bread.id, 1), at=at).id), at=at)
    upt = shop.garut
    make_enquiry(session, slot=make_slot(session, make_service(session, upt), upt, capacity=2), at=at)
    session.execute(text("UPDATE outbox_events SET created_at = :at"), {"at": at})
    return session


class TestViolations:
    def test_none_on_an_empty_database(self, session: Session, at: datetime) -> None:
        assert violations(session, at=at) == {}

    def test_none_on_a_shop_at_work(self, at_work: Session, at: datetime) -> None:
        assert violations(at_work, at=at + timedelta(seconds=5)) == {}

    def test_every_invariant_is_shown_to_bite(self) -> None:
        assert set(BREAK) == {invariant.name for invariant in INVARIANTS}

    @pytest.mark.parametrize("name", BREAK)
    def test_bites(self, at_work: Session, at: datetime, name: str) -> None:
        for statement in BREAK[name]:
            at_work.execute(text(statement))
        assert violations(at_work, at=at + timedelta(seconds=5)).get(name)

    def test_shipping_that_was_given_back_by_hand_is_settled(self, session: Session, at: datetime) -> None:
        shop = make_shop(session, at=at)
        order = make_paid_order(session, Wish(1, shop.net.id, 1), Wish(2, shop.bread.id, 1), at=at)
        parcel = session.scalars(select(Fulfilment).order_by(Fulfilment.id)).all()[0]
        lines = update(FulfilmentLine).where(FulfilmentLine.fulfilment_id == parcel.id)
        session.execute(lines.values(cancelled=FulfilmentLine.quantity))
        payment = session.scalars(select(Payment.id).where(Payment.order_id == order.id)).one()
        give = partial(create_refund, session, payment, reason="made_at_provider", actor=SYSTEM, at=at)
        give(parcel.shipping_cost - 1, cause="provider-1")
        assert violations(session, at=at)["I12-shipping"] == [
            {"number": parcel.number, "shipping_cost": parcel.shipping_cost}
        ]
        give(1, cause="provider-2")
        assert "I12-shipping" not in violations(session, at=at)

    def test_batches_of_more_than_lies_there_bite_on_their_own(self, at_work: Session, at: datetime) -> None:
        """Their moves add up, but the shelf holds a piece less than they say."""
        at_work.execute(
            text(
                "WITH noted AS ("
                "  INSERT INTO batches (key, stock_id, code, made_on, passed, remaining, actor_label, at)"
                "  SELECT gen_random_uuid(), id, 'B', '2026-11-20', on_hand + 1, on_hand + 1, 'test', now()"
                "  FROM stocks ORDER BY id LIMIT 1 RETURNING id, stock_id, remaining"
                ") INSERT INTO batch_moves (batch_id, ledger_entry_id, delta)"
                " SELECT noted.id, min(e.id), noted.remaining FROM noted"
                " JOIN ledger_entries e ON e.stock_id = noted.stock_id GROUP BY noted.id, noted.remaining"
            )
        )
        (row,) = violations(at_work, at=at, names={"I4-batches"})["I4-batches"]
        assert row["moves"] == row["remaining"] + 1, "pieces of the batches, pieces on the shelf"

    @pytest.mark.parametrize(
        ("roles", "upts", "kind", "is_broken"),
        [
            ("{upt_officer}", "here", "parcel", False),
            ("{upt_officer}", "there", "parcel", True),
            ("{stand_in}", "there", "parcel", True),
            ("{upt_head}", "there", "transfer", True),
            ("{upt_officer,kanwil_officer}", "there", "parcel", False),
            ("{directorate}", "nowhere", "parcel", False),
            ("{upt_officer}", "untold", "parcel", False),  # sealed before it was noted
        ],
    )
    def test_who_worked_elsewhere_is_found(
        self, at_work: Session, at: datetime, roles: str, upts: str, kind: str, is_broken: bool
    ) -> None:
        here, there = at_work.scalars(text("SELECT DISTINCT upt_id FROM stocks ORDER BY upt_id")).all()[:2]
        worked = {"here": [here], "there": [there], "nowhere": [], "untold": None}[upts]
        write = text(
            "INSERT INTO audit_entries (at, actor_label, actor_roles, actor_upts, action, object_kind,"
            " object_key, upt_id, request_id, before, after) VALUES (:at, 'x', CAST(:roles AS text[]),"
            " CAST(:upts AS bigint[]), 'a', :kind, 'o', :upt, 'r', '{}', '{}')"
        )
        at_work.execute(write, {"at": at, "roles": roles, "upts": worked, "kind": kind, "upt": here})
        found = violations(at_work, at=at, names={"I22", "I23"})
        assert set(found) == ({"I23"} if is_broken else set())

    def test_an_entry_forged_in_the_audit_log_breaks_the_chain(self, session: Session, at: datetime) -> None:
        session.execute(
            text(
                "INSERT INTO audit_entries (at, actor_label, actor_roles, action, object_kind, object_key,"
                " request_id, before, after) SELECT :at, 'x', '{}', 'a', 'k', 'o' || n, 'r', '{}', '{}'"
                " FROM generate_series(1, 3) n"
            ),
            {"at": at},
        )
        assert violations(session, at=at) == {}
        session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only"))
        session.execute(text("UPDATE audit_entries SET actor_label = 'y' WHERE object_key = 'o2'"))
        assert len(violations(session, at=at)["I22"]) == 1
