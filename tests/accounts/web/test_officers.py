"""The people of an office through the pages: who sees whom, who may do what to whom, and what stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from accounts.models import AccountLink, AuditEntry, Handover, Membership, SignIn, Upt, User
from accounts.rules import system_actor
from accounts.services.links import mint
from accounts.services.members import set_active
from accounts.services.second_factors import code_of, step_at
from accounts.web.guards import CONFIRMED_FOR
from accounts.web.limits import limiter
from kernel.clock import now
from kernel.db import db, transaction
from tests.factories.accounts import (
    PASSWORD,
    TOTP_SECRET,
    browser,
    make_membership,
    make_officer,
    make_user,
    sign_in,
)
from tests.factories.inventory import make_kanwil, make_upt
from tests.factories.links import link_in, write_mails
from tests.queries import CountedQueries

PEOPLE, INVITE = "/staff/orang", "/staff/orang/undang"
NEW_PASSWORD = "empat kata tanpa hubungan"


@dataclass(frozen=True)
class Desk:
    """Users by id, with the keys of the roles of three of them."""

    officer: int
    head: int
    neighbour: int
    kanwil: int
    directorate: int
    upt_id: int
    upt: str
    next_upt: str
    officer_key: str
    head_key: str
    kanwil_key: str


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context(), transaction() as session:
        region = make_kanwil(session)
        upt, next_upt = make_upt(session, kanwil=region), make_upt(session, kanwil=region)
        officer = make_officer(session, upt, name="Sari Petugas", email="sari@upt.example")
        head = make_user(session, "Budi Kepala")
        head_role = make_membership(session, head, "upt_head", upt=upt)
        neighbour = make_officer(session, next_upt, name="Tono Tetangga")
        reviewer = make_user(session, "Dewi Kanwil")
        reviewer_role = make_membership(session, reviewer, "kanwil_officer", kanwil=region)
        directorate = make_user(session, "Eko Pusat")
        make_membership(session, directorate, "directorate")
        officer_key = session.scalars(select(Membership.key).where(Membership.user_id == officer.id)).one()
        return Desk(
            *(officer.id, head.id, neighbour.id, reviewer.id, directorate.id, upt.id),
            *(f"upt:{upt.code}", f"upt:{next_upt.code}"),
            *(str(officer_key), str(head_role.key), str(reviewer_role.key)),
        )


@pytest.fixture(autouse=True)
def _no_guesses_yet(app: Flask) -> None:
    limiter.reset()


def state(app: Flask) -> list[Any]:
    """All that these pages may change."""
    with app.app_context():
        memberships = db.session.execute(select(Membership.key, Membership.user_id, Membership.role)).all()
        users = db.session.execute(select(User.email, User.is_active, User.password_hash)).all()
        counts = [
            db.session.scalar(select(func.count()).select_from(table)) for table in (AuditEntry, Handover)
        ]
        links = db.session.scalar(select(func.count()).where(AccountLink.used_at.is_(None)))
        return [sorted(map(str, memberships)), sorted(map(str, users)), counts, links]


def audited(app: Flask) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    with app.app_context():
        query = select(AuditEntry.action, AuditEntry.actor_label, AuditEntry.before, AuditEntry.after)
        return [tuple(row) for row in db.session.execute(query.order_by(AuditEntry.id))]


def invited(client: FlaskClient, email: str, office: str, role: str = "upt_officer") -> TestResponse:
    return client.post(INVITE, data={"email": email, "office": office, "role": role})


def link_of(app: Flask, email: str) -> str:
    """The address in the mail of the newest invitation."""
    with app.app_context(), transaction() as session:
        query = select(AccountLink).where(AccountLink.email == email, AccountLink.purpose == "invite")
        link = session.scalars(query.order_by(AccountLink.id.desc())).first()
        assert link is not None
        return f"/undangan/{mint(session, link, at=now())}"


class TestTheList:
    def test_shows_each_reader_the_people_of_their_offices(self, app: Flask, desk: Desk) -> None:
        names = {"Sari Petugas", "Budi Kepala", "Tono Tetangga", "Dewi Kanwil", "Eko Pusat"}
        for reader, seen in (
            (desk.officer, {"Sari Petugas", "Budi Kepala"}),
            (desk.kanwil, names - {"Eko Pusat"}),
            (desk.directorate, names),
        ):
            page = browser(app, reader).get(PEOPLE).text
            assert {name for name in names if f">{name}</a>" in page} == seen
        assert "Tono" not in browser(app, desk.kanwil).get(f"{PEOPLE}?q=sari@").text

    def test_costs_the_same_for_many(
        self, app: Flask, desk: Desk, client: FlaskClient, count_queries: CountedQueries
    ) -> None:
        sign_in(client, desk.kanwil)
        with app.app_context():
            engine: Engine = db.engine
        for address in (PEOPLE, f"{PEOPLE}/{desk.officer_key}", INVITE):
            counts = []
            for _ in range(2):
                with count_queries(engine) as statements:
                    assert client.get(address).status_code == 200
                counts.append(len(statements))
                with app.app_context(), transaction() as session:
                    for _more in range(3):
                        make_officer(session, make_upt(session))
            assert counts[0] == counts[1] <= 9, address


class TestAnInvitation:
    def test_makes_an_account_that_works_in_the_office(self, app: Flask, desk: Desk) -> None:
        assert invited(browser(app, desk.head), "Baru@Example.id", desk.upt).status_code == 303
        mail = write_mails(app)[-1]
        assert mail.recipient == "baru@example.id"
        link, visitor = link_in(mail), app.test_client()
        visitor.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        page = visitor.get(link)
        assert page.headers["Referrer-Policy"] == "no-referrer"
        before = state(app)
        for wrong in ({}, {"name": "Baru", "password": "short"}, {"name": " ", "password": NEW_PASSWORD}):
            assert visitor.post(link, data=wrong).status_code == 422
        assert state(app) == before
        answer = visitor.post(link, data={"name": "Baru Wati", "password": NEW_PASSWORD})
        assert answer.location == "/staff/masuk"
        assert visitor.get(link).status_code == 404
        signed_in = visitor.post("/staff/masuk", data={"email": "baru@example.id", "password": NEW_PASSWORD})
        assert signed_in.location == "/staff"
        assert "/dua-langkah" in visitor.get("/staff/paket").location  # the second step first
        with app.app_context():
            kind, named = db.session.execute(
                select(AuditEntry.object_kind, AuditEntry.object_key).order_by(AuditEntry.id).limit(1)
            ).one()
        assert (kind, "@" in named) == ("invitation", False)  # who never accepts is not kept for years
        assert [(action, who) for action, who, _, _ in audited(app)] == [
            ("invitation.send", "Budi Kepala"),
            ("membership.grant", "Budi Kepala"),
        ]

    def test_adds_a_role_to_an_account_by_its_password(self, app: Flask, desk: Desk) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="pembeli@example.id")
        assert invited(browser(app, desk.kanwil), "pembeli@example.id", desk.upt, "upt_head").location
        link, visitor = link_of(app, "pembeli@example.id"), app.test_client()
        visitor.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        before = state(app)
        assert visitor.post(link, data={"name": "X", "password": NEW_PASSWORD}).status_code == 422
        assert state(app) == before
        assert visitor.post(link, data={"password": PASSWORD}).status_code == 303
        with app.app_context():
            role = select(Membership.role).join(User).where(User.email == "pembeli@example.id")
            assert db.session.scalars(role).all() == ["upt_head"]

    def test_outlives_a_forgotten_password(self, app: Flask, desk: Desk) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="pembeli@example.id")
        invited(browser(app, desk.head), "pembeli@example.id", desk.upt)
        link, visitor = link_of(app, "pembeli@example.id"), app.test_client()
        visitor.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        assert 'href="/lupa-sandi"' in visitor.get(link).text
        visitor.post("/lupa-sandi", data={"email": "pembeli@example.id"})
        reset = next(link_in(mail) for mail in write_mails(app) if "/atur-sandi/" in mail.body_text)
        assert visitor.post(reset, data={"password": NEW_PASSWORD}).location == "/masuk"
        link = link_of(app, "pembeli@example.id")
        assert visitor.post(link, data={"password": NEW_PASSWORD}).location == "/staff/masuk"

    def test_opens_nothing_once_withdrawn_sent_anew_or_sent_by_who_lost_the_right(
        self, app: Flask, desk: Desk
    ) -> None:
        head, kanwil, visitor = browser(app, desk.head), browser(app, desk.kanwil), app.test_client()
        invited(head, "baru@example.id", desk.upt)
        first = link_of(app, "baru@example.id")
        invited(head, "baru@example.id", desk.upt)
        assert visitor.get(first).status_code == 404
        second = link_of(app, "baru@example.id")
        assert visitor.get(second).status_code == 200
        kanwil.post(f"{PEOPLE}/{desk.head_key}/peran", data={"role": "upt_officer"})
        assert visitor.get(second).status_code == 404
        invited(kanwil, "lain@example.id", desk.upt)
        third = link_of(app, "lain@example.id")
        with app.app_context():
            details = select(AccountLink.details).where(
                AccountLink.email == "lain@example.id", AccountLink.used_at.is_(None)
            )
            key = db.session.scalars(details).one()["key"]
        assert kanwil.post(f"{PEOPLE}/undangan/{key}/tarik").status_code == 303
        assert visitor.get(third).status_code == 404
        assert kanwil.post(f"{PEOPLE}/undangan/{key}/tarik").status_code == 404

    def test_is_refused_where_it_is_not_the_senders_to_send(self, app: Flask, desk: Desk) -> None:
        head, kanwil = browser(app, desk.head), browser(app, desk.kanwil)
        before = state(app)
        for sender, email, office, role, status in (
            (head, "baru@example.id", desk.next_upt, "upt_officer", 422),
            (head, "baru@example.id", desk.upt, "upt_head", 422),
            (head, "baru@example.id", "nation", "directorate", 422),
            (kanwil, "baru@example.id", desk.upt, "directorate", 422),
            (kanwil, "baru@example.id", desk.upt, "kanwil_officer", 422),
            (head, "no address", desk.upt, "upt_officer", 422),
            (head, "x" * 300 + "@example.id", desk.upt, "upt_officer", 422),
            (head, "sari@upt.example", desk.upt, "upt_officer", 409),
        ):
            answer = invited(sender, email, office, role)
            assert (answer.status_code, "field__error" in answer.text) == (status, True), (office, role)
        limiter.reset()
        national = browser(app, desk.directorate)
        assert invited(national, "baru@example.id", desk.upt, "kanwil_officer").status_code == 422
        with app.app_context():
            own = db.session.get_one(User, desk.directorate).email
        assert invited(national, own, desk.upt).status_code == 409
        assert state(app) == before


class TestTwoOffices:
    """A role holds where it was given: what somebody may do in one office opens nothing in another."""

    @pytest.fixture
    def third(self, app: Flask, desk: Desk) -> tuple[str, str, str]:
        """A UPT in another Kanwil, where Dewi is an officer and Gita the head; Budi is one at the next UPT.

        Gives its word and the keys of Gita's role and of an officer's there.
        """
        with app.app_context(), transaction() as session:
            upt = make_upt(session, kanwil=make_kanwil(session))
            make_membership(session, session.get_one(User, desk.kanwil), "upt_officer", upt=upt)
            head_role = make_membership(session, make_user(session, "Gita Kepala"), "upt_head", upt=upt)
            next_upt = session.scalars(select(Upt).where(Upt.code == desk.next_upt.partition(":")[2])).one()
            make_membership(session, session.get_one(User, desk.head), "upt_officer", upt=next_upt)
            neighbour = session.scalars(
                select(Membership.key).where(Membership.user_id == desk.neighbour)
            ).one()
            return f"upt:{upt.code}", str(head_role.key), str(neighbour)

    def test_a_head_is_an_officer_like_any_other_next_door(
        self, app: Flask, desk: Desk, third: tuple[str, str, str]
    ) -> None:
        *_, neighbour = third
        head = browser(app, desk.head)
        before = state(app)
        for step in ("cabut", "tutup", "buka", "peran"):
            answer = head.post(f"{PEOPLE}/{neighbour}/{step}", data={"role": "upt_officer", "note": ""})
            assert answer.status_code == 409, step
        assert invited(head, "baru@example.id", desk.next_upt).status_code == 422
        assert desk.next_upt not in head.get(INVITE).text
        page = head.get(f"{PEOPLE}/{neighbour}").text
        assert "/cabut" not in page
        assert state(app) == before
        assert invited(head, "baru@example.id", desk.upt).status_code == 303

    def test_a_kanwil_is_none_outside_its_region(
        self, app: Flask, desk: Desk, third: tuple[str, str, str]
    ) -> None:
        office, head_key, _ = third
        kanwil = browser(app, desk.kanwil)
        before = state(app)
        for step in ("cabut", "tutup", "peran"):
            answer = kanwil.post(f"{PEOPLE}/{head_key}/{step}", data={"role": "upt_officer"})
            assert answer.status_code in (409, 422), step
        for role in ("upt_head", "upt_officer"):
            assert invited(kanwil, "baru@example.id", office, role).status_code == 422
        assert state(app) == before

    def test_an_invitation_of_a_neighbour_is_not_theirs_to_withdraw(
        self, app: Flask, desk: Desk, third: tuple[str, str, str]
    ) -> None:
        invited(browser(app, desk.kanwil), "baru@example.id", desk.next_upt)
        with app.app_context():
            key = db.session.scalars(select(AccountLink.details)).one()["key"]
        head = browser(app, desk.head)
        before = state(app)
        assert "baru@example.id" not in head.get(PEOPLE).text
        assert head.post(f"{PEOPLE}/undangan/{key}/tarik").status_code == 404
        assert state(app) == before

    def test_a_head_in_another_office_gives_only_what_is_below_there(
        self, app: Flask, desk: Desk, third: tuple[str, str, str]
    ) -> None:
        office, *_ = third
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.code == office.partition(":")[2])).one()
            make_membership(session, session.get_one(User, desk.kanwil), "upt_head", upt=upt)
        kanwil = browser(app, desk.kanwil)
        before = state(app)
        refused = invited(kanwil, "baru@example.id", office, "upt_head")
        assert (refused.status_code, "field__error" in refused.text) == (409, True)
        assert state(app) == before
        assert invited(kanwil, "baru@example.id", office).status_code == 303


class TestARole:
    def test_is_changed_by_who_is_above_and_signs_its_holder_out(self, app: Flask, desk: Desk) -> None:
        officer, kanwil = browser(app, desk.officer), browser(app, desk.kanwil)
        answer = kanwil.post(f"{PEOPLE}/{desk.officer_key}/peran", data={"role": "upt_head"})
        assert answer.status_code == 303
        assert officer.get("/staff/paket").location.startswith("/staff/masuk")
        assert audited(app)[-1] == (
            *("membership.change", "Dewi Kanwil"),
            {"role": "upt_officer"},
            {"role": "upt_head"},
        )

    def test_taken_away_leaves_a_note_to_the_others(self, app: Flask, desk: Desk) -> None:
        officer, head = browser(app, desk.officer), browser(app, desk.head)
        note = "Kunci gudang <b>di laci</b>"
        before = state(app)
        assert head.post(f"{PEOPLE}/{desk.officer_key}/cabut", data={"note": "x" * 2001}).status_code == 422
        assert state(app) == before
        assert head.post(f"{PEOPLE}/{desk.officer_key}/cabut", data={"note": note}).status_code == 303
        assert officer.get("/staff/paket").status_code in (303, 404)
        assert head.get(f"{PEOPLE}/{desk.officer_key}").status_code == 404
        assert "Kunci gudang &lt;b&gt;" in head.get(PEOPLE).text
        with app.app_context():
            key = db.session.scalars(select(Handover.key)).one()
        before = state(app)
        for other in (desk.neighbour, desk.kanwil, desk.directorate):
            assert "Kunci gudang" not in browser(app, other).get(PEOPLE).text
            assert browser(app, other).post(f"{PEOPLE}/titipan/{key}/selesai").status_code == 404
        assert state(app) == before
        assert head.post(f"{PEOPLE}/titipan/{key}/selesai").status_code == 303
        assert "Kunci gudang" not in head.get(PEOPLE).text
        assert head.post(f"{PEOPLE}/titipan/{key}/selesai").status_code == 404

    def test_stays_where_it_is_not_the_askers_to_change(self, app: Flask, desk: Desk) -> None:
        head, kanwil = browser(app, desk.head), browser(app, desk.kanwil)
        before = state(app)
        for asker, key, status in (
            (head, desk.head_key, 409),
            (kanwil, desk.kanwil_key, 409),
            (head, desk.kanwil_key, 404),
        ):
            for step in ("cabut", "tutup", "peran"):
                answer = asker.post(f"{PEOPLE}/{key}/{step}", data={"role": "upt_officer"})
                assert answer.status_code in {status, 422 if step == "peran" else status}, (key, step)
        for role in ("directorate", "kanwil_officer", ""):
            changed = kanwil.post(f"{PEOPLE}/{desk.officer_key}/peran", data={"role": role})
            assert changed.status_code == 422
        assert state(app) == before


class TestShuttingOut:
    def test_ends_every_session_at_once_and_no_password_helps(self, app: Flask, desk: Desk) -> None:
        officer, head = browser(app, desk.officer), browser(app, desk.head)
        assert officer.get("/staff/paket").status_code == 200
        assert head.post(f"{PEOPLE}/{desk.officer_key}/tutup").status_code == 303
        assert officer.get("/staff/paket").location.startswith("/staff/masuk")  # the very next request
        attempt = {"email": "sari@upt.example", "password": PASSWORD}
        assert officer.post("/staff/masuk", data=attempt).status_code == 422
        head.post(f"{PEOPLE}/{desk.officer_key}/buka")
        assert officer.post("/staff/masuk", data=attempt).location == "/staff/masuk/kode"
        assert [action for action, _, _, _ in audited(app)] == ["user.disable", "user.enable"]

    def test_is_refused_for_who_has_a_role_beyond_the_askers_reach(self, app: Flask, desk: Desk) -> None:
        with app.app_context(), transaction() as session:
            make_membership(
                session, session.get_one(User, desk.officer), "upt_officer", upt=make_upt(session)
            )
        before = state(app)
        assert browser(app, desk.head).post(f"{PEOPLE}/{desk.officer_key}/tutup").status_code == 409
        assert state(app) == before

    def test_from_above_is_not_undone_from_below(self, app: Flask, desk: Desk) -> None:
        head, kanwil = browser(app, desk.head), browser(app, desk.kanwil)
        assert kanwil.post(f"{PEOPLE}/{desk.officer_key}/tutup").status_code == 303
        before = state(app)
        assert head.post(f"{PEOPLE}/{desk.officer_key}/buka").status_code == 409
        page = head.get(f"{PEOPLE}/{desk.officer_key}").text
        assert ("/buka" in page, "/tutup" in page) == (False, False)
        assert state(app) == before
        national = browser(app, desk.directorate)
        assert national.post(f"{PEOPLE}/{desk.officer_key}/buka").status_code == 303
        assert head.post(f"{PEOPLE}/{desk.officer_key}/tutup").status_code == 303
        assert "/buka" in head.get(f"{PEOPLE}/{desk.officer_key}").text
        assert kanwil.post(f"{PEOPLE}/{desk.officer_key}/buka").status_code == 303
        with app.app_context(), transaction() as session:
            set_active(session, "sari@upt.example", is_active=False, actor=system_actor("test"), at=now())
        assert national.post(f"{PEOPLE}/{desk.officer_key}/buka").status_code == 409

    def test_comes_before_an_invitation_and_before_the_last_role_is_taken(
        self, app: Flask, desk: Desk
    ) -> None:
        head, kanwil = browser(app, desk.head), browser(app, desk.kanwil)
        assert head.post(f"{PEOPLE}/{desk.officer_key}/tutup").status_code == 303
        before = state(app)
        refused = invited(kanwil, "sari@upt.example", desk.next_upt)
        assert (refused.status_code, "field__error" in refused.text) == (409, True)
        last = head.post(f"{PEOPLE}/{desk.officer_key}/cabut", data={"note": "Kunci"})
        assert (last.status_code, "field__error" in last.text) == (409, True)
        assert state(app) == before
        head.post(f"{PEOPLE}/{desk.officer_key}/buka")
        assert head.post(f"{PEOPLE}/{desk.officer_key}/cabut", data={"note": ""}).status_code == 303

    def test_asks_for_the_password_once_more(self, app: Flask, desk: Desk) -> None:
        late = browser(app, desk.head, at=now() - CONFIRMED_FOR - timedelta(minutes=1))
        before = state(app)
        for step in ("peran", "tutup", "buka", "cabut"):
            answer = late.post(f"{PEOPLE}/{desk.officer_key}/{step}", data={"role": "upt_officer"})
            assert answer.location.startswith("/akun/keamanan/konfirmasi")
        withdrawn = late.post(f"{PEOPLE}/undangan/{uuid4()}/tarik")
        assert withdrawn.location.startswith("/akun/keamanan/konfirmasi")
        assert late.post(INVITE, data={}).location.startswith("/akun/keamanan/konfirmasi")
        assert "/akun/keamanan/konfirmasi?next=" in late.get(f"{PEOPLE}/{desk.officer_key}").text
        assert state(app) == before


class TestSignIns:
    def test_of_officers_are_shown_and_of_customers_none_is_kept(self, app: Flask, desk: Desk) -> None:
        browser(app, desk.officer)  # enrols the second step
        with app.app_context(), transaction() as session:
            make_user(session, email="pembeli@example.id")
        visitor = app.test_client()
        visitor.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        visitor.post("/staff/masuk", data={"email": "sari@upt.example", "password": PASSWORD})
        visitor.post("/staff/masuk/kode", data={"code": "000000"})
        visitor.post("/staff/masuk/kode", data={"code": code_of(TOTP_SECRET, step_at(now()))})
        visitor.post("/masuk", data={"email": "pembeli@example.id", "password": PASSWORD})
        with app.app_context():
            rows = db.session.execute(select(SignIn.user_id, SignIn.outcome).order_by(SignIn.id)).all()
        assert list(rows) == [(desk.officer, "code_refused"), (desk.officer, "signed_in")]
        page = browser(app, desk.head).get(f"{PEOPLE}/{desk.officer_key}").text
        assert "Kode salah" in page
        assert "Kode salah" in browser(app, desk.officer).get(f"{PEOPLE}/{desk.officer_key}").text

    def test_are_for_the_person_and_who_is_above_them(self, app: Flask, desk: Desk) -> None:
        with app.app_context(), transaction() as session:
            colleague = make_officer(
                session, session.get_one(Upt, desk.upt_id), name="Rina Rekan", email="rina@upt.example"
            )
            session.add(SignIn(user_id=colleague.id, at=now(), device="Ponsel Rina", outcome="signed_in"))
            query = select(Membership.key).where(Membership.user_id == colleague.id)
            key = session.scalars(query).one()
        for reader, sees in ((desk.officer, False), (desk.head, True), (desk.kanwil, True)):
            client = browser(app, reader)
            assert ("Ponsel Rina" in client.get(f"{PEOPLE}/{key}").text) == sees
            row = client.get(f"{PEOPLE}?q=rina@").text
            assert "Rina Rekan" in row
            assert ("Terakhir masuk" in row, "langkah kedua" in row) == (sees, sees)
