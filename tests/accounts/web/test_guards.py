"""What staff are told of pages that are not theirs, or not there: in the frame of their own pages."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.db import transaction
from tests.factories.accounts import browser, make_officer
from tests.factories.inventory import make_upt


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    with app.app_context(), transaction() as session:
        user_id = make_officer(session, make_upt(session)).id
    return browser(app, user_id)


@pytest.mark.parametrize(
    ("method", "address", "status", "words"),
    [
        ("GET", "/staff/upt", 403, "Ini bukan bagian dari peran Anda."),
        ("POST", f"/staff/izin/{uuid4()}/periksa", 403, "Ini bukan bagian dari peran Anda."),
        ("GET", f"/staff/izin/{uuid4()}", 404, "Tidak ada izin seperti itu"),
        ("POST", f"/staff/izin/{uuid4()}/hapus", 404, "Tidak ada izin seperti itu"),
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


def test_in_english_too(officer: FlaskClient) -> None:
    assert "This is not part of your role." in officer.get("/en/staff/upt").text


def test_a_visitor_sees_nothing_of_that_frame(client: FlaskClient) -> None:
    assert client.get("/staff/upt").status_code == 303
    missing = client.get("/staff/tidak-ada")
    assert missing.status_code == 404
    assert 'href="/staff/paket"' not in missing.text
