"""Lists of a UPT with a hundred past parcels and with a hundred thousand: what they read of the database.

Seconds depend on who else is at work; the pages of tables and indexes that a statement reads do not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.orm import Session

from accounts.queries import actor_of, reach_of
from accounts.queries.audit import AuditWish, audit_page
from accounts.rules import Actor
from inventory.models import LedgerEntry, Stock
from inventory.queries.ledger import LedgerWish, ledger_page
from inventory.queries.staff import ledger_of, low_shelves_for, shelf_for
from orders.models import Fulfilment
from orders.queries.oversight import upts_with_work
from orders.queries.parcels import (
    PAGE_SIZE,
    Narrowing,
    Sort,
    Turn,
    count_to_be_fetched,
    parcels_for,
    work_counts,
)
from orders.queries.problems import problem_counts, problems_for, problems_waiting
from orders.queries.reviews import reviews_for, reviews_waiting
from orders.queries.takeovers import count_asked
from orders.rules.allocation import Wish
from orders.rules.handling import OPEN_STATES
from orders.rules.problems import STATES as PROBLEM_STATES
from orders.rules.reviews import REVIEW_STATES
from orders.rules.states import FULFILMENT_STATES
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.parcels import make_paid_order
from tests.factories.placing import make_shop

FEW, SOME, MANY = 100, 10_000, 100_000

GROWTH = 1.5
"""A list may read so many times what it reads of fewer parcels, and what follows."""

A_FULL_PAGE = 16 * PAGE_SIZE
"""Blocks. A hundred rows of each table lie on a page or two, which are read through; of more, each row of a
list is looked up, in five tables at most and by the second wall in two again, through indexes of two or three
levels. That costs a row as much however many more there are, which the next line makes sure of.
"""

A_LEVEL = 8
"""Blocks, from SOME to MANY: what a few look-ups read more when an index has one level more."""

_FILLED = (
    *("orders", "order_lines", "order_events", "fulfilments", "fulfilment_lines", "reservations"),
    *("ledger_entries", "audit_entries", "problems", "reviews"),
)
_PAST = text(
    """
    WITH new_orders AS (
        INSERT INTO orders (number, idempotency_key, state, locale, email, name, phone, street, village_code,
            village, district, regency, province, postcode, line_count, goods_total, shipping_total, total,
            placed_at, expires_at, paid_at)
        SELECT 'LP-' || substr(upper(md5(n::text)), 1, 10) || n, 'past-' || n, 'paid', 'id', 'a@example.id',
            md5(n::text), '0812', 'Jalan', '32.73.19.1001', 'V', 'D', 'R', 'P', '40111', 1,
            90000, 0, 90000, past.at, past.at, past.at
        FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n,
            LATERAL (SELECT CAST(:since AS timestamptz) + n * interval '1 minute' AS at) past
        RETURNING id, number, placed_at AS at
    ), new_parcels AS (
        INSERT INTO fulfilments (number, order_id, upt_id, state, shipping_cost, chargeable_weight_g, courier,
            service, promised_from, promised_until, shipped_courier, tracking_number, shipped_at)
        SELECT number || '-1', id, :upt_id, 'delivered', 0, 1000, 'JNE', 'REG', '2020-01-01', '2020-01-09',
            'JNE', 'T' || id, at
        FROM new_orders RETURNING id, order_id, number, shipped_at AS at
    ), new_lines AS (
        INSERT INTO order_lines (order_id, position, variant_id, product_name, variant_name, sku, unit,
            weight_g, unit_price, quantity, line_total)
        SELECT id, 1, :variant_id, 'Coir Net', '', 'CN-1', 'roll', 500, 90000, 1, 90000
        FROM new_orders RETURNING id, order_id
    ), new_reservations AS (
        INSERT INTO reservations (stock_id, order_number, quantity, issued)
        SELECT :stock_id, number, 1, 1 FROM new_orders RETURNING id, order_number
    ), parts AS (
        INSERT INTO fulfilment_lines (fulfilment_id, order_line_id, reservation_id, quantity, shipped)
        SELECT p.id, l.id, r.id, 1, 1 FROM new_parcels p JOIN new_lines l ON l.order_id = p.order_id
            JOIN new_orders o ON o.id = p.order_id JOIN new_reservations r ON r.order_number = o.number
        RETURNING id, fulfilment_id
    ), told AS (
        INSERT INTO order_events (order_id, fulfilment_id, kind, to_state, actor_label, at)
        SELECT order_id, id, 'fulfilment_delivered', 'delivered', 'Asep', at FROM new_parcels
    ), moved AS (
        INSERT INTO ledger_entries (stock_id, kind, delta, reason, cause, actor_label, at)
        SELECT :stock_id, 'issued', -1, 'shipped', 'ship:' || parts.id, 'Asep', p.at
        FROM parts JOIN new_parcels p ON p.id = parts.fulfilment_id
    ), written AS (
        INSERT INTO audit_entries (at, actor_label, actor_roles, action, object_kind, object_key, upt_id,
            request_id, before, after, hash)
        SELECT at, 'Asep', '{upt_officer}', 'parcel.shipped', 'parcel', number, :upt_id, '', '{}', '{}',
            sha256(convert_to(number, 'UTF8'))
        FROM new_parcels
    ), complained AS (
        INSERT INTO problems (number, fulfilment_id, reason, state, reported_at, answer_due_at, answered_at,
            closed_at)
        SELECT 'MS-' || number, id, 'damaged', 'closed', at, at, at, at FROM new_parcels
    )
    INSERT INTO reviews (number, order_line_id, product_id, upt_id, state, stars, body, key, changed_at,
        decided_at, decided_by)
    SELECT 'UL-' || l.id, l.id, :product_id, :upt_id, 'published', 5, 'Bagus.', 'past-' || l.id, o.placed_at,
        o.placed_at, 'Ani'
    FROM new_lines l JOIN (SELECT id, at AS placed_at FROM new_orders) o ON o.id = l.order_id
    """
)

# The rows are right: to look up each one's keys and to chain each audit entry to the one before takes long.
_CHECK_NOTHING = """
DO $$
DECLARE
    key record;
