"""Attacks on the links of account mails: used, expired, foreign and guessed ones look as if never made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import AccountLink, User
from accounts.rules import LINK_PURPOSES
from accounts.services.links import ask_link, mint
from kernel.clock import now
from kernel.db import transaction
from tests.factories.accounts import PASSWORD, make_membership, make_user
from tests.storefront.web.account.conftest import Customer

CHOSEN = "kebun teh di lereng gunung"
PAGES: Mapping[str, str] = {
    "register": "/daftar/konfirmasi/",
    "reset": "/atur-sandi/",
    "change_email": "/akun/keamanan/surel/",
    "take_back": "/ambil-kembali/",
    "invite": "/undangan/",
}


def make_link(app: Flask, purpose: str, owner: Customer, **changes: object) -> str:
    """The token of a link of the owner's."""
    email = owner.email if purpose == "reset" else "lain@example.id"
    with app.app_context(), transaction() as session:
        hashed = app.extensions["passwords"].choose(PASSWORD)
        details: dict[str, object] = {"name": "Lain", "password_hash": hashed}
        if purpose == "invite":
            sender = make_user(session)
            make_membership(session, sender, "directorate")
            place = {"upt_id": None, "kanwil_id": None, "office": "nation"}
            details = {"by": sender.id, "key": "x", "role": "directorate", **place}
        whose = None if purpose in ("register", "invite") else owner.id
        ask_link(session, purpose, email=email, user_id=whose, locale="id", details=details, at=now())
        link = session.scalars(select(AccountLink).order_by(AccountLink.id.desc()).limit(1)).one()
        token = mint(session, link, at=now())
        for name, value in changes.items():
            setattr(link, name, value)
    return token


def accounts(app: Flask) -> list[tuple[object, ...]]:
    with app.app_context(), transaction() as session:
        rows = session.execute(select(User.id, User.email, User.password_hash).order_by(User.id))
        return [tuple(row) for row in rows]


def answers(browser: FlaskClient, purpose: str, token: str) -> list[tuple[int, str]]:
    """What is said of a link, when it is looked at and when it is acted on."""
    page = PAGES[purpose] + token
    password = PASSWORD if purpose == "register" else CHOSEN
    said = [browser.get(page), browser.post(page, data={"name": "Lain", "password": password})]
    return [(answer.status_code, answer.text.replace(token, "")) for answer in said]


def test_every_kind_of_link_is_attacked_here() -> None:
    assert set(PAGES) == set(LINK_PURPOSES)


@pytest.mark.parametrize("purpose", PAGES)
class TestALink:
    def test_opens(self, app: Flask, sari: Customer, purpose: str) -> None:
        """Without this the refusals below would show nothing."""
        before = accounts(app)
        shown, done = answers(sari.browser, purpose, make_link(app, purpose, sari))
        assert (shown[0], done[0]) == (200, 303)
        assert accounts(app) != before

    def test_that_is_no_good_looks_like_one_that_never_was(
        self, app: Flask, sari: Customer, purpose: str
    ) -> None:
        other = next(each for each in PAGES if each != purpose)
        bad = {
            "used": make_link(app, purpose, sari, used_at=now()),
            "expired": make_link(app, purpose, sari, expires_at=now() - timedelta(seconds=1)),
            "of another kind": make_link(app, other, sari),
            "not mailed yet": make_link(app, purpose, sari, token_hash=None),
        }
        before = accounts(app)
        never = answers(sari.browser, purpose, "0" * 43)
        assert [status for status, _ in never] == [404, 404]
        assert {name: answers(sari.browser, purpose, token) == never for name, token in bad.items()} == (
            dict.fromkeys(bad, True)
        )
        assert accounts(app) == before


def test_a_new_address_is_taken_by_who_asked_only(app: Flask, sari: Customer, client: FlaskClient) -> None:
    token = make_link(app, "change_email", sari)
    with app.app_context(), transaction() as session:
        make_user(session, email="asing@example.id")
    client.post("/masuk", data={"email": "asing@example.id", "password": PASSWORD})
    before = accounts(app)
    assert answers(client, "change_email", token) == answers(client, "change_email", "0" * 43)
    assert accounts(app) == before
