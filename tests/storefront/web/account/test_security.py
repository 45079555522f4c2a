"""What guards an account: password, address, devices and the second step, changed by its owner alone."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from accounts.models import AccountLink, AuditEntry, RecoveryCode, SecondFactor, User, UserSession
from accounts.services.second_factors import SET_UP_WITHIN, code_of, step_at
from kernel.clock import now
from kernel.db import db, transaction
from tests.factories.accounts import (
    PASSWORD,
    TOTP_SECRET,
    enrol,
    make_officer,
    make_user,
    sign_in,
    sign_in_customer,
)
from tests.factories.inventory import make_upt
from tests.factories.links import link_in, mailed_link, write_mails
from tests.queries import CountedQueries
from tests.storefront.web.account.conftest import Customer

SECURITY = "/akun/keamanan"
STEP = f"{SECURITY}/dua-langkah"
NEW = "kebun teh di lereng gunung"


def fresh(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def enter(client: FlaskClient, email: str, password: str = PASSWORD, door: str = "/masuk") -> TestResponse:
    return client.post(door, data={"email": email, "password": password})


def is_in(client: FlaskClient) -> bool:
    return client.get("/akun").status_code == 200


def shown_secret(page: str) -> str:
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    assert found is not None
    return found.group(1).replace(" ", "")


def code_now(secret: str = TOTP_SECRET) -> str:
    return code_of(secret, step_at(now()))


def grow_stale(app: Flask) -> None:
    """It has been a while since anybody gave a password."""
    with app.app_context(), transaction() as session:
        session.execute(update(UserSession).values(confirmed_at=now() - timedelta(minutes=16)))


def set_up(client: FlaskClient) -> tuple[str, list[str]]:
    """Set the second step up; gives its secret and the recovery codes. The code of then counts once more."""
    secret = shown_secret(client.get(STEP).text)
    page = client.post(STEP, data={"code": code_now(secret)})
    assert page.status_code == 200
    with client.application.app_context(), transaction() as session:
        session.execute(update(SecondFactor).values(last_step=0))
    return secret, re.findall(r"<code>([a-z2-7-]+)</code>", page.text)


@pytest.fixture
def officer_id(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return make_officer(session, make_upt(session), email="petugas@example.id").id


class TestDevices:
    def test_are_listed_with_what_they_are(self, app: Flask, sari: Customer) -> None:
        phone = fresh(app)
        phone.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Android 14; Mobile) Gecko/130 Firefox/130.0"
        enter(phone, sari.email)
        page = sari.browser.get(SECURITY).text
        assert "Firefox · Android" in page
        assert page.count('/keluar"><button') == 3  # two devices, and this one once more

    def test_one_can_be_signed_out(self, app: Flask, sari: Customer) -> None:
        other = fresh(app)
        enter(other, sari.email)
        page = other.get(SECURITY).text
        ids = re.findall(r"/sesi/([0-9a-f-]{36})/keluar", page)
        assert len(ids) == 2
        with app.app_context(), transaction() as session:
            first = session.scalars(select(UserSession.id).order_by(UserSession.started_at)).first()
        assert other.post(f"{SECURITY}/sesi/{first}/keluar").status_code == 303
        assert not is_in(sari.browser)
        assert is_in(other)

    def test_of_somebody_else_look_missing_and_stay(
        self, app: Flask, sari: Customer, client: FlaskClient
    ) -> None:
        with app.app_context(), transaction() as session:
            stranger_id = make_user(session).id
            session_id = session.scalars(select(UserSession.id)).one()
        sign_in_customer(client, stranger_id)
        foreign = client.post(f"{SECURITY}/sesi/{session_id}/keluar")
        missing = client.post(f"{SECURITY}/sesi/{uuid4()}/keluar")
        assert foreign.status_code == missing.status_code == 404
        assert is_in(sari.browser)

    def test_all_can_be_signed_out_at_once(self, app: Flask, sari: Customer) -> None:
        other = fresh(app)
        enter(other, sari.email)
        assert other.post(f"{SECURITY}/keluar-semua").status_code == 303
        assert not is_in(other)
        assert not is_in(sari.browser)

    def test_the_page_asks_little(self, app: Flask, sari: Customer, count_queries: CountedQueries) -> None:
        sari.browser.get(SECURITY)
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as queries:
            sari.browser.get(SECURITY)
        assert len(queries) <= 3, queries


class TestPassword:
    def test_is_changed_and_other_devices_are_out(self, app: Flask, sari: Customer) -> None:
        other = fresh(app)
        enter(other, sari.email)
        answer = sari.browser.post(f"{SECURITY}/sandi", data={"password": NEW})
        assert (answer.status_code, answer.location) == (303, SECURITY)
        assert is_in(sari.browser)
        assert not is_in(other)
        assert enter(other, sari.email).status_code == 422
        assert enter(other, sari.email, NEW).status_code == 303
        (mail,) = write_mails(app)
        assert (mail.recipient, mail.subject) == (sari.email, "Kata sandi akun Anda sudah diganti")

    @pytest.mark.parametrize("bad", ["", "pendek", "password1234", PASSWORD, "x" * 10_000])
    def test_a_bad_one_changes_nothing(self, app: Flask, sari: Customer, bad: str) -> None:
        answer = sari.browser.post(f"{SECURITY}/sandi", data={"password": bad})
        assert answer.status_code == 422
        assert 'id="password-error"' in answer.text
        assert enter(fresh(app), sari.email).status_code == 303

    def test_the_old_one_is_asked_for_after_a_while(self, app: Flask, sari: Customer) -> None:
        grow_stale(app)
        answer = sari.browser.get(f"{SECURITY}/sandi")
        assert answer.location == f"{SECURITY}/konfirmasi?next={SECURITY}/sandi"
        answer = sari.browser.post(f"{SECURITY}/sandi", data={"password": NEW})
        assert answer.location == f"{SECURITY}/konfirmasi?next={SECURITY}/sandi"
        assert enter(fresh(app), sari.email, NEW).status_code == 422, "nothing was changed"
        confirm = {"password": PASSWORD, "next": f"{SECURITY}/sandi"}
        assert sari.browser.post(f"{SECURITY}/konfirmasi", data=confirm).location == f"{SECURITY}/sandi"
        assert sari.browser.get(f"{SECURITY}/sandi").status_code == 200

    def test_a_reset_signs_out_everywhere_and_works_once(self, app: Flask, sari: Customer) -> None:
        stranger = fresh(app)
        assert stranger.post("/lupa-sandi", data={"email": sari.email}).location == "/lupa-sandi/surel"
        link = mailed_link(app)
        assert stranger.get(link).status_code == 200
        assert stranger.post(link, data={"password": "password1234"}).status_code == 422
        assert is_in(sari.browser), "looking at the link's page does nothing"
        assert stranger.post(link, data={"password": NEW}).location == "/masuk"
        assert not is_in(sari.browser)
        assert stranger.post(link, data={"password": "perahu kayu di danau"}).status_code == 404
        assert enter(stranger, sari.email, NEW).status_code == 303

    def test_a_reset_lasts_half_an_hour(self, app: Flask, sari: Customer) -> None:
        sari.browser.post("/lupa-sandi", data={"email": sari.email})
        link = mailed_link(app)
        with app.app_context(), transaction() as session:
            (row,) = session.scalars(select(AccountLink))
            assert row.expires_at - row.created_at < timedelta(minutes=31)
            row.expires_at = now()
        assert sari.browser.post(link, data={"password": NEW}).status_code == 404

    def test_nothing_is_mailed_to_an_address_of_nobody_or_of_who_is_shut_out(
        self, app: Flask, client: FlaskClient
    ) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="keluar@example.id", is_active=False)
        for email in ("nobody@example.id", "keluar@example.id"):
            assert client.post("/lupa-sandi", data={"email": email}).location == "/lupa-sandi/surel"
        assert write_mails(app) == []


class TestName:
    def test_is_corrected_by_its_person(self, app: Flask, sari: Customer) -> None:
        assert "Sari" in sari.browser.get(SECURITY).text
        assert 'value="Sari"' in sari.browser.get(f"{SECURITY}/nama").text
        answer = sari.browser.post(f"{SECURITY}/nama", data={"name": " Sari  Wulandari "})
        assert (answer.status_code, answer.location) == (303, SECURITY)
        assert "Sari Wulandari" in sari.browser.get(SECURITY).text
        assert is_in(sari.browser)

    @pytest.mark.parametrize("bad", ["", "12345", "x" * 121, "Sari\u202e"])
    def test_a_bad_one_changes_nothing(self, app: Flask, sari: Customer, bad: str) -> None:
        answer = sari.browser.post(f"{SECURITY}/nama", data={"name": bad})
        assert answer.status_code == 422
        assert 'id="name-error"' in answer.text
        with app.app_context():
            assert db.session.get_one(User, sari.id).name == "Sari"

    def test_of_an_officer_is_in_the_audit_log(
        self, app: Flask, client: FlaskClient, officer_id: int
    ) -> None:
        sign_in(client, officer_id)
        assert client.post(f"{SECURITY}/nama", data={"name": "Petugas Baru"}).status_code == 303
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
            assert entry is not None
            assert (entry.action, entry.actor_user_id) == ("user.change_name", officer_id)


class TestAddress:
    def test_changes_when_the_new_one_is_shown_to_be_theirs(self, app: Flask, sari: Customer) -> None:
        assert sari.browser.post(f"{SECURITY}/surel", data={"email": "Baru@example.id"}).status_code == 303
        to_new, to_old = write_mails(app)
        assert (to_new.recipient, to_old.recipient) == ("baru@example.id", sari.email)
        link = link_in(to_new)
        assert enter(fresh(app), "baru@example.id").status_code == 422, "not before the link is opened"
        assert "baru@example.id" in sari.browser.get(link).text
        assert sari.browser.post(link).location == SECURITY
        assert enter(fresh(app), "baru@example.id").status_code == 303
        assert write_mails(app)[-1].recipient == sari.email, "the old address is told"
        assert sari.browser.post(link).status_code == 404

    def test_a_link_in_other_hands_opens_nothing(
        self, app: Flask, sari: Customer, client: FlaskClient
    ) -> None:
        sari.browser.post(f"{SECURITY}/surel", data={"email": "baru@example.id"})
        link = link_in(write_mails(app)[0])
        with app.app_context(), transaction() as session:
            stranger_id = make_user(session).id
        sign_in_customer(client, stranger_id)
        assert client.get(link).status_code == client.post(link).status_code == 404
        assert client.get(f"{SECURITY}/surel/none").status_code == 404

    def test_of_somebody_else_is_not_given_away(self, app: Flask, sari: Customer) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="budi@example.id")
        assert sari.browser.post(f"{SECURITY}/surel", data={"email": "budi@example.id"}).status_code == 303
        mails = write_mails(app)
        assert [mail.recipient for mail in mails] == ["budi@example.id", sari.email]
        assert "/keamanan/surel/" not in mails[0].body_text

    def test_a_new_password_stops_the_change(self, app: Flask, sari: Customer) -> None:
        sari.browser.post(f"{SECURITY}/surel", data={"email": "baru@example.id"})
        link = link_in(write_mails(app)[0])
        sari.browser.post(f"{SECURITY}/sandi", data={"password": NEW})
        assert sari.browser.post(link).status_code == 404

    @pytest.mark.parametrize("bad", ["", "bukan surel", "SELF"])
    def test_a_bad_one_changes_nothing(self, app: Flask, sari: Customer, bad: str) -> None:
        answer = sari.browser.post(f"{SECURITY}/surel", data={"email": bad.replace("SELF", sari.email)})
        assert answer.status_code == 422
        assert 'id="email-error"' in answer.text
        with app.app_context(), transaction() as session:
            assert session.scalars(select(func.count(AccountLink.id))).one() == 0


class TestSecondStep:
    def test_is_asked_for_once_it_is_set_up(self, app: Flask, sari: Customer) -> None:
        other = fresh(app)
        enter(other, sari.email)
        page = sari.browser.get(STEP).text
        assert 'src="data:image/svg+xml' in page
        secret, codes = set_up(sari.browser)
        assert shown_secret(page) == secret, "looking again does not change it"
        assert len(set(codes)) == 10
        assert not is_in(other), "who came in without it is out"
        assert enter(other, sari.email).location == "/masuk/kode"
        assert not is_in(other)
        assert other.post("/masuk/kode", data={"code": "000 000"}).status_code == 422
        assert other.post("/masuk/kode", data={"code": code_now(secret)}).location == "/akun"
        assert is_in(other)

    def test_a_code_works_once(self, app: Flask, sari: Customer) -> None:
        secret, _ = set_up(sari.browser)
        one, other = fresh(app), fresh(app)
        code = code_now(secret)
        for browser in (one, other):
            enter(browser, sari.email)
        assert one.post("/masuk/kode", data={"code": code}).status_code == 303
        assert other.post("/masuk/kode", data={"code": code}).status_code == 422
        assert not is_in(other)

    def test_a_recovery_code_works_once_however_it_is_written(self, app: Flask, sari: Customer) -> None:
        _, codes = set_up(sari.browser)
        for _, expected in ((1, 303), (2, 422)):
            browser = fresh(app)
            enter(browser, sari.email)
            answer = browser.post("/masuk/kode", data={"code": codes[0].upper().replace("-", " ")})
            assert answer.status_code == expected
        assert "9" in sari.browser.get(STEP).text

    def test_no_code_is_kept_readable(self, app: Flask, sari: Customer) -> None:
        secret, codes = set_up(sari.browser)
        with app.app_context(), transaction() as session:
            sealed = session.scalars(select(SecondFactor.sealed_secret)).one()
            hashes = session.scalars(select(RecoveryCode.code_hash)).all()
        assert secret.encode() not in sealed
        assert all(code.replace("-", "").encode() not in kept for kept in hashes for code in codes)

    def test_a_wrong_first_code_sets_nothing_up(self, app: Flask, sari: Customer) -> None:
        sari.browser.get(STEP)
        for bad in ("", "123456", "x" * 10_000, "١٢٣٤٥٦"):
            answer = sari.browser.post(STEP, data={"code": bad})
            assert answer.status_code == 422
            assert 'id="code-error"' in answer.text
            assert "pemulihan" not in answer.text, "there are no recovery codes yet"
        assert enter(fresh(app), sari.email).location == "/akun"

    def test_a_key_that_was_seen_and_left_is_not_shown_again(self, app: Flask, sari: Customer) -> None:
        seen = shown_secret(sari.browser.get(STEP).text)
        with app.app_context(), transaction() as session:
            session.execute(update(SecondFactor).values(created_at=now() - SET_UP_WITHIN))
        assert sari.browser.post(STEP, data={"code": code_now(seen)}).status_code == 422, "nor does it count"
        secret, _ = set_up(sari.browser)
        assert secret != seen
        other = fresh(app)
        enter(other, sari.email)
        assert other.post("/masuk/kode", data={"code": code_now(seen)}).status_code == 422
        assert other.post("/masuk/kode", data={"code": code_now(secret)}).status_code == 303

    def test_customers_may_do_without_it_again(self, app: Flask, sari: Customer) -> None:
        set_up(sari.browser)
        grow_stale(app)
        assert sari.browser.post(f"{STEP}/hapus").location == f"{SECURITY}/konfirmasi"
        sari.browser.post(f"{SECURITY}/konfirmasi", data={"password": PASSWORD})
        assert sari.browser.post(f"{STEP}/hapus").location == SECURITY
        assert enter(fresh(app), sari.email).location == "/akun"

    def test_new_recovery_codes_replace_the_old_ones(self, app: Flask, sari: Customer) -> None:
        _, old = set_up(sari.browser)
        page = sari.browser.post(f"{STEP}/kode-pemulihan").text
        new = re.findall(r"<code>([a-z2-7-]+)</code>", page)
        assert len(new) == 10
        assert not set(old) & set(new)
        other = fresh(app)
        enter(other, sari.email)
        assert other.post("/masuk/kode", data={"code": old[0]}).status_code == 422
        assert other.post("/masuk/kode", data={"code": new[0]}).status_code == 303

    def test_a_reset_password_does_not_go_around_it(self, app: Flask, sari: Customer) -> None:
        set_up(sari.browser)
        other = fresh(app)
        other.post("/lupa-sandi", data={"email": sari.email})
        write_mails(app)
        link = next(link_in(mail) for mail in write_mails(app) if "/atur-sandi/" in mail.body_text)
        other.post(link, data={"password": NEW})
        assert enter(other, sari.email, NEW).location == "/masuk/kode"
        assert not is_in(other)

    def test_the_code_page_is_nothing_without_a_password(self, client: FlaskClient) -> None:
        assert client.get("/masuk/kode").location == "/masuk"
        assert client.post("/masuk/kode", data={"code": "123456"}).location == "/masuk"


class TestOfficers:
    def test_set_it_up_before_any_page_of_theirs_opens(
        self, app: Flask, client: FlaskClient, officer_id: int
    ) -> None:
        assert enter(client, "petugas@example.id", door="/staff/masuk").location == "/staff"
        for address in ("/staff", "/staff/paket", "/staff/stok?x=1"):
            assert client.get(address).location == f"{STEP}?next={address.replace('=', '%3D')}"
        assert client.post("/staff/paket/LP-1/terima").location == STEP
        page = client.post(STEP, data={"code": code_now(shown_secret(client.get(STEP).text))})
        assert 'href="/staff"' in page.text
        assert client.get("/staff/paket").status_code == 200

    def test_cannot_do_without_it(self, app: Flask, client: FlaskClient, officer_id: int) -> None:
        sign_in(client, officer_id)
        assert client.get("/staff/paket").status_code == 200
        assert client.post(f"{STEP}/hapus").status_code == 409
        with app.app_context(), transaction() as session:
            assert session.scalars(select(func.count(SecondFactor.user_id))).one() == 1

    def test_are_asked_for_a_code_at_their_door(
        self, app: Flask, client: FlaskClient, officer_id: int
    ) -> None:
        with app.app_context(), transaction() as session:
            enrol(session, officer_id, app.extensions["sealer"], at=now())
        answer = client.post(
            "/staff/masuk", data={"email": "petugas@example.id", "password": PASSWORD, "next": "/staff/stok"}
        )
        assert answer.location == "/staff/masuk/kode"
        assert client.get("/staff/paket").location == "/staff/masuk?next=/staff/paket"
        answer = client.post("/staff/masuk/kode", data={"code": code_now()})
        assert answer.location == "/staff/stok"
        assert client.get("/staff/stok").status_code == 200

    def test_codes_of_sample_accounts_are_shown_and_of_no_others(
        self, app: Flask, client: FlaskClient, officer_id: int
    ) -> None:
        with app.app_context(), transaction() as session:
            sample = make_officer(session, make_upt(session), email="contoh@example.id", is_sample=True)
            for user_id in (officer_id, sample.id):
                enrol(session, user_id, app.extensions["sealer"], at=now())
        before = code_now()
        page = client.get("/staff/masuk/kode-contoh")
        assert before in page.text or code_now() in page.text, "half a minute may just have ended"
        assert "petugas@example.id" not in page.text
        enter(client, "contoh@example.id", door="/staff/masuk")
        assert "/staff/masuk/kode-contoh" in client.get("/staff/masuk/kode").text
        fresh_code = re.search(r'data-account="contoh@example.id">(\d{6})<', page.text)
        assert fresh_code is not None
        assert client.post("/staff/masuk/kode", data={"code": fresh_code.group(1)}).status_code == 303
        again = client.get("/staff/masuk/kode-contoh").text
        assert fresh_code.group(1) not in again
