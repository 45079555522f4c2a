"""F9: somebody keeps hold of a shelf, or of every connection: the rest are told soon, and lose nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Lock
from uuid import uuid4

import pytest
from flask import Flask
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, ExceptionContext, create_engine, event, select, text
from sqlalchemy.pool import QueuePool
from werkzeug.test import TestResponse

from inventory.models import Stock, Variant
from kernel.clock import now
from kernel.db import db, transaction
from orders.rules.allocation import Wish
from storefront.services.carts import open_cart, put_in_cart
from tests.factories.accounts import browser, make_officer
from tests.factories.placing import BANDUNG, make_command, make_shop, with_seen_total
from tests.snapshots import snapshot_of

Ask = Callable[[], TestResponse]

BUSY = "Seseorang sedang mengubah hal yang sama"
CROWDED = "Saat ini pengunjung sangat banyak"


@dataclass(frozen=True)
class Desk:
    """Garut's officer with ten nets and nine breads, five nets at Ciamis, and a visitor who wants a net."""

    app: Flask
    officer: int
    garut: str
    ciamis: str
    net: str
    bread: str
    order: dict[str, str]
    cart: str

    def receive(self, sku: str) -> Ask:
        """Pieces come onto Garut's shelf."""
        form = {"receive-key": str(uuid4()), "receive-quantity": "20", "receive-reason": "made"}
        return self._by_officer(f"/staff/stok/{self.garut}/{sku}/masuk", form)

    def adjust(self, sku: str) -> Ask:
        """Some of them are broken."""
        form = {
            "adjust-key": str(uuid4()),
            "adjust-quantity": "2",
            "adjust-reason": "damaged",
            "adjust-direction": "take",
        }
        return self._by_officer(f"/staff/stok/{self.garut}/{sku}/koreksi", form)

    def send(self, sku: str) -> Ask:
        """Some go to Ciamis by a transfer that is drawn up already."""
        draft = {"key": str(uuid4()), "source": self.garut, "target": self.ciamis}
        url = self._by_officer("/staff/stok/pindah", draft)().location
        return self._by_officer(f"{url}/kirim", {f"n-{sku}": "3"})

    def note(self, sku: str) -> Ask:
        """A batch of them was made."""
        day = now().date().isoformat()
        form = {"key": str(uuid4()), "made_on": day, "passed": "4", "reworked": "0", "failed": "0"}
        return self._by_officer(f"/staff/stok/{self.garut}/{sku}/produksi", form)

    def buy(self) -> TestResponse:
        """The visitor orders the net in the cart."""
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        client.set_cookie("lapak_cart", self.cart)
        return client.post("/checkout", data=self.order)

    def page(self, address: str) -> Ask:
        """What the officer sees there."""
        client = browser(self.app, self.officer)
        return lambda: client.get(address)

    def _by_officer(self, address: str, form: dict[str, str]) -> Ask:
        client = browser(self.app, self.officer)
        return lambda: client.post(address, data=form)


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now(), nets=(10, 0), breads=9)
        cart = open_cart(session, key=None, user_id=None, at=now())
        put_in_cart(session, cart.id, shop.net.sku, 1)
        command = with_seen_total(session, make_command(Wish(1, shop.net.id, 1)), at=now())
        order = {
            "email": command.contact.email,
            "name": command.contact.name,
            "phone": command.contact.phone,
            "postcode": BANDUNG.postcode,
            "village": BANDUNG.village_code,
            "street": BANDUNG.street,
            "note": "",
            "checkout_key": cart.checkout_key,
            "seen_total": str(command.seen_total),
            "step": "order",
        }
        officer = make_officer(session, shop.garut).id
        return Desk(
            app, officer, shop.garut.code, shop.ciamis.code, shop.net.sku, shop.bread.sku, order, cart.key
        )


def at_once(asks: Sequence[Ask]) -> list[TestResponse]:
    """Everything asked for side by side: each waits as long as the others."""
    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(lambda ask: ask(), asks))


