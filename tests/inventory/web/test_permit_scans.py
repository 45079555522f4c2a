"""The scan of a permit's paper: who sends it, who sees it, what is turned away, and when it is forgotten."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import AuditEntry
from inventory.images import MOST_BYTES
from inventory.models import Permit
from kernel.clock import now
from kernel.db import db, transaction
from kernel.files import files
from kernel.outbox import OutboxEvent
from tests.factories.accounts import browser
from tests.factories.permits import NUMBER, Desk, entered, make_desk, paper
from tests.inventory.pictures import jpeg, pdf, png_bomb
from tests.snapshots import snapshot_of

Sent = tuple[bytes, str, str]
ISSUED = date(2026, 1, 31)
PDF = (pdf(), "izin.pdf", "application/pdf")
PHOTO = (jpeg(60, 40), "izin.jpg", "image/jpeg")


@pytest.fixture(autouse=True)
def _no_files_left(app: Flask) -> None:
    with app.app_context():
        for each in list(files().list("permits")):
            files().delete(each.key)


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context(), transaction() as session:
        return make_desk(session)


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.officer)


def with_scan(form: dict[str, Any], sent: Sent) -> dict[str, Any]:
    content, name, claimed = sent
    return {**form, "scan": (BytesIO(content), name, claimed)}


def kept(app: Flask) -> list[tuple[Any, ...]]:
    """Each permit's number, scan and whether it is checked, and after them the files there are."""
    with app.app_context():
        rows = db.session.execute(
            select(Permit.number, Permit.scan_file, Permit.verified_at.is_not(None)).order_by(Permit.id)
        )
        return [*map(tuple, rows), *((each.key, each.size) for each in files().list("permits"))]


def forgotten(app: Flask) -> list[str]:
    """The files that are to be deleted."""
    with app.app_context():
        query = select(OutboxEvent.payload).where(OutboxEvent.name == "FilesToForget")
        return [key for payload in db.session.scalars(query) for key in payload["keys"]]


