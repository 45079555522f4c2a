"""From a stranger to a customer: what the form takes and refuses, and the mail's link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from accounts.models import AccountLink, User, UserSession
from accounts.web.limits import limiter
from kernel.clock import now
from kernel.db import transaction
from kernel.mail import claim_mail, mark_sent
from kernel.outbox import OutboxEvent
from tests.factories.accounts import PASSWORD, make_user, sign_in_customer
from tests.factories.links import link_in, mailed_link, write_mails

SARI = {"name": "Sari Wulandari", "email": "Sari@Example.ID", "password": "kebun teh di lereng gunung"}


@pytest.fixture(autouse=True)
def _no_mails_yet(app: Flask) -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


def register(client: FlaskClient, **values: str) -> TestResponse:
    return client.post("/daftar", data={**SARI, **values})


def users(app: Flask) -> list[User]:
    with app.app_context(), transaction() as session:
        found = list(session.scalars(select(User).order_by(User.id)))
        session.expunge_all()
    return found


def links(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return session.scalars(select(func.count(AccountLink.id))).one()


class TestTheWayIn:
    def test_register_confirm_sign_out_sign_in(self, app: Flask, client: FlaskClient) -> None:
        answer = register(client)
        assert (answer.status_code, answer.location) == (303, "/daftar/surel")
        assert client.get("/daftar/surel").status_code == 200
        assert users(app) == [], "nobody is a user before the link was opened"
        link = mailed_link(app)
        assert client.get(link).status_code == 200
        assert users(app) == [], "looking at the link's page does nothing: mail programs look too"
        answer = client.post(link, data={"password": SARI["password"]})
        assert (answer.status_code, answer.location) == (303, "/akun")
        (user,) = users(app)
        assert (user.email, user.name, user.locale) == ("sari@example.id", "Sari Wulandari", "id")
        assert user.verified_at is not None
        assert "Sari Wulandari" in client.get("/akun").text
        assert client.post("/keluar").location == "/"
        assert client.get("/akun").status_code == 303
        credentials = {"email": "sari@example.id", "password": SARI["password"]}
        answer = client.post("/masuk", data={**credentials, "next": "/akun?x=1"})
        assert (answer.status_code, answer.location) == (303, "/akun?x=1")
        assert client.get("/masuk").location == "/akun"
        assert client.get("/daftar").location == "/akun"

    def test_a_customers_session_lasts_a_month(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="sari@example.id")
        answer = client.post("/masuk", data={"email": "sari@example.id", "password": PASSWORD})
        assert "Expires=" in answer.headers["Set-Cookie"]
        with app.app_context(), transaction() as session:
            times = session.execute(select(UserSession.started_at, UserSession.expires_at)).one()
        assert times.expires_at - times.started_at == timedelta(days=30)

    def test_in_english_the_mail_and_the_way_are_english(self, app: Flask, client: FlaskClient) -> None:
        assert client.post("/en/daftar", data=SARI).location == "/en/daftar/surel"
        (mail,) = write_mails(app)
        assert mail.subject == "Finish your registration"
        assert link_in(mail).startswith("/en/daftar/konfirmasi/")

    def test_the_mail_says_nothing_a_stranger_typed(self, app: Flask, client: FlaskClient) -> None:
        register(client, name="Menang hadiah di jahat.example")
        (mail,) = write_mails(app)
        assert "jahat" not in mail.body_text + mail.body_html + mail.subject

    def test_no_secret_lies_in_the_outbox(self, app: Flask, client: FlaskClient) -> None:
        register(client)
        token = mailed_link(app).rpartition("/")[2]
        with app.app_context(), transaction() as session:
            (payload,) = session.scalars(select(OutboxEvent.payload))
            assert payload == {"link_id": 1}
            stored = session.scalars(select(AccountLink.token_hash)).one()
        assert stored is not None
        assert token.encode() not in stored
        assert len(token) >= 40

    def test_nor_in_a_mail_that_was_sent(self, app: Flask, client: FlaskClient) -> None:
        register(client)
        (mail,) = write_mails(app)
        with app.app_context(), transaction() as session:
            claimed = claim_mail(session, mail.id, 0, at=now())
            assert claimed is not None
            mark_sent(session, claimed, at=now())
        assert write_mails(app) == []


class TestTheLink:
    def test_works_once(self, app: Flask, client: FlaskClient) -> None:
        register(client)
        link = mailed_link(app)
        client.post(link, data={"password": SARI["password"]})
        client.post("/keluar")
        again = client.post(link, data={"password": SARI["password"]})
        assert again.status_code == client.get(link).status_code == 404
        assert len(users(app)) == 1

    def test_works_for_a_day(self, app: Flask, client: FlaskClient) -> None:
        register(client)
        link = mailed_link(app)
        with app.app_context(), transaction() as session:
            session.execute(update(AccountLink).values(expires_at=now()))
        assert client.get(link).status_code == 404
        assert client.post(link, data={"password": SARI["password"]}).status_code == 404
        assert users(app) == []

    def test_of_somebody_else_is_nothing(self, app: Flask, client: FlaskClient) -> None:
        register(client)
        mailed_link(app)
        missing = client.get("/daftar/konfirmasi/" + "x" * 43)
        assert missing.status_code == 404
        assert "sudah dipakai" in missing.text
        assert client.get("/atur-sandi/" + "x" * 43).status_code == 404

    def test_asks_for_the_password_chosen(self, app: Flask, client: FlaskClient) -> None:
        """Who registers with another's address gains nothing when its owner opens the link."""
        register(client)
        link = mailed_link(app)
        answer = client.post(link, data={"password": "tebakan orang lain"})
        assert answer.status_code == 422
        assert 'id="password-error"' in answer.text
        assert client.post(link, data={}).status_code == 422
        assert users(app) == []
        assert client.post(link, data={"password": SARI["password"]}).status_code == 303

    def test_of_the_later_registration_counts_too_but_one_account_comes_of_it(
        self, app: Flask, client: FlaskClient
    ) -> None:
        register(client)
        first = mailed_link(app)
        register(client, password="perahu kayu di danau")
        second = mailed_link(app)
        assert client.post(second, data={"password": "perahu kayu di danau"}).status_code == 303
        client.post("/keluar")
        assert client.post(first, data={"password": SARI["password"]}).status_code == 404
        assert len(users(app)) == 1

    def test_can_be_guessed_at_ten_times(self, app: Flask, client: FlaskClient) -> None:
        register(client)
        link = mailed_link(app)
        answers = [client.post(link, data={"password": f"tebakan ke-{n}"}).status_code for n in range(12)]
        assert answers == [422] * 10 + [429] * 2

    def test_is_kept_by_nobody(self, app: Flask, client: FlaskClient) -> None:
        register(client)
        headers = client.get(mailed_link(app)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"


class TestAKnownAddress:
    def test_gets_the_same_answer_and_its_owner_a_mail(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, "Sari", email="sari@example.id", locale="en")
        assert register(client).location == "/daftar/surel"
        (mail,) = write_mails(app)
        assert (mail.recipient, mail.subject) == ("sari@example.id", "You have an account already")
        assert link_in(mail) == "/en/masuk"
        assert len(users(app)) == 1

    def test_the_password_a_stranger_chose_is_not_kept(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="sari@example.id")
        register(client)
        with app.app_context(), transaction() as session:
            assert session.scalars(select(AccountLink.details)).one() == {}


class TestBadInput:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("email", ""),
            ("email", "bukan surel"),
            ("email", "a@b\r\nBcc: x@example.com"),
            ("email", "x" * 300 + "@example.com"),
            ("name", ""),
            ("name", "   "),
            ("name", "12345"),
            ("name", "x" * 10_000),
            ("name", "Sari\u202egnp.exe"),
            ("password", ""),
            ("password", "pendek"),
            ("password", "password1234"),
            ("password", "indonesia2024"),
            ("password", "sari@example.id"),
            ("password", "sari wulandari"),
            ("password", "x" * 10_000),
        ],
    )
    def test_is_told_beside_the_field_and_nothing_is_stored(
        self, app: Flask, client: FlaskClient, field: str, value: str
    ) -> None:
        answer = register(client, **{field: value})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert links(app) == 0

    def test_everything_wrong_is_told_at_once(self, app: Flask, client: FlaskClient) -> None:
        answer = register(client, name="12345", email="bukan surel", password="pendek")
        for field in ("name", "email", "password"):
            assert f'id="{field}-error"' in answer.text
        assert links(app) == 0

    def test_nobody_can_have_an_address_flooded(self, client: FlaskClient) -> None:
        answers = [register(client, email=f"{'SARI' if n % 2 else 'sari'}@example.id") for n in range(6)]
        assert [answer.status_code for answer in answers] == [303] * 5 + [429]

    def test_another_site_cannot_register_anybody(self, app: Flask) -> None:
        stranger = app.test_client()
        answer = stranger.post("/daftar", data=SARI, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert links(app) == 0


def test_a_signed_in_helper_is_a_customer(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        user_id = make_user(session).id
    sign_in_customer(client, user_id)
    assert client.get("/akun").status_code == 200