def is_told(answer: TestResponse, sentence: str) -> bool:
    """Whether it is a friendly page that says this, and when to come back."""
    found = (answer.status_code, answer.headers.get("Retry-After"), sentence in answer.text)
    return found == (503, "5", True) and "<main" in answer.text


@contextmanager
def held(app: Flask, sku: str) -> Iterator[list[tuple[int, int]]]:
    """Somebody else keeps the shelf. Gives what was free to others each time somebody gave up waiting for it.

    That is the head of the audit log, which all who change a thing need, and the other shelves.
    """
    with app.app_context():
        engine, url = db.engine, db.engine.url
    others, seen, one_by_one = create_engine(url), list[tuple[int, int]](), Lock()

    def look(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, LockNotAvailable):
            with one_by_one, others.begin() as connection:  # who gave up has not let go of anything yet
                seen.append((_free(connection, "audit_head"), _free(connection, "stocks")))

    hot = select(Stock.id).join(Variant).where(Variant.sku == sku).with_for_update(of=Stock)
    event.listen(engine, "handle_error", look)
    try:
        with others.begin() as connection:
            connection.execute(hot).one()
            yield seen
    finally:
        event.remove(engine, "handle_error", look)
        others.dispose()


def _free(connection: Connection, table: str) -> int:
    locked = f"SELECT count(*) FROM (SELECT FROM {table} FOR UPDATE SKIP LOCKED) AS free"
    found: int = connection.execute(text(locked)).scalar_one()
    return found


def test_f9_a_shelf_in_other_hands_stops_its_own_forms_alone(app: Flask, desk: Desk) -> None:
    steps = [desk.receive, desk.adjust, desk.note]
    asks: list[Ask] = [*(step(desk.net) for step in steps), desk.send(desk.net), desk.buy]
    elsewhere = [step(desk.bread) for step in steps]
    before = snapshot_of(app)
    with held(app, desk.net) as free:
        answers = at_once(asks)
        assert [is_told(answer, BUSY) for answer in answers] == [True] * len(asks), answers
        assert snapshot_of(app) == before
        assert free == [(1, 1)] * len(asks), "who waits for a shelf keeps nobody from the others"
        for address in ("/produk", "/keranjang", f"/staff/stok/{desk.garut}/{desk.net}"):
            assert desk.page(address)().status_code == 200, "reading waits for nobody"
        assert [ask().status_code for ask in elsewhere] == [303] * len(elsewhere)
    assert [ask().status_code for ask in asks] == [303] * len(asks), "the same forms, sent again"
    with app.app_context():
        found = select(Stock.on_hand, Stock.reserved).join(Variant).order_by(Variant.sku == desk.net)
        assert db.session.execute(found).all() == [(9 + 20 - 2 + 4, 0), (10 + 20 - 2 + 4 - 3, 1)]


def test_f9_without_a_free_connection_everybody_is_told_to_come_back(app: Flask, desk: Desk) -> None:
    asks: list[Ask] = [desk.receive(desk.net), desk.page("/staff/stok"), desk.page("/keranjang"), desk.buy]
    before = snapshot_of(app)
    with all_connections(app):
        answers = at_once(asks)
        assert app.test_client().get("/healthz").status_code == 200
    assert [is_told(answer, CROWDED) for answer in answers] == [True] * len(asks), answers
    assert snapshot_of(app) == before
    assert [ask().status_code for ask in asks] == [303, 200, 200, 303]


@contextmanager
def all_connections(app: Flask) -> Iterator[None]:
    """Somebody uses every connection that this process may open."""
    with app.app_context(), ExitStack() as lent:
        engine, most = db.engine, app.config["SQLALCHEMY_ENGINE_OPTIONS"]
        db.session.remove()
        assert isinstance(engine.pool, QueuePool)
        while engine.pool.checkedout() < most["pool_size"] + most["max_overflow"]:
            lent.enter_context(engine.connect())
        yield
