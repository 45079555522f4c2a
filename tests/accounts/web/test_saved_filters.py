"""Lists saved as they were filtered: their reader's own, of lists there are, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import AuditEntry, SavedFilter
from accounts.rules import MOST_FILTERS
from accounts.web.filterable import filterable_lists
from kernel.clock import now
from kernel.db import db, transaction
from tests.factories.accounts import browser, make_officer
from tests.factories.inventory import make_upt
from tests.queries import CountedQueries
from tests.snapshots import snapshot_of

ENDED = "/staff/daftar?daftar=permits.permits&show=ended&q=roti"


@pytest.fixture
def officers(app: Flask) -> tuple[int, int]:
    """Two of one UPT."""
    with app.app_context(), transaction() as session:
        upt = make_upt(session)
        return make_officer(session, upt).id, make_officer(session, upt).id


@pytest.fixture
def officer(app: Flask, officers: tuple[int, int]) -> FlaskClient:
    return browser(app, officers[0])


def stored(app: Flask) -> list[tuple[Any, ...]]:
    with app.app_context():
        columns = (SavedFilter.user_id, SavedFilter.page, SavedFilter.name, SavedFilter.choices)
        return [tuple(row) for row in db.session.execute(select(*columns).order_by(SavedFilter.id))]


def key_of(app: Flask) -> str:
    with app.app_context():
        return str(db.session.scalars(select(SavedFilter.key)).one())


def test_a_filtered_list_is_saved_found_and_removed(
    app: Flask, officer: FlaskClient, officers: tuple[int, int]
) -> None:
    address = "/staff/izin?show=ended&q=roti"
    offered = ENDED.replace("&show=ended&q=roti", "&amp;q=roti&amp;show=ended")
    assert offered in officer.get(address).text
    answer = officer.post(ENDED, data={"name": "  Roti   berakhir "})
    assert (answer.status_code, answer.location) == (303, "/staff/izin?q=roti&show=ended")
    choices = {"q": "roti", "show": "ended"}
    assert stored(app) == [(officers[0], "permits.permits", "Roti berakhir", choices)]
    chosen = '<a class="chip" href="/staff/izin?q=roti&amp;show=ended" aria-current="true">Roti berakhir</a>'
    there = officer.get(address).text
    assert chosen in there
    assert offered not in there  # it is saved already
    assert "Roti berakhir" in officer.get("/staff/izin").text
    assert "Roti berakhir" in officer.get("/staff/daftar").text
    assert "Roti berakhir" not in officer.get("/staff/stok").text
    assert officer.post(f"/staff/daftar/{key_of(app)}/hapus").status_code == 303
    assert stored(app) == []
    with app.app_context():
        query = select(AuditEntry).where(AuditEntry.object_kind == "filter").order_by(AuditEntry.id)
        saved, removed = db.session.scalars(query)
        assert (saved.action, saved.actor_user_id, saved.after) == (
            "filter.save",
            officers[0],
            {"page": "permits.permits"},  # what somebody looks for is theirs
        )
        assert (removed.action, removed.before) == ("filter.remove", {"page": "permits.permits"})


@pytest.mark.parametrize(
    ("address", "name", "status", "sentence"),
    [
        (ENDED, "", 422, "Beri nama daftar ini."),
        (ENDED, "   ", 422, "Beri nama daftar ini."),
        (ENDED, "x" * 41, 422, "40 karakter"),
        (ENDED, "x" * 10_000, 422, "40 karakter"),
        ("/staff/daftar", "Semua", 404, "Tidak ada daftar seperti itu"),
        ("/staff/daftar?daftar=permits.permits", "Semua", 404, "Tidak ada daftar seperti itu"),
        ("/staff/daftar?daftar=permits.permits&next=//jahat.example", "X", 404, "Tidak ada daftar"),
        ("/staff/daftar?daftar=permits.withdraw&show=all", "X", 404, "Tidak ada daftar seperti itu"),
        ("/staff/daftar?daftar=https://jahat.example&show=all", "X", 404, "Tidak ada daftar"),
        ("/staff/daftar?daftar=home.home&show=all", "X", 404, "Tidak ada daftar seperti itu"),
    ],
)
def test_what_is_no_list_of_ours_is_refused(
    app: Flask, officer: FlaskClient, address: str, name: str, status: int, sentence: str
) -> None:
    before = snapshot_of(app)
    answer = officer.post(address, data={"name": name})
    assert answer.status_code == status
    assert sentence in answer.text
    assert snapshot_of(app) == before


def test_only_what_the_list_knows_is_kept_of_its_address(app: Flask, officer: FlaskClient) -> None:
    hostile = f"{ENDED}&page=9&_external=1&_scheme=javascript&q=lain&sesudah=x"
    answer = officer.post(hostile, data={"name": "Roti"})
    assert answer.location == "/staff/izin?q=roti&show=ended"
    assert stored(app)[0][3] == {"q": "roti", "show": "ended"}
    officer.post(f"/staff/daftar?daftar=permits.permits&q={'x' * 3000}", data={"name": "Panjang"})
    assert stored(app)[1][3] == {"q": "x" * 200}


def test_of_the_log_no_name_or_address_of_a_person_is_kept(app: Flask, officer: FlaskClient) -> None:
    looked_for = "thing=sri@pembeli.example&who=sri@pembeli.example"
    answer = officer.post(f"/staff/daftar?daftar=audit.entries&kind=user&{looked_for}", data={"name": "Akun"})
    assert answer.status_code == 303
    assert stored(app)[0][3] == {"kind": "user"}


def test_a_name_stands_once_at_a_list(app: Flask, officer: FlaskClient) -> None:
    officer.post(ENDED, data={"name": "Roti"})
    before = snapshot_of(app)
    answer = officer.post(ENDED, data={"name": "Roti"})
    assert answer.status_code == 409
    assert "dengan nama itu" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert snapshot_of(app) == before
    other = ENDED.replace("permits.permits", "products.products")
    assert officer.post(other, data={"name": "Roti"}).status_code == 303


def test_nobody_keeps_them_without_end(app: Flask, officer: FlaskClient, officers: tuple[int, int]) -> None:
    with app.app_context(), transaction() as session:
        said = {"user_id": officers[0], "page": "permits.permits", "choices": {"show": "all"}}
        session.add_all(SavedFilter(name=f"D{each}", saved_at=now(), **said) for each in range(MOST_FILTERS))
    before = snapshot_of(app)
    answer = officer.post(ENDED, data={"name": "Roti"})
    assert answer.status_code == 409
    assert f"Anda menyimpan {MOST_FILTERS} daftar" in answer.text
    assert snapshot_of(app) == before


def test_colleagues_neither_see_nor_remove_them(
    app: Flask, officer: FlaskClient, officers: tuple[int, int]
) -> None:
    officer.post(ENDED, data={"name": "Roti saya"})
    colleague = browser(app, officers[1])
    for address in ("/staff/izin", "/staff/daftar"):
        assert "Roti saya" not in colleague.get(address).text
    before = snapshot_of(app)
    assert colleague.post(f"/staff/daftar/{key_of(app)}/hapus").status_code == 404
    assert snapshot_of(app) == before


def test_every_list_shows_its_own(app: Flask, officer: FlaskClient) -> None:
    with app.test_request_context():
        pages = {page: app.url_map._rules_by_endpoint[page][0].rule for page in filterable_lists()}
    assert len(pages) == 9
    for page, address in pages.items():
        with app.test_request_context():
            name = filterable_lists()[page].names[0]
        assert (
            officer.post(f"/staff/daftar?daftar={page}&{name}=x", data={"name": f"Di {page}"}).status_code
            == 303
        )
        assert f"Di {page}" in officer.get(address).text


def test_queries_do_not_grow(app: Flask, officer: FlaskClient, count_queries: CountedQueries) -> None:
    with app.app_context():
        engine = db.engine
    counts = []
    for each in range(4):
        officer.post(ENDED, data={"name": f"D{each}"})
        with count_queries(engine) as counted:
            assert officer.get("/staff/izin?show=ended").status_code == 200
            assert officer.get("/staff/daftar").status_code == 200
        counts.append(len(counted))
    assert len(set(counts)) == 1
