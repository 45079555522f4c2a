"""The customer's orders: the list, the page of one without its link, and buying again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import CUSTOMER
from inventory.models import Product, Stock
from kernel.clock import now
from kernel.db import db, transaction
from orders.links import OWNERS_WORD, order_token
from orders.models import Fulfilment, Order, OrderEvent, Refund
from orders.queries.history import PAGE_SIZE
from orders.rules.allocation import Wish
from orders.services.fulfilling import accept, pack, ship
from orders.services.joining import join_orders
from storefront.models import CartLine
from tests.factories.accounts import make_officer
from tests.factories.parcels import make_paid_order
from tests.factories.placing import Shop, make_placed_order, make_shop
from tests.storefront.web.account.conftest import Customer, MakeCustomer

SECRET = "a-secret-for-tests-that-is-long-enough"


@pytest.fixture
def shop(app: Flask) -> Shop:
    with app.app_context(), transaction() as session:
        made = make_shop(session, at=now(), nets=(30, 0), breads=60)
        session.expunge_all()
        return made


def order_of(app: Flask, customer: Customer | None, *wishes: Wish, days_ago: int = 0) -> str:
    with app.app_context(), transaction() as session:
        number = make_placed_order(session, *wishes, at=now())
        user_id = customer.id if customer else None
        placed_at = now() - timedelta(days=days_ago)
        changed = update(Order).where(Order.number == number)
        session.execute(changed.values(user_id=user_id, placed_at=placed_at))
        return number


def cart(app: Flask) -> list[tuple[int, int]]:
    with app.app_context():
        query = select(CartLine.variant_id, CartLine.quantity).order_by(CartLine.id)
        return [(variant_id, quantity) for variant_id, quantity in db.session.execute(query)]


class TestHistory:
    def test_lists_own_orders_newest_first(
        self, app: Flask, sari: Customer, shop: Shop, make_customer: MakeCustomer
    ) -> None:
        old = order_of(app, sari, Wish(1, shop.bread.id, 1), days_ago=2)
        new = order_of(app, sari, Wish(1, shop.net.id, 2), Wish(2, shop.bread.id, 1))
        foreign = [order_of(app, who, Wish(1, shop.bread.id, 1)) for who in (None, make_customer("Budi"))]
        page = sari.browser.get("/akun/pesanan").text
        assert page.index(new) < page.index(old)
        assert not [number for number in foreign if number in page]
        assert '2 × <span lang="id">Coir Net</span>' in page
        assert "Menunggu pembayaran" in page

    def test_shows_ten_a_page(self, app: Flask, sari: Customer, shop: Shop) -> None:
        numbers = [
            order_of(app, sari, Wish(1, shop.bread.id, 1), days_ago=day) for day in range(PAGE_SIZE + 2)
        ]
        first = sari.browser.get("/akun/pesanan").text
        assert [number for number in numbers if f"Pesanan {number}" in first] == numbers[:PAGE_SIZE]
        assert f"/akun/pesanan?setelah={numbers[PAGE_SIZE - 1]}" in first
        second = sari.browser.get(f"/akun/pesanan?setelah={numbers[PAGE_SIZE - 1]}").text
        assert [number for number in numbers if f"Pesanan {number}" in second] == numbers[PAGE_SIZE:]

    @pytest.mark.parametrize("after", ["LP-NONE", "x" * 10_000, "%F0%9F%8D%9E"])
    def test_behind_a_strange_number_there_is_nothing(
        self, app: Flask, sari: Customer, shop: Shop, after: str
    ) -> None:
        foreign = order_of(app, None, Wish(1, shop.bread.id, 1))
        order_of(app, sari, Wish(1, shop.bread.id, 1))
        answers = [sari.browser.get(f"/akun/pesanan?setelah={each}") for each in (after, foreign)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert all("Belum ada pesanan" in answer.text for answer in answers)

    def test_an_empty_list_leads_on(self, sari: Customer) -> None:
        assert 'href="/produk"' in sari.browser.get("/akun/pesanan").text

    def test_takes_as_many_statements_for_ten_orders_as_for_one(
        self, app: Flask, sari: Customer, shop: Shop, queries: list[str]
    ) -> None:
        counts = []
        for _ in range(2):
            order_of(app, sari, Wish(1, shop.bread.id, 1))
            queries.clear()
            sari.browser.get("/akun/pesanan")
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 5


class TestOwnOrderPage:
    def test_opens_for_its_owner_without_the_link(self, app: Flask, sari: Customer, shop: Shop) -> None:
        number = order_of(app, sari, Wish(1, shop.bread.id, 1))
        answer = sari.browser.get(f"/pesanan/{number}/akun")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert 'href="/akun/pesanan"' in answer.text
        assert f'action="/pesanan/{number}/akun/batal"' in answer.text

    def test_another_persons_is_as_missing_as_none(
        self, app: Flask, sari: Customer, shop: Shop, make_customer: MakeCustomer
    ) -> None:
        foreign = [order_of(app, who, Wish(1, shop.bread.id, 1)) for who in (None, make_customer("Budi"))]
        missing = sari.browser.get("/pesanan/LP-0/akun")
        assert missing.status_code == 404
        for number in foreign:
            for answer in (
                sari.browser.get(f"/pesanan/{number}/akun"),
                sari.browser.post(f"/pesanan/{number}/akun/bayar"),
                sari.browser.post(f"/pesanan/{number}/akun/batal"),
            ):
                assert answer.status_code == 404
            assert sari.browser.get(f"/pesanan/{number}/akun").data == missing.data
        with app.app_context():
            states = db.session.scalars(select(Order.state).where(Order.number.in_(foreign))).all()
        assert set(states) == {"awaiting_payment"}

    def test_a_visitor_is_sent_to_sign_in_whether_it_exists_or_not(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        for number in (order_of(app, None, Wish(1, shop.bread.id, 1)), "LP-0"):
            answer = client.get(f"/pesanan/{number}/akun")
            assert answer.status_code == 303
            assert answer.location == f"/masuk?next=%2Fpesanan%2F{number}%2Fakun"
            assert client.post(f"/pesanan/{number}/akun/batal").location == "/masuk"

    def test_the_link_of_a_mail_and_the_way_back_from_paying_lead_there(
        self, app: Flask, client: FlaskClient, sari: Customer, make_customer: MakeCustomer, shop: Shop
    ) -> None:
        number = order_of(app, sari, Wish(1, shop.bread.id, 1))
        token = order_token(number, secret_key=app.extensions["lapak"].secret_key)
        answer = sari.browser.get(f"/en/pesanan/{number}/{token}?session_id=cs_1")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (303, "no-store")
        assert answer.location == f"/en/pesanan/{number}/akun?session_id=cs_1"
        for other in (client, make_customer("Budi").browser):
            assert other.get(f"/pesanan/{number}/{token}").status_code == 200

    def test_after_cancelling_one_is_there_again(self, app: Flask, sari: Customer, shop: Shop) -> None:
        number = order_of(app, sari, Wish(1, shop.bread.id, 1))
        answer = sari.browser.post(f"/pesanan/{number}/akun/batal")
        assert answer.location == f"/pesanan/{number}/akun"


class TestBuyAgain:
    def test_puts_everything_in_the_cart(self, app: Flask, sari: Customer, shop: Shop) -> None:
        number = order_of(app, sari, Wish(1, shop.net.id, 2), Wish(2, shop.bread.id, 3))
        answer = sari.browser.post(f"/akun/pesanan/{number}/lagi")
        assert (answer.status_code, answer.location) == (303, "/keranjang")
        assert cart(app) == [(shop.net.id, 2), (shop.bread.id, 3)]
        assert "2 produk ada di keranjang Anda." in sari.browser.get("/keranjang").text

    def test_says_beside_each_what_could_not_be(self, app: Flask, sari: Customer, shop: Shop) -> None:
        number = order_of(app, sari, Wish(1, shop.net.id, 2), Wish(2, shop.bread.id, 3))
        with app.app_context(), transaction() as session:
            session.execute(update(Product).where(Product.name == "Roti").values(is_withdrawn=True))
            session.execute(
                update(Stock).where(Stock.variant_id == shop.net.id).values(on_hand=Stock.reserved + 1)
            )
        answer = sari.browser.post(f"/en/akun/pesanan/{number}/lagi")
        assert answer.status_code == 200
        assert "1 piece in the cart, then it were 2." in answer.text
        assert "Not put in the cart." in answer.text
        assert cart(app) == [(shop.net.id, 1)]

    def test_another_persons_order_puts_nothing_in(
        self, app: Flask, sari: Customer, shop: Shop, make_customer: MakeCustomer
    ) -> None:
        foreign = [order_of(app, who, Wish(1, shop.bread.id, 1)) for who in (None, make_customer("Budi"))]
        for number in (*foreign, "LP-0", "x" * 5_000):
            assert sari.browser.post(f"/akun/pesanan/{number}/lagi").status_code == 404
        assert cart(app) == []

    def test_from_another_site_nothing_happens(self, app: Flask, sari: Customer, shop: Shop) -> None:
        number = order_of(app, sari, Wish(1, shop.bread.id, 1))
        answer = sari.browser.post(f"/akun/pesanan/{number}/lagi", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert cart(app) == []


def test_joined_orders_are_in_the_list(app: Flask, sari: Customer, shop: Shop) -> None:
    number = order_of(app, None, Wish(1, shop.bread.id, 1))
    with app.app_context(), transaction() as session:
        join_orders(session, user_id=sari.id, email="sari@example.com", actor=CUSTOMER, at=now())
    assert number in sari.browser.get("/akun/pesanan").text


class TestWhoDidIt:
    """The history says which account did it, and of a link's holder no more than that it was the customer."""

    def by(self, app: Flask, number: str, kind: str) -> list[tuple[str, int | None]]:
        with app.app_context():
            query = select(OrderEvent.actor_label, OrderEvent.actor_user_id).join(
                Order, Order.id == OrderEvent.order_id
            )
            rows = db.session.execute(query.where(Order.number == number, OrderEvent.kind == kind))
            return [(label, user_id) for label, user_id in rows]

    def act(self, app: Flask, sari: Customer, number: str, tail: str, *, owned: bool) -> None:
        """Do it as the owner, or with the link in the browser of somebody else who is signed in."""
        with app.app_context(), transaction() as session:
            user_id = sari.id if owned else None
            session.execute(update(Order).where(Order.number == number).values(user_id=user_id))
        token = OWNERS_WORD if owned else order_token(number, secret_key=SECRET)
        assert sari.browser.post(f"/pesanan/{number}/{token}/{tail}").status_code == 303

    @pytest.mark.parametrize("owned", [True, False])
    def test_cancels(self, app: Flask, sari: Customer, shop: Shop, *, owned: bool) -> None:
        number = order_of(app, sari, Wish(1, shop.bread.id, 1))
        self.act(app, sari, number, "batal", owned=owned)
        assert self.by(app, number, "order_cancelled") == [("customer", sari.id if owned else None)]

    @pytest.mark.parametrize("owned", [True, False])
    def test_calls_off(self, app: Flask, sari: Customer, shop: Shop, *, owned: bool) -> None:
        with app.app_context(), transaction() as session:
            number = make_paid_order(session, Wish(1, shop.bread.id, 1), at=now()).number
        self.act(app, sari, number, "batal-dan-kembalikan", owned=owned)
        assert self.by(app, number, "fulfilment_cancelled") == [("customer", sari.id if owned else None)]
        with app.app_context():
            refund = db.session.execute(select(Refund.actor_label, Refund.actor_user_id)).one()
        assert refund == ("customer", sari.id if owned else None)

    @pytest.mark.parametrize("owned", [True, False])
    def test_confirms_a_parcel(self, app: Flask, sari: Customer, shop: Shop, *, owned: bool) -> None:
        with app.app_context(), transaction() as session:
            order = make_paid_order(session, Wish(1, shop.bread.id, 1), at=now())
            number = order.number
            parcel = session.scalars(select(Fulfilment).where(Fulfilment.order_id == order.id)).one()
            user = make_officer(session, session.get_one(Upt, parcel.upt_id))
            officer = actor_of(session, user.id, user.name)
            for step in (accept, pack):
                step(session, parcel.number, actor=officer, at=now())
            ship(session, parcel.number, "JNE", "JNE0012345678", actor=officer, at=now())
        self.act(app, sari, number, f"{number}-1/sampai", owned=owned)
        assert self.by(app, number, "fulfilment_delivered") == [("customer", sari.id if owned else None)]
