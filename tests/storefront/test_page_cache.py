"""Kept pages: nothing is asked for a warm one, a change is seen at once, and Valkey may be missing."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client

from accounts.rules import CUSTOMER
from inventory.adapters.valkey import CATALOGUE_VERSION, QuickValkey
from inventory.models import Stock
from inventory.services.stock import adjust
from kernel.db import db, transaction
from storefront.page_cache import MAY_KEEP, PageCache
from tests.factories.inventory import make_ready_good
from tests.journeys.wording import told_count


@pytest.fixture
def bread(app: Flask) -> int:
    """The stock id of seven loaves."""
    with app.app_context(), transaction() as session:
        make_ready_good(session, "Roti", pieces=7)
        return session.query(Stock.id).scalar()  # type: ignore[no-any-return]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


class CountingApp:
    """A WSGI app that counts its answers and lets them be kept unless told otherwise."""

    def __init__(self, *, may_keep: bool = True, status: str = "200 OK", cookie: bool = False) -> None:
        self.calls = 0
        self._may_keep, self._status, self._cookie = may_keep, status, cookie

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        self.calls += 1
        if self._may_keep:
            environ[MAY_KEEP] = True
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "7")]
        start_response(self._status, [*headers, ("Set-Cookie", "a=b")] if self._cookie else headers)
        return [b"page %02d" % self.calls]


@pytest.fixture
def valkey(valkey_url: str) -> QuickValkey:
    """A quick client of the run's Valkey, with a fresh version."""
    valkey = QuickValkey(valkey_url)
    assert valkey.bump_catalogue()
    return valkey


def pieces(count: int) -> str:
    """What a page says of so many pieces."""
    return told_count("%(num)s piece", "%(num)s pieces", count)


def client_of(app: CountingApp, valkey: QuickValkey) -> Client:
    """A browser before a page cache before `app`."""
    return Client(PageCache(app, valkey, ("lapak",)))


class TestShop:
    def test_a_warm_page_asks_nothing(self, client: FlaskClient, bread: int, queries: list[str]) -> None:
        addresses = ("/", "/produk", "/produk/roti", "/cari?q=roti")
        cold = [client.get(address).text for _time in range(2) for address in addresses][-len(addresses) :]
        assert queries
        queries.clear()
        assert [client.get(address).text for address in addresses] == cold
        assert queries == []

    def test_a_change_of_stock_is_seen_at_once(
        self, app: Flask, client: FlaskClient, bread: int, at: datetime
    ) -> None:
        assert pieces(7) in client.get("/produk/roti").text
        with app.app_context(), transaction() as session:
            adjust(session, bread, -3, reason="damaged", actor=CUSTOMER, at=at)
        assert pieces(4) in client.get("/produk/roti").text

    def test_a_change_that_is_rolled_back_changes_nothing(
        self, app: Flask, client: FlaskClient, bread: int, at: datetime, queries: list[str]
    ) -> None:
        client.get("/produk/roti")

        def fail() -> None:
            with app.app_context(), transaction() as session:
                adjust(session, bread, -3, reason="damaged", actor=CUSTOMER, at=at)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        queries.clear()
        assert pieces(7) in client.get("/produk/roti").text
        assert queries == []

    def test_who_has_a_cart_gets_a_page_of_their_own(
        self, app: Flask, client: FlaskClient, bread: int
    ) -> None:
        stranger = app.test_client()
        stranger.get("/produk")
        with app.app_context(), transaction() as session:
            sku = session.execute(db.text("SELECT sku FROM variants")).scalar_one()
        client.post("/produk/roti", data={"sku": sku, "quantity": "1"})
        mine = client.get("/produk")
        assert "cart-link__count" in mine.text
        assert mine.headers["Cache-Control"] == "private, no-cache"
        assert "cart-link__count" not in stranger.get("/produk").text

    def test_a_kept_page_has_the_headers_that_guard_it(self, client: FlaskClient, bread: int) -> None:
        cold, warm = client.get("/produk"), client.get("/produk")
        for page in (cold, warm):
            assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert warm.headers["X-Request-Id"] != cold.headers["X-Request-Id"]


