"""An account that a stranger moved to their own address: the link at the old one takes it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from accounts.models import AccountLink, AuditEntry, SecondFactor, User
from accounts.services.links import LIFETIMES
from kernel.clock import now
from kernel.db import transaction
from kernel.outbox import OutboxEvent
from privacy.models import Erasure
from tests.factories.accounts import PASSWORD, TOTP_SECRET, make_membership, make_user
from tests.factories.links import link_in, mailed_link, write_mails
from tests.storefront.web.account.conftest import Customer

SECURITY = "/akun/keamanan"
STRANGERS, NEW = "asing@example.id", "kebun teh di lereng gunung"


@pytest.fixture
def owner(client: FlaskClient) -> FlaskClient:
    """The owner's browser, which is not signed in."""
    return client


def move(app: Flask, customer: Customer, email: str = STRANGERS) -> str:
    """Whoever sits at the customer's browser moves the account; gives the link at the address left."""
    customer.browser.post(f"{SECURITY}/surel", data={"email": email})
    (opened,) = (link_in(mail) for mail in write_mails(app)[-2:] if mail.recipient == email)
    assert customer.browser.post(opened).location == SECURITY
    return mailed_link(app)


def may_sign_in(app: Flask, email: str, password: str) -> bool:
    browser = app.test_client()
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return browser.post("/masuk", data={"email": email, "password": password}).status_code == 303


class TestTheLink:
    def test_gives_the_account_back_with_a_new_password(
        self, app: Flask, sari: Customer, owner: FlaskClient
    ) -> None:
        link = move(app, sari)
        mail = write_mails(app)[-1]
        assert mail.recipient == sari.email
        assert "/lupa-sandi" not in mail.body_text, "a forgotten password would be mailed to the stranger"
        page = owner.get(link)
        assert sari.email in page.text
        assert STRANGERS not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert may_sign_in(app, STRANGERS, PASSWORD), "looking at the link's page does nothing"
        assert owner.post(link, data={"password": NEW}).location == "/masuk"
        assert sari.browser.get("/akun").status_code == 303, "the stranger is out"
        assert not may_sign_in(app, STRANGERS, PASSWORD)
        assert not may_sign_in(app, sari.email, PASSWORD)
        assert may_sign_in(app, sari.email, NEW)
        assert owner.get(link).status_code == owner.post(link, data={"password": NEW}).status_code == 404

    def test_stays_open_whatever_the_stranger_does(
        self, app: Flask, sari: Customer, owner: FlaskClient
    ) -> None:
        link = move(app, sari)
        sari.browser.post(f"{SECURITY}/sandi", data={"password": NEW})
        owner.post("/lupa-sandi", data={"email": STRANGERS})
        owner.post(mailed_link(app), data={"password": "perahu kayu di danau"})
        sari.browser.post("/masuk", data={"email": STRANGERS, "password": "perahu kayu di danau"})
        second = move(app, sari, "asing.lagi@example.id")
        assert owner.post(link, data={"password": "kuda putih di padang rumput"}).location == "/masuk"
        assert may_sign_in(app, sari.email, "kuda putih di padang rumput")
        again = owner.post(second, data={"password": "bukan milik mereka lagi"})
        assert again.status_code == 404, "the link at the stranger's first address is closed"

    def test_of_a_later_move_leaves_that_of_an_earlier_one(
        self, app: Flask, sari: Customer, owner: FlaskClient
    ) -> None:
        first, second = move(app, sari), move(app, sari, "asing.lagi@example.id")
        assert owner.post(second, data={"password": "perahu kayu di danau"}).location == "/masuk"
        assert owner.post(first, data={"password": NEW}).location == "/masuk"
        assert may_sign_in(app, sari.email, NEW)

    def test_works_for_a_week(self, app: Flask, sari: Customer, owner: FlaskClient) -> None:
        link = move(app, sari)
        assert LIFETIMES["take_back"] == timedelta(days=7)
        with app.app_context(), transaction() as session:
            session.execute(update(AccountLink).values(expires_at=now()))
        assert owner.get(link).status_code == owner.post(link, data={"password": NEW}).status_code == 404
        assert may_sign_in(app, STRANGERS, PASSWORD)

    @pytest.mark.parametrize("bad", ["", "pendek", "password1234", "SARI", "x" * 10_000])
    def test_takes_no_bad_password(self, app: Flask, sari: Customer, owner: FlaskClient, bad: str) -> None:
        link = move(app, sari)
        answer = owner.post(link, data={"password": bad.replace("SARI", sari.email)})
        assert answer.status_code == 422
        assert 'id="password-error"' in answer.text
        assert may_sign_in(app, STRANGERS, PASSWORD), "nothing is changed"

    @pytest.mark.parametrize("change", [{"is_active": False}, {"email": "lain@example.id"}])
    def test_of_who_is_shut_out_or_whose_address_somebody_has_does_nothing(
        self, app: Flask, sari: Customer, owner: FlaskClient, change: dict[str, object]
    ) -> None:
        link = move(app, sari)
        with app.app_context(), transaction() as session:
            if "email" in change:
                make_user(session, email=sari.email)
            else:
                session.execute(update(User).values(change))
            before = session.scalars(select(User.email).order_by(User.id)).all()
        assert owner.post(link, data={"password": NEW}).status_code == 404
        with app.app_context(), transaction() as session:
            assert session.scalars(select(User.email).order_by(User.id)).all() == before

    def test_of_one_purpose_opens_no_other(self, app: Flask, sari: Customer, owner: FlaskClient) -> None:
        token = move(app, sari).rpartition("/")[2]
        for page in (f"/atur-sandi/{token}", f"/daftar/konfirmasi/{token}"):
            assert owner.get(page).status_code == 404
            assert owner.post(page, data={"password": NEW}).status_code == 404


