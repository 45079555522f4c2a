"""The pages of the audit log: whose entries are told, what the filters leave, and the file of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from accounts.models import AuditEntry
from accounts.queries.audit import PAGE_SIZE
from accounts.rules import Actor, system_actor
from accounts.services import audit
from kernel.db import db, transaction
from kernel.sheets import BEGINNING
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.inventory import make_kanwil, make_upt
from tests.queries import CountedQueries

PAGE, FILE = "/staff/jejak", "/staff/jejak/unduh.csv"
BUDI = Actor("Budi", roles=frozenset({"upt_officer"}))


@dataclass(frozen=True)
class Desk:
    """Who reads, by user id; `own` and `neighbour` are UPTs of one Kanwil, by id and code."""

    officer: int
    kanwil: int
    directorate: int
    own: tuple[int, str]
    neighbour: tuple[int, str]


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        kanwil = make_kanwil(session)
        own, neighbour = make_upt(session, kanwil=kanwil), make_upt(session, kanwil=kanwil)
        elsewhere = make_upt(session)
        officer = make_officer(session, own)
        reviewer, directorate = make_user(session), make_user(session)
        make_membership(session, reviewer, "kanwil_officer", kanwil=kanwil)
        make_membership(session, directorate, "directorate")
        for key, upt_id in (("OWN", own.id), ("NEXT", neighbour.id), ("FAR", elsewhere.id), ("NOBODY", None)):
            audit.record(session, BUDI, "parcel.pack", "parcel", key, at=at, upt_id=upt_id)
        return Desk(
            officer.id, reviewer.id, directorate.id, (own.id, own.code), (neighbour.id, neighbour.code)
        )


def record(app: Flask, upt_id: int, key: str, *, at: datetime, **values: object) -> None:
    with app.app_context(), transaction() as session:
        audit.record(
            session,
            system_actor("kenari"),
            "stock.adjusted",
            "stock",
            key,
            at=at,
            upt_id=upt_id,
            before={"on_hand": 4},
            after=values,
        )


def told(client: FlaskClient, query: str = "") -> set[str]:
    """The objects that the page names."""
    page = client.get(f"{PAGE}?{query}")
    assert page.status_code == 200, page.text
    return {key for key in ("OWN", "NEXT", "FAR", "NOBODY", "SHELF") if f">{key}</span>" in page.text}


class TestWhoseEntries:
    def test_each_reader_sees_their_scope(self, client: FlaskClient, desk: Desk) -> None:
        for reader, keys in (
            (desk.officer, {"OWN"}),
            (desk.kanwil, {"OWN", "NEXT"}),
            (desk.directorate, {"OWN", "NEXT", "FAR", "NOBODY"}),
        ):
            sign_in(client, reader)
            assert told(client) == keys
            rows = list(
                csv.DictReader(
                    io.StringIO(client.get(FILE, buffered=True).text.removeprefix(BEGINNING)), delimiter=";"
                )
            )
            assert {row["object"] for row in rows} == keys

    def test_a_mark_or_code_of_another_scope_opens_nothing(
        self, app: Flask, client: FlaskClient, desk: Desk
    ) -> None:
        sign_in(client, desk.officer)
        assert told(client, f"upt={desk.neighbour[1]}") == set()
        with app.app_context():
            foreign = db.session.scalars(select(AuditEntry.hash).order_by(AuditEntry.id.desc())).first()
        assert foreign is not None
        assert told(client, f"sesudah={foreign.hex()}") <= {"OWN"}
        for mark in ("zz", "00", "%27"):
            assert told(client, f"sesudah={mark}") == set()


class TestTheFilters:
    def test_each_leaves_what_fits(self, app: Flask, client: FlaskClient, desk: Desk, at: datetime) -> None:
        record(app, desk.own[0], "SHELF", at=at + timedelta(days=2), on_hand=9)
        sign_in(client, desk.officer)
        assert told(client) == {"OWN", "SHELF"}
        assert told(client, "who=bud") == {"OWN"}
        assert told(client, "who=%25") == set()
        assert told(client, "kind=stock") == {"SHELF"}
        assert told(client, "thing=hel") == {"SHELF"}
        assert told(client, "since=2026-11-22") == {"SHELF"}
        assert told(client, "until=2026-11-22") == {"OWN"}
        assert told(client, "since=2026-11-21&until=2026-11-21") == {"OWN"}
        assert told(client, "since=2026-11-23&until=2026-11-23") == {"SHELF"}
        assert told(client, "since=0001-01-01&until=9999-12-31") == {"OWN", "SHELF"}
        assert "4</del>" in client.get(f"{PAGE}?kind=stock").text
        rows = list(
            csv.reader(io.StringIO(client.get(f"{FILE}?kind=stock", buffered=True).text), delimiter=";")
        )
        assert [row[5] for row in rows[1:]] == ["SHELF"]

    @pytest.mark.parametrize(
        "query",
        ["since=yesterday", "until=2026-02-30", "since=2026-11-22&until=2026-11-21", "kind=secrets"]
        + [f"{name}={'x' * 201}" for name in ("who", "thing", "upt")],
    )
    def test_what_makes_no_sense_is_said_beside_its_field(
        self, client: FlaskClient, desk: Desk, query: str
    ) -> None:
        sign_in(client, desk.officer)
        for address in (PAGE, FILE):
            answer = client.get(f"{address}?{query}")
            assert answer.status_code == 422
            assert "field__error" in answer.text
            assert "OWN" not in answer.text


class TestThePages:
    def test_go_on_to_the_oldest_entry_and_miss_none(
        self, app: Flask, client: FlaskClient, desk: Desk, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            for number in range(2 * PAGE_SIZE):
                audit.record(session, BUDI, "x.y", "x", f"P-{number:03}-", at=at, upt_id=desk.own[0])
        sign_in(client, desk.officer)
        address, found, pages = PAGE, [], 0
        while address:
            text = client.get(address).text
            found += [part[:6] for part in text.split('<span class="code">')[1:] if part.startswith("P-")]
            older = text.partition('rel="next" href="')[2].partition('"')[0]
            address, pages = older.replace("&amp;", "&"), pages + 1
        assert pages == 3
        assert found == [f"P-{number:03}-" for number in reversed(range(2 * PAGE_SIZE))]

    def test_cost_the_same_for_many_entries(
        self, app: Flask, client: FlaskClient, desk: Desk, at: datetime, count_queries: CountedQueries
    ) -> None:
        sign_in(client, desk.kanwil)
        with app.app_context():
            engine: Engine = db.engine
        counts = []
        for _ in range(2):
            with count_queries(engine) as statements:
                assert client.get(PAGE).status_code == 200
            counts.append(len(statements))
            for number in range(5):
                record(app, desk.own[0], f"S-{number}", at=at, on_hand=number)
        assert counts[0] == counts[1] <= 6


class TestTheFile:
    def test_no_cell_is_a_formula(self, app: Flask, client: FlaskClient, desk: Desk, at: datetime) -> None:
        record(app, desk.own[0], "=HYPERLINK(1)", at=at, note="=1+1")
        sign_in(client, desk.officer)
        answer = client.get(FILE, buffered=True)
        assert answer.mimetype == "text/csv"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "attachment" in answer.headers["Content-Disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix(BEGINNING)), delimiter=";"))
        assert rows[0]["object"] == "'=HYPERLINK(1)"
        assert rows[0]["before"] == '{"on_hand": 4}'
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())

    def test_is_read_a_portion_at_a_time(
        self, client: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("accounts.queries.audit._EXPORTED_AT_ONCE", 2)
        sign_in(client, desk.directorate)
        rows = list(csv.reader(io.StringIO(client.get(FILE, buffered=True).text), delimiter=";"))
        assert [row[5] for row in rows[1:]] == ["NOBODY", "FAR", "NEXT", "OWN"]
