"""The page of notices, and the link in mails that stops a kind."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import Consent
from accounts.notices import NEWS, stop_path
from accounts.services.consents import choices_of, notice_key
from kernel.db import db, transaction
from tests.queries import CountedQueries
from tests.storefront.web.account.conftest import Customer

ALL = {"order": "y", "back_in_stock": "y", "news": "y"}


def choices(app: Flask, customer: Customer) -> dict[str, bool]:
    with app.app_context():
        return choices_of(db.session(), customer.id)


def consents(app: Flask) -> list[Any]:
    with app.app_context():
        return list(db.session.execute(select(Consent.is_given, Consent.channel).order_by(Consent.id)))


def _boxes(page: str) -> dict[str, str]:
    """The tags of the check boxes by their names."""
    return {
        tag.partition('name="')[2].partition('"')[0]: tag
        for tag in re.findall(r"<input [^>]*checkbox[^>]*>", page)
    }


def stop_link(app: Flask, customer: Customer, kind: str = NEWS) -> str:
    with app.app_context(), transaction() as session:
        key = notice_key(session, customer.id)
    return stop_path(kind, key, secret_key=app.extensions["lapak"].secret_key)


class TestPage:
    def test_ticks_news_for_nobody_and_says_what_always_comes(self, sari: Customer) -> None:
        page = sari.browser.get("/en/akun/pemberitahuan").text
        ticked = {name for name, tag in _boxes(page).items() if " checked" in tag}
        assert ticked == {"order", "back_in_stock"}
        assert "These mails always come" in page
        assert "What you have agreed to" not in page

    def test_keeps_each_choice_and_shows_the_consent(self, app: Flask, sari: Customer) -> None:
        answer = sari.browser.post("/en/akun/pemberitahuan", data={"news": "y"})
        assert (answer.status_code, answer.location) == (303, "/en/akun/pemberitahuan")
        assert choices(app, sari) == {"order": False, "back_in_stock": False, "news": True}
        page = sari.browser.get("/en/akun/pemberitahuan").text
        assert "holds from now on" in page
        assert "<q>Lapak may send me news by e-mail" in page
        assert consents(app) == [(True, "account_page")]

    def test_the_same_once_more_changes_nothing(self, app: Flask, sari: Customer) -> None:
        for _ in range(2):
            sari.browser.post("/akun/pemberitahuan", data=ALL)
        assert len(consents(app)) == 1

    def test_another_site_chooses_nothing(self, app: Flask, sari: Customer) -> None:
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert sari.browser.post("/akun/pemberitahuan", data=ALL, headers=foreign).status_code == 403
        assert consents(app) == []

    def test_asks_few_questions(self, app: Flask, sari: Customer, count_queries: CountedQueries) -> None:
        sari.browser.get("/akun/pemberitahuan")
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as queries:
            sari.browser.get("/akun/pemberitahuan")
        assert len(queries) <= 7


class TestOneClick:
    @pytest.fixture
    def reader(self, sari: Customer) -> Customer:
        sari.browser.post("/akun/pemberitahuan", data=ALL)
        return sari

    def test_looking_stops_nothing(self, app: Flask, client: FlaskClient, reader: Customer) -> None:
        link = stop_link(app, reader)
        page = client.get(link)
        assert "Hentikan email ini?" in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert choices(app, reader)[NEWS]

    def test_a_mail_program_stops_it_without_cookie_or_page(self, app: Flask, reader: Customer) -> None:
        program = app.test_client()
        link = stop_link(app, reader)
        for _ in range(2):  # a second press is no error, and leaves no second row
            answer = program.post(link, data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
        assert choices(app, reader) == {"order": True, "back_in_stock": True, "news": False}
        assert consents(app) == [(True, "account_page"), (False, "one_click")]

    def test_the_button_of_the_page_does_the_same(
        self, app: Flask, client: FlaskClient, reader: Customer
    ) -> None:
        page = client.post("/en" + stop_link(app, reader, "order"))
        assert "These mails are stopped" in page.text
        assert "still comes" in page.text
        assert choices(app, reader) == {"order": False, "back_in_stock": True, "news": True}

    def test_a_link_of_nobody_stops_nothing(self, app: Flask, client: FlaskClient, reader: Customer) -> None:
        secret_key = app.extensions["lapak"].secret_key
        foreign = (
            stop_path(NEWS, "nobody", secret_key=secret_key),
            stop_path("password", "nobody", secret_key=secret_key),
            stop_path(NEWS, "nobody", secret_key="another"),
            stop_link(app, reader)[:-2],
        )
        for link in foreign:
            assert client.get(link).status_code == client.post(link).status_code == 404
        assert choices(app, reader)[NEWS]