class TestTheSecondStep:
    def add(self, app: Flask, sari: Customer, since: timedelta) -> None:
        seal = app.extensions["sealer"].seal(TOTP_SECRET)
        at = now() + since
        with app.app_context(), transaction() as session:
            session.add(SecondFactor(user_id=sari.id, sealed_secret=seal, created_at=at, confirmed_at=at))

    def test_of_the_owner_stays(self, app: Flask, sari: Customer, owner: FlaskClient) -> None:
        self.add(app, sari, since=-timedelta(days=8))
        assert "still needed" in self.use(owner, move(app, sari))
        answer = owner.post("/masuk", data={"email": sari.email, "password": NEW})
        assert answer.location == "/masuk/kode", "a mailbox alone does not open it"

    def use(self, owner: FlaskClient, link: str) -> str:
        """Take the account back; gives the page that says so."""
        return owner.post(f"/en{link}", data={"password": NEW}, follow_redirects=True).text

    def test_of_the_stranger_goes(self, app: Flask, sari: Customer, owner: FlaskClient) -> None:
        link = move(app, sari)
        self.add(app, sari, since=timedelta(seconds=1))
        said = self.use(owner, link)
        assert "yours again" in said
        assert "still needed" not in said
        assert owner.post("/masuk", data={"email": sari.email, "password": NEW}).location == "/akun"

    def test_of_the_stranger_goes_if_it_was_there_before_the_move(
        self, app: Flask, sari: Customer, owner: FlaskClient
    ) -> None:
        self.add(app, sari, since=-timedelta(minutes=1))
        self.use(owner, move(app, sari))
        told = [mail.recipient for mail in write_mails(app) if "meminta kode" in mail.subject]
        assert told == [sari.email], "in case it was the owner's own"
        assert owner.post("/masuk", data={"email": sari.email, "password": NEW}).location == "/akun"

    @pytest.mark.parametrize("since", [timedelta(seconds=1), -timedelta(minutes=1), -timedelta(days=8)])
    def test_of_an_officer_stays_and_the_log_tells(
        self, app: Flask, sari: Customer, owner: FlaskClient, since: timedelta
    ) -> None:
        link = move(app, sari)
        with app.app_context(), transaction() as session:
            make_membership(session, session.get_one(User, sari.id), "directorate")
        self.add(app, sari, since)
        assert "still needed" in self.use(owner, link)
        with app.app_context(), transaction() as session:
            assert session.get(SecondFactor, sari.id) is not None
            entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.take_back")).one()
            assert (entry.actor_user_id, entry.object_key) == (sari.id, sari.email)


class TestTheAddressThatLosesTheAccount:
    def test_is_told_without_a_name_or_the_other_address(
        self, app: Flask, sari: Customer, owner: FlaskClient
    ) -> None:
        owner.post(move(app, sari), data={"password": NEW})
        mail = write_mails(app)[-1]
        assert mail.recipient == STRANGERS
        assert mail.subject == "Akun telah diambil kembali"
        assert sari.email not in mail.body_text
        assert "Sari" not in mail.body_text
        with app.app_context(), transaction() as session:
            payloads = session.scalars(select(OutboxEvent.payload)).all()
        assert STRANGERS not in str(payloads)

    def test_hears_nothing_of_a_link_that_gives_nothing_back(
        self, app: Flask, sari: Customer, owner: FlaskClient
    ) -> None:
        link = move(app, sari)
        owner.post(link, data={"password": "pendek"})
        assert not any("diambil kembali" in mail.subject for mail in write_mails(app))


def test_while_the_account_can_be_taken_back_it_cannot_be_deleted(
    app: Flask, sari: Customer, owner: FlaskClient
) -> None:
    link = move(app, sari)

    def stands() -> tuple[object, ...]:
        with app.app_context(), transaction() as session:
            user = session.execute(select(User.email, User.name, User.is_active).where(User.id == sari.id))
            links = session.execute(select(AccountLink.id, AccountLink.used_at).order_by(AccountLink.id))
            erasures = session.scalars(select(Erasure.id))
            return user.one(), links.all(), erasures.all()

    before = stands()
    answer = sari.browser.post("/en/akun/data-saya/hapus", data={"is_sure": "y"})
    assert answer.status_code == 409
    assert "can still take it back" in answer.text
    assert stands() == before
    assert sari.browser.get("/akun").status_code == 200
    assert owner.post(link, data={"password": NEW}).location == "/masuk"
    owner.post("/masuk", data={"email": sari.email, "password": NEW})
    answer = owner.post("/akun/data-saya/hapus", data={"is_sure": "y"})
    assert answer.status_code == 200, "who has it back may"


def test_once_the_week_is_over_the_account_can_be_deleted(app: Flask, sari: Customer) -> None:
    move(app, sari)
    with app.app_context(), transaction() as session:
        session.execute(update(AccountLink).values(expires_at=now()))
    assert sari.browser.post("/akun/data-saya/hapus", data={"is_sure": "y"}).status_code == 200