class TestSending:
    @pytest.mark.parametrize(
        ("sent", "kind", "ending"), [(PDF, "application/pdf", "pdf"), (PHOTO, "image/jpeg", "jpg")]
    )
    def test_a_scan_comes_with_the_permit(
        self,
        app: Flask,
        officer: FlaskClient,
        desk: Desk,
        sent: Sent,
        kind: str,
        ending: str,
    ) -> None:
        answer = officer.post(desk.new, data=with_scan(paper(desk), sent))
        assert answer.status_code == 303
        address = f"{answer.location}/pindaian"
        page = officer.get(answer.location).text
        assert address in page
        assert ('<img class="scan"' in page) is (ending == "jpg")
        given = officer.get(address)
        assert (given.status_code, given.mimetype) == (200, kind)
        assert given.headers["Cache-Control"] == "no-store"
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        assert given.headers["Content-Disposition"].startswith("attachment; filename=izin-")
        assert given.headers["Content-Disposition"].endswith(f".{ending}")
        assert given.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "permit.add")).one()
            assert entry.after["scan_file"] == kept(app)[0][1]

    @pytest.mark.parametrize(
        ("sent", "sentence"),
        [
            ((b"<html><script>", "izin.pdf", "application/pdf"), "bukan gambar"),
            ((pdf(b"/JavaScript 9 0 R"), "izin.pdf", "application/pdf"), "lebih dari halaman"),
            ((pdf()[:-8], "izin.pdf", "application/pdf"), "PDF ini terputus"),
            ((png_bomb(6_000), "izin.png", "image/png"), "megapiksel"),
            ((jpeg(60, 40)[:200], "izin.jpg", "image/jpeg"), "tidak dapat dibaca"),
            ((b"", "izin.pdf", "application/pdf"), "kosong"),
        ],
    )
    def test_hostile_files_are_refused_and_nothing_is_kept(
        self, app: Flask, officer: FlaskClient, desk: Desk, sent: Sent, sentence: str
    ) -> None:
        answer = officer.post(desk.new, data=with_scan(paper(desk), sent))
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'id="scan-error"' in answer.text
        assert kept(app) == []

    def test_what_is_too_heavy_is_said_beside_the_field(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        kind = "multipart/form-data; boundary=x"
        answer = officer.post(desk.new, data=bytes(MOST_BYTES + 400_000), content_type=kind)
        assert answer.status_code == 413
        assert 'id="scan-error"' in answer.text
        assert kept(app) == []

    def test_a_refused_entry_leaves_no_file(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        entered(app, desk)
        before = kept(app)
        answer = officer.post(desk.new, data=with_scan(paper(desk), PDF))
        assert answer.status_code == 409
        assert kept(app) == before
        assert forgotten(app) == []


class TestChanging:
    def change(self, officer: FlaskClient, desk: Desk, key: UUID, sent: Sent | None) -> str:
        form = paper(desk) if sent is None else with_scan(paper(desk), sent)
        answer = officer.post(f"/staff/izin/{key}/ubah", data=form, follow_redirects=True)
        assert answer.status_code == 200
        return answer.text

    def test_the_first_scan_of_a_checked_permit_leaves_it_checked(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, issued_on=ISSUED, verified_at=now(), verified_by="Kanwil")
        assert "tetap berlaku" in self.change(officer, desk, key, PDF)
        (number, scan, is_checked), (file, _) = kept(app)
        assert (number, is_checked, scan) == (NUMBER, True, file)

    def test_another_one_has_to_be_checked_and_the_old_one_goes(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, issued_on=ISSUED, verified_at=now(), verified_by="Kanwil")
        self.change(officer, desk, key, PDF)
        old = kept(app)[0][1]
        self.change(officer, desk, key, PHOTO)
        (_, scan, is_checked), *_ = kept(app)
        assert (scan == old, is_checked) == (False, False)
        assert forgotten(app) == [old]

    def test_without_a_new_one_it_stays(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        key = entered(app, desk, issued_on=ISSUED)
        self.change(officer, desk, key, PDF)
        before = kept(app)
        assert "Tidak ada yang berubah." in self.change(officer, desk, key, None)
        assert kept(app) == before

    def test_what_is_too_heavy_leaves_what_is_stored_in_the_form(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        values = {"title": "Roti Sehat", "issued_on": ISSUED, "verified_at": now(), "verified_by": "Kanwil"}
        address = f"/staff/izin/{entered(app, desk, **values)}/ubah"
        before = snapshot_of(app)
        kind = "multipart/form-data; boundary=x"
        answer = officer.post(address, data=bytes(MOST_BYTES + 400_000), content_type=kind)
        assert answer.status_code == 413
        assert 'id="scan-error"' in answer.text
        form = answer.text.split('id="change-title"')[1]
        for written in (NUMBER, "Roti Sehat", ISSUED.isoformat(), "2031-01-31"):
            assert f'value="{written}"' in form
        assert re.search(rf'<input[^>]* checked[^>]* value="{desk.bread}"', form)
        assert snapshot_of(app) == before

    def test_a_permit_that_is_withdrawn_takes_it_along(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, issued_on=ISSUED)
        self.change(officer, desk, key, PDF)
        (_, scan, _), *_ = kept(app)
        assert officer.post(f"/staff/izin/{key}/hapus").status_code == 303
        assert forgotten(app) == [scan]

    def test_one_replaced_under_the_reviewer_is_not_verified(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, issued_on=ISSUED)
        reviewer = browser(app, desk.kanwil)
        mark = reviewer.get(f"/staff/izin/{key}").text.split('name="seen"')[1].split('value="')[1]
        self.change(officer, desk, key, PDF)
        form = {"decision": "verify", "seen": mark.split('"')[0]}
        answer = reviewer.post(f"/staff/izin/{key}/periksa", data=form, follow_redirects=True)
        assert "sudah diperiksa atau diubah" in answer.text
        assert kept(app)[0][2] is False


class TestWhoSeesIt:
    def test_the_offices_above_do_and_nobody_beside(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk)
        address = f"/staff/izin/{key}/pindaian"
        assert officer.get(address).status_code == 404  # none was sent yet
        officer.post(f"/staff/izin/{key}/ubah", data=with_scan(paper(desk), PDF))
        expected = {desk.officer: 200, desk.kanwil: 200, desk.neighbour: 404, desk.foreign_kanwil: 404}
        assert {user: browser(app, user).get(address).status_code for user in expected} == expected
        assert app.test_client().get(address).status_code == 303

    def test_a_file_that_is_gone_is_a_page_that_says_so(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, scan_file="permits/none.pdf")
        answer = officer.get(f"/staff/izin/{key}/pindaian")
        assert answer.status_code == 404
        assert 'href="/staff/paket"' in answer.text