BEGIN
    FOR key IN SELECT conrelid::regclass AS of, conname FROM pg_constraint WHERE contype = 'f' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.of, key.conname);
    END LOOP;
    ALTER TABLE audit_entries DISABLE TRIGGER USER;
END $$
"""


@dataclass(frozen=True)
class Readers:
    """An officer of the UPT with the past parcels, and the offices above it."""

    officer: Actor
    kanwil: Actor
    nation: Actor


class Effort:
    """How many pages of tables and indexes the statements of a block read, by the database's own count."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.statements: list[tuple[str, Any]] = []

    def __enter__(self) -> Effort:
        event.listen(self.session.connection(), "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.session.connection(), "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        self.statements.append((statement, parameters))

    @property
    def blocks(self) -> int:
        connection = self.session.connection()
        plans = [
            connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {each}", values).scalar_one()
            for each, values in self.statements
        ]
        return sum(
            plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
            for (plan,) in (json.loads(plan) if isinstance(plan, str) else plan for plan in plans)
        )


@contextmanager
def many_past_parcels(
    engine: Engine, at: datetime
) -> Iterator[tuple[Session, Readers, Callable[[int], None]]]:
    """A shop in which a UPT has five parcels to do, and a way to give it so many past ones."""
    with Session(engine) as session:
        shop = make_shop(session, at=at, nets=(90, 50))
        for _ in range(5):
            make_paid_order(session, Wish(1, shop.net.id, 1, shop.garut.id), at=at)
        people = make_officer(session, shop.garut), make_user(session), make_user(session)
        make_membership(session, people[1], "kanwil_officer", kanwil=shop.garut.kanwil)
        make_membership(session, people[2], "directorate")
        readers = Readers(*(actor_of(session, each.id, each.name) for each in people))
        values = {
            "upt_id": shop.garut.id,
            "variant_id": shop.net.id,
            "product_id": shop.net.product_id,
            "stock_id": session.scalars(
                select(Stock.id).filter_by(upt_id=shop.garut.id, variant_id=shop.net.id)
            ).one(),
            "since": at - timedelta(days=365),
        }
        session.execute(text(_CHECK_NOTHING))
        session.commit()
        there = 0

        def fill(until: int) -> None:
            nonlocal there
            session.execute(_PAST, {**values, "first": there + 1, "last": until})
            session.commit()
            there = until
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(
                    text(f"VACUUM (ANALYZE) {', '.join(_FILLED)}")
                )  # as the database does by itself

        yield session, readers, fill


def looks(session: Session, readers: Readers, today: date) -> dict[str, tuple[Actor, Callable[[], object]]]:
    """Each way of looking at the lists of staff, and who looks."""
    officer = readers.officer
    middle = session.scalars(
        select(Fulfilment.number).where(Fulfilment.state == "delivered").order_by(Fulfilment.id).offset(45)
    ).first()
    stock_id = session.scalars(select(Stock.id).join(LedgerEntry).where(LedgerEntry.kind == "issued")).first()
    assert middle is not None
    assert stock_id is not None

    def parcels(narrowing: Narrowing, sort: Sort, turn: Turn | None = None) -> Callable[[], object]:
        return lambda: parcels_for(session, officer, narrowing, sort=sort, today=today, turn=turn)

    every = Narrowing(FULFILMENT_STATES)
    of_parcels = {
        "to do": parcels(Narrowing(OPEN_STATES), "urgent"),
        "late": parcels(Narrowing(OPEN_STATES, only_late=True), "urgent"),
        "new": parcels(Narrowing(("new",)), "newest"),
        "delivered": parcels(Narrowing(("delivered",)), "newest"),
        "all": parcels(every, "oldest"),
        "a later page": parcels(every, "newest", Turn("before", middle)),
        "a name": parcels(replace(every, words="c4ca4238a0b9"), "newest"),
        "a courier without any": parcels(replace(every, courier="TIKI"), "newest"),
        "a courier": parcels(replace(every, courier="JNE"), "oldest"),
        "a tracking number": parcels(replace(every, words="T-NONE-1"), "newest"),
        "a number": parcels(replace(every, words=middle[3:12]), "newest"),
    }
    of_officer: dict[str, Callable[[], object]] = {
        **of_parcels,
        "counts of today": lambda: work_counts(session, officer, today=today),
        "to be fetched": lambda: count_to_be_fetched(session, officer),
        "asked to take over": lambda: count_asked(session, officer),
        "ledger": lambda: ledger_page(session, officer, LedgerWish(), after=None),
        "ledger of a product": lambda: ledger_page(session, officer, LedgerWish(words="Coir"), after=None),
        "shelves": lambda: shelf_for(session, officer, words="", show="all", page=1),
        "low shelves": lambda: low_shelves_for(session, officer, most=6),
        "a shelf": lambda: ledger_of(session, stock_id),
        "audit": lambda: audit_page(session, officer, AuditWish(), after=None),
        "problems": lambda: problems_for(session, officer, states=PROBLEM_STATES, words="", page=1),
        "open problems": lambda: problems_for(session, officer, states=("open",), words="", page=1),
        "counts of problems": lambda: problem_counts(session, officer),
        "problems of today": lambda: problems_waiting(session, officer, at=_now(today)),
        "reviews": lambda: reviews_for(session, officer, states=REVIEW_STATES, page=1),
    }
    above = {
        f"{name} of {who}": (actor, look)
        for who, actor in (("a Kanwil", readers.kanwil), ("the nation", readers.nation))
        for name, look in of_office(session, actor, today).items()
    }
    return {name: (officer, look) for name, look in of_officer.items()} | above


def of_office(session: Session, actor: Actor, today: date) -> dict[str, Callable[[], object]]:
    """What the offices above a UPT look at."""
    every = Narrowing(FULFILMENT_STATES)
    return {
        "UPTs": lambda: upts_with_work(session, actor, words="", today=today, page=1),
        "counts": lambda: work_counts(session, actor, today=today),
        "parcels": lambda: parcels_for(session, actor, every, sort="newest", today=today),
        "ledger": lambda: ledger_page(session, actor, LedgerWish(), after=None),
        "audit": lambda: audit_page(session, actor, AuditWish(), after=None),
        "problems": lambda: problems_for(session, actor, states=PROBLEM_STATES, words="", page=1),
        "counts of problems": lambda: problem_counts(session, actor),
        "reviews": lambda: reviews_for(session, actor, states=REVIEW_STATES, page=1),
        "reviews to decide": lambda: reviews_waiting(session, actor),
    }


def efforts(session: Session, readers: Readers, today: date) -> dict[str, int]:
    """The blocks that each look reads, as the pages of staff read: behind the second wall."""
    found = {}
    for name, (actor, look) in looks(session, readers, today).items():
        for setting, value in {"role": "lapak_staff", **reach_of(actor)}.items():
            session.execute(select(func.set_config(setting, value, True)))
        with Effort(session) as effort:
            look()
        found[name] = effort.blocks
        session.rollback()
    return found


def _now(today: date) -> datetime:
    return datetime.combine(today, time(12), UTC)


def test_a_hundred_thousand_cost_no_more_than_a_hundred(
    new_database: Callable[[], str], at: datetime
) -> None:
    engine = create_engine(new_database())
    few, some, many = measured(engine, at, FEW, SOME, MANY)
    engine.dispose()
    assert {
        name: (few[name], some[name], blocks)
        for name, blocks in many.items()
        if blocks > GROWTH * few[name] + A_FULL_PAGE or blocks > GROWTH * some[name] + A_LEVEL
    } == {}


def measured(engine: Engine, at: datetime, *counts: int) -> Iterator[dict[str, int]]:
    """What each look reads once so many past parcels are there, for one number after another."""
    with many_past_parcels(engine, at) as (session, readers, fill):
        for count in counts:
            fill(count)
            yield efforts(session, readers, at.date())
