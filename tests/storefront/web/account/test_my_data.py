"""The pages of one's data: for who has just given the password; each says what it does and what not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from accounts.models import Membership, User, UserSession
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import files
from orders.models import Order
from orders.rules.allocation import Wish
from privacy.models import DataExport, Erasure
from privacy.services.exporting import LIFE, file_key
from tests.factories.accounts import PASSWORD, make_membership
from tests.factories.placing import make_placed_order, make_shop
from tests.queries import CountedQueries
from tests.storefront.web.account.conftest import Customer, MakeCustomer

PAGE, ERASE = "/en/akun/data-saya", "/en/akun/data-saya/hapus"
CONFIRM = "/en/akun/keamanan/konfirmasi"


def count(app: Flask, table: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def ready_copy(app: Flask, customer: Customer, content: bytes = b"PK-data") -> DataExport:
    with app.app_context():
        with transaction() as session:
            export = DataExport(
                key=uuid4(),
                user_id=customer.id,
                asked_at=now(),
                ready_at=now(),
                expires_at=now() + LIFE,
                size=7,
            )
            session.add(export)
            session.flush()
            session.expunge(export)
        files().put(file_key(export.key), content)
    return export


def grow_stale(app: Flask) -> None:
    """It has been a while since anybody gave a password."""
    with app.app_context(), transaction() as session:
        session.execute(update(UserSession).values(confirmed_at=now() - timedelta(minutes=16)))


def confirm(customer: Customer, page: str) -> None:
    """Give the password once more, on the way to a page."""
    wanted = page.removeprefix("/en")
    answer = customer.browser.get(page) if page != PAGE else customer.browser.post(page)
    assert answer.location == f"{CONFIRM}?next={wanted}"
    answer = customer.browser.post(CONFIRM, data={"password": PASSWORD, "next": wanted})
    assert answer.location == page


class TestCopy:
    def test_is_asked_for_with_the_password(self, app: Flask, sari: Customer) -> None:
        grow_stale(app)
        page = sari.browser.get(PAGE).text
        assert f'href="{CONFIRM}?next=/akun/data-saya"' in page
        assert f'action="{PAGE}"' not in page
        confirm(sari, PAGE)
        assert count(app, DataExport) == 0
        assert f'action="{PAGE}"' in sari.browser.get(PAGE).text
        for _ in range(2):
            assert sari.browser.post(PAGE).status_code == 303
        assert count(app, DataExport) == 1
        assert "being made" in sari.browser.get(PAGE).text

    def test_is_fetched_by_its_person_alone(
        self, app: Flask, client: FlaskClient, sari: Customer, make_customer: MakeCustomer
    ) -> None:
        link = f"/akun/data-saya/{ready_copy(app, sari).key}.zip"
        assert link in sari.browser.get("/akun/data-saya").text
        answer = sari.browser.get(link)
        assert (answer.status_code, answer.data, answer.mimetype) == (200, b"PK-data", "application/zip")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "attachment" in answer.headers["Content-Disposition"]
        grow_stale(app)
        assert sari.browser.get(link).location == f"/akun/keamanan/konfirmasi?next={link}"
        sari.browser.post("/akun/keamanan/konfirmasi", data={"password": PASSWORD})
        assert sari.browser.get(link).status_code == 200
        budi = make_customer("Budi")
        assert budi.browser.get(link).status_code == 404
        assert client.get(link).status_code == 303
        with app.app_context(), transaction() as session:
            made = update(DataExport).where(DataExport.ready_at.is_not(None))
            session.execute(made.values(expires_at=now()))
        assert sari.browser.get(link).status_code == 404
        assert link not in sari.browser.get("/akun/data-saya").text

    def test_asks_few_questions(self, app: Flask, sari: Customer, count_queries: CountedQueries) -> None:
        sari.browser.get(PAGE)
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as queries:
            sari.browser.get(PAGE)
        assert len(queries) <= 6


class TestErasing:
    def test_needs_the_password_and_the_tick(self, app: Flask, sari: Customer) -> None:
        grow_stale(app)
        form = {"is_sure": "y"}
        assert sari.browser.post(ERASE, data=form).location == f"{CONFIRM}?next=/akun/data-saya/hapus"
        assert count(app, Erasure) == 0
        confirm(sari, ERASE)
        assert sari.browser.post(ERASE, data={}).status_code == 422
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert sari.browser.post(ERASE, data=form, headers=foreign).status_code == 403
        assert count(app, Erasure) == 0
        assert sari.browser.get("/akun").status_code == 200

    def test_forgets_and_signs_out(self, app: Flask, sari: Customer) -> None:
        answer = sari.browser.post(ERASE, data={"is_sure": "y"})
        assert answer.status_code == 200
        assert "Your account is deleted" in answer.text
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
        assert sari.browser.get("/akun").status_code == 303
        with app.app_context():
            assert not db.session.scalars(select(User.is_active).where(User.id == sari.id)).one()
            assert sari.email not in db.session.scalars(select(User.email)).all()

    def test_says_what_still_runs(self, app: Flask, sari: Customer) -> None:
        with app.app_context(), transaction() as session:
            shop = make_shop(session, at=now())
            number = make_placed_order(session, Wish(1, shop.bread.id, 1), at=now())
            session.execute(update(Order).values(user_id=sari.id))
        assert f"<li>{number}</li>" in sari.browser.get(ERASE).text
        answer = sari.browser.post(ERASE, data={"is_sure": "y"})
        assert answer.status_code == 409
        assert f"Something of yours still runs: {number}" in answer.text
        assert count(app, Erasure) == 0

    def test_is_not_for_staff(self, app: Flask, sari: Customer) -> None:
        with app.app_context(), transaction() as session:
            make_membership(session, session.get_one(User, sari.id), "directorate")
        answer = sari.browser.post(ERASE, data={"is_sure": "y"})
        assert answer.status_code == 409
        assert "Your office closes such an account" in answer.text
        assert (count(app, Erasure), count(app, Membership)) == (0, 1)
