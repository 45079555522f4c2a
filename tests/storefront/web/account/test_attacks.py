"""Attacks on accounts, each with the line it must not cross: guessing, planted sessions, false hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from time import process_time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.services.passwords import Passwords
from accounts.services.second_factors import code_of, step_at
from accounts.web.limits import limiter
from kernel.clock import now
from kernel.config import Config
from kernel.db import db, transaction
from storefront.app import create_app
from tests.factories.accounts import PASSWORD, TOTP_SECRET, enrol, make_user, sign_in_customer
from tests.factories.links import link_in, write_mails
from tests.queries import CountedQueries

KNOWN, UNKNOWN = "sari.ada@example.id", "sari.tak@example.id"
ROUNDS = 60
CHOSEN = "kebun teh di lereng gunung"
REAL = Passwords(memory_kib=1024, rounds=2)  # dear enough to be noticed when it is left out

FORMS = {
    "/masuk": {"password": "tebakan yang salah"},
    "/staff/masuk": {"password": "tebakan yang salah"},
    "/daftar": {"name": "Sari", "password": CHOSEN},
    "/lupa-sandi": {},
}

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%5cevil.example",
    "/%2f/evil.example",
    "http://[::1",
    "//localhost@evil.example",
    "\r\nLocation: https://evil.example",
)


@pytest.fixture
def sari_id(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return make_user(session, email=KNOWN, password_hash=REAL.choose(PASSWORD)).id


@pytest.fixture
def unlimited() -> Iterator[None]:
    """Without limits, which would hide a difference after the first tries."""
    limiter.enabled = False
    yield
    limiter.enabled = True


def with_app(app: Flask, user_id: int) -> None:
    with app.app_context(), transaction() as session:
        enrol(session, user_id, app.extensions["sealer"], at=now())


def code(drift: int = 0) -> str:
    return code_of(TOTP_SECRET, step_at(now()) + drift)


def wrong_code() -> str:
    right = {code(drift) for drift in (-1, 0, 1, 2)}
    return next(f"{n:06}" for n in range(10) if f"{n:06}" not in right)


class TestWhoIsThere:
    """Known or not: the same status, body and work; the median of our time differs by a tenth at most."""

    @pytest.mark.parametrize("page", FORMS)
    @pytest.mark.usefixtures("sari_id", "unlimited")
    def test_is_not_told(
        self, app: Flask, client: FlaskClient, page: str, count_queries: CountedQueries
    ) -> None:
        def ask(email: str) -> TestResponse:
            return client.post(page, data={**FORMS[page], "email": email})

        def content(answer: TestResponse, email: str) -> tuple[int, str | None, str]:
            return answer.status_code, answer.location, answer.text.replace(email, "")

        assert content(ask(KNOWN), KNOWN) == content(ask(UNKNOWN), UNKNOWN)
        with app.app_context():
            engine = db.engine
        work = []
        for email in (KNOWN, UNKNOWN):
            with count_queries(engine) as statements:
                ask(email)
            work.append(list(statements))
        assert work[0] == work[1], "the same statements in the same order"

        cheap, app.extensions["passwords"] = app.extensions["passwords"], REAL
        try:
            assert any(differs_by(ask) <= 0.10 for _ in range(4))
        finally:
            app.extensions["passwords"] = cheap

    @pytest.mark.usefixtures("unlimited", "sari_id")
    def test_is_not_told_to_who_moves_an_account(
        self, app: Flask, client: FlaskClient, count_queries: CountedQueries
    ) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="penyerang@example.id")
            engine = db.engine
        client.post("/masuk", data={"email": "penyerang@example.id", "password": PASSWORD})
        said, work = [], []
        for email in (KNOWN, UNKNOWN):
            with count_queries(engine) as statements:
                answer = client.post("/akun/keamanan/surel", data={"email": email})
            said.append((answer.status_code, answer.location, answer.text))
            work.append(list(statements))
        assert said[0] == said[1]
        assert said[0][0] == 303
        assert work[0] == work[1], "the same statements in the same order"

    @pytest.mark.usefixtures("unlimited")
    def test_the_measure_would_notice_a_door_that_tells(self, app: Flask, client: FlaskClient) -> None:
        stored = REAL.choose(PASSWORD)

        def ask(email: str) -> object:
            client.get("/masuk/kode")
            return email == KNOWN and REAL.matches(stored, "tebakan yang salah")

        assert all(differs_by(ask) > 0.10 for _ in range(2))


def differs_by(ask: object) -> float:
    """By how much the median times of a known and an unknown address differ; asked for by turns."""
    assert callable(ask)
    times: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    for _ in range(ROUNDS):
        for email, found in times.items():
            begun = process_time()
            ask(email)
            found.append(process_time() - begun)
    known, unknown = median(times[KNOWN]), median(times[UNKNOWN])
    return abs(known - unknown) / max(known, unknown)


class TestGuessing:
    """At most ten guesses an hour on an account, at whatever door and from wherever; a soft lock."""

    @pytest.mark.usefixtures("sari_id")
    def test_ten_at_all_doors_together(self, client: FlaskClient) -> None:
        answers = [
            client.post(
                ("/masuk", "/staff/masuk")[n % 2],
                data={"email": KNOWN, "password": f"tebakan nomor {n}"},
                environ_base={"REMOTE_ADDR": f"10.0.{n // 50}.1"},
            ).status_code
            for n in range(1000)
        ]
        assert answers == [422] * 10 + [429] * 990
        limiter.reset()  # an hour later
        assert client.post("/masuk", data={"email": KNOWN, "password": PASSWORD}).status_code == 303

    @pytest.mark.usefixtures("sari_id")
    def test_one_guess_at_each_of_a_thousand_accounts(self, client: FlaskClient) -> None:
        answers = [
            client.post(
                "/masuk", data={"email": f"korban{n}@example.id", "password": "password1234"}
            ).status_code
            for n in range(1000)
        ]
        assert answers == [422] * 100 + [429] * 900

    def test_codes_too_however_often_the_password_is_given(
        self, app: Flask, client: FlaskClient, sari_id: int
    ) -> None:
        with_app(app, sari_id)
        wrong, answers = wrong_code(), []
        for n in range(6):
            place = {"REMOTE_ADDR": f"10.1.{n}.1"}
            client.post("/masuk", data={"email": KNOWN, "password": PASSWORD}, environ_base=place)
            answers += [
                client.post("/masuk/kode", data={"code": wrong}, environ_base=place).status_code
                for _ in range(3)
            ]
        assert answers == [422] * 10 + [429] * 8
        assert client.post("/masuk/kode", data={"code": code()}).status_code == 429

    def test_recovery_codes_too(self, app: Flask, client: FlaskClient, sari_id: int) -> None:
        with_app(app, sari_id)
        client.post("/masuk", data={"email": KNOWN, "password": PASSWORD})
        answers = [
            client.post("/masuk/kode", data={"code": f"abcd-efgh-ijkl-mn{n:02}"}).status_code
            for n in range(12)
        ]
        assert answers == [422] * 10 + [429] * 2

    @pytest.mark.usefixtures("sari_id")
    def test_the_password_asked_for_again_counts_to_the_same(self, client: FlaskClient) -> None:
        client.post("/masuk", data={"email": KNOWN, "password": PASSWORD})
        confirm = "/akun/keamanan/konfirmasi"
        answers = [
            client.post(
                confirm, data={"password": f"tebakan {n}", "email": f"lain{n}@example.id"}
            ).status_code
            for n in range(11)
        ]
        assert answers == [422] * 10 + [429]


class TestPlantedSessions:
    """What stood in the cookie before is worth nothing after, and the other way round."""

    def test_the_cookie_is_another_after_each_step(
        self, app: Flask, client: FlaskClient, sari_id: int
    ) -> None:
        with_app(app, sari_id)
        with client.session_transaction() as cookie:
            cookie["planted"] = "x"
        client.post("/masuk", data={"email": KNOWN, "password": PASSWORD})
        with client.session_transaction() as cookie:
            assert "planted" not in cookie
            waiting = str(cookie["waiting_key"])
            cookie["planted"] = "x"
        client.post("/masuk/kode", data={"code": code()})
        with client.session_transaction() as cookie:
            assert {"planted", "waiting_key"} & set(cookie) == set()
            assert cookie["_user_id"] != waiting
        attacker = app.test_client()
        for name in ("waiting_key", "_user_id"):
            with attacker.session_transaction() as cookie:
                cookie[name] = waiting
            assert attacker.get("/akun").status_code == 303
            assert attacker.get("/masuk/kode").status_code == 303

    @pytest.mark.usefixtures("sari_id")
    def test_who_signs_in_leaves_the_session_of_the_browser_before(
        self, app: Flask, client: FlaskClient
    ) -> None:
        with app.app_context(), transaction() as session:
            make_user(session, email="penyerang@example.id")
        client.post("/masuk", data={"email": "penyerang@example.id", "password": PASSWORD})
        with client.session_transaction() as cookie:
            planted = str(cookie["_user_id"])
        client.post("/masuk", data={"email": KNOWN, "password": PASSWORD})
        attacker = app.test_client()
        with attacker.session_transaction() as cookie:
            cookie["_user_id"] = planted
        assert attacker.get("/akun").status_code == 303, "the session left behind has ended"
        assert KNOWN in client.get("/akun/keamanan").text

    @pytest.mark.usefixtures("sari_id")
    def test_a_planted_cart_is_the_attackers_no_longer(self, app: Flask, client: FlaskClient) -> None:
        client.set_cookie("lapak_cart", "a-key-the-attacker-knows")
        client.post("/masuk", data={"email": KNOWN, "password": PASSWORD})
        attacker = app.test_client()
        attacker.set_cookie("lapak_cart", "a-key-the-attacker-knows")
        assert KNOWN not in attacker.get("/keranjang").text
        assert attacker.get("/akun").status_code == 303


class TestFalseHosts:
    """The shop answers to its own name only, and a mail's link is made of the settings."""

    @pytest.fixture
    def production(self, app: Flask) -> Flask:
        config: Config = app.extensions["lapak"]
        made = create_app(replace(config, environment="production", base_url="https://lapak.example"))
        made.testing = True
        return made

    @pytest.mark.parametrize(
        "host", ["evil.example", "lapak.example.evil.example", "lapak.example@evil.example"]
    )
    @pytest.mark.usefixtures("sari_id")
    def test_are_refused(self, app: Flask, production: Flask, host: str) -> None:
        client = production.test_client()
        headers = {"Host": host, "Sec-Fetch-Site": "same-origin"}
        assert client.post("/lupa-sandi", data={"email": KNOWN}, headers=headers).status_code == 400
        assert client.get("/sitemap.xml", headers=headers).status_code == 400
        assert client.get("/masuk", headers={"Host": f"lapak.example, {host}"}).status_code == 400
        assert write_mails(app) == []

    @pytest.mark.usefixtures("sari_id")
    def test_do_not_come_into_a_mail(self, app: Flask, client: FlaskClient) -> None:
        headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        client.post("/lupa-sandi", data={"email": KNOWN}, headers=headers, base_url="http://evil.example")
        (mail,) = write_mails(app)
        assert "evil" not in mail.body_text + mail.body_html
        assert mail.body_text.count("http://localhost/atur-sandi/") == 1
        assert link_in(mail).startswith("/atur-sandi/")

    @pytest.mark.usefixtures("sari_id")
    def test_production_has_no_page_of_sample_codes(self, production: Flask) -> None:
        answer = production.test_client().get("/staff/masuk/kode-contoh", headers={"Host": "lapak.example"})
        assert answer.status_code == 404


