"""What people read when something goes wrong: in their language, with a way on, whatever it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import Locked, TooManyRequests, UnprocessableEntity
from werkzeug.test import TestResponse

from kernel.db import db, transaction
from kernel.errors import Conflict, Forbidden, Unavailable
from kernel.i18n import speaking
from storefront.app import _SENTENCES
from tests.factories.inventory import make_ready_good
from tests.languages import strangers

_LANGUAGES = (("id", ""), ("en", "/en"))


def crash() -> Any:
    raise ZeroDivisionError


def refuse(error: Exception) -> Callable[[], Any]:
    def view() -> Any:
        raise error

    return view


RAISED: dict[int, Callable[[], Any]] = {
    403: refuse(Forbidden()),
    409: refuse(Conflict()),
    422: refuse(UnprocessableEntity()),
    423: refuse(Locked()),
    429: refuse(TooManyRequests(retry_after=7)),
    500: crash,
    503: refuse(Unavailable()),
}


@pytest.fixture
def broken(app: Flask) -> Iterator[Callable[[int], None]]:
    """Makes the page of categories fail with a status."""
    whole = app.view_functions["listing.listing"]

    def fail(status: int) -> None:
        app.view_functions["listing.listing"] = RAISED[status]

    app.testing = False
    yield fail
    app.view_functions["listing.listing"] = whole
    app.testing = True


def withdrawn(client: FlaskClient, prefix: str) -> TestResponse:
    with client.application.app_context(), transaction() as session:
        make_ready_good(session, "Roti")
        session.execute(db.text("UPDATE products SET is_withdrawn = true"))
    return client.get(f"{prefix}/produk/roti")


ASKED: dict[str, Callable[[FlaskClient, str], TestResponse]] = {
    "400": lambda client, prefix: client.get(f"{prefix}/cari?q=%00"),
    "404": lambda client, prefix: client.get(f"{prefix}/nothing"),
    "405": lambda client, prefix: client.post(f"{prefix}/cari"),
    "410": withdrawn,
    "413": lambda client, prefix: client.post(f"{prefix}/keranjang", data={"line": "9" * 300_000}),
}


def check(answer: TestResponse, language: str, prefix: str) -> None:
    """It is a page of the shop in the language of the address, and leads on within it."""
    page = answer.text
    assert f'<html lang="{language}">' in page
    assert answer.headers["Content-Language"] == language
    assert strangers(page, language) == []
    main = page.partition("<main")[2].partition("</main>")[0]
    assert len(re.findall("<h1", main)) == 1
    assert f'href="{prefix}/produk' in main
    assert '<meta name="robots" content="noindex">' in page


@pytest.mark.parametrize(("language", "prefix"), _LANGUAGES)
class TestPages:
    @pytest.mark.parametrize("status", ASKED)
    def test_what_is_asked_wrongly(
        self, client: FlaskClient, language: str, prefix: str, status: str
    ) -> None:
        answer = ASKED[status](client, prefix)
        assert answer.status_code == int(status)
        check(answer, language, prefix)

    @pytest.mark.parametrize("status", RAISED)
    def test_what_goes_wrong(
        self,
        client: FlaskClient,
        broken: Callable[[int], None],
        language: str,
        prefix: str,
        status: int,
    ) -> None:
        broken(status)
        answer = client.get(f"{prefix}/produk?urut=nama")
        assert answer.status_code == status
        check(answer, language, prefix)
        again = f'<a class="button button--brand" href="{prefix}/produk?urut=nama">'
        assert (again in answer.text) is (status in (429, 500, 503))
        assert f'action="{prefix}/cari" method="get" role="search" aria-label=' in answer.text


class TestHeaders:
    def test_say_which_methods_a_page_knows(self, client: FlaskClient) -> None:
        assert "GET" in client.post("/cari").headers["Allow"]

    def test_say_when_to_come_back(self, client: FlaskClient, broken: Callable[[int], None]) -> None:
        broken(429)
        answer = client.get("/produk")
        assert answer.headers["Retry-After"] == "7"
        assert answer.headers.getlist("Content-Type") == ["text/html; charset=utf-8"]


@pytest.mark.parametrize("code", _SENTENCES)
def test_every_sentence_is_said_in_both_languages(app: Flask, code: str) -> None:
    with app.app_context():
        told = {}
        for language in ("id", "en"):
            with speaking(language):
                told[language] = str(_SENTENCES[code])
    assert told["id"] != told["en"]
