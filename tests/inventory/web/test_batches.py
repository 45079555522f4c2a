"""Officers note production batches: on a page of its own, refused beside the field, counted once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inventory.models import Batch, LedgerEntry, Product, ProductFacts, Stock
from inventory.rules import RECEIPT_REASONS
from kernel.clock import now
from kernel.db import db, transaction
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.batches import make_batch
from tests.factories.inventory import make_category, make_product, make_upt, make_variant
from tests.queries import CountedQueries


@dataclass(frozen=True)
class Desk:
    """Garut's officer, the office above, and where its bread lies."""

    officer: int
    kanwil: int
    url: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        garut = make_upt(session, "Lapas Garut")
        food = make_category(session, "roti_kue")
        bread = make_variant(session, make_product(session, "Roti Sisir", makers=(garut,), category=food))
        make_batch(session, bread, garut, at=now(), code="PERTAMA", made_on=today(), expires_on=today(3))
        kanwil = make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=garut.kanwil)
        url = f"/staff/stok/{garut.code}/{bread.sku}"
        return Desk(make_officer(session, garut).id, kanwil.id, url)


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def today(days: int = 0) -> date:
    """Some day from now on; western Indonesia's, where Garut lies."""
    return (now() + timedelta(hours=7, days=days)).date()


def counted(app: Flask) -> list[int]:
    """Pieces on the shelf, batches, lines of the ledger."""
    counts = (func.sum(Stock.on_hand), func.count(Batch.id), func.count(LedgerEntry.id))
    with app.app_context():
        return [int(db.session.scalar(select(count)) or 0) for count in counts]


def note(client: FlaskClient, url: str, **changes: str) -> TestResponse:
    form = {"key": str(uuid4()), "passed": "20", "reworked": "2", "failed": "1", "people": "3", "hours": "12"}
    form |= {"made_on": str(today()), "expires_on": str(today(9)), **changes}
    return client.post(f"{url}/produksi", data=form)


class TestPages:
    def test_the_shelf_shows_its_batches_and_leads_to_the_form(
        self, officer: FlaskClient, desk: Desk
    ) -> None:
        page = officer.get(desk.url).text
        assert "PERTAMA" in page
        assert f"{desk.url}/produksi" in page
        assert '<option value="made"' not in page, "food comes in by its batch"
        form = officer.get(f"{desk.url}/produksi")
        assert form.status_code == 200
        assert re.search(r'<input[^>]*name="expires_on"[^>]*required', form.text), "food must say it"

    def test_until_when_it_keeps_is_left_to_the_officer(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        """A day reckoned from today would be wrong for a batch of yesterday."""
        with app.app_context(), transaction() as session:
            product_id = session.scalars(select(Product.id)).one()
            session.add(ProductFacts(product_id=product_id, shelf_life_days=9))
        form = officer.get(f"{desk.url}/produksi").text
        (box,) = re.findall(r'<input[^>]*name="expires_on"[^>]*>', form)
        assert str(today(9)) not in box
        assert re.search(r"\b9 (hari|days)\b", form)

    def test_what_ends_soon_stands_above_the_list(self, officer: FlaskClient, desk: Desk) -> None:
        assert "PERTAMA" in officer.get("/staff/stok").text

    def test_an_office_looks_but_does_not_note(self, client: FlaskClient, app: Flask, desk: Desk) -> None:
        sign_in(client, desk.kanwil)
        before = counted(app)
        assert "PERTAMA" in client.get(desk.url).text
        assert f"{desk.url}/produksi" not in client.get(desk.url).text
        assert client.get(f"{desk.url}/produksi").status_code == 403
        assert note(client, desk.url).status_code == 403
        assert counted(app) == before

    @pytest.mark.parametrize(("page", "most"), [("", 14), ("/produksi", 12)])
    def test_asks_no_more_with_more_batches(
        self,
        officer: FlaskClient,
        app: Flask,
        desk: Desk,
        count_queries: CountedQueries,
        page: str,
        most: int,
    ) -> None:
        for _ in range(6):
            note(officer, desk.url)
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as statements:
            assert officer.get(desk.url + page).status_code == 200
        assert len(statements) <= most, statements


class TestNoting:
    def test_what_passed_comes_onto_the_shelf(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        answer = note(officer, desk.url)
        assert (answer.status_code, answer.location) == (303, desk.url)
        assert counted(app) == [26, 2, 2]
        assert f"{today():%y%m%d}" in officer.get(desk.url).text

    def test_a_form_sent_twice_counts_once(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        key = str(uuid4())
        note(officer, desk.url, key=key)
        before = counted(app)
        assert note(officer, desk.url, key=key).status_code == 303
        assert counted(app) == before

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"passed": ""}, "passed"),
            ({"passed": "0", "reworked": "0", "failed": "0"}, "passed"),
            ({"passed": "-1"}, "passed"),
            ({"passed": "1e3"}, "passed"),
            ({"failed": "9" * 5000}, "failed"),
            ({"people": "banyak"}, "people"),
            ({"hours": "10001"}, "hours"),
            ({"passed": "100000", "reworked": "1"}, "passed"),
            ({"passed": " "}, "passed"),
            ({"made_on": ""}, "made_on"),
            ({"made_on": " "}, "made_on"),
            ({"made_on": "2026-02-30"}, "made_on"),
            ({"made_on": "9999-12-31"}, "made_on"),
            ({"made_on": "0001-01-01"}, "made_on"),
            ({"expires_on": ""}, "expires_on"),
            ({"expires_on": "2020-01-01"}, "expires_on"),
            ({"code": "PERTAMA"}, "code"),
            ({"code": "=1+1"}, "code"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, officer: FlaskClient, app: Flask, desk: Desk, wrong: dict[str, str], field: str
    ) -> None:
        before = counted(app)
        answer = note(officer, desk.url, **wrong)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert counted(app) == before

    @pytest.mark.parametrize("wrong", [{"key": ""}, {"key": "1"}, {"key": "x" * 10_000}])
    def test_refuses_tampered_forms(
        self, officer: FlaskClient, app: Flask, desk: Desk, wrong: dict[str, str]
    ) -> None:
        before = counted(app)
        assert note(officer, desk.url, **wrong).status_code == 422
        assert counted(app) == before

    @pytest.mark.parametrize("reason", RECEIPT_REASONS)
    def test_food_comes_in_no_other_way(
        self, officer: FlaskClient, app: Flask, desk: Desk, reason: str
    ) -> None:
        said = "Makanan masuk sebagai kelompok produksi"
        page = officer.get(desk.url).text
        assert (said in page, "receive-quantity" in page) == (True, False)
        before = counted(app)
        form = {"receive-key": str(uuid4()), "receive-quantity": "5", "receive-reason": reason}
        answer = officer.post(f"{desk.url}/masuk", data=form)
        assert (answer.status_code, said in answer.text) == (422, True)
        assert counted(app) == before
