"""Staff's pages of enquiries: the list, the thread, each step once and refused in place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel.clock import now
from kernel.db import db, transaction
from orders.queries.enquiries import EnquiryView, enquiry_view
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.enquiries import make_enquiry, make_service, make_slot
from tests.factories.inventory import make_upt
from tests.queries import CountedQueries


@dataclass(frozen=True)
class Desk:
    """Two bookings of two people for a slot with two places, and the keys of those who see them."""

    officer: int
    kanwil: int
    first: str
    second: str


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context(), transaction() as session:
        upt = make_upt(session)
        slot = make_slot(session, make_service(session, upt), upt, capacity=2)
        officer = make_officer(session, upt, name="Asep")
        kanwil = make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=upt.kanwil)
        words = "<b>Kami</b> berdua"
        first, second = (make_enquiry(session, slot=slot, people=2, body=words, at=now()) for _ in range(2))
        return Desk(officer.id, kanwil.id, first.number, second.number)


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def do(client: FlaskClient, number: str, step: str, body: str = "", key: str | None = None) -> TestResponse:
    prefix = "answer" if step == "jawab" else "note"
    form = {f"{prefix}-key": key or str(uuid4()), f"{prefix}-body": body}
    return client.post(f"/staff/permintaan/{number}/{step}", data=form)


def view(app: Flask, number: str) -> EnquiryView:
    with app.app_context():
        return enquiry_view(db.session(), number)


class TestList:
    def test_shows_what_waits(self, officer: FlaskClient, desk: Desk) -> None:
        shown = officer.get("/staff/permintaan").text
        assert desk.first in shown
        assert desk.second in shown
        assert desk.first not in officer.get("/staff/permintaan?status=closed").text
        assert desk.first not in officer.get("/staff/permintaan?kind=export").text

    @pytest.mark.parametrize(
        "query", ["status=x&kind=y&page=-1", "page=99999999999999999999", "q=" + "x" * 3_000, "q=%25_'"]
    )
    def test_strange_queries_are_no_matter(self, officer: FlaskClient, query: str) -> None:
        assert officer.get(f"/staff/permintaan?{query}").status_code == 200

    def test_asks_the_same_however_many_there_are(
        self, app: Flask, officer: FlaskClient, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as statements:
            officer.get("/staff/permintaan")
        assert len(statements) <= 7


class TestThread:
    def test_escapes_what_was_written(self, officer: FlaskClient, desk: Desk) -> None:
        shown = officer.get(f"/staff/permintaan/{desk.first}").text
        assert "&lt;b&gt;Kami&lt;/b&gt; berdua" in shown

    def test_each_step_counts_once(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        key = str(uuid4())
        for _ in range(2):
            assert do(officer, desk.first, "jawab", "Bisa.", key).status_code == 303
        assert [message.body for message in view(app, desk.first).messages][1:] == ["Bisa."]
        assert view(app, desk.first).state == "answered"

    def test_confirms_what_fits_and_says_what_does_not(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        assert do(officer, desk.first, "terima", "Sampai jumpa.").status_code == 303
        refused = do(officer, desk.second, "terima")
        assert refused.status_code == 409
        assert 'role="alert"' in refused.text
        booking = view(app, desk.second).booking
        assert booking
        assert (booking.state, booking.taken) == ("asked", 2)
        assert do(officer, desk.second, "tolak").status_code == 303

    def test_closes_and_opens_again(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        assert do(officer, desk.first, "tutup").status_code == 303
        assert do(officer, desk.first, "jawab", "Bisa.").status_code == 409
        assert do(officer, desk.first, "buka").status_code == 303
        assert view(app, desk.first).state == "new"

    @pytest.mark.parametrize(
        ("step", "body", "key"),
        [
            ("jawab", "", None),
            ("jawab", "x" * 10_000, None),
            ("jawab", "nama warga binaan itu Budi", None),
            ("jawab", "Bisa.", "x"),
            ("terima", "x" * 10_000, None),
            ("tolak", "a\u202eb", None),
            ("tutup", "x", "x" * 10_000),
        ],
    )
    def test_refuses_in_place(
        self, app: Flask, officer: FlaskClient, desk: Desk, step: str, body: str, key: str | None
    ) -> None:
        before = view(app, desk.first)
        refused = do(officer, desk.first, step, body, key)
        assert refused.status_code == 422
        assert view(app, desk.first) == before

    def test_the_kanwil_reads_and_does_nothing(
        self, app: Flask, client: FlaskClient, desk: Desk, at: datetime
    ) -> None:
        sign_in(client, desk.kanwil)
        shown = client.get(f"/staff/permintaan/{desk.first}")
        assert shown.status_code == 200
        assert "/jawab" not in shown.text
        before = view(app, desk.first)
        assert do(client, desk.first, "jawab", "Bisa.").status_code == 403
        assert view(app, desk.first) == before
