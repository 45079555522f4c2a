"""What pages share is read once for each version of the catalogue; a change is seen at the next request."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.rules import CUSTOMER
from inventory.adapters.valkey import QuickValkey
from inventory.models import CatalogueEntry, Stock
from inventory.services.stock import adjust
from kernel.db import db, transaction
from storefront.catalogue_memory import CatalogueMemory
from storefront.page_cache import KEPT_SECONDS
from tests.factories.inventory import make_category, make_ready_good
from tests.journeys.wording import told


@pytest.fixture
def bread(app: Flask) -> int:
    """The stock id of seven loaves."""
    with app.app_context(), transaction() as session:
        make_ready_good(session, "Roti", pieces=7)
        return session.query(Stock.id).scalar()  # type: ignore[no-any-return]


@pytest.fixture
def shopper(client: FlaskClient) -> FlaskClient:
    """Somebody with a cart, whose pages nobody keeps."""
    client.set_cookie("lapak_cart", "a-cart-that-is-long-gone")
    return client


def ready(count: int) -> str:
    """What the filter says of so many products that are ready."""
    return f'>{told("Ready to send")} <span class="facet__count">{count}</span>'


class TestShop:
    @pytest.mark.parametrize("address", ["/produk", "/en/produk", "/cari?q=roti&tersedia=siap"])
    def test_counts_are_read_once_for_all_who_shop(
        self, app: Flask, shopper: FlaskClient, bread: int, queries: list[str], address: str
    ) -> None:
        queries.clear()
        first = shopper.get(address).text
        asked = len(queries)
        queries.clear()
        assert shopper.get(address).text == first
        assert len(queries) == asked - 1

    def test_the_orders_of_a_listing_share_their_counts(
        self, client: FlaskClient, bread: int, queries: list[str]
    ) -> None:
        client.get("/produk")
        queries.clear()
        assert ready(1) in client.get("/produk?urut=nama").text
        assert len(queries) == 1

    def test_a_change_of_stock_is_counted_at_once(
        self, app: Flask, shopper: FlaskClient, bread: int, at: datetime
    ) -> None:
        assert ready(1) in shopper.get("/produk").text
        with app.app_context(), transaction() as session:
            adjust(session, bread, -7, reason="damaged", actor=CUSTOMER, at=at)
        assert told("Ready to send") not in shopper.get("/produk").text

    def test_a_new_product_is_counted_at_once(self, app: Flask, shopper: FlaskClient, bread: int) -> None:
        assert ready(1) in shopper.get("/produk").text
        with app.app_context(), transaction() as session:
            make_ready_good(session, "Kopi", pieces=1)
        assert ready(2) in shopper.get("/produk").text

    def test_products_of_a_category_share_what_stands_beside_them(
        self, app: Flask, client: FlaskClient, queries: list[str]
    ) -> None:
        with app.app_context(), transaction() as session:
            category = make_category(session)
            for name in ("Roti", "Kopi"):
                make_ready_good(session, name, category=category)
        queries.clear()
        first = client.get("/produk/roti").text
        asked = len(queries)
        queries.clear()
        second = client.get("/produk/kopi").text
        assert len(queries) == asked - 1
        assert 'class="card__name"><a href="/produk/kopi">' in first
        assert 'class="card__name"><a href="/produk/roti">' in second
        assert 'class="card__name"><a href="/produk/kopi">' not in second

    def test_nothing_is_remembered_without_valkey(
        self, app: Flask, shopper: FlaskClient, bread: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(QuickValkey, "ask", lambda *_: None)
        assert ready(1) in shopper.get("/produk").text
        with app.app_context(), transaction() as session:
            session.query(CatalogueEntry).delete()
        assert ready(1) not in shopper.get("/produk").text
        with app.app_context():
            db.session.remove()


class TestMemory:
    def test_keeps_what_was_read_for_one_version(self) -> None:
        memory = CatalogueMemory(QuickValkey("redis://127.0.0.1:1"))
        values = iter("abc")
        assert memory.recall(b"1", "key", lambda: next(values)) == "a"
        assert memory.recall(b"1", "key", lambda: next(values)) == "a"
        assert memory.recall(b"2", "key", lambda: next(values)) == "b"
        assert memory.recall(b"1", "key", lambda: next(values)) == "c"

    def test_what_is_read_while_another_version_comes_is_not_shown_under_it(self) -> None:
        memory = CatalogueMemory(QuickValkey("redis://127.0.0.1:1"))

        def old() -> str:
            assert memory.recall(b"2", "other", lambda: "new") == "new"
            return "old"

        assert memory.recall(b"1", "key", old) == "old"
        assert memory.recall(b"2", "key", lambda: "new") == "new"

    def test_forgets_when_a_kept_page_would_end(self) -> None:
        at = [0.0]
        memory = CatalogueMemory(QuickValkey("redis://127.0.0.1:1"), clock=lambda: at[0])
        assert memory.recall(b"1", "key", lambda: "old") == "old"
        at[0] = KEPT_SECONDS - 1.0
        assert memory.recall(b"1", "key", lambda: "new") == "old"
        at[0] = KEPT_SECONDS
        assert memory.recall(b"1", "key", lambda: "new") == "new"

    def test_holds_only_so_much(self) -> None:
        memory = CatalogueMemory(QuickValkey("redis://127.0.0.1:1"), most=2)
        for number in range(50):
            assert memory.recall(b"1", number, lambda number=number: number) == number  # type: ignore[misc]
        assert len(memory._page.values) <= 2

    def test_what_was_asked_for_longest_ago_makes_room(self) -> None:
        memory = CatalogueMemory(QuickValkey("redis://127.0.0.1:1"), most=2)
        for key in ("listing", "search", "listing", "other search"):
            memory.recall(b"1", key, lambda: "read")
        assert memory.recall(b"1", "listing", lambda: "anew") == "read"
        assert memory.recall(b"1", "search", lambda: "anew") == "anew"
