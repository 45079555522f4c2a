"""What staff are told of pages that are not theirs, or not there: in the frame of their own pages."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.db import transaction
from kernel.sheets import SheetTooLong
from tests.factories.accounts import browser, make_officer, make_user, sign_in_customer
from tests.factories.inventory import make_upt

NOBODYS = "6f1c1de4-3c1b-4f7e-9d51-0b6a5f0c8a11"
"""A key that nothing has; the same in each worker, which must collect the same tests."""


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    with app.app_context(), transaction() as session:
        user_id = make_officer(session, make_upt(session)).id
    return browser(app, user_id)


@pytest.mark.parametrize(
    ("method", "address", "status", "words"),
    [
        ("GET", "/staff/upt", 403, "Ini bukan bagian dari peran Anda."),
        ("POST", f"/staff/izin/{NOBODYS}/periksa", 403, "Ini bukan bagian dari peran Anda."),
        ("GET", f"/staff/izin/{NOBODYS}", 404, "Tidak ada izin seperti itu"),
        ("POST", f"/staff/izin/{NOBODYS}/hapus", 404, "Tidak ada izin seperti itu"),
        ("GET", f"/staff/faktur/{NOBODYS}", 404, "yang ada di sini sudah tidak ada"),
        ("GET", "/staff/tidak-ada", 404, "Halaman ini tidak ada"),
        ("POST", "/staff/izin/tidak-ada", 404, "Halaman ini tidak ada"),
    ],
)
def test_a_refusal_stands_in_the_frame_of_staffs_pages(
    officer: FlaskClient, method: str, address: str, status: int, words: str
) -> None:
    answer = officer.open(address, method=method)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert words in answer.text
    assert 'href="/staff/paket"' in answer.text
    assert 'action="/cari"' not in answer.text


def test_what_cannot_be_done_is_said_there_too(officer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_rows: object) -> None:
        raise SheetTooLong(most=5)

    monkeypatch.setattr("orders.web.parcels.sheet_answer", refuse)
    answer = officer.get("/staff/paket/unduh.xlsx")
    assert answer.status_code == 422
    assert "Tidak ada yang diubah." in answer.text
    assert 'href="/staff/paket"' in answer.text


def test_in_english_too(officer: FlaskClient) -> None:
    assert "This is not part of your role." in officer.get("/en/staff/upt").text


def test_a_visitor_sees_nothing_of_that_frame(client: FlaskClient) -> None:
    assert client.get("/staff/upt").status_code == 303
    missing = client.get("/staff/tidak-ada")
    assert missing.status_code == 404
    assert 'href="/staff/paket"' not in missing.text


def test_neither_does_a_customer(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        user_id = make_user(session).id
    sign_in_customer(client, user_id)
    missing = client.get("/staff/tidak-ada")
    assert missing.status_code == 404
    assert 'action="/cari"' in missing.text
    assert 'href="/staff/paket"' not in missing.text
