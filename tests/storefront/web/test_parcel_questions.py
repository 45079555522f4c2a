"""Asking the UPT from the order's page: refused in place, opened by the order's own link only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.web.limits import init_limits, limiter
from kernel.clock import now
from kernel.db import db, transaction
from orders.links import order_token
from orders.models import EnquiryMessage, Order
from orders.queries.parcel_questions import parcel_question
from orders.rules.allocation import Wish
from tests.factories.accounts import make_officer, make_user, sign_in
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_placed_order, make_shop
from tests.queries import CountedQueries

SECRET = "a-secret-for-tests-that-is-long-enough"
HOSTILE = '"><script>alert(1)</script>{{7*7}}'


@pytest.fixture(autouse=True)
def _nothing_written_yet(app: Flask) -> Iterator[None]:
    init_limits(app, app.extensions["lapak"])
    limiter.reset()
    yield
    limiter.reset()


@dataclass(frozen=True)
class Bought:
    """A paid order with its parcel, somebody else's, an unpaid one, and keys of an owner and an officer."""

    order: str
    parcel: str
    other_order: str
    other_parcel: str
    unpaid: str
    owner: int
    owner_id: int
    officer: int


@pytest.fixture
def bought(app: Flask) -> Bought:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now(), breads=9)
        orders = [make_paid_order(session, Wish(1, shop.bread.id, 1), at=now()) for _ in range(2)]
        unpaid = make_placed_order(session, Wish(1, shop.bread.id, 1), at=now())
        owner, officer = make_user(session), make_officer(session, shop.garut)
        orders[0].user_id = owner.id
        parcels = [parcel_of(session, order, shop.garut).number for order in orders]
        return Bought(
            order=orders[0].number,
            parcel=parcels[0],
            other_order=orders[1].number,
            other_parcel=parcels[1],
            unpaid=unpaid,
            owner=owner.id,
            owner_id=owner.id,
            officer=officer.id,
        )


def path(order: str, parcel: str) -> str:
    return f"/pesanan/{order}/{order_token(order, secret_key=SECRET)}/tanya/{parcel}"


def write(client: FlaskClient, address: str, body: str, key: str | None = None) -> TestResponse:
    return client.post(address, data={"key": key or str(uuid4()), "body": body})


def stored(app: Flask) -> list[EnquiryMessage]:
    with app.app_context():
        return list(db.session.scalars(select(EnquiryMessage).order_by(EnquiryMessage.id)))


class TestAsking:
    def test_from_the_orders_page_to_the_upt_and_back(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        address = path(bought.order, bought.parcel)
        assert address in client.get(address.rpartition("/tanya")[0]).text
        assert write(client, address, HOSTILE).status_code == 303
        shown = client.get(address)
        assert "&lt;script&gt;alert(1)" in shown.text
        assert "<script>alert" not in shown.text
        assert shown.headers["Cache-Control"] == "no-store"
        assert "Menunggu jawaban" in client.get(address.rpartition("/tanya")[0]).text
        with app.app_context():
            enquiry = parcel_question(db.session(), bought.order, bought.parcel).enquiry
        assert enquiry is not None
        officer = app.test_client()
        officer.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        sign_in(officer, bought.officer)
        staff_page = f"/staff/permintaan/{enquiry.number}"
        seen = officer.get(staff_page).text
        assert "<script>alert" not in seen
        assert bought.parcel in seen
        assert "sari@example.com" not in seen
        assert bought.parcel in officer.get("/staff/permintaan?kind=parcel").text
        form = {"answer-key": str(uuid4()), "answer-body": "Sudah & akan dikirim."}
        assert officer.post(f"{staff_page}/jawab", data=form).status_code == 303
        assert "Sudah &amp; akan dikirim." in client.get(address).text

    def test_a_form_sent_twice_counts_once(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        address, key = path(bought.order, bought.parcel), str(uuid4())
        assert [write(client, address, "Halo", key).status_code for _ in range(2)] == [303, 303]
        assert len(stored(app)) == 1

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("", "Tulis pesan Anda"),
            ("x" * 10_000, "2000"),
            ("Telepon 0812-3456-7890 ya", "0812-3456-7890"),
            ("Untuk napi Budi Santoso", "napi Budi Santoso"),
            ("Nomor register BI 123/2024", "BI 123/2024"),
            ("a\u202eb", "tidak terlihat"),
        ],
    )
    def test_what_is_wrong_is_said_beside_the_field(
        self, app: Flask, client: FlaskClient, bought: Bought, body: str, said: str
    ) -> None:
        refused = write(client, path(bought.order, bought.parcel), body)
        assert refused.status_code == 422
        beside = re.search(r'id="body-error">(.*?)</p>', refused.text, re.DOTALL)
        assert beside
        assert said in beside[1]
        assert stored(app) == []

    def test_a_form_without_its_key_stores_nothing(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        assert write(client, path(bought.order, bought.parcel), "Halo", "x").status_code == 422
        assert stored(app) == []

    def test_an_unpaid_order_cannot_ask(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        address = path(bought.unpaid, f"{bought.unpaid}-1")
        assert 'name="body"' not in client.get(address).text
        assert write(client, address, "Halo").status_code == 409
        assert stored(app) == []

    def test_says_who_wrote_where_the_owner_is_signed_in(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        address = path(bought.order, bought.parcel)
        write(client, address, "Halo")
        sign_in(client, bought.owner)
        write(client, address, "Halo lagi")
        write(client, path(bought.other_order, bought.other_parcel), "Halo")
        assert [each.actor_user_id for each in stored(app)] == [None, bought.owner_id, None]


class TestLinks:
    def test_of_others_open_nothing(self, app: Flask, client: FlaskClient, bought: Bought) -> None:
        foreign = order_token(bought.other_order, secret_key=SECRET)
        own = order_token(bought.order, secret_key=SECRET)
        no_parcel = client.get(f"/pesanan/{bought.order}/{own}/tanya/LP-0-1")
        no_order = client.get(f"/pesanan/LP-0/{own}/tanya/LP-0-1")
        for address, missing in (
            (f"/pesanan/{bought.order}/{own}/tanya/{bought.other_parcel}", no_parcel),
            (f"/pesanan/{bought.order}/{foreign}/tanya/{bought.parcel}", no_order),
            (f"/pesanan/{bought.order}/x/tanya/{bought.parcel}", no_order),
        ):
            answer = client.get(address)
            assert (answer.status_code, answer.data) == (404, missing.data)
            assert write(client, address, "Halo").status_code == 404
        assert stored(app) == []

    def test_a_thread_of_a_parcel_has_no_other_page(
        self, app: Flask, client: FlaskClient, bought: Bought
    ) -> None:
        write(client, path(bought.order, bought.parcel), "Halo")
        with app.app_context():
            order = db.session.scalars(select(Order).where(Order.number == bought.order)).one()
            enquiry = parcel_question(db.session(), order.number, bought.parcel).enquiry
        assert enquiry is not None
        assert client.get(f"/permintaan/{enquiry.number}/x").status_code == 404


def test_the_page_asks_the_same_however_long_the_thread(
    app: Flask, client: FlaskClient, bought: Bought, count_queries: CountedQueries
) -> None:
    address = path(bought.order, bought.parcel)
    for _ in range(3):
        write(client, address, "Halo")
    with app.app_context():
        engine = db.engine
    with count_queries(engine) as statements:
        client.get(address)
    assert len(statements) == 4
