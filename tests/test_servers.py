"""Tests of the shared servers: what each fixture promises to all other tests."""

from collections.abc import Callable

import redis
from sqlalchemy import create_engine, make_url, text


def test_each_run_has_its_own_database(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_database()")) == make_url(postgres_url).database
        assert connection.scalar(text("SHOW timezone")) == "UTC"
    engine.dispose()


def test_a_further_database_shares_nothing_with_the_first(
    postgres_url: str, new_database: Callable[[], str]
) -> None:
    one, other = new_database(), new_database()
    assert len({postgres_url, one, other}) == 3
    first, second = create_engine(one), create_engine(other)
    with first.begin() as connection:
        connection.execute(text("CREATE TABLE only_here (id int)"))
    with second.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('only_here')")) is None
    first.dispose()
    second.dispose()


def test_valkey_answers_and_keeps_values(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.set("tests:greeting", "halo", ex=10)
        assert client.get("tests:greeting") == b"halo"
