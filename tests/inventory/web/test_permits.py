"""Permits from the officer's form to the mark in the shop, and everything that is turned away on the way."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, func, select
from werkzeug.test import TestResponse

from accounts.models import AuditEntry, Upt
from accounts.queries import actor_of
from accounts.rules import system_actor
from inventory.errors import PermitNotFound, PermitReviewed
from inventory.models import Maker, Permit, PermitProduct, Product
from inventory.queries.permits import permit_for
from inventory.services.permit_warnings import warn_of_ending
from inventory.services.permits import review_permit
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from kernel.mail import Mail
from kernel.outbox import OutboxEvent, restore
from tests.factories.accounts import browser, make_membership, make_officer
from tests.factories.inventory import make_kanwil, make_permit
from tests.factories.permits import NUMBER, Desk, entered, make_desk, paper
from tests.queries import CountedQueries
from worker.subscriptions import SUBSCRIPTIONS


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context(), transaction() as session:
        return make_desk(session)


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.officer)


@pytest.fixture
def reviewer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.kanwil)


def stored(app: Flask) -> list[tuple[Any, ...]]:
    """Every permit with what it covers, without its id."""
    with app.app_context():
        covered = (
            select(func.array_agg(Product.slug))
            .join(PermitProduct, PermitProduct.product_id == Product.id)
            .where(PermitProduct.permit_id == Permit.id)
        )
        query = select(
            *(Permit.key, Permit.kind, Permit.number, Permit.title, Permit.issued_on, Permit.expires_on),
            *(Permit.verified_at, Permit.refusal, covered.scalar_subquery()),
        )
        return [tuple(row) for row in db.session.execute(query.order_by(Permit.id))]


def cover_cake(app: Flask, desk: Desk) -> None:
    """Let the one permit there is cover the cake too."""
    with app.app_context(), transaction() as session:
        permit = session.scalars(select(Permit)).one()
        cake = session.scalars(select(Product).where(Product.slug == desk.cake)).one()
        session.add(PermitProduct(permit_id=permit.id, product_id=cake.id))


def mails(app: Flask, at: datetime) -> list[tuple[str, str]]:
    """Recipient and subject of the mails that the events about permits lead to."""
    handlers = {each.event: each for each in SUBSCRIPTIONS if each.name.startswith("mail_permit")}
    with app.app_context():
        with transaction() as session:
            names = [event.__name__ for event in handlers]
            query = select(OutboxEvent).where(OutboxEvent.name.in_(names)).order_by(OutboxEvent.id)
            for row in session.scalars(query):
                event = restore(row.name, row.payload)
                handlers[type(event)].apply(session, event, at=at)
        rows = db.session.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))
        return [(recipient, subject) for recipient, subject in rows]


def refused(answer: TestResponse, sentence: str) -> bool:
    return answer.status_code in (409, 422) and sentence in answer.text


class TestEntering:
    def test_a_permit_is_entered_and_waits_to_be_checked(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        answer = officer.post(desk.new, data=paper(desk, title="  Roti   Lapas "))
        assert answer.status_code == 303
        ((key, *rest),) = stored(app)
        assert rest == [
            *("PIRT", NUMBER, "Roti Lapas", date(2026, 1, 31), date(2031, 1, 31)),
            *(None, "", [desk.bread]),
        ]
        page = officer.get(answer.location).text
        assert "Belum diperiksa" in page
        assert NUMBER in page
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "permit.add")).one()
            assert (entry.actor_user_id, entry.object_key) == (desk.officer, str(key))
            assert entry.after["number"] == NUMBER
            assert len(entry.after["products"]) == 1

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"kind": ""}, "Pilih jenis izinnya."),
            ({"kind": "SIM"}, "Pilih jenis izinnya."),
            ({"number": ""}, "Tulis nomor seperti tertera"),
            ({"number": "2153205 010007 3"}, "Ini bukan nomor izin jenis tersebut"),
            ({"number": "9" * 10_000}, "Ini bukan nomor izin jenis tersebut"),
            ({"title": "x" * 121}, "120 karakter"),
            ({"issued_on": "31/01/2026"}, "tulis seperti 2026-12-31"),
            ({"expires_on": "2031-02-31"}, "tulis seperti 2026-12-31"),
            ({"issued_on": "2999-01-01", "expires_on": "2999-02-01"}, "Hari ini masih di depan."),
            ({"expires_on": "2025-01-01"}, "tidak dapat berakhir sebelum diterbitkan"),
            ({"expires_on": ""}, "punya hari terakhir"),
            ({"products": []}, "Centang produk yang dicakupnya."),
            ({"products": ["x"]}, "Pilih produk yang dibuat UPT Anda."),
            ({"kind": "NIB", "number": "9120001234567"}, "jangan centang produk apa pun"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_kept(
        self, app: Flask, officer: FlaskClient, desk: Desk, changes: dict[str, Any], sentence: str
    ) -> None:
        answer = officer.post(desk.new, data=paper(desk, **changes))
        assert refused(answer, sentence)
        assert 'aria-invalid="true"' in answer.text or "field__error" in answer.text
        assert stored(app) == []

    def test_what_another_upt_makes_cannot_be_covered(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        answer = officer.post(desk.new, data=paper(desk, products=[desk.bread, desk.foreign]))
        assert refused(answer, "Pilih produk yang dibuat UPT Anda.")
        assert "Keripik Tetangga" not in answer.text
        assert stored(app) == []

    def test_the_same_number_twice_is_one_permit(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        officer.post(desk.new, data=paper(desk))
        answer = officer.post(desk.new, data=paper(desk, number=NUMBER))
        assert refused(answer, f"UPT Anda sudah mencatat nomor {NUMBER}.")
        assert len(stored(app)) == 1

    def test_only_for_ones_own_upt(self, app: Flask, desk: Desk) -> None:
        for stranger in (desk.neighbour, desk.kanwil):
            answer = browser(app, stranger).post(desk.new, data=paper(desk))
            assert answer.status_code in (403, 404)
        assert stored(app) == []

    def test_doubts_are_told_and_refuse_nothing(self, officer: FlaskClient, desk: Desk) -> None:
        answer = officer.post(desk.new, data=paper(desk, expires_on="2030-01-31"))
        assert answer.status_code == 303
        assert "Dua angka terakhir menyebut tahun lain" in officer.get(answer.location).text


class TestChanging:
    def test_what_changes_is_checked_anew(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        key = entered(app, desk, verified_at=now(), verified_by="Kanwil", warned_days=None)
        form = paper(desk, expires_on="2030-12-31", products=[desk.bread, desk.cake])
        assert officer.post(f"/staff/izin/{key}/ubah", data=form).status_code == 303
        ((*_, expires_on, verified_at, refusal, covered),) = stored(app)
        assert (expires_on, verified_at, refusal) == (date(2030, 12, 31), None, "")
        assert set(covered) == {desk.bread, desk.cake}

    def test_what_stays_the_same_stays_checked(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        key = entered(app, desk, verified_at=now(), verified_by="Kanwil", issued_on=date(2026, 1, 31))
        before = stored(app)
        answer = officer.post(f"/staff/izin/{key}/ubah", data=paper(desk), follow_redirects=True)
        assert "Tidak ada yang berubah." in answer.text
        assert "beristirahat: tidak ada di toko" in answer.text  # what a change would lead to
        assert stored(app) == before

    def test_one_sent_back_is_handed_in_again_as_it_stands(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, refusal="Tidak terbaca", issued_on=date(2026, 1, 31))
        answer = officer.post(f"/staff/izin/{key}/ubah", data=paper(desk), follow_redirects=True)
        assert "Belum diperiksa" in answer.text
        assert "Tidak terbaca" not in answer.text
        assert stored(app)[0][-2] == ""
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "permit.change")).one()
            assert (entry.before["refusal"], entry.after["refusal"]) == ("Tidak terbaca", "")

    def test_what_only_covers_less_stays_checked(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        key = entered(app, desk, verified_at=now(), verified_by="Kanwil", issued_on=date(2026, 1, 31))
        cover_cake(app, desk)
        answer = officer.post(f"/staff/izin/{key}/ubah", data=paper(desk), follow_redirects=True)
        assert "tetap berlaku" in answer.text
        ((*_, verified_at, _refusal, covered),) = stored(app)
        assert verified_at is not None
        assert covered == [desk.bread]

    def test_what_is_covered_stays_so_though_it_is_made_no_more(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, verified_at=now(), verified_by="Kanwil", issued_on=date(2026, 1, 31))
        cover_cake(app, desk)
        with app.app_context(), transaction() as session:
            bread, cake = (
                session.scalars(select(Product).where(Product.slug == slug)).one()
                for slug in (desk.bread, desk.cake)
            )
            bread.is_withdrawn = True
            session.execute(delete(Maker).where(Maker.product_id == cake.id))
        before = stored(app)
        page = officer.get(f"/staff/izin/{key}").text
        ticked = re.findall(
            r'<input checked id="products-\d+" name="products" type="checkbox" value="([^"]+)"', page
        )
        assert sorted(ticked) == sorted([desk.bread, desk.cake])
        answer = officer.post(f"/staff/izin/{key}/ubah", data=paper(desk, products=ticked))
        assert answer.status_code == 303
        assert stored(app) == before

    def test_what_is_wrong_is_said_and_nothing_changed(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, verified_at=now(), verified_by="Kanwil")
        before = stored(app)
        answer = officer.post(f"/staff/izin/{key}/ubah", data=paper(desk, number="12"))
        assert refused(answer, "Ini bukan nomor izin jenis tersebut")
        assert 'value="12"' in answer.text
        assert stored(app) == before

    def test_a_number_of_another_permit_is_refused(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk)
        officer.post(desk.new, data=paper(desk, number="2153205010008-31"))
        before = stored(app)
        answer = officer.post(f"/staff/izin/{key}/ubah", data=paper(desk, number="2153205010008-31"))
        assert refused(answer, "UPT Anda sudah mencatat nomor 2153205010008-31.")
        assert stored(app) == before

    def test_withdrawn_it_is_gone_and_the_log_keeps_it(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk)
        assert officer.post(f"/staff/izin/{key}/hapus").status_code == 303
        assert stored(app) == []
        assert officer.get(f"/staff/izin/{key}").status_code == 404
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "permit.withdraw")).one()
            assert entry.before["number"] == NUMBER

    def test_another_upts_permit_is_not_there(self, app: Flask, desk: Desk) -> None:
        key = entered(app, desk)
        before = stored(app)
        neighbour = browser(app, desk.neighbour)
        assert neighbour.get(f"/staff/izin/{key}").status_code == 404
        for step in ("/ubah", "/hapus"):
            assert neighbour.post(f"/staff/izin/{key}{step}", data=paper(desk)).status_code == 404
        assert NUMBER not in neighbour.get("/staff/izin").text
        assert stored(app) == before


class TestReview:
    def test_a_checked_permit_has_its_mark_in_the_shop(
        self, app: Flask, client: FlaskClient, reviewer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk)
        assert not has_mark(client.get(f"/produk/{desk.bread}").text)
        form = {"decision": "verify", "seen": seen(reviewer, key)}
        assert reviewer.post(f"/staff/izin/{key}/periksa", data=form).status_code == 303
        assert has_mark(client.get(f"/produk/{desk.bread}").text)
        assert mails(app, now()) == [("dapur@upt.example", f"Sudah diperiksa: P-IRT {NUMBER}")]

    def test_one_sent_back_says_why(
        self, app: Flask, officer: FlaskClient, reviewer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk)
        form = {"decision": "refuse", "seen": seen(reviewer, key), "refusal": "Nomor pada <dokumen> lain."}
        assert reviewer.post(f"/staff/izin/{key}/periksa", data=form).status_code == 303
        page = officer.get(f"/staff/izin/{key}").text
        assert "Perlu diperbaiki: Nomor pada &lt;dokumen&gt; lain." in page
        assert mails(app, now()) == [("dapur@upt.example", f"Dikembalikan: P-IRT {NUMBER}")]
        assert officer.post(f"/staff/izin/{key}/ubah", data=paper(desk)).status_code == 303
        assert stored(app)[0][-2] == ""

    def test_one_found_right_by_mistake_is_sent_back_and_loses_its_mark(
        self, app: Flask, client: FlaskClient, reviewer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, verified_at=now(), verified_by="Kanwil")
        assert has_mark(client.get(f"/produk/{desk.bread}").text)
        page = reviewer.get(f"/staff/izin/{key}").text
        assert 'value="refuse"' in page
        assert 'value="verify"' not in page
        form = {"decision": "refuse", "seen": seen(reviewer, key), "refusal": "Izin dicabut Dinkes."}
        assert reviewer.post(f"/staff/izin/{key}/periksa", data=form).status_code == 303
        assert stored(app)[0][-3:-1] == (None, "Izin dicabut Dinkes.")
        assert not has_mark(client.get(f"/produk/{desk.bread}").text)
        assert mails(app, now()) == [("dapur@upt.example", f"Dikembalikan: P-IRT {NUMBER}")]
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "permit.review")).one()
            assert entry.before == {"number": NUMBER, "is_verified": True, "refusal": ""}
            assert entry.after["is_verified"] is False

    def test_one_found_right_is_not_verified_again(
        self, app: Flask, reviewer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk, verified_at=now(), verified_by="Kanwil")
        before = stored(app)
        form = {"decision": "verify", "seen": seen(reviewer, key)}
        answer = reviewer.post(f"/staff/izin/{key}/periksa", data=form, follow_redirects=True)
        assert "sudah diperiksa atau diubah" in answer.text
        assert stored(app) == before

    def test_not_by_who_sees_it_from_below(self, app: Flask, desk: Desk) -> None:
        key = entered(app, desk)
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
            elsewhere, own = make_officer(session, upt), make_officer(session, upt)
            make_membership(session, elsewhere, "kanwil_officer", kanwil=make_kanwil(session))
            make_membership(session, own, "directorate")
            mark = permit_for(session, actor_of(session, own.id, "X"), key, today=jakarta_day(now())).mark
            ids = (elsewhere.id, own.id)
        for user_id in ids:
            client = browser(app, user_id)
            assert "/periksa" not in client.get(f"/staff/izin/{key}").text
            form = {"decision": "verify", "seen": mark}
            assert client.post(f"/staff/izin/{key}/periksa", data=form).status_code == 404
        assert stored(app)[0][6] is None

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({"decision": "refuse", "refusal": " "}, "Sebutkan apa yang harus diperbaiki."),
            ({"decision": "refuse", "refusal": "x" * 301}, "300 karakter"),
        ],
    )
    def test_sending_back_needs_a_reason(
        self, app: Flask, reviewer: FlaskClient, desk: Desk, form: dict[str, str], sentence: str
    ) -> None:
        key = entered(app, desk)
        before = stored(app)
        sent = {**form, "seen": seen(reviewer, key)}
        assert refused(reviewer.post(f"/staff/izin/{key}/periksa", data=sent), sentence)
        assert stored(app) == before

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("number", "2153205010009-31"),
            ("title", "Lain"),
            ("issued_on", "2026-01-30"),
            ("expires_on", "2031-02-01"),
            ("products", "cake"),
        ],
    )
    def test_what_changed_under_the_reviewer_is_not_verified(
        self, app: Flask, officer: FlaskClient, reviewer: FlaskClient, desk: Desk, name: str, value: str
    ) -> None:
        key = entered(app, desk)
        form = {"decision": "verify", "seen": seen(reviewer, key)}
        changed = paper(desk, **{name: [desk.cake] if name == "products" else value})
        assert officer.post(f"/staff/izin/{key}/ubah", data=changed).status_code == 303
        answer = reviewer.post(f"/staff/izin/{key}/periksa", data=form, follow_redirects=True)
        assert "sudah diperiksa atau diubah" in answer.text
        assert stored(app)[0][6] is None

    def test_one_that_has_ended_cannot_be_verified(
        self, app: Flask, reviewer: FlaskClient, desk: Desk
    ) -> None:
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
            key = make_permit(session, upt, expires_on=jakarta_day(now()) - timedelta(days=1)).key
            actor = actor_of(session, desk.kanwil, "Peninjau")
            entry = permit_for(session, actor, key, today=jakarta_day(now()))
        reviewer.post(f"/staff/izin/{key}/periksa", data={"decision": "verify", "seen": entry.mark})
        assert stored(app)[0][6] is None

    def test_two_reviewers_at_once_decide_once(self, app: Flask, desk: Desk) -> None:
        key = entered(app, desk)
        with app.app_context():
            actor = actor_of(db.session(), desk.kanwil, "Peninjau")
            mark = permit_for(db.session(), actor, key, today=jakarta_day(now())).mark
            db.session.rollback()
            with transaction() as session:
                review_permit(session, key, seen=mark, refusal="", actor=actor, at=now())
            with pytest.raises(PermitReviewed), transaction() as session:
                review_permit(session, key, seen=mark, refusal="Bukan", actor=actor, at=now())
        assert stored(app)[0][-2] == ""

    def test_not_by_the_upt_itself_nor_by_another_kanwil(
        self, app: Flask, officer: FlaskClient, desk: Desk
    ) -> None:
        key = entered(app, desk)
        form = {"decision": "verify", "seen": NUMBER}
        assert officer.post(f"/staff/izin/{key}/periksa", data=form).status_code == 403
        foreigner = browser(app, desk.foreign_kanwil)
        assert foreigner.post(f"/staff/izin/{key}/periksa", data=form).status_code == 404
        assert stored(app)[0][6] is None


class TestWarnings:
    def test_each_is_sent_once_as_the_end_comes_near(self, app: Flask, desk: Desk, at: datetime) -> None:
        end = jakarta_day(at) + timedelta(days=100)
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
            make_permit(session, upt, number=NUMBER, expires_on=end)
            make_permit(session, upt, expires_on=None, kind="HALAL", number="ID33110000662051022")
        sent = []
        for day in range(105):
            with app.app_context(), transaction() as session:
                if warn_of_ending(session, at=at + timedelta(days=day)):
                    sent.append(day)
        assert sent == [10, 70, 93]

    @pytest.mark.parametrize(
        ("following", "told"),
        [
            ({}, 0),
            ({"expires_on": None}, 0),
            ({"verified_at": None, "verified_by": ""}, 1),
            ({"kind": "BPOM_MD"}, 1),
            ({"covers": "cake"}, 1),
            ({"days": 20}, 2),
        ],
    )
    def test_nobody_is_told_once_the_next_permit_covers_as_much(
        self, app: Flask, desk: Desk, at: datetime, following: dict[str, Any], told: int
    ) -> None:
        today = jakarta_day(at)
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
            products = {
                name: session.scalars(select(Product).where(Product.slug == slug)).one()
                for name, slug in (("bread", desk.bread), ("cake", desk.cake))
            }
            make_permit(session, upt, products["bread"], expires_on=today + timedelta(days=20))
            rest = dict(following)
            covered = products[rest.pop("covers", "bread")]
            end = today + timedelta(days=rest.pop("days", 900))
            values = {"expires_on": end, "verified_at": at, "verified_by": "Kanwil", **rest}
            make_permit(session, upt, covered, **values)
            assert warn_of_ending(session, at=at) == told

    def test_nobody_is_told_of_one_sent_back(self, app: Flask, desk: Desk, at: datetime) -> None:
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
            end = jakarta_day(at) + timedelta(days=20)
            make_permit(session, upt, expires_on=end, refusal="Bukan izin ini")
            assert warn_of_ending(session, at=at) == 0

    def test_the_mail_goes_to_the_upt(self, app: Flask, desk: Desk, at: datetime) -> None:
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
            make_permit(session, upt, number=NUMBER, expires_on=jakarta_day(at) + timedelta(days=29))
            assert warn_of_ending(session, at=at) == 1
        assert mails(app, at) == [("dapur@upt.example", f"P-IRT {NUMBER} berakhir dalam 29 hari")]

    def test_a_new_end_begins_the_warnings_anew(self, app: Flask, officer: FlaskClient, desk: Desk) -> None:
        key = entered(app, desk, warned_days=7)
        officer.post(f"/staff/izin/{key}/ubah", data=paper(desk, expires_on="2032-01-31"))
        with app.app_context():
            assert db.session.scalars(select(Permit.warned_days)).one() is None


class TestList:
    def test_it_shows_what_is_asked_for(self, app: Flask, reviewer: FlaskClient, desk: Desk) -> None:
        entered(app, desk)
        for words, is_found in (("roti", True), (NUMBER[:8], True), ("keripik", False), ("%", False)):
            assert (NUMBER in reviewer.get("/staff/izin", query_string={"q": words}).text) is is_found
        for show, is_found in (("unchecked", True), ("returned", False), ("ended", False), ("x", True)):
            assert (NUMBER in reviewer.get("/staff/izin", query_string={"show": show}).text) is is_found

    @pytest.mark.parametrize(
        "query", [{"page": "0"}, {"page": "9" * 40}, {"page": "-1"}, {"q": "x" * 10_000}]
    )
    def test_hostile_addresses_are_no_error(self, reviewer: FlaskClient, query: dict[str, str]) -> None:
        assert reviewer.get("/staff/izin", query_string=query).status_code == 200

    def test_queries_do_not_grow(
        self, app: Flask, reviewer: FlaskClient, desk: Desk, count_queries: CountedQueries
    ) -> None:
        key = entered(app, desk)
        with app.app_context():
            engine: Engine = db.engine
        counts = {}
        for address in ("/staff/izin", f"/staff/izin/{key}"):
            with count_queries(engine) as counted:
                assert reviewer.get(address).status_code == 200
            counts[address] = len(counted)
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
            for _ in range(20):
                make_permit(session, upt)
        for address, count in counts.items():
            with count_queries(engine) as counted:
                reviewer.get(address)
            assert len(counted) == count


def seen(reviewer: FlaskClient, key: UUID) -> str:
    """The mark of the entry on the page that the reviewer has open."""
    page = reviewer.get(f"/staff/izin/{key}").text
    return str(re.findall(r'name="seen"[^>]* value="([^"]+)"', page)[0])


def has_mark(page: str) -> bool:
    """Whether a product's page shows the badge of its P-IRT."""
    return bool(re.search(r'<span class="badge badge--good">.{0,300}?</svg>P-IRT</span>', page))


def test_the_actor_of_the_shop_is_no_reviewer(app: Flask, desk: Desk) -> None:
    key = entered(app, desk)
    with app.app_context(), pytest.raises(PermitNotFound), transaction() as session:
        review_permit(session, key, seen="", refusal="", actor=system_actor("x"), at=now())
