"""Asking on the product's page to be told, and the page of the link that confirms and stops it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.rules import system_actor
from inventory.links import restock_path
from inventory.models import RestockRequest, Stock, Variant
from inventory.services.restocking import ask_restock
from inventory.services.stock import receive
from kernel.clock import now
from kernel.db import db, transaction
from tests.factories.inventory import make_ready_good, make_stock
from tests.languages import strangers
from tests.storefront.web.account.conftest import Customer, MakeCustomer, make_customer, sari

__all__ = ["make_customer", "sari"]

SECRET = "a-secret-for-tests-that-is-long-enough"


@pytest.fixture
def sku(app: Flask) -> str:
    """A bread that is sold out."""
    with app.app_context(), transaction() as session:
        _, variant, upt = make_ready_good(session, "Roti", pieces=0)
        make_stock(session, variant, upt, 0)
        return variant.sku


def requests(app: Flask) -> list[tuple[str, bool, str | None]]:
    with app.app_context():
        query = select(RestockRequest.email, RestockRequest.confirmed_at, RestockRequest.ended_as)
        rows = db.session.execute(query.order_by(RestockRequest.id))
        return [(email, confirmed_at is not None, ended_as) for email, confirmed_at, ended_as in rows]


def link(app: Flask, sku: str) -> str:
    """A visitor has asked; the address in the mail."""
    with app.app_context(), transaction() as session:
        ask_restock(session, sku, user_id=None, email="sari@example.id", locale="id", at=now())
        key = session.scalars(select(RestockRequest.key)).one()
        return restock_path(key, secret_key=SECRET)


def come_in(app: Flask, sku: str) -> None:
    with app.app_context(), transaction() as session:
        stock = session.scalars(select(Stock).join(Variant).where(Variant.sku == sku)).one()
        keeper = system_actor("test")
        receive(session, stock.variant_id, stock.upt_id, 3, reason="made", actor=keeper, at=now())


class TestAsk:
    def test_the_page_of_what_is_sold_out_offers_it_and_can_be_kept(
        self, client: FlaskClient, sku: str
    ) -> None:
        page = client.get("/produk/roti")
        assert 'action="/produk/roti/kabari"' in page.text
        assert 'name="email"' in page.text
        assert "ETag" in page.headers

    def test_the_page_of_what_is_there_does_not(self, app: Flask, client: FlaskClient, sku: str) -> None:
        come_in(app, sku)
        assert "/kabari" not in client.get("/produk/roti").text

    def test_a_visitor_is_asked_to_confirm(self, app: Flask, client: FlaskClient, sku: str) -> None:
        answer = client.post("/produk/roti/kabari", data={"sku": sku, "email": " Sari@Example.id "})
        assert (answer.status_code, answer.location) == (303, "/produk/roti")
        assert requests(app) == [("sari@example.id", False, None)]
        assert "kotak surat" in client.get("/produk/roti").text

    def test_a_signed_in_person_needs_to_type_nothing(self, app: Flask, sari: Customer, sku: str) -> None:
        assert 'name="email"' not in sari.browser.get("/produk/roti").text
        sent = {"sku": sku, "email": "stranger@example.id"}
        assert sari.browser.post("/produk/roti/kabari", data=sent).status_code == 303
        assert requests(app) == [(sari.email, True, None)]

    @pytest.mark.parametrize(
        ("wrong", "status"),
        [
            ({"email": ""}, 422),
            ({"email": "sari"}, 422),
            ({"email": "x" * 10_000 + "@example.id"}, 422),
            ({"sku": ""}, 422),
            ({"sku": "none"}, 404),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_kept(
        self, app: Flask, client: FlaskClient, sku: str, wrong: dict[str, str], status: int
    ) -> None:
        form = {"sku": sku, "email": "sari@example.id", **wrong}
        assert client.post("/produk/roti/kabari", data=form).status_code == status
        assert requests(app) == []

    def test_what_is_back_leads_to_its_page(self, app: Flask, client: FlaskClient, sku: str) -> None:
        come_in(app, sku)
        client.post("/en/produk/roti/kabari", data={"sku": sku, "email": "sari@example.id"})
        assert "Roti is back already" in client.get("/en/produk/roti").text
        assert requests(app) == []

    def test_who_waits_for_too_much_is_told_so(
        self, app: Flask, sari: Customer, sku: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("inventory.services.restocking.MOST_WAITED_FOR", 0)
        answer = sari.browser.post("/en/produk/roti/kabari", data={"sku": sku})
        assert answer.status_code == 409
        assert "more cannot be noted" in answer.text
        assert "/en/akun/keinginan" in answer.text
        assert "We will tell you" not in sari.browser.get("/en/produk/roti").text
        assert requests(app) == []

    def test_a_visitor_is_promised_no_mail_that_may_not_come(
        self, app: Flask, client: FlaskClient, sku: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = []
        for most in (0, 3):  # past the limit and before it: the answer tells nobody about an address
            monkeypatch.setattr("inventory.services.restocking.MOST_UNCONFIRMED", most)
            client.post("/en/produk/roti/kabari", data={"sku": sku, "email": "sari@example.id"})
            said.append("If no mail comes" in client.get("/en/produk/roti").text)
        assert said == [True, True]
        assert len(requests(app)) == 1

    def test_from_another_site_nothing_is_kept(self, app: Flask, client: FlaskClient, sku: str) -> None:
        form = {"sku": sku, "email": "sari@example.id"}
        answer = client.post("/produk/roti/kabari", data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert requests(app) == []


class TestTheLink:
    def test_opened_it_changes_nothing(self, app: Flask, client: FlaskClient, sku: str) -> None:
        path = link(app, sku)
        for _ in range(2):
            page = client.get(path)
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        assert requests(app) == [("sari@example.id", False, None)]
        assert strangers(client.get(f"/en{path}").text, "en") == []

    def test_confirms_and_stops(self, app: Flask, client: FlaskClient, sku: str) -> None:
        path = link(app, sku)
        for _ in range(2):
            assert client.post(path, data={"confirm": "1"}).status_code == 303
        assert requests(app) == [("sari@example.id", True, None)]
        for _ in range(2):
            assert client.post(path, data={"stop": "1"}).status_code == 303
        assert requests(app) == [("sari@example.id", True, "stopped")]
        assert client.post(path, data={"confirm": "1"}).status_code == 404
        assert requests(app) == [("sari@example.id", True, "stopped")]

    def test_says_that_it_is_back(self, app: Flask, client: FlaskClient, sku: str) -> None:
        path = link(app, sku)
        come_in(app, sku)
        answer = client.post(f"/en{path}", data={"confirm": "1"})
        assert answer.status_code == 409
        assert "It is back already" in answer.text
        assert requests(app) == [("sari@example.id", False, None)]

    @pytest.mark.parametrize("token", ["x", "x" * 2_000, "%00", "akun"])
    def test_a_strange_one_opens_nothing(self, client: FlaskClient, sku: str, token: str) -> None:
        assert client.get(f"/kabari/{token}").status_code in (400, 404)
        assert client.post(f"/kabari/{token}", data={"stop": "1"}).status_code in (400, 404)

    def test_of_a_request_that_is_gone_opens_nothing(self, client: FlaskClient, sku: str) -> None:
        assert client.get(restock_path(uuid4(), secret_key=SECRET)).status_code == 404


def test_ones_own_is_stopped_by_its_owner_alone(
    app: Flask, sari: Customer, make_customer: MakeCustomer, sku: str
) -> None:
    sari.browser.post("/produk/roti/kabari", data={"sku": sku})
    with app.app_context():
        key = db.session.scalars(select(RestockRequest.key)).one()
    path = f"/akun/keinginan/kabari/{key}/berhenti"
    assert make_customer("Budi").browser.post(path).status_code == 404
    assert requests(app) == [(sari.email, True, None)]
    assert sari.browser.post(path).status_code == 303
    assert requests(app) == [(sari.email, True, "stopped")]
