"""Every page is guarded: by headers on each answer, and against writes sent from another site."""

from __future__ import annotations

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from kernel.errors import NotFound
from kernel.web import (
    LARGEST_FORM,
    LinkExpired,
    accepts_uploads,
    check_signature,
    create_bare_app,
    secure,
    sign,
    upload_is_too_heavy,
)
from tests.access_table import TABLE, Line
from tests.conftest import make_config
from tests.uploads import send_file

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1")
SECRET = "s" * 40
SIGNED = {"/webhooks/stripe", "/berhenti/<token>"}
"""What proves its caller in the request itself: the payment provider's news, the button of a mail program."""

WRITES = [line for line in TABLE if line.method == "POST" and line.rule not in SIGNED]


def name(line: Line) -> str:
    return f"{line.method} {line.rule}"


class TestHeaders:
    @pytest.mark.parametrize("line", TABLE, ids=name)
    def test_stand_on_every_answer_also_on_refusals(self, client: FlaskClient, line: Line) -> None:
        answer = client.open(line.address(None), method=line.method, buffered=True)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        framed_by = "'self'" if line.rule.startswith("/styleguide/<") else "'none'"  # it shows itself twice
        assert f"frame-ancestors {framed_by}" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")

    def test_stand_on_a_page_that_does_not_exist(self, client: FlaskClient) -> None:
        answer = client.get("/there-is-no-such-page")
        assert answer.status_code == 404
        assert "Content-Security-Policy" in answer.headers

    def test_a_form_may_lead_to_the_payment_page(self, client: FlaskClient) -> None:
        policy = client.get("/healthz").headers["Content-Security-Policy"]
        assert "form-action 'self' http://127.0.0.1:1" in policy


class TestWritesFromElsewhere:
    @pytest.mark.parametrize("line", WRITES, ids=name)
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Referer": "https://evil.example/http://localhost/"},
            {},
        ],
        ids=["cross-site", "same-site", "origin", "null origin", "referer", "silent"],
    )
    def test_are_refused(self, app: Flask, line: Line, headers: dict[str, str]) -> None:
        answer = app.test_client().post(line.address(None), headers=headers)
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "http://localhost"},
            {"Referer": "http://localhost/keranjang"},
        ],
    )
    def test_our_own_pages_may_write(self, app: Flask, headers: dict[str, str]) -> None:
        assert app.test_client().post("/staff/keluar", headers=headers).status_code != 403


class TestLimits:
    def test_a_form_that_is_too_large_is_refused(self, client: FlaskClient) -> None:
        answer = client.post("/staff/masuk", data={"email": "x" * 300_000})
        assert answer.status_code == 413

    def test_a_method_a_page_does_not_know_is_refused(self, client: FlaskClient) -> None:
        assert client.delete("/produk").status_code == 405


class TestSignedLinks:
    def test_give_back_what_was_signed(self) -> None:
        token = sign("order", "LP-1", secret_key=SECRET)
        assert check_signature("order", token, secret_key=SECRET, max_age_days=1) == "LP-1"

    def test_of_another_purpose_key_or_text_are_not_found(self) -> None:
        token = sign("order", "LP-1", secret_key=SECRET)
        forged = [
            (sign("reset", "LP-1", secret_key=SECRET), SECRET),
            (token, "t" * 40),
            (token[:-1], SECRET),
            (token[1:], SECRET),
            ("", SECRET),
            ("\0", SECRET),
        ]
        for text, key in forged:
            with pytest.raises(NotFound):
                check_signature("order", text, secret_key=key, max_age_days=1)

    def test_expire(self) -> None:
        token = sign("order", "LP-1", secret_key=SECRET)
        with pytest.raises(LinkExpired):
            check_signature("order", token, secret_key=SECRET, max_age_days=0)


class TestUploads:
    @pytest.fixture
    def browser(self) -> FlaskClient:
        app = create_bare_app(CONFIG, "uploads", statement_seconds=1)
        secure(app)

        @app.post("/foto")
        @accepts_uploads(1_000_000)
        def upload() -> str:
            if upload_is_too_heavy():
                return "too heavy"
            with request.files["file"].stream as sent:
                return f"{request.form['title']} {len(sent.read())}"

        @app.post("/form")
        def form() -> str:
            return request.form["title"]

        browser = app.test_client()
        browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return browser

    @pytest.mark.parametrize(
        ("size", "answer"), [(10, "x 10"), (1_000_000, "x 1000000"), (1_300_000, "too heavy")]
    )
    def test_may_be_as_heavy_as_their_view_allows(self, browser: FlaskClient, size: int, answer: str) -> None:
        assert send_file(browser, "/foto", bytes(size), name="a.jpg", title="x").text == answer

    def test_are_no_way_around_the_limit_of_other_forms(self, browser: FlaskClient) -> None:
        assert send_file(browser, "/form", bytes(LARGEST_FORM)).status_code == 413
        assert browser.post("/foto", data={"title": "x" * 300_000}).status_code == 413

    def test_their_fields_hold_no_null_characters(self, browser: FlaskClient) -> None:
        assert browser.post("/foto", data={"title": "a\0b"}).status_code == 400
