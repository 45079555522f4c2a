"""What a UPT pauses, as customers and officers meet it: it stays in the shop, says why, and is not sold."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ScalarSelect, func, select, update
from werkzeug.test import TestResponse

from accounts.models import Kanwil, Upt
from accounts.queries import actor_of
from inventory.models import Maker, Pause, Product, Stock
from inventory.queries.listing import listing_count
from inventory.queries.narrowing import Filters
from inventory.queries.regions import upts_of_kanwil
from inventory.queries.upts import upt_by_slug
from inventory.services.pausing import PauseWish, end_pause, pause
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from storefront.models import CartLine
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.languages import strangers
from tests.queries import CountedQueries
from tests.storefront.web.conftest import Shop

SENTENCE = "Tungku kami diperbaiki."
BADGE = "Dijeda</span>"
ENGLISH = "Our kitchen is being mended."


def pause_at(app: Flask, slug: str, *, english: str = "", product: str = "") -> None:
    """A pause of a UPT, or of one product there, for three days from today."""
    with app.app_context(), transaction() as session:
        upt = session.scalars(select(Upt).where(Upt.slug == slug)).one()
        user = make_officer(session, upt)
        what = f"{upt.code}/{product}" if product else upt.code
        wish = PauseWish(what, jakarta_day(now()) + timedelta(days=3), SENTENCE, english)
        pause(session, wish, key=uuid4(), actor=actor_of(session, user.id, user.name), at=now())


def upt_id(slug: str) -> ScalarSelect[int]:
    """The id of the UPT of an address."""
    return select(Upt.id).where(Upt.slug == slug).scalar_subquery()


def clear(app: Flask, *slugs: str) -> None:
    """Leave no piece on the shelves of these UPTs."""
    with app.app_context(), transaction() as session:
        for slug in slugs:
            session.execute(update(Stock).where(Stock.upt_id == upt_id(slug)).values(on_hand=0))


def put_in(client: FlaskClient, shop: Shop, **more: str) -> TestResponse:
    data = {"sku": shop.bread_sku, "quantity": "1", **more}
    return client.post(f"/produk/{shop.bread}", data=data)


def card(page: str, slug: str) -> str:
    """The card of a product."""
    return next(part for part in page.split("<li") if f'href="/produk/{slug}"' in part)


class TestOneOfTwo:
    def test_the_page_says_why_and_the_other_sells_on(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        assert SENTENCE not in client.get(f"/produk/{shop.bread}").text
        pause_at(app, shop.here)
        page = client.get(f"/produk/{shop.bread}").text
        assert SENTENCE in page
        assert put_in(client, shop, upt=shop.here).status_code == 409
        assert put_in(client, shop, upt=shop.there).status_code == 303
        assert "Dijeda" not in card(client.get("/produk").text, shop.bread)

    def test_a_line_that_must_come_from_it_waits_and_says_why(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        put_in(client, shop, upt=shop.here)
        pause_at(app, shop.here)
        page = client.get("/keranjang").text
        assert SENTENCE in page
        assert "izinnya" not in page, "it is no matter of permits"
        assert client.get("/checkout").status_code == 303

    def test_what_is_sold_out_is_not_paused_by_who_has_none(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        put_in(client, shop)
        put_in(client, shop, upt=shop.here)
        clear(app, shop.here, shop.there)
        pause_at(app, shop.here)
        page = client.get(f"/produk/{shop.bread}").text
        assert page.count(SENTENCE) == 1, "with the UPT alone"
        for text in (page, card(client.get("/produk").text, shop.bread)):
            assert BADGE not in text
            assert "Habis" in text
        cart = client.get("/keranjang").text
        assert SENTENCE not in cart
        assert "izinnya" not in cart, "it is no matter of permits"
        assert client.get("/checkout").status_code == 303

    @pytest.mark.parametrize("makes", ["pieces", "to order"])
    def test_what_the_other_has_none_of_is_paused_by_who_has_some(
        self, app: Flask, client: FlaskClient, shop: Shop, makes: str
    ) -> None:
        clear(app, shop.there, *([shop.here] if makes == "to order" else []))
        if makes == "to order":
            with app.app_context(), transaction() as session:
                bread = select(Product.id).where(Product.slug == shop.bread).scalar_subquery()
                by_it = update(Maker).where(Maker.product_id == bread, Maker.upt_id == upt_id(shop.here))
                session.execute(by_it.values(monthly_capacity=40))
        pause_at(app, shop.here)
        page = client.get(f"/produk/{shop.bread}").text
        assert page.count(SENTENCE) == 2, "at the top and with the UPT"
        for text in (page, card(client.get("/produk").text, shop.bread)):
            assert BADGE in text

    def test_a_line_that_may_come_from_anywhere_does_not(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        put_in(client, shop)
        pause_at(app, shop.here)
        assert SENTENCE not in client.get("/keranjang").text
        assert client.get("/checkout").status_code == 200


class TestAll:
    @pytest.fixture
    def both(self, app: Flask, shop: Shop) -> None:
        pause_at(app, shop.here, english=ENGLISH)
        pause_at(app, shop.there, product=shop.bread)

    @pytest.mark.usefixtures("both")
    def test_it_stays_in_the_shop_and_is_not_sold(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        assert "Dijeda" in card(client.get("/produk").text, shop.bread)
        page = client.get(f"/produk/{shop.bread}")
        assert page.status_code == 200
        assert 'content="noindex"' not in page.text
        assert put_in(client, shop).status_code == 409
        with app.app_context():
            assert db.session.scalar(select(func.count(CartLine.id))) == 0
            ready = Filters(availability="ready")
            assert listing_count(db.session(), ready) == 0, "and is counted nowhere as ready"

    @pytest.mark.usefixtures("both")
    def test_in_english_it_says_so_in_english_where_it_can(self, client: FlaskClient, shop: Shop) -> None:
        page = client.get(f"/en/produk/{shop.bread}").text
        assert ENGLISH in page
        assert f'lang="id">{SENTENCE}' in page
        assert strangers(page, "en") == []

    @pytest.mark.usefixtures("both")
    def test_the_page_of_the_upt_says_it_too(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        page = client.get(f"/upt/{shop.here}").text
        assert SENTENCE in page
        assert card(page, shop.bread)
        assert SENTENCE not in client.get(f"/upt/{shop.there}").text, "there it is one product"
        with app.app_context():
            here = upt_by_slug(db.session(), shop.here, locale="id", today=jakarta_day(now()))
            assert here
            assert (here.products > 0, here.ready, here.pieces) == (True, 0, 0)
            assert all(each.ready == 0 for each in upts_of_kanwil(db.session(), shop.kanwil))

    def test_a_cart_that_has_some_says_why(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        put_in(client, shop)
        pause_at(app, shop.there, product=shop.bread)
        pause_at(app, shop.here)
        assert SENTENCE in client.get("/keranjang").text
        assert client.get("/checkout").status_code == 303

    @pytest.mark.usefixtures("both")
    def test_it_comes_back_at_once_when_the_pause_is_ended(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        client.get(f"/produk/{shop.bread}")
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.slug == shop.here)).one()
            user = make_officer(session, upt)
            key = session.scalars(select(Pause.key).where(Pause.upt_id == upt.id)).one()
            end_pause(session, key, actor=actor_of(session, user.id, user.name), at=now())
        assert put_in(client, shop).status_code == 303


class TestOfficers:
    @pytest.fixture
    def code(self, app: Flask, client: FlaskClient, shop: Shop) -> str:
        """The UPT here, whose officer the browser is."""
        with app.app_context(), transaction() as session:
            upt = session.scalars(select(Upt).where(Upt.slug == shop.here)).one()
            code, officer = upt.code, make_officer(session, upt).id
        sign_in(client, officer)
        return code

    def form(self, code: str, **changes: str) -> dict[str, str]:
        until = str(jakarta_day(now()) + timedelta(days=2))
        return {"key": str(uuid4()), "what": code, "until": until, "text_id": SENTENCE, **changes}

    def test_from_the_form_to_today_and_back(self, client: FlaskClient, app: Flask, code: str) -> None:
        assert client.post("/staff/stok/jeda", data=self.form(code)).status_code == 303
        page = client.get("/staff/stok/jeda").text
        assert SENTENCE in page
        assert "/staff/stok/jeda" in client.get("/staff").text
        assert "/staff/stok/jeda" in client.get("/staff/stok").text
        assert client.post("/staff/stok/jeda", data=self.form(code)).status_code == 409
        with app.app_context():
            (key,) = db.session.scalars(select(Pause.key)).all()
        assert client.post(f"/staff/stok/jeda/{key}/selesai").status_code == 303
        assert SENTENCE not in client.get("/staff/stok/jeda").text
        assert client.post(f"/staff/stok/jeda/{key}/selesai").status_code == 404

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"until": "2020-01-01"}, "until"),
            ({"until": "31 Desember"}, "until"),
            ({"until": "9999-12-31"}, "until"),
            ({"text_id": " "}, "text_id"),
            ({"text_id": "x" * 10_000}, "text_id"),
            ({"text_en": "x" * 201}, "text_en"),
            ({"what": "UPT-0"}, "what"),
        ],
    )
    def test_what_is_wrong_stands_beside_the_field(
        self, client: FlaskClient, app: Flask, code: str, changes: dict[str, str], field: str
    ) -> None:
        answer = client.post("/staff/stok/jeda", data=self.form(code, **changes))
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        with app.app_context():
            assert db.session.scalar(select(func.count(Pause.id))) == 0

    def test_an_office_above_looks_on(self, client: FlaskClient, app: Flask, code: str) -> None:
        client.post("/staff/stok/jeda", data=self.form(code))
        with app.app_context(), transaction() as session:
            kanwil = make_user(session)
            upt = session.scalars(select(Upt).where(Upt.code == code)).one()
            above_it = session.get_one(Kanwil, upt.kanwil_id)
            make_membership(session, kanwil, "kanwil_officer", kanwil=above_it)
            key, above = session.scalars(select(Pause.key)).one(), kanwil.id
        sign_in(client, above)
        page = client.get("/staff/stok/jeda").text
        assert SENTENCE in page
        assert "/selesai" not in page
        assert client.post(f"/staff/stok/jeda/{key}/selesai").status_code == 403

    def test_queries_do_not_grow_with_the_pauses(
        self, client: FlaskClient, app: Flask, code: str, shop: Shop, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        counted = []
        for what in (code, f"{code}/{shop.bread}"):
            client.post("/staff/stok/jeda", data=self.form(what))
            with count_queries(engine) as queries:
                client.get("/staff/stok/jeda")
            counted.append(len(queries))
        assert 0 < counted[0] == counted[1]
