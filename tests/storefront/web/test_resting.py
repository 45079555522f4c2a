"""Goods that rest for want of a permit, as customers meet them: on no shelf, and back by themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import Actor, system_actor
from inventory.errors import NotForSale
from inventory.events import BackInStock
from inventory.models import (
    CatalogueEntry,
    Category,
    Maker,
    Permit,
    PermitRule,
    Product,
    RestockRequest,
    Stock,
)
from inventory.queries.facets import facets
from inventory.queries.home import newly_made
from inventory.queries.listing import listing_count, listing_page
from inventory.queries.narrowing import Filters
from inventory.queries.permits import permit_for
from inventory.queries.products import makers_of
from inventory.queries.regions import upts_of_kanwil
from inventory.queries.terms import asked_product
from inventory.queries.upts import upt_by_slug
from inventory.rules import CATALOGUE
from inventory.services.catalogue import leave_out_resting, refresh_catalogue
from inventory.services.permit_rules import set_permit_rule
from inventory.services.permits import review_permit
from inventory.services.receiving import Receipt, receive_all
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


def head_office(session: Session) -> Actor:
    reviewer = make_user(session)
    make_membership(session, reviewer, "directorate")
    return actor_of(session, reviewer.id, "Peninjau")


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

    def test_what_is_sold_but_lost_its_entry_is_listed_again_in_the_night(
        self, app: Flask, shop: Shop
    ) -> None:
        listed = select(CatalogueEntry.slug).where(CatalogueEntry.slug == shop.bread)
        with app.app_context(), transaction() as session:
            leave_out_resting(session, at=now())
            session.execute(delete(CatalogueEntry).where(CatalogueEntry.slug == shop.bread))
            assert leave_out_resting(session, at=now()) == 1
            assert session.scalars(listed).all() == [shop.bread]
            assert leave_out_resting(session, at=now()) == 0

    def test_a_rule_and_a_check_at_once_lose_no_entry(self, app: Flask, shop: Shop) -> None:
        give_permit(app, shop, 10)
        with app.app_context(), transaction() as session:
            permit = session.scalars(select(Permit)).one()
            permit.verified_at, permit.verified_by = None, ""
            actor = head_office(session)
            mark = permit_for(session, actor, permit.key, today=jakarta_day(now())).mark
            key, category = permit.key, session.scalars(select(Category.slug)).one()

        def write_rule() -> None:
            with app.app_context(), transaction() as session:
                set_permit_rule(session, category, ["PIRT"], jakarta_day(now()), actor=actor, at=now())

        with ThreadPoolExecutor(1) as pool:
            with app.app_context(), transaction() as session:
                review_permit(session, key, seen=mark, refusal="", actor=actor, at=now())
                writing = pool.submit(write_rule)
                with pytest.raises(TimeoutError):
                    writing.result(timeout=0.5)  # it waits for the check
            writing.result(timeout=20)
        with app.app_context():
            assert shop.bread in db.session.scalars(select(CatalogueEntry.slug)).all()

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

    def test_pieces_without_a_permit_are_counted_and_offered_nowhere(
        self, app: Flask, client: FlaskClient, shop: Shop
    ) -> None:
        ready = Filters(availability="ready")
        with app.app_context(), transaction() as session:
            here = select(Upt.id).where(Upt.slug == shop.here).scalar_subquery()
            session.execute(update(Stock).where(Stock.upt_id == here).values(on_hand=0))
            bread = bread_of(session, shop)
            there = session.scalars(select(Upt).where(Upt.slug == shop.there)).one()
            receipt = Receipt(shop.bread_id, there.id, 1)
            receive_all(session, [receipt], reason="", actor=system_actor("test"), at=now())
            session.execute(
                update(Maker).where(Maker.product_id == bread.id).values(monthly_capacity=9, lead_days=2)
            )
            assert "Roti Manis" in [item.name for item in listing_page(session, ready, "newest").items]
        needs_permit(app, shop)
        give_permit(app, shop, 10)
        assert f'href="/produk/{shop.bread}"' not in client.get(f"/upt/{shop.there}").text
        assert f'href="/produk/{shop.bread}"' in client.get(f"/upt/{shop.here}").text
        with app.app_context(), transaction() as session:
            bread = bread_of(session, shop)
            (item,) = (
                item for item in listing_page(session, Filters(), "newest").items if item.slug == bread.slug
            )
            assert (item.available, item.is_made_to_order) == (0, True)
            assert listing_page(session, ready, "newest").items == []
            choices = facets(session, Filters(), locale="id").choices["availability"]
            told = {choice.slug: choice.count for choice in choices}
            assert told == {"ready": 0, "to_order": 1}
            assert newly_made(session, most=9) == []
            upt = upt_by_slug(session, shop.there, locale="id", today=jakarta_day(now()))
            assert upt is not None
            assert (upt.products, upt.ready, upt.pieces) == (0, 0, 0)
            assert [each.products for each in upts_of_kanwil(session, shop.kanwil)] == [1, 0]

    def test_only_those_with_a_permit_are_asked_or_make_it_to_order(self, app: Flask, shop: Shop) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Maker).values(monthly_capacity=9, lead_days=2))
        needs_permit(app, shop)
        give_permit(app, shop, 10, slug=shop.there)
        with app.app_context(), transaction() as session:
            bread = bread_of(session, shop)
            asked = asked_product(session, shop.bread)
            assert asked is not None
            there = session.scalars(select(Upt.id).where(Upt.slug == shop.there)).one()
            assert asked.upt_ids == (there,)
            to_order = {maker.slug: maker.makes_to_order for maker in makers_of(session, bread.id)}
            assert to_order == {shop.here: False, shop.there: True}
            assert is_to_order(session, bread) == (True, 1)
            session.execute(
                update(Maker)
                .where(Maker.upt_id == there, Maker.product_id == bread.id)
                .values(lead_days=None)
            )
            assert is_to_order(session, bread) == (False, 0)


def is_to_order(session: Session, bread: Product) -> tuple[bool, int]:
    """Whether the bread's card says that it is made to order, and how many products that filter leaves."""
    items = listing_page(session, Filters(), "newest").items
    (item,) = (item for item in items if item.product_id == bread.id)
    return item.is_made_to_order, listing_count(session, Filters(availability="to_order"))


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
            actor = head_office(session)
            key = permit.key
            mark = permit_for(session, actor, key, today=jakarta_day(now())).mark
        assert shows(client, shop) == [False] * len(SHELVES)
        with app.app_context(), transaction() as session:
            review_permit(session, key, seen=mark, refusal="", actor=actor, at=now())
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
