"""Signing in and out through the pages: what is let in, what is refused alike, and where one lands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from accounts.models import User, UserSession
from accounts.web.limits import init_limits, limiter
from kernel.clock import now
from kernel.config import Config
from kernel.db import transaction
from tests.factories.accounts import PASSWORD, make_officer, make_user, sign_in_customer
from tests.factories.inventory import make_upt

OFFICER = "petugas@example.id"


@pytest.fixture(autouse=True)
def _no_guesses_yet(app: Flask) -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def officer(app: Flask) -> str:
    with app.app_context(), transaction() as session:
        make_officer(session, make_upt(session), email=OFFICER)
    return OFFICER


def post(client: FlaskClient, email: str, password: str, **more: str) -> TestResponse:
    return client.post("/staff/masuk", data={"email": email, "password": password, **more})


class TestSignIn:
    def test_begins_a_session_and_leads_to_the_work(self, client: FlaskClient, officer: str) -> None:
        answer = post(client, officer, PASSWORD)
        assert (answer.status_code, answer.location) == (303, "/staff")
        assert client.get("/staff/masuk").location == "/staff"

    def test_a_customer_goes_to_the_shop(self, client: FlaskClient, app: Flask) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="pembeli@example.id")
        assert post(client, "pembeli@example.id", PASSWORD).location == "/"
        assert client.get("/staff/masuk").status_code == 200

    def test_a_test_can_sign_in_without_a_password(self, client: FlaskClient, app: Flask) -> None:
        with app.app_context(), transaction() as session:
            user_id = make_officer(session, make_upt(session)).id
        sign_in_customer(client, user_id)
        assert client.get("/staff/masuk").location == "/staff"

    def test_drops_what_the_cookie_held_before(self, client: FlaskClient, officer: str) -> None:
        with client.session_transaction() as cookie:
            cookie["planted"] = "x"
        post(client, officer, PASSWORD)
        with client.session_transaction() as cookie:
            assert "planted" not in cookie

    def test_asks_for_what_is_missing(self, client: FlaskClient) -> None:
        answer = client.post("/staff/masuk", data={})
        assert answer.status_code == 422
        assert 'id="email-error"' in answer.text
        assert 'id="password-error"' in answer.text

    def test_every_refusal_reads_the_same(self, client: FlaskClient, app: Flask, officer: str) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="disabled@example.id", is_active=False)
        bodies = {
            post(client, email, password).text.replace(email, "")
            for email, password in [
                (officer, "a wrong password"),
                ("nobody@example.id", PASSWORD),
                ("disabled@example.id", PASSWORD),
            ]
        }
        assert len(bodies) == 1
        assert client.get("/staff/masuk").status_code == 200

    def test_a_session_ends_after_half_a_day(self, client: FlaskClient, app: Flask, officer: str) -> None:
        post(client, officer, PASSWORD)
        with app.app_context(), transaction() as session:
            times = session.execute(select(UserSession.started_at, UserSession.expires_at)).one()
            assert times.expires_at - times.started_at == timedelta(hours=12)
            session.execute(update(UserSession).values(expires_at=now()))
        assert client.get("/staff/masuk").status_code == 200

    def test_using_a_session_is_noted_now_and_then(
        self, client: FlaskClient, app: Flask, officer: str
    ) -> None:
        post(client, officer, PASSWORD)
        with app.app_context(), transaction() as session:
            session.execute(update(UserSession).values(seen_at=now() - timedelta(minutes=11)))
        client.get("/staff/masuk")
        with app.app_context(), transaction() as session:
            seen = session.scalars(select(UserSession.seen_at)).one()
            assert now() - seen < timedelta(minutes=1)

    def test_a_disabled_officer_is_out_at_once(self, client: FlaskClient, app: Flask, officer: str) -> None:
        post(client, officer, PASSWORD)
        with app.app_context(), transaction() as session:
            session.execute(update(User).values(is_active=False))
        assert client.get("/staff/masuk").status_code == 200


class TestSignOut:
    def test_ends_the_session_at_hand_and_no_other(
        self, client: FlaskClient, app: Flask, officer: str
    ) -> None:
        other = app.test_client()
        for browser in (client, other):
            browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
            post(browser, officer, PASSWORD)
        answer = client.post("/staff/keluar")
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
        assert client.get("/staff/masuk").status_code == 200
        assert other.get("/staff/masuk").status_code == 303

    def test_a_cookie_kept_from_before_is_worth_nothing(self, client: FlaskClient, officer: str) -> None:
        post(client, officer, PASSWORD)
        with client.session_transaction() as cookie:
            kept = dict(cookie)
        client.post("/staff/keluar")
        with client.session_transaction() as cookie:
            cookie.update(kept)
        assert client.get("/staff/masuk").status_code == 200

    def test_a_visitor_may_press_it_too(self, client: FlaskClient) -> None:
        assert client.post("/staff/keluar").status_code == 303

    def test_another_site_cannot_sign_anybody_out(self, app: Flask, officer: str) -> None:
        client = app.test_client()
        assert client.post("/staff/keluar", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


class TestLanding:
    def test_goes_where_the_officer_wanted_to_be(self, client: FlaskClient, officer: str) -> None:
        answer = post(client, officer, PASSWORD, next="/healthz?a=b&c=d%20e")
        assert answer.location == "/healthz?a=b&c=d+e"

    @pytest.mark.parametrize(
        "wanted",
        [
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "https:evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/%5cevil.example",
            "/%2f/evil.example",
            "http://[::1",
            "//localhost@evil.example",
            "healthz",
            "/no/such/page",
            "/staff/keluar",
            "\r\nLocation: https://evil.example",
        ],
    )
    def test_never_leads_elsewhere(self, client: FlaskClient, officer: str, wanted: str) -> None:
        answer = post(client, officer, PASSWORD, next=wanted)
        assert answer.location == "/staff"
        assert urlsplit(client.get("/staff/masuk", query_string={"next": wanted}).location).path == "/staff"


class TestLimits:
    def test_ten_guesses_an_hour_on_one_account(self, client: FlaskClient, officer: str) -> None:
        answers = [post(client, officer.upper(), "a wrong password").status_code for _ in range(12)]
        assert answers == [422] * 10 + [429] * 2
        assert post(client, officer, PASSWORD).status_code == 429
        assert post(client, "other@example.id", "a wrong password").status_code == 422

    def test_the_right_password_forgives_slips(self, client: FlaskClient, officer: str) -> None:
        for _ in range(3):
            for _ in range(9):
                post(client, officer, "a wrong password")
            assert post(client, officer, PASSWORD).status_code == 303

    def test_one_address_cannot_try_many_accounts(self, client: FlaskClient) -> None:
        answers = [post(client, f"user{n}@example.id", "a wrong password").status_code for n in range(102)]
        assert answers == [422] * 100 + [429] * 2

    def test_counts_in_the_process_while_valkey_is_down(self, client: FlaskClient, app: Flask) -> None:
        config: Config = app.extensions["lapak"]
        init_limits(app, replace(config, cache_url="redis://127.0.0.1:1/0"))
        try:
            answers = [post(client, OFFICER, "a wrong password").status_code for _ in range(11)]
        finally:
            init_limits(app, config)
        assert answers == [422] * 10 + [429]
        assert post(client, OFFICER, "a wrong password").status_code == 422, "Valkey is back: it counts"
