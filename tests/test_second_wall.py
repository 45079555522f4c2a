"""The second wall: whatever a page of staff forgets to ask, the database shows it nothing of other UPTs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, NullPool, create_engine, func, select, text, true
from sqlalchemy.exc import ProgrammingError

from accounts.models import Kanwil, Upt
from accounts.queries import reach_of
from accounts.rules import Actor
from kernel.db import read_as, reading_session, transaction
from orders.models import Fulfilment
from tests.access_table import Things
from tests.test_access import STAFF_LINES, World, browser_of, knock, told, world

__all__ = ["world"]

_OF_TWO = ("takeovers",)
"""Rows that concern two UPTs, each of which sees them."""

_WALLED = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity"
    " ORDER BY relname"
)


@pytest.fixture
def raw(app: Flask) -> Iterator[Engine]:
    """Connections of our own to the web's database, which know nothing of the web."""
    engine = create_engine(app.extensions["lapak"].database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def become(connection: Connection, actor: Actor | None) -> None:
    """Read as pages of staff do: for an actor, or for nobody."""
    connection.execute(text("SET ROLE lapak_staff"))
    for name, value in (reach_of(actor) if actor else {}).items():
        connection.execute(select(func.set_config(name, value, False)))


def counts(connection: Connection, tables: list[str]) -> dict[str, int]:
    return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in tables}


class TestTheTables:
    def test_show_a_raw_session_what_its_scope_reaches_and_without_one_nothing(
        self, raw: Engine, world: World
    ) -> None:
        with raw.connect() as connection:
            walled = list(connection.scalars(_WALLED))
            upts = dict(connection.execute(select(Upt.code, Upt.id)).all())
            kanwils = dict(connection.execute(select(Kanwil.slug, Kanwil.id)).all())
            everything = counts(connection, walled)
            become(connection, None)
            assert counts(connection, walled) == dict.fromkeys(walled, 0)
            first = kanwils[world.things["U1"].kanwil_slug]
            own = [frozenset({upts[things.upt_code]}) for things in world.things.values()]
            scopes = [Actor("U", upt_ids=upt_ids) for upt_ids in own]
            neighbours = frozenset(upts.values()).difference(*own)
            scopes += [Actor("K", kanwil_ids=frozenset({first})), Actor("N", is_national=True)]
            scopes += [Actor("R", upt_ids=neighbours)]
            seen = []
            for scope in scopes:
                become(connection, scope)
                seen.append(counts(connection, walled))
            for upt_ids in own:
                become(connection, Actor("U", upt_ids=upt_ids))
                there = connection.scalars(select(Fulfilment.upt_id).distinct()).all()
                assert set(there) == upt_ids
        for name in walled:
            u1, u2, u3, kanwil, nation, rest = (each[name] for each in seen)
            assert (kanwil, nation) == (u1 + u2, everything[name]), name
            if name != "audit_entries":  # most of the log concerns no UPT, and is the nation's to read
                assert nation == u1 + u2 + u3 + (0 if name in _OF_TWO else rest), name
                assert min(u1, u2, u3) > 0, name

    def test_its_role_changes_nothing_and_never_sees_what_is_only_kept(self, raw: Engine) -> None:
        for statement in (
            "UPDATE stocks SET on_hand = on_hand + 1",
            "INSERT INTO job_runs (job, slot, started_at) VALUES ('x', now(), now())",
            "DELETE FROM permits",
            "ALTER TABLE stocks DISABLE ROW LEVEL SECURITY",
            "SELECT * FROM legal_holds",
            "SELECT * FROM addresses",
            "SELECT * FROM mails",
        ):
            with raw.connect() as connection:
                become(connection, Actor("N", is_national=True))
                with pytest.raises(ProgrammingError) as refused:
                    connection.execute(text(statement))
                assert isinstance(refused.value.orig, InsufficientPrivilege), statement


class TestPagesThatForget:
    """Every condition on an actor's scope is taken out: what is left is the wall."""

    def test_tell_nothing_of_other_upts_as_they_would_without_the_wall(
        self, app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("accounts.queries.people.or_", lambda *_: true())
        assert self.secrets_told(app, world) == []
        monkeypatch.setattr("accounts.web.session.read_as", lambda *_: None)
        assert len(self.secrets_told(app, world)) > 20

    def secrets_told(self, app: Flask, world: World) -> list[str]:
        """What an officer of U1 reads of others, in lists and where theirs is asked for by name.

        Who is who must be read before anybody's scope is known: the page of people has conditions of its own.
        """
        knocker = world.people["officer U1"]
        client = browser_of(app, knocker)
        found = []
        for line in STAFF_LINES:
            if line.method == "GET" and not line.rule.startswith("/staff/orang"):
                places: list[Things | None] = list(world.things.values()) if line.place else [None]
                for things in places:
                    answer = knock(client, line, line.address(things) if line.place else line.rule)
                    found += [f"{line.rule} tells {each}" for each in told(world, answer, knocker.upts)]
        return found


class TestAConnection:
    def who(self) -> str:
        return str(
            reading_session().scalar(
                text("SELECT current_user || coalesce(nullif(current_setting('lapak.upts', true), ''), '-')")
            )
        )

    def test_reads_as_staff_until_the_request_ends_and_is_ours_again_then(self, app: Flask) -> None:
        with app.app_context():
            ours = self.who()
            read_as("lapak_staff", reach_of(Actor("U", upt_ids=frozenset({7, 3}))))
            assert self.who() == "lapak_staff{3,7}"
            with transaction() as session:
                assert session.scalar(text("SELECT current_user || '-'")) == ours
            assert self.who() == "lapak_staff{3,7}"
        for _ in range(3):
            with app.app_context():
                assert self.who() == ours

    def test_that_breaks_while_it_becomes_staffs_asks_to_come_back(
        self, app: Flask, raw: Engine, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(actor: Actor) -> dict[str, str]:
            backend = reading_session().scalar(text("SELECT pg_backend_pid()"))
            with raw.connect() as connection:
                connection.execute(text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})
            return reach_of(actor)

        client = browser_of(app, world.people["officer U1"])
        with monkeypatch.context() as broken:
            broken.setattr("accounts.web.session.reach_of", killed)
            answer = client.get("/staff/paket")
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")
        assert client.get("/staff/paket").status_code == 200

    def test_keeps_its_limits_when_it_is_ours_again(self, app: Flask) -> None:
        limits = text("SELECT current_setting('statement_timeout') || current_setting('timezone')")
        with app.app_context():
            before = reading_session().scalar(limits)
            read_as("lapak_staff", reach_of(Actor("U")))
            assert reading_session().scalar(limits) == before
        with app.app_context():
            assert reading_session().scalar(limits) == before
