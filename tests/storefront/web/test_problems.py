"""Reporting a problem on the page of an order: what is shown, what is refused in place, who sees pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from accounts.queries import actor_of
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import FileStore, FilesUnavailable, files
from orders.errors import ProblemOpen
from orders.links import order_token
from orders.models import Problem, ProblemPicture, Refund
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, deliver, pack, ship
from tests.factories.accounts import make_officer, sign_in
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.fakes import FakeProvider
from tests.inventory.pictures import jpeg, png_bomb
from tests.languages import strangers
from worker.sweeping import sweep_files

SECRET = "a-secret-for-tests-that-is-long-enough"
BODY = "Dua jaring sobek saat dibuka."


@dataclass(frozen=True)
class Sent:
    """A parcel on its way, one of another order, and who may sign in at Garut and at Ciamis."""

    page: str
    other: str
    parcel: str
    garut: int
    ciamis: int


@pytest.fixture
def sent(app: Flask) -> Sent:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now(), nets=(20, 5), breads=9)
        garut, ciamis = make_officer(session, shop.garut), make_officer(session, shop.ciamis)
        officer = actor_of(session, garut.id, garut.name)
        parcels = []
        for pieces in (4, 2):
            order = make_paid_order(session, Wish(1, shop.net.id, pieces, shop.garut.id), at=now())
            parcel = parcel_of(session, order, shop.garut).number
            accept(session, parcel, actor=officer, at=now())
            pack(session, parcel, actor=officer, at=now())
            ship(session, parcel, "JNE", f"JNE001234567{pieces}", actor=officer, at=now())
            token = order_token(order.number, secret_key=SECRET)
            parcels.append((f"/pesanan/{order.number}/{token}", parcel))
        (page, parcel), (other, _) = parcels
        return Sent(page, other, parcel, garut.id, ciamis.id)


def report(
    client: FlaskClient, sent: Sent, *pictures: tuple[bytes, str, str], prefix: str = "", **changes: str
) -> TestResponse:
    """Send the form with these pictures: bytes, name, media type."""
    form: MultiDict[str, Any] = MultiDict({"key": str(uuid4()), "reason": "damaged", "body": BODY, **changes})
    for content, name, kind in pictures:
        form.add("pictures", FileStorage(BytesIO(content), name, content_type=kind))
    boundary, body = encode_multipart(form)
    return client.post(
        f"{prefix}{sent.page}/masalah/{sent.parcel}",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def kept(app: Flask) -> tuple[int, int]:
    """How many problems and how many files there are."""
    with app.app_context():
        rows = db.session.scalars(select(Problem.id)).all()
        return len(rows), len(list(files().list("problems")))


@pytest.fixture(autouse=True)
def _no_files_left(app: Flask) -> None:
    with app.app_context():
        for each in list(files().list("problems")):
            files().delete(each.key)


PHOTO = (jpeg(300, 200), "foto.jpg", "image/jpeg")


class TestPage:
    @pytest.mark.parametrize(("language", "prefix"), [("id", ""), ("en", "/en")])
    def test_says_until_when_and_speaks_one_language(
        self, app: Flask, client: FlaskClient, sent: Sent, language: str, prefix: str
    ) -> None:
        page = client.get(f"{prefix}{sent.page}/masalah/{sent.parcel}")
        assert page.headers["Cache-Control"] == "no-store"
        assert strangers(page.text, language) == []
        with app.app_context(), transaction() as session:
            officer = actor_of(session, 1, "Asep")
            deliver(session, sent.parcel, actor=officer, at=now())
        assert strangers(client.get(f"{prefix}{sent.page}").text, language) == []
        page = client.get(f"{prefix}{sent.page}/masalah/{sent.parcel}")
        assert strangers(page.text, language) == []
        assert (
            "two working days after it came" if language == "en" else "dua hari kerja setelah"
        ) in page.text

    def test_the_order_page_leads_there_until_the_time_is_over(
        self, app: Flask, client: FlaskClient, sent: Sent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = f"{sent.page}/masalah/{sent.parcel}"
        assert address in client.get(sent.page).text
        with app.app_context(), transaction() as session:
            deliver(session, sent.parcel, actor=actor_of(session, 1, "Asep"), at=now())
        assert address in client.get(sent.page).text
        later = now() + timedelta(days=20)
        monkeypatch.setattr("storefront.web.orders.now", lambda: later)
        monkeypatch.setattr("storefront.web.problems.now", lambda: later)
        assert address not in client.get(sent.page).text
        assert "multipart/form-data" not in client.get(address).text
        assert report(client, sent).status_code == 409
        assert kept(app) == (0, 0)

    def test_another_orders_parcel_is_not_there(self, client: FlaskClient, sent: Sent) -> None:
        assert client.get(f"{sent.other}/masalah/{sent.parcel}").status_code == 404
        assert client.get(f"{sent.page}x/masalah/{sent.parcel}").status_code == 404


class TestReport:
    def test_is_kept_with_its_pictures_drawn_anew(self, app: Flask, client: FlaskClient, sent: Sent) -> None:
        key = str(uuid4())
        assert report(client, sent, PHOTO, PHOTO, PHOTO, key=key).status_code == 303
        assert report(client, sent, PHOTO, key=key).status_code == 303
        assert kept(app) == (1, 3)
        page = client.get(f"{sent.page}/masalah/{sent.parcel}").text
        assert BODY in page
        addresses = sorted(set(re.findall(r'src="(/pesanan/[^"]+/foto/[^"]+)"', page)))
        assert len(addresses) == 3
        shown = client.get(addresses[0])
        assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.data != PHOTO[0]

    def test_a_picture_is_its_own_orders_and_offices_alone(
        self, app: Flask, client: FlaskClient, sent: Sent
    ) -> None:
        report(client, sent, PHOTO)
        with app.app_context():
            key = db.session.scalars(select(ProblemPicture.key)).one()
        assert client.get(f"{sent.page}/masalah/foto/{key}").status_code == 200
        assert client.get(f"{sent.other}/masalah/foto/{key}").status_code == 404
        assert client.get(f"/staff/masalah/foto/{key}").status_code == 303
        sign_in(client, sent.ciamis)
        assert client.get(f"/staff/masalah/foto/{key}").status_code == 404
        sign_in(client, sent.garut)
        assert client.get(f"/staff/masalah/foto/{key}").status_code == 200

    @pytest.mark.parametrize(
        ("changes", "pictures"),
        [
            ({"reason": ""}, [PHOTO]),
            ({"reason": "other"}, [PHOTO]),
            ({"body": ""}, [PHOTO]),
            ({"body": "pendek"}, []),
            ({"body": "x" * 2001}, [PHOTO]),
            ({"body": "Hubungi 0812 3456 7890 sekarang"}, [PHOTO]),
            ({"body": "Rusak\u202esemua isinya ya"}, [PHOTO]),
            ({"key": "x"}, [PHOTO]),
            ({}, [PHOTO] * 4),
            ({}, [PHOTO, (b"", "foto.jpg", "image/jpeg")]),
            ({}, [(b"MZ" + bytes(100), "foto.jpg", "image/jpeg")]),
            ({}, [(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "foto.svg", "image/svg+xml")]),
            ({}, [(PHOTO[0], "foto.exe", "image/jpeg")]),
            ({}, [(png_bomb(6000), "foto.png", "image/png")]),
        ],
    )
    def test_what_is_wrong_is_said_in_place_and_nothing_is_kept(
        self,
        app: Flask,
        client: FlaskClient,
        sent: Sent,
        changes: dict[str, str],
        pictures: list[tuple[bytes, str, str]],
    ) -> None:
        answer = report(client, sent, *pictures, prefix="/en", **changes)
        assert answer.status_code == 422
        assert "field__error" in answer.text or "error-summary" in answer.text
        assert kept(app) == (0, 0)

    def test_a_second_report_waits_for_the_first(self, app: Flask, client: FlaskClient, sent: Sent) -> None:
        report(client, sent)
        answer = report(client, sent, PHOTO, prefix="/en")
        assert answer.status_code == 409
        assert "open already" in answer.text
        assert kept(app) == (1, 0)


class TestFiles:
    """A photograph lies there if and only if a report names it, whatever happens in between."""

    def test_a_refused_report_leaves_none(
        self, app: Flask, client: FlaskClient, sent: Sent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storefront.web.problems.report_problem", _refuse)
        assert report(client, sent, PHOTO).status_code == 409
        assert kept(app) == (0, 0)

    def test_a_lost_answer_loses_none(
        self, app: Flask, client: FlaskClient, sent: Sent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storefront.web.problems.transaction", _lose_the_answer)
        assert report(client, sent, PHOTO).status_code == 503
        assert kept(app) == (1, 1), "the report was written, and so it has its photograph"
        with app.app_context():
            sweep_files(FakeProvider(), now() + timedelta(hours=1))
        assert kept(app) == (1, 1)

    def test_a_failed_commit_leaves_them_to_the_sweeper(
        self, app: Flask, client: FlaskClient, sent: Sent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storefront.web.problems.transaction", _fail_to_commit)
        assert report(client, sent, PHOTO).status_code == 503
        assert kept(app) == (0, 1)
        with app.app_context():
            sweep_files(FakeProvider(), now() + timedelta(hours=1))
        assert kept(app) == (0, 0)

    def test_a_store_that_does_not_answer_keeps_no_report(
        self, app: Flask, client: FlaskClient, sent: Sent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def put(_store: FileStore, _key: str, _content: bytes) -> None:
            raise FilesUnavailable

        monkeypatch.setattr(FileStore, "put", put)
        answer = report(client, sent, PHOTO)
        assert answer.status_code == 503
        assert BODY in answer.text, "what was written is not lost"
        assert kept(app) == (0, 0)


def _refuse(*_args: object, **_values: object) -> bool:
    raise ProblemOpen


@contextmanager
def _lose_the_answer() -> Iterator[Session]:
    """The database commits, and its answer gets lost."""
    with transaction() as session:
        yield session
    raise OperationalError("COMMIT", {}, Exception("server closed the connection"))


@contextmanager
def _fail_to_commit() -> Iterator[Session]:
    """The database goes away before it commits."""
    with transaction() as session:
        yield session
        raise OperationalError("COMMIT", {}, Exception("server closed the connection"))


class TestStaff:
    @pytest.fixture
    def number(self, app: Flask, client: FlaskClient, sent: Sent) -> str:
        report(client, sent, PHOTO)
        with app.app_context():
            found: str = db.session.scalars(select(Problem.number)).one()
        sign_in(client, sent.garut)
        return found

    def test_the_list_and_the_problem_are_theirs(self, client: FlaskClient, sent: Sent, number: str) -> None:
        assert number in client.get("/staff/masalah").text
        assert BODY in client.get(f"/staff/masalah/{number}").text
        assert strangers(client.get(f"/en/staff/masalah/{number}").text, "en") == []
        sign_in(client, sent.ciamis)
        assert number not in client.get("/staff/masalah?status=all").text
        assert client.get(f"/staff/masalah/{number}").status_code == 404

    def test_the_clock_shows_who_is_late(
        self, client: FlaskClient, number: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "badge--bad" not in client.get("/staff/masalah").text
        later = now() + timedelta(days=20)
        monkeypatch.setattr("orders.web.problems.now", lambda: later)
        assert "badge--bad" in client.get("/staff/masalah").text
        assert "badge--bad" in client.get(f"/staff/masalah/{number}").text

    def test_what_they_answer_and_give_back_reaches_the_customer(
        self, app: Flask, client: FlaskClient, sent: Sent, number: str
    ) -> None:
        steps: tuple[tuple[str, str, dict[str, str]], ...] = (
            ("jawab", "answer", {}),
            ("kembalikan", "refund", {"pieces-1": "2"}),
            ("tutup", "close", {}),
        )
        for step, prefix, more in steps:
            form = {f"{prefix}-key": str(uuid4()), f"{prefix}-body": f"Kata {step}", **more}
            assert client.post(f"/staff/masalah/{number}/{step}", data=form).status_code == 303
        page = client.get(f"{sent.page}/masalah/{sent.parcel}").text
        assert all(f"Kata {step}" in page for step, _, _ in steps)
        assert "Rp180.000" in page
        with app.app_context():
            assert db.session.scalars(select(Refund.amount)).all() == [180_000]

    @pytest.mark.parametrize(
        ("step", "form"),
        [
            ("jawab", {"answer-body": ""}),
            ("jawab", {"answer-body": "x" * 2001}),
            ("tutup", {"close-body": " "}),
            ("kembalikan", {"refund-body": "Maaf"}),
            ("kembalikan", {"refund-body": "Maaf", "pieces-1": "5"}),
            ("kembalikan", {"refund-body": "Maaf", "pieces-1": "dua"}),
            ("kembalikan", {"refund-body": "", "pieces-1": "1"}),
        ],
    )
    def test_what_is_wrong_is_said_and_changes_nothing(
        self, app: Flask, client: FlaskClient, number: str, step: str, form: dict[str, str]
    ) -> None:
        keys = {f"{prefix}-key": str(uuid4()) for prefix in ("answer", "refund", "close")}
        assert client.post(f"/staff/masalah/{number}/{step}", data={**keys, **form}).status_code == 422
        with app.app_context():
            assert db.session.scalars(select(Problem.state)).one() == "open"
            assert db.session.scalars(select(Refund.id)).all() == []

    def test_pages_ask_a_fixed_number_of_questions(
        self, client: FlaskClient, number: str, queries: list[str]
    ) -> None:
        client.get("/staff/masalah")
        assert len(queries) <= 8
        queries.clear()
        client.get(f"/staff/masalah/{number}")
        assert len(queries) <= 10
