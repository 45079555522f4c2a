"""The rules about permits: every office reads them, head office writes them, officers see what rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from inventory.models import CatalogueEntry, PermitRule, Product
from inventory.services.pausing import PauseWish, pause
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from tests.factories.accounts import browser, make_membership, make_officer, make_user
from tests.factories.inventory import (
    list_products,
    make_category,
    make_kanwil,
    make_permit,
    make_product,
    make_upt,
)
from tests.queries import CountedQueries

RULE = "/staff/izin/aturan/makanan_ringan"


@dataclass(frozen=True)
class Desk:
    officer: FlaskClient
    kanwil: FlaskClient
    foreign: FlaskClient
    director: FlaskClient


@pytest.fixture
def desk(app: Flask) -> Desk:
    """Chips of one UPT, without a permit; and a bench of another region."""
    with app.app_context(), transaction() as session:
        kanwil, other = make_kanwil(session), make_kanwil(session)
        upt = make_upt(session, "Lapas Kelas IIA Kenari", kanwil=kanwil)
        stranger = make_upt(session, kanwil=other)
        snacks = make_category(session, "makanan_ringan")
        chips = make_product(session, "Keripik Kenari", makers=(upt,), category=snacks)
        bench = make_product(session, "Bangku", makers=(stranger,))
        list_products(session, chips, bench)
        offices = [make_user(session), make_user(session), make_user(session)]
        make_membership(session, offices[0], "kanwil_officer", kanwil=kanwil)
        make_membership(session, offices[1], "kanwil_officer", kanwil=other)
        make_membership(session, offices[2], "directorate")
        ids = [make_officer(session, upt).id, *(office.id for office in offices)]
    return Desk(*(browser(app, user_id) for user_id in ids))


def rules(app: Flask) -> list[tuple[Any, ...]]:
    with app.app_context():
        return [(rule.kinds, rule.since) for rule in db.session.scalars(select(PermitRule))]


def listed(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(CatalogueEntry.name)))


def form(days: int = 0, *kinds: str) -> dict[str, Any]:
    return {"kinds": list(kinds), "since": (jakarta_day(now()) + timedelta(days=days)).isoformat()}


class TestWriting:
    def test_goods_leave_with_the_rule_and_return_without_it(self, app: Flask, desk: Desk) -> None:
        assert desk.director.post(RULE, data=form(0, "PIRT", "BPOM_MD")).status_code == 303
        today = jakarta_day(now())
        assert rules(app) == [(["BPOM_MD", "PIRT"], today)]
        assert listed(app) == {"Bangku"}
        assert desk.director.post(RULE, data=form(0)).status_code == 303
        assert (rules(app), listed(app)) == ([], {"Bangku", "Keripik Kenari"})
        with app.app_context():
            entries = db.session.scalars(
                select(AuditEntry).where(AuditEntry.action == "permit_rule.set").order_by(AuditEntry.id)
            ).all()
            written = {"kinds": ["BPOM_MD", "PIRT"], "since": today.isoformat()}
            assert [(entry.before, entry.after) for entry in entries] == [({}, written), (written, {})]

    def test_a_later_day_gives_time(self, app: Flask, desk: Desk) -> None:
        desk.director.post(RULE, data=form(30, "PIRT"))
        assert len(rules(app)) == 1
        assert "Keripik Kenari" in listed(app)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"kinds": ["PIRT"], "since": ""},
            {"kinds": ["PIRT"], "since": "kemarin"},
            {"kinds": ["NIB"], "since": "2026-01-01"},
            {"kinds": ["'; DROP TABLE permits"], "since": "2026-01-01"},
            {"kinds": ["PIRT"], "since": "x" * 10_000},
        ],
    )
    def test_wrong_input_is_said_and_changes_nothing(
        self, app: Flask, desk: Desk, wrong: dict[str, Any]
    ) -> None:
        answer = desk.director.post(RULE, data=wrong)
        assert answer.status_code == 422
        assert 'class="field__error"' in answer.text
        assert (rules(app), "Keripik Kenari" in listed(app)) == ([], True)

    def test_a_category_that_is_none(self, app: Flask, desk: Desk) -> None:
        assert desk.director.get("/staff/izin/aturan/tidak-ada").status_code == 404
        assert desk.director.post("/staff/izin/aturan/tidak-ada", data=form(0, "PIRT")).status_code == 404
        assert rules(app) == []

    def test_only_head_office_writes(self, app: Flask, desk: Desk) -> None:
        for client in (desk.officer, desk.kanwil):
            assert client.get(RULE).status_code == 403
            assert client.post(RULE, data=form(0, "PIRT")).status_code == 403
            assert client.get("/staff/izin/aturan").status_code == 200
            assert f'href="{RULE}"' not in client.get("/staff/izin/aturan").text
        assert rules(app) == []


class TestTelling:
    def test_officers_see_what_rests_of_their_own(self, app: Flask, desk: Desk) -> None:
        desk.director.post(RULE, data=form(0, "PIRT"))
        sentence = "Tidak ada di toko"
        for client, is_told in ((desk.officer, True), (desk.kanwil, True), (desk.foreign, False)):
            page = client.get("/staff/izin").text
            assert (sentence in page, "Keripik Kenari" in page) == (is_told, is_told)
        assert "1 dari 1" in desk.director.get("/staff/izin/aturan").text

    def test_what_is_paused_does_not_rest_for_want_of_a_permit(self, app: Flask, desk: Desk) -> None:
        desk.director.post(RULE, data=form(0, "PIRT"))
        assert "1 dari 1" in desk.kanwil.get("/staff/izin/aturan").text
        with app.app_context(), transaction() as session:
            chips = session.scalars(select(Product).where(Product.name == "Keripik Kenari")).one()
            upt = session.scalars(select(Upt).where(Upt.name == "Lapas Kelas IIA Kenari")).one()
            make_permit(session, upt, chips, verified_at=now(), verified_by="P")
            officer = make_officer(session, upt)
            wish = PauseWish(upt.code, jakarta_day(now()) + timedelta(days=3), "Dapur diperbaiki.", "")
            assert pause(session, wish, key=uuid4(), actor=actor_of(session, officer.id, ""), at=now())
        for client in (desk.kanwil, desk.officer, desk.director):
            assert "0 dari 1" in client.get("/staff/izin/aturan").text


def test_queries_do_not_grow(app: Flask, desk: Desk, count_queries: CountedQueries) -> None:
    with app.app_context():
        engine: Engine = db.engine
    counts = {}
    for address in ("/staff/izin", "/staff/izin/aturan", RULE):
        with count_queries(engine) as counted:
            assert desk.director.get(address).status_code == 200
        counts[address] = len(counted)
    with app.app_context(), transaction() as session:
        upt = make_upt(session)
        for _ in range(5):
            make_permit(session, upt, make_product(session, makers=(upt,)))
    desk.director.post(RULE, data=form(0, "PIRT"))
    for address, count in counts.items():
        with count_queries(engine) as counted:
            desk.director.get(address)
        assert len(counted) == count
