"""The permit that renews another one: named by it, known to lists, warnings and the page of the day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from accounts.models import AuditEntry, Upt
from inventory.events import PermitEnding
from inventory.models import Permit
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from kernel.mail import Mail
from tests.factories.accounts import browser
from tests.factories.inventory import make_permit
from tests.factories.permits import NUMBER, Desk, entered, make_desk, paper
from worker.notifications.permits import mail_permit_ending

NEXT = "2153205010008-31"


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context(), transaction() as session:
        return make_desk(session)


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.officer)


@pytest.fixture
def old(app: Flask, desk: Desk) -> UUID:
    """A checked permit for the bread that ends in twenty days."""
    end = jakarta_day(now()) + timedelta(days=20)
    return entered(app, desk, expires_on=end, verified_at=now(), verified_by="Kanwil")


def following(desk: Desk, old: UUID, **changes: Any) -> dict[str, Any]:
    return paper(desk, **{"number": NEXT, "follows": str(old), **changes})


def links(app: Flask) -> dict[str, str | None]:
    """Number by number, which one it follows."""
    with app.app_context():
        followed = aliased(Permit)
        query = select(Permit.number, followed.number).outerjoin(followed, followed.id == Permit.follows_id)
        return {row[0]: row[1] for row in db.session.execute(query)}


def check(app: Flask) -> None:
    """Let the next permit be verified."""
    with app.app_context(), transaction() as session:
        session.execute(
            update(Permit).where(Permit.number == NEXT).values(verified_at=now(), verified_by="Kanwil")
        )


class TestEntering:
    def test_the_next_one_begins_with_what_it_shares(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        page = officer.get(f"/staff/izin/{old}").text
        address = f"/staff/izin/baru?upt={desk.upt_code}&amp;lanjutan={old}"
        assert address in page
        form = officer.get(address.replace("&amp;", "&")).text
        assert f'<option selected value="{old}">' in form
        assert '<option selected value="PIRT">' in form
        assert NUMBER not in form.replace(f"P-IRT {NUMBER}, ", "")  # the number is that of the new paper
        answer = officer.post(desk.new, data=following(desk, old))
        assert answer.status_code == 303
        assert links(app) == {NUMBER: None, NEXT: NUMBER}
        assert f"/staff/izin/{old}" in officer.get(answer.location).text
        assert answer.location in officer.get(f"/staff/izin/{old}").text
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "permit.add")).one()
            followed = db.session.scalars(select(Permit.id).where(Permit.key == old)).one()
            assert entry.after["follows_id"] == followed

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"follows": str(uuid4())}, "salah satu izin UPT Anda"),
            ({"follows": "x" * 10_000}, "salah satu izin UPT Anda"),
            ({"kind": "BPOM_MD", "number": "MD 201132001234"}, "izin sejenis"),
            ({"expires_on": "2026-02-01"}, "lebih lama"),
        ],
    )
    def test_what_cannot_follow_is_refused(
        self,
        app: Flask,
        officer: FlaskClient,
        desk: Desk,
        old: UUID,
        changes: dict[str, str],
        sentence: str,
    ) -> None:
        answer = officer.post(desk.new, data=following(desk, old, **changes))
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'id="follows-error"' in answer.text
        assert links(app) == {NUMBER: None}

    def test_nothing_follows_another_upts_permit(self, app: Flask, desk: Desk) -> None:
        with app.app_context(), transaction() as session:
            neighbour = session.scalars(select(Upt).where(Upt.code != desk.upt_code).limit(1)).one()
            end = jakarta_day(now()) + timedelta(days=20)
            foreign = make_permit(session, neighbour, number=NUMBER, expires_on=end).key
        officer = browser(app, desk.officer)
        assert officer.get(f"{desk.new}&lanjutan={foreign}").status_code == 404
        assert officer.get(f"{desk.new}&lanjutan=x").status_code == 404
        answer = officer.post(desk.new, data=following(desk, foreign))
        assert answer.status_code == 422
        assert NUMBER not in answer.text
        assert links(app) == {NUMBER: None}

    def test_no_two_permits_follow_each_other(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        location = officer.post(desk.new, data=following(desk, old)).location
        next_key = UUID(location.rpartition("/")[2])
        form = paper(desk, number=NUMBER, expires_on="2036-01-31", follows=str(next_key))
        answer = officer.post(f"/staff/izin/{old}/ubah", data=form)
        assert answer.status_code == 422
        form = paper(desk, number=NEXT, follows=str(next_key))
        assert officer.post(f"{location}/ubah", data=form).status_code == 422
        assert links(app) == {NUMBER: None, NEXT: NUMBER}

    def test_one_that_is_named_later_stays_checked(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        location = officer.post(desk.new, data=following(desk, old, follows="")).location
        check(app)
        answer = officer.post(f"{location}/ubah", data=following(desk, old), follow_redirects=True)
        assert "tetap berlaku" in answer.text
        assert links(app) == {NUMBER: None, NEXT: NUMBER}

    def test_a_followed_one_that_is_withdrawn_is_named_no_more(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        officer.post(desk.new, data=following(desk, old))
        assert officer.post(f"/staff/izin/{old}/hapus").status_code == 303
        assert links(app) == {NEXT: None}


class TestKnowing:
    def test_lists_and_the_page_of_the_day_know_of_the_next_one(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        errand = "izin yang segera berakhir"
        assert errand in officer.get("/staff").text
        officer.post(desk.new, data=following(desk, old))
        assert "penggantinya sudah dicatat" in officer.get("/staff/izin?show=ending").text
        assert errand in officer.get("/staff").text  # it may still be sent back
        check(app)
        assert errand not in officer.get("/staff").text
        assert NUMBER not in officer.get("/staff/izin?show=ending").text
        assert "penggantinya ada" in officer.get("/staff/izin?show=followed").text

    def test_one_that_ended_is_done_with_once_the_next_one_holds(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        with app.app_context(), transaction() as session:
            yesterday = jakarta_day(now()) - timedelta(days=1)
            session.execute(update(Permit).where(Permit.key == old).values(expires_on=yesterday))
        assert "izin yang sudah berakhir" in officer.get("/staff").text
        assert "Sudah berakhir" in officer.get(f"/staff/izin/{old}").text
        officer.post(desk.new, data=following(desk, old))
        check(app)
        assert "izin yang sudah berakhir" not in officer.get("/staff").text
        assert NUMBER not in officer.get("/staff/izin?show=ended").text
        assert "Berakhir, sudah diperpanjang" in officer.get(f"/staff/izin/{old}").text

    def test_none_that_has_ended_itself_is_said_to_hold(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        officer.post(desk.new, data=following(desk, old))
        check(app)
        with app.app_context(), transaction() as session:
            for number, days in ((NUMBER, 9), (NEXT, 2)):
                end = jakarta_day(now()) - timedelta(days=days)
                session.execute(update(Permit).where(Permit.number == number).values(expires_on=end))
        page = officer.get(f"/staff/izin/{old}").text
        assert "Berakhir, sudah diperpanjang" in page
        assert "penggantinya berlaku" not in page
        assert NEXT in officer.get("/staff/izin?show=ended").text

    def test_the_sum_of_the_office_above_knows_it_too(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        kanwil = browser(app, desk.kanwil)
        assert "1 izin berakhir atau segera berakhir" in kanwil.get("/staff/upt").text
        officer.post(desk.new, data=following(desk, old))
        check(app)
        assert "izin berakhir atau segera berakhir" not in kanwil.get("/staff/upt").text

    def test_the_warning_says_what_is_left_to_do(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        with app.app_context():
            followed = db.session.scalars(select(Permit.id).where(Permit.key == old)).one()
        for days in (90, 30):
            with app.app_context(), transaction() as session:
                mail_permit_ending(session, PermitEnding(followed, days), at=now())
            officer.post(desk.new, data=following(desk, old))
        with app.app_context():
            first, second = db.session.scalars(select(Mail.body_text).order_by(Mail.id))
        assert "Mintalah izin berikutnya" in first
        assert NEXT not in first
        assert f"Izin penggantinya, {NEXT}, sudah dicatat" in second
        assert "Mintalah izin berikutnya" not in second

    def test_the_warning_names_a_checked_one_that_covers_less(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        officer.post(desk.new, data=following(desk, old, products=[desk.cake]))
        check(app)
        with app.app_context(), transaction() as session:
            ending = session.scalars(select(Permit.id).where(Permit.key == old)).one()
            mail_permit_ending(session, PermitEnding(ending, 30), at=now())
        with app.app_context():
            text = db.session.scalars(select(Mail.body_text)).one()
        assert f"Izin penggantinya, {NEXT}, sudah diperiksa" in text
        assert "tidak mencakup semua produk" in text
        assert "Mintalah izin berikutnya" not in text

    def test_nobody_is_warned_once_the_next_one_holds(
        self, app: Flask, officer: FlaskClient, desk: Desk, old: UUID
    ) -> None:
        officer.post(desk.new, data=following(desk, old))
        check(app)  # between the warning's event and its mail
        with app.app_context(), transaction() as session:
            ending = session.scalars(select(Permit.id).where(Permit.key == old)).one()
            mail_permit_ending(session, PermitEnding(ending, 30), at=now())
            assert session.scalars(select(Mail.id)).all() == []