class TestPageCache:
    def test_keeps_a_page_for_everybody(self, valkey: QuickValkey) -> None:
        app = CountingApp()
        first = client_of(app, valkey).get("/kept")
        second = client_of(app, valkey).get("/kept")
        assert first.data == second.data == b"page 01"
        assert second.headers["Vary"] == "Accept-Encoding, Cookie"
        assert second.headers["Cache-Control"].startswith("public, max-age=0")
        assert second.headers["Content-Type"] == "text/html; charset=utf-8"

    def test_compresses_once_for_who_takes_it(self, valkey: QuickValkey) -> None:
        client = client_of(CountingApp(), valkey)
        client.get("/small")
        small = client.get("/small", headers={"Accept-Encoding": "gzip, br"})
        assert small.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(small.data) == b"page 01"
        assert int(small.headers["Content-Length"]) == len(small.data)

    def test_answers_304_to_who_has_it(self, valkey: QuickValkey) -> None:
        client = client_of(CountingApp(), valkey)
        etag = client.get("/etag").headers["ETag"]
        again = client.get("/etag", headers={"If-None-Match": f'"other", {etag}'})
        assert again.status_code == 304
        assert again.data == b""
        assert again.headers["ETag"] == etag

    def test_keeps_what_was_searched_once_it_is_asked_for_again(self, valkey: QuickValkey) -> None:
        client = client_of(CountingApp(), valkey)
        seen = [client.get(f"/searched?q={words}").data for words in ("a", "b", "a", "a", "b", "b", "a")]
        assert seen == [b"page 01", b"page 02", b"page 03", b"page 03", b"page 04", b"page 04", b"page 03"]

    def test_remembers_what_was_searched_once_only_so_long(
        self, valkey: QuickValkey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storefront.page_cache._MOST_ASKED_ONCE", 2)
        client = client_of(CountingApp(), valkey)
        seen = [client.get(f"/once?q={words}").data for words in ("a", "b", "c", "a", "a", "a")]
        assert seen == [b"page 01", b"page 02", b"page 03", b"page 04", b"page 05", b"page 05"]

    @pytest.mark.parametrize("address", ["/other", "/kept-here?a=1", "/kept-here?a=2"])
    def test_tells_addresses_apart(self, valkey: QuickValkey, address: str) -> None:
        app = CountingApp()
        client = client_of(app, valkey)
        client.get("/kept-here")
        assert client.get(address).data == b"page 02"
        assert client.get("/kept-here").data == b"page 01"

    def test_a_page_rendered_while_the_catalogue_changed_is_never_shown(self, valkey: QuickValkey) -> None:
        app = CountingApp()

        def slow(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
            valkey.bump_catalogue()
            return app(environ, start_response)

        client = Client(PageCache(slow, valkey, ()))
        assert [client.get("/slow").data for _ in range(2)] == [b"page 01", b"page 02"]

    @pytest.mark.parametrize(
        "app",
        [CountingApp(may_keep=False), CountingApp(status="404 NOT FOUND"), CountingApp(cookie=True)],
        ids=["not allowed", "not found", "sets a cookie"],
    )
    def test_keeps_nothing_else(self, valkey: QuickValkey, app: CountingApp) -> None:
        client = client_of(app, valkey)
        path = f"/else-{id(app)}"
        client.get(path)
        assert client.get(path).data == b"page 02"

    @pytest.mark.parametrize("cookie", ["lapak=session", "a=b; lapak_cart=key", 'lapak="'])
    def test_leaves_visitors_with_our_cookies_alone(self, valkey: QuickValkey, cookie: str) -> None:
        app = CountingApp()
        client = Client(PageCache(app, valkey, ("lapak",)), use_cookies=False)
        client.get("/cookies")
        own = client.get("/cookies", headers={"Cookie": cookie})
        assert own.data != b"page 01"
        assert "ETag" not in own.headers

    def test_a_strangers_cookie_does_not_matter(self, valkey: QuickValkey) -> None:
        client = Client(PageCache(CountingApp(), valkey, ("lapak",)), use_cookies=False)
        pages = [client.get("/strange", headers={"Cookie": "_ga=1"}).data for _ in range(2)]
        assert pages == [b"page 01"] * 2

    def test_posts_and_long_addresses_go_straight_through(self, valkey: QuickValkey) -> None:
        client = client_of(CountingApp(), valkey)
        for answer in (client.post("/kept-post"), client.get("/long?" + "q" * 500)):
            assert "ETag" not in answer.headers

    def test_a_page_that_is_not_ours_is_not_shown(self, valkey: QuickValkey, valkey_url: str) -> None:
        client = client_of(CountingApp(), valkey)
        redis.Redis.from_url(valkey_url).set(b"lapak:page::localhost/forged?", b"no version")
        assert client.get("/forged").data == b"page 01"


class TestQuickValkey:
    def test_a_refusing_server_costs_next_to_nothing(self) -> None:
        app = CountingApp()
        client = client_of(app, QuickValkey("redis://127.0.0.1:1/0"))
        pages = [client.get("/down").data for _ in range(3)]
        assert pages == [b"page 01", b"page 02", b"page 03"]

    def test_a_silent_server_is_waited_for_once(self, silent_port: int) -> None:
        valkey = QuickValkey(f"redis://127.0.0.1:{silent_port}/0")
        client = client_of(CountingApp(), valkey)
        began = time.perf_counter()
        for number in range(20):
            assert client.get("/silent").data == b"page %02d" % (number + 1)
        assert time.perf_counter() - began < 2  # waiting each time would take five seconds

    def test_it_is_asked_again_after_a_rest(self, valkey_url: str, silent_port: int) -> None:
        moment = [0.0]
        valkey = QuickValkey(f"redis://127.0.0.1:{silent_port}/0", clock=lambda: moment[0])
        asked: list[float] = []

        def note(client: redis.Redis) -> bool:
            asked.append(moment[0])
            return bool(client.ping())

        for moment[0] in (0.0, 1.0, 2.9, 3.1, 4.0):
            assert valkey.ask(note) is None
        assert asked == [0.0, 3.1]

    def test_a_bump_that_failed_is_made_up_for(
        self, valkey_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        valkey = QuickValkey(valkey_url)
        server = redis.Redis.from_url(valkey_url)
        valkey.bump_catalogue()
        before = server.get(CATALOGUE_VERSION)
        reachable = valkey._client
        valkey._client = redis.Redis.from_url("redis://127.0.0.1:1/0", retry=None)
        assert not valkey.bump_catalogue()
        valkey._client = reachable
        valkey._rests_until = 0.0
        assert valkey.ask(lambda client: client.ping())
        assert server.get(CATALOGUE_VERSION) != before
