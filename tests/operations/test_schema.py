"""Tests of the migrations: one line of them, in step with the models, and each can be taken back."""

from collections.abc import Callable

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from operations.schema import alembic_config, upgrade


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
