"""Tests of the migrations: one line of them, in step with the models, and each can be taken back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from accounts.queries import actor_of
from accounts.rules import system_actor
from accounts.services.audit import record
from operations.schema import alembic_config, upgrade
from orders.models import Fulfilment
from orders.rules.allocation import Wish
from orders.services.taking_over import accept, ask
from reporting.audit_chain import verify_chain
from tests.factories.accounts import make_officer
from tests.factories.parcels import make_carton, make_desk, make_paid_order, parcel_of
from tests.factories.placing import make_shop


def test_there_is_one_newest_migration() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("")).get_heads()) == 1


def test_the_migrations_make_exactly_the_models_tables(new_database: Callable[[], str]) -> None:
    command.check(alembic_config(new_database()))  # raises when a model has what no migration makes


def test_every_migration_can_be_taken_back_and_made_again(new_database: Callable[[], str]) -> None:
    url = new_database()
    command.downgrade(alembic_config(url), "base")
    engine = create_engine(url)
    tables = text(
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    with engine.connect() as connection:
        assert connection.scalar(tables) == 0
    upgrade(url)
    with engine.connect() as connection:
        assert connection.scalar(tables) > 10
    engine.dispose()


def test_events_of_accounts_that_wait_lose_the_field_they_no_longer_have(
    new_database: Callable[[], str],
) -> None:
    url = new_database()
    command.downgrade(alembic_config(url), "0025")
    engine = create_engine(url)
    add = text(
        "INSERT INTO outbox_events (name, payload) VALUES"
        """ ('AccountChanged', '{"user_id": 1, "what": "password", "link_id": null}'),"""
        """ ('LinkAsked', '{"link_id": 7}')"""
    )
    with engine.begin() as connection:
        connection.execute(add)
    upgrade(url)
    with engine.connect() as connection:
        payloads = connection.scalars(text("SELECT payload FROM outbox_events ORDER BY id")).all()
    engine.dispose()
    assert payloads == [{"user_id": 1, "what": "password"}, {"link_id": 7}]


def test_tracking_numbers_that_were_used_twice_stay_as_they_are(
    new_database: Callable[[], str], at: datetime
) -> None:
    url = new_database()
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=at, nets=(9, 0))
        for _ in range(5):
            make_paid_order(session, Wish(1, shop.net.id, 1, shop.garut.id), at=at)
    command.downgrade(alembic_config(url), "0028")
    # the second one left first; of the last two the customers were forgotten
    numbers = ["JNE0012345678", "JNE-0012345678", "JNE0099999999", "", ""]
    ship = text(
        "UPDATE fulfilments SET state = 'shipped', shipped_courier = 'JNE', tracking_number = :number,"
        " shipped_at = :at WHERE id = (SELECT id FROM fulfilments ORDER BY id OFFSET :place LIMIT 1)"
    )
    with engine.begin() as connection:
        for place, number in enumerate(numbers):
            hours = timedelta(hours=1 if place else 2)
            connection.execute(ship, {"place": place, "number": number, "at": at + hours})
    upgrade(url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT tracking_number, shares_number FROM fulfilments ORDER BY id")
        ).all()
    engine.dispose()
    assert [number for number, _ in rows] == numbers
    assert [shares for _, shares in rows] == [True, False, False, False, False]


def test_parcels_that_ended_another_way_are_told_as_near_as_can_be(
    new_database: Callable[[], str], at: datetime
) -> None:
    url = new_database()
    engine = create_engine(url)
    ends = (
        ("pickup", "ready"),
        ("upt_delivery", "shipped"),
        ("courier", "returned"),
        ("pickup", "delivered"),
    )
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=at, nets=(9, 0))
        for _ in ends:
            make_paid_order(session, Wish(1, shop.net.id, 1, shop.garut.id), at=at)
        parcels = session.scalars(select(Fulfilment).order_by(Fulfilment.id)).all()
        for parcel, (hand_over, state) in zip(parcels, ends, strict=True):
            parcel.hand_over, parcel.state = hand_over, state
            parcel.shipped_at = None if state == "ready" else at
            parcel.tracking_number = "JNE0012345678" if hand_over == "courier" else None
    command.downgrade(alembic_config(url), "0039")
    told = text("SELECT state, tracking_number FROM fulfilments ORDER BY id")
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(told)]
    assert rows == [("packed", None), ("shipped", ""), ("delivered", "JNE0012345678"), ("delivered", "")]
    upgrade(url)
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(told)] == rows
    engine.dispose()


def test_parcels_that_were_taken_over_are_not_undone(new_database: Callable[[], str], at: datetime) -> None:
    url = new_database()
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        shop = make_shop(session, at=at, nets=(9, 5))
        people = [make_officer(session, upt) for upt in (shop.garut, shop.ciamis)]
        here, there = (actor_of(session, person.id, person.name) for person in people)
        order = make_paid_order(session, Wish(1, shop.net.id, 2, shop.garut.id), at=at)
        number = parcel_of(session, order, shop.garut).number
        key = ask(session, number, shop.ciamis.code, {1: 1}, reason="too_busy", actor=here, at=at)
        accept(session, key, actor=there, at=at)
    with pytest.raises(ProgrammingError, match="parcels were taken over"):
        command.downgrade(alembic_config(url), "0045")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT sum(taken_over) FROM fulfilment_lines")).scalar_one() == 1
    engine.dispose()


def test_cartons_are_undone_until_one_has_left(new_database: Callable[[], str], at: datetime) -> None:
    url = new_database()
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        desk = make_desk(session, at=at)
        make_carton(session, desk.parcel.id, "JNE0012345678", at=at)
    with pytest.raises(ProgrammingError, match="cartons have left"):
        command.downgrade(alembic_config(url), "0049")
    with engine.begin() as connection:
        assert connection.scalars(text("SELECT tracking_number FROM cartons")).all() == ["JNE0012345678"]
        connection.execute(
            text("UPDATE cartons SET (shipped_courier, tracking_number, shipped_at) = (NULL, NULL, NULL)")
        )
    command.downgrade(alembic_config(url), "0049")
    engine.dispose()


def test_entries_of_the_audit_log_stay_as_they_were_sealed(new_database: Callable[[], str]) -> None:
    url = new_database()
    command.downgrade(alembic_config(url), "0054")
    engine = create_engine(url)
    write = text(
        "INSERT INTO audit_entries (at, actor_label, actor_roles, action, object_kind, object_key,"
        " request_id, before, after) VALUES (now(), 'x', '{upt_officer}', 'a', 'k', 'o', 'r', '{}', '{}')"
    )
    with engine.begin() as connection:
        connection.execute(write)
    upgrade(url)
    with Session(engine) as session, session.begin():
        record(session, system_actor("test"), "thing.do", "thing", "new", at=datetime.now(UTC))
        verdict = verify_chain(session)
        assert (verdict.entries, verdict.problem) == (2, None)
        session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only"))
        session.execute(text("UPDATE audit_entries SET actor_upts = NULL WHERE object_key = 'new'"))
        assert verify_chain(session).problem is not None, "none can be made older than it is"
        session.rollback()
    engine.dispose()
