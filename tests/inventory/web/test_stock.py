"""Officers' stock pages: plus and minus with a reason, refused beside the field, counted once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inventory.models import LedgerEntry, Stock
from kernel.db import db, transaction
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.placing import make_shop


@dataclass(frozen=True)
class Desk:
    """The keys of who works where, and the address of Garut's ten nets."""

    officer: int
    directorate: int
    url: str
    other_url: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(10, 5), breads=0)
        directorate = make_user(session)
        make_membership(session, directorate, "directorate")
        return Desk(
            make_officer(session, shop.garut).id,
            directorate.id,
            f"/staff/stok/{shop.garut.code}/{shop.net.sku}",
            f"/staff/stok/{shop.ciamis.code}/{shop.net.sku}",
        )


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def on_hand(app: Flask) -> tuple[int, int]:
    """Pieces on all shelves, and rows in the ledger."""
    with app.app_context():
        pieces = db.session.scalar(select(func.sum(Stock.on_hand))) or 0
        return pieces, db.session.scalar(select(func.count(LedgerEntry.id))) or 0


def receive(client: FlaskClient, url: str, **changes: str) -> TestResponse:
    form = {"key": str(uuid4()), "quantity": "20", "reason": "made", **changes}
    return client.post(f"{url}/masuk", data={f"receive-{name}": value for name, value in form.items()})


def adjust(client: FlaskClient, url: str, **changes: str) -> TestResponse:
    form = {"key": str(uuid4()), "quantity": "2", "reason": "damaged", "direction": "take", **changes}
    return client.post(f"{url}/koreksi", data={f"adjust-{name}": value for name, value in form.items()})


class TestPages:
    def test_the_list_leads_to_each_shelf(self, officer: FlaskClient, desk: Desk) -> None:
        page = officer.get("/staff/stok").text
        assert desk.url in page
        assert desk.other_url not in page

    @pytest.mark.parametrize("query", ["?show=nonsense", "?page=x", "?page=-3", "?show=empty&q=%25"])
    def test_bad_filters_break_nothing(self, officer: FlaskClient, query: str) -> None:
        assert officer.get("/staff/stok" + query).status_code == 200

    def test_a_shelf_shows_counters_and_ledger(self, officer: FlaskClient, desk: Desk) -> None:
        receive(officer, desk.url)
        page = officer.get(desk.url).text
        assert "+20" in page
        assert "<dd>30</dd>" in page

    def test_there_is_no_set_to(self, officer: FlaskClient, desk: Desk) -> None:
        page = officer.get(desk.url).text
        assert page.count("<form") == 3, "sign out, receive, adjust"

    def test_a_reader_sees_no_forms_and_may_not(self, client: FlaskClient, app: Flask, desk: Desk) -> None:
        sign_in(client, desk.directorate)
        before = on_hand(app)
        page = client.get(desk.url)
        assert page.status_code == 200
        assert f'action="{desk.url}' not in page.text
        assert receive(client, desk.url).status_code == 403
        assert adjust(client, desk.url).status_code == 403
        assert on_hand(app) == before


class TestChanges:
    def test_receive(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        answer = receive(officer, desk.url)
        assert (answer.status_code, answer.location) == (303, desk.url)
        assert on_hand(app) == (35, 3)

    def test_adjust_down_and_up(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        adjust(officer, desk.url)
        assert on_hand(app) == (13, 3)
        adjust(officer, desk.url, direction="add", reason="count")
        assert on_hand(app) == (15, 4)

    @pytest.mark.parametrize("change", [receive, adjust])
    def test_a_form_sent_twice_counts_once(
        self, officer: FlaskClient, app: Flask, desk: Desk, change: Callable[..., TestResponse]
    ) -> None:
        key = str(uuid4())
        change(officer, desk.url, key=key)
        before = on_hand(app)
        assert change(officer, desk.url, key=key).status_code == 303
        assert on_hand(app) == before

    @pytest.mark.parametrize(
        "quantity",
        ["", " ", "0", "-1", "1.5", "1e3", "NaN", "١٢", "100001", str(2**31), str(2**63), "9" * 5000, "[1]"],
    )
    def test_says_beside_the_field_what_is_no_count(
        self, officer: FlaskClient, app: Flask, desk: Desk, quantity: str
    ) -> None:
        before = on_hand(app)
        for change, prefix in ((receive, "receive"), (adjust, "adjust")):
            answer = change(officer, desk.url, quantity=quantity)
            assert answer.status_code == 422
            assert f'id="{prefix}-quantity-error"' in answer.text
        assert on_hand(app) == before

    @pytest.mark.parametrize("reason", ["count", "lost", "other"])
    def test_a_large_count_is_left_to_the_sheet(
        self, officer: FlaskClient, app: Flask, desk: Desk, reason: str
    ) -> None:
        before = on_hand(app)
        answer = adjust(officer, desk.url, direction="add", reason=reason, quantity="21")
        assert answer.status_code == 409
        assert 'id="adjust-quantity-error"' in answer.text
        assert 'href="/staff/stok/hitung"' in answer.text
        assert on_hand(app) == before
        adjust(officer, desk.url, direction="add", reason="sold_offline", quantity="21")
        assert on_hand(app) == (before[0] + 21, before[1] + 1), "what is more than a count stands"

    @pytest.mark.parametrize(
        ("change", "wrong"),
        [
            (receive, {"reason": "because"}),
            (receive, {"reason": ""}),
            (receive, {"key": ""}),
            (receive, {"key": "1"}),
            (receive, {"key": "x" * 10_000}),
            (adjust, {"reason": "made"}),
            (adjust, {"direction": "set"}),
            (adjust, {"direction": ""}),
        ],
    )
    def test_refuses_tampered_forms(
        self,
        officer: FlaskClient,
        app: Flask,
        desk: Desk,
        change: Callable[..., TestResponse],
        wrong: dict[str, str],
    ) -> None:
        before = on_hand(app)
        assert change(officer, desk.url, **wrong).status_code == 422
        assert on_hand(app) == before

    def test_never_takes_more_than_is_free(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        before = on_hand(app)
        answer = adjust(officer, desk.url, quantity="11")
        assert answer.status_code == 409
        assert 'id="adjust-quantity-error"' in answer.text
        assert on_hand(app) == before

    def test_extra_fields_change_nothing(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        officer.post(
            f"{desk.url}/masuk",
            data={
                "receive-key": str(uuid4()),
                "receive-quantity": "1",
                "receive-reason": "made",
                "on_hand": "999",
                "upt_id": "2",
                "receive-upt_code": desk.other_url.split("/")[3],
            },
        )
        assert on_hand(app) == (16, 3)
