"""Goods that rest for want of a permit, as customers meet them: on no shelf, and back by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from inventory.errors import NotForSale
from inventory.events import BackInStock
from inventory.models import CatalogueEntry, PermitRule, Product, RestockRequest, Stock
from inventory.queries.permits import permit_for
from inventory.rules import CATALOGUE
from inventory.services.catalogue import leave_out_resting, refresh_catalogue
from inventory.services.permits import review_permit
from inventory.services.restocking import ask_restock, take_waiting
from kernel.clock import jakarta_day, now
from kernel.db import db, mark_changed, transaction
from kernel.outbox import OutboxEvent
from storefront.models import CartLine
from storefront.queries.wishlist import gone_wishes, wished_for
from storefront.services.wishlist import wish_for
from tests.factories.accounts import make_membership, make_user
from tests.factories.inventory import make_permit
from tests.languages import strangers
from tests.storefront.web.conftest import Shop

SENTENCE = "sedang tidak dijual"
SHELVES = ("/produk", "/produk?kategori=roti_kue", "/cari?q=roti", "/upt/{here}")


def needs_permit(app: Flask, shop: Shop) -> None:
    """Let bread and cakes need a P-IRT from yesterday on; what counts read of stays as it was."""
    with app.app_context(), transaction() as session:
        bread = bread_of(session, shop)
        since = jakarta_day(now()) - timedelta(days=1)
        session.add(PermitRule(category_id=bread.category_id, kinds=["PIRT"], since=since))
        mark_changed(session, CATALOGUE)


def bread_of(session: Session, shop: Shop) -> Product:
    return session.scalars(select(Product).where(Product.slug == shop.bread)).one()


def give_permit(app: Flask, shop: Shop, days: int, *, slug: str | None = None) -> None:
    """A checked P-IRT of the UPT here, which ends in so many days."""
    with app.app_context(), transaction() as session:
        upt = session.scalars(select(Upt).where(Upt.slug == (slug or shop.here))).one()
        end = jakarta_day(now()) + timedelta(days=days)
        checked = {"expires_on": end, "verified_at": now(), "verified_by": "Kanwil"}
        make_permit(session, upt, bread_of(session, shop), **checked)
        mark_changed(session, CATALOGUE)


def shows(client: FlaskClient, shop: Shop) -> list[bool]:
    """On which of SHELVES a card of the bread stands."""
    pages = [client.get(address.format(here=shop.here)).text for address in SHELVES]
    return [f'href="/produk/{shop.bread}"' in page for page in pages]


def put_in(client: FlaskClient, shop: Shop, **more: str) -> int:
    data = {"sku": shop.bread_sku, "quantity": "1", **more}
    return client.post(f"/produk/{shop.bread}", data=data).status_code


class TestLeaving:
    def test_it_is_on_no_shelf_though_nothing_was_switched(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        assert shows(client, shop) == [True] * len(SHELVES)
        needs_permit(app, shop)
        assert shows(client, shop) == [False] * len(SHELVES)

    def test_its_page_says_so_and_sells_nothing(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        needs_permit(app, shop)
        page = client.get(f"/produk/{shop.bread}")
        assert page.status_code == 200
        assert SENTENCE in page.text
        assert 'content="noindex"' in page.text
        assert "application/ld+json" not in page.text or '"Offer"' not in page.text
        assert 'name="sku"' not in page.text
        assert client.get(f"/produk/{shop.bread}/permintaan").status_code == 404
        assert strangers(client.get(f"/en/produk/{shop.bread}").text, "en") == []

    def test_a_cart_takes_none_and_stays_as_it_is(self, app: Flask, client: FlaskClient, shop: Shop) -> None:
        needs_permit(app, shop)
        assert put_in(client, shop) == 200  # the page that says why
        assert put_in(client, shop, upt=shop.here) == 200
        with app.app_context():
            assert db.session.scalars(select(CartLine)).all() == []

    def test_a_cart_that_has_some_keeps_them_and_says_why_they_wait(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        put_in(client, shop)
        needs_permit(app, shop)
        page = client.get("/keranjang").text
        assert "izinnya sedang diperbarui atau diperiksa" in page
        assert client.get("/checkout").status_code == 303
        give_permit(app, shop, 0)
        page = client.get("/keranjang").text
        assert "izinnya sedang diperbarui" not in page
        assert 'href="/checkout"' in page

    def test_nobody_waits_for_it_or_is_told_while_it_rests(self, app: Flask, shop: Shop) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Stock).values(on_hand=0))
            ask_restock(session, shop.bread_sku, user_id=None, email="a@b.id", locale="id", at=now())
            session.execute(update(RestockRequest).values(confirmed_at=now()))
            session.execute(update(Stock).values(on_hand=4))
        needs_permit(app, shop)
        with app.app_context(), transaction() as session:
            assert take_waiting(session, shop.bread_id, most=9, at=now()) == []
            with pytest.raises(NotForSale):
                ask_restock(session, shop.bread_sku, user_id=None, email="c@d.id", locale="id", at=now())

    def test_counts_forget_it_in_the_night(self, app: Flask, shop: Shop) -> None:
        needs_permit(app, shop)
        listed = select(CatalogueEntry.slug).where(CatalogueEntry.slug == shop.bread)
        with app.app_context(), transaction() as session:
            assert session.scalars(listed).all() == [shop.bread]
            of_category = session.scalars(select(CatalogueEntry.product_id)).all()
            assert leave_out_resting(session, at=now()) == len(of_category)
            assert session.scalars(listed).all() == []
            assert leave_out_resting(session, at=now()) == 0
            refresh_catalogue(session, [bread_of(session, shop).id])
            assert session.scalars(listed).all() == []

    def test_a_wishlist_keeps_it_by_its_name(self, app: Flask, shop: Shop) -> None:
        with app.app_context(), transaction() as session:
            user_id = make_user(session).id
            wish_for(session, shop.bread, user_id=user_id, at=now())
            assert [item.slug for item in wished_for(session, user_id)] == [shop.bread]
        needs_permit(app, shop)
        with app.app_context(), transaction() as session:
            assert wished_for(session, user_id) == []
            (gone,) = gone_wishes(session, user_id)
            assert (gone.slug, gone.rests) == (shop.bread, True)


class TestOneUptOfTwo:
    def test_only_the_pieces_under_a_permit_are_sold(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        needs_permit(app, shop)
        give_permit(app, shop, 10)
        assert shows(client, shop) == [True] * len(SHELVES)
        assert put_in(client, shop, upt=shop.there) == 409
        assert put_in(client, shop, quantity="6") == 409
        assert put_in(client, shop, quantity="5") == 303

    def test_a_line_that_must_come_from_the_other_waits(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        put_in(client, shop, upt=shop.there)
        needs_permit(app, shop)
        give_permit(app, shop, 10)
        assert "izinnya sedang diperbarui" in client.get("/keranjang").text


class TestReturning:
    def test_checking_the_paper_brings_it_back_and_tells_who_waits(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Stock).values(on_hand=0))
            ask_restock(session, shop.bread_sku, user_id=None, email="a@b.id", locale="id", at=now())
            session.execute(update(RestockRequest).values(confirmed_at=now()))
            session.execute(update(Stock).values(on_hand=4))
        needs_permit(app, shop)
        with app.app_context(), transaction() as session:
            leave_out_resting(session, at=now())
            upt = session.scalars(select(Upt).where(Upt.slug == shop.here)).one()
            permit = make_permit(session, upt, bread_of(session, shop), expires_on=jakarta_day(now()))
            reviewer = make_user(session)
            make_membership(session, reviewer, "directorate")
            actor = actor_of(session, reviewer.id, "Peninjau")
            key = permit.key
            session.flush()
            seen = permit_for(session, actor, key, today=jakarta_day(now())).mark
        assert shows(client, shop) == [False] * len(SHELVES)
        with app.app_context(), transaction() as session:
            review_permit(session, key, seen=seen, refusal="", actor=actor, at=now())
        assert shows(client, shop) == [True] * len(SHELVES)
        assert 'name="sku"' in client.get(f"/produk/{shop.bread}").text
        with app.app_context(), transaction() as session:
            told = session.scalars(select(OutboxEvent).where(OutboxEvent.name == BackInStock.__name__)).all()
            assert len(told) == 1
            assert len(take_waiting(session, shop.bread_id, most=9, at=now())) == 1

    @pytest.mark.parametrize(("days", "is_sold"), [(0, True), (-1, False)])
    def test_the_last_day_counts(
        self, app: Flask, client: FlaskClient, shop: Shop, days: int, is_sold: bool
    ) -> None:
        needs_permit(app, shop)
        give_permit(app, shop, days)
        assert shows(client, shop) == [is_sold] * len(SHELVES)
        assert (SENTENCE in client.get(f"/produk/{shop.bread}").text) is not is_sold


def test_resting_asks_no_further_statement(
    app: Flask, client: FlaskClient, shop: Shop, queries: list[str]
) -> None:
    needs_permit(app, shop)
    queries.clear()
    client.get(f"/produk/{shop.bread}")
    assert len(queries) == 1