class TestLeadingElsewhere:
    """`next` leads to pages of ours only, at each step that takes it."""

    @pytest.mark.parametrize("wanted", ELSEWHERE)
    def test_never(self, app: Flask, client: FlaskClient, sari_id: int, wanted: str) -> None:
        credentials = {"email": KNOWN, "password": PASSWORD, "next": wanted}
        assert client.post("/masuk", data=credentials).location == "/akun"
        assert client.get("/masuk", query_string={"next": wanted}).location == "/akun"
        confirm = {"password": PASSWORD, "next": wanted}
        assert client.post("/akun/keamanan/konfirmasi", data=confirm).location == "/akun/keamanan"
        page = client.get("/akun/keamanan/dua-langkah", query_string={"next": wanted}).text
        assert 'name="next" value=""' in page
        client.post("/keluar")
        with_app_again(app, sari_id)
        assert client.post("/masuk", data=credentials).location == "/masuk/kode"
        assert client.post("/masuk/kode", data={"code": code()}).location == "/akun"

    def test_nor_from_the_recovery_codes(self, app: Flask, client: FlaskClient, sari_id: int) -> None:
        with_app(app, sari_id)
        sign_in_customer(client, sari_id)
        for wanted in ELSEWHERE:
            page = client.post("/akun/keamanan/dua-langkah/kode-pemulihan", data={"next": wanted})
            assert 'class="button button--accent" href="/akun/keamanan"' in page.text, wanted


def with_app_again(app: Flask, user_id: int) -> None:
    """The second step, in place of one that was begun and not confirmed."""
    with app.app_context(), transaction() as session:
        db.session.execute(db.text("DELETE FROM second_factors"))
        enrol(session, user_id, app.extensions["sealer"], at=now())
