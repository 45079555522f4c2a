"""The wishlist: put on from a page that is the same for all, one's own alone, and so long and no longer."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from inventory.models import Product
from inventory.services.catalogue import refresh_catalogue
from kernel.db import db, transaction
from storefront.models import WishlistItem
from storefront.services import wishlist
from tests.factories.inventory import make_ready_good
from tests.languages import strangers
from tests.storefront.web.account.conftest import Customer, MakeCustomer


@pytest.fixture(autouse=True)
def bread(app: Flask) -> int:
    """A bread and a cake; the id of the bread."""
    with app.app_context(), transaction() as session:
        make_ready_good(session, "Kue Lapis")
        return make_ready_good(session, "Roti Manis")[0].id


def wished(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(WishlistItem.user_id).order_by(WishlistItem.added_at)))


def put_on(customer: Customer, slug: str = "roti-manis") -> None:
    answer = customer.browser.post(f"/produk/{slug}/keinginan")
    assert (answer.status_code, answer.location) == (303, "/akun/keinginan")


class TestPutOn:
    def test_the_button_leaves_the_page_one_that_can_be_kept(self, client: FlaskClient) -> None:
        page = client.get("/produk/roti-manis")
        assert 'action="/produk/roti-manis/keinginan"' in page.text
        assert "ETag" in page.headers

    def test_shows_it_on_the_list_once(self, app: Flask, sari: Customer) -> None:
        put_on(sari)
        put_on(sari)
        assert wished(app) == [sari.id]
        assert sari.browser.get("/akun/keinginan").text.count('<a href="/produk/roti-manis">') == 1

    def test_a_visitor_signs_in_and_finds_it_offered(
        self, app: Flask, client: FlaskClient, sari: Customer
    ) -> None:
        answer = client.post("/en/produk/roti-manis/keinginan")
        assert answer.status_code == 303
        way = urlsplit(str(answer.location))
        assert way.path == "/en/masuk"
        wanted = parse_qs(way.query)["next"][0]
        page = sari.browser.get(wanted)
        assert page.text.count('action="/produk/roti-manis/keinginan"') == 1
        assert wished(app) == []

    @pytest.mark.parametrize("slug", ["none", "x" * 2_000, "<b>"])
    def test_what_there_is_not_is_not_put_on(self, app: Flask, sari: Customer, slug: str) -> None:
        assert sari.browser.post(f"/produk/{slug}/keinginan").status_code == 404
        assert sari.browser.get("/akun/keinginan", query_string={"tambah": slug}).status_code == 200
        assert wished(app) == []

    def test_a_full_list_says_so(self, app: Flask, sari: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wishlist, "MOST_WISHES", 1)
        put_on(sari)
        put_on(sari, "kue-lapis")
        assert wished(app) == [sari.id]
        assert "Keluarkan satu dahulu" in sari.browser.get("/akun/keinginan").text


class TestTakeOff:
    def test_takes_off_ones_own_alone(self, app: Flask, sari: Customer, make_customer: MakeCustomer) -> None:
        budi = make_customer("Budi")
        put_on(sari)
        put_on(budi)
        for _ in range(2):
            answer = sari.browser.post("/akun/keinginan", data={"slug": "roti-manis"})
            assert answer.status_code == 303
        assert wished(app) == [budi.id]
        assert "Roti Manis" not in sari.browser.get("/akun/keinginan").text

    def test_from_another_site_nothing_changes(self, app: Flask, sari: Customer) -> None:
        put_on(sari)
        cross = {"Sec-Fetch-Site": "cross-site"}
        form = {"slug": "roti-manis"}
        assert sari.browser.post("/akun/keinginan", data=form, headers=cross).status_code == 403
        assert wished(app) == [sari.id]


def test_what_is_no_longer_sold_is_said(app: Flask, sari: Customer, bread: int) -> None:
    put_on(sari)
    with app.app_context(), transaction() as session:
        session.execute(update(Product).where(Product.id == bread).values(is_withdrawn=True))
        refresh_catalogue(session, [bread])
    sari.browser.get("/akun/keinginan")  # what was said there is read
    page = sari.browser.get("/en/akun/keinginan").text
    assert "No longer sold" in page
    assert "Roti Manis" in page
    assert strangers(page, "en") == []


def test_the_list_takes_as_many_statements_for_two_as_for_one(sari: Customer, queries: list[str]) -> None:
    counts = []
    for slug in ("roti-manis", "kue-lapis"):
        put_on(sari, slug)
        sari.browser.get("/akun/keinginan")
        queries.clear()
        sari.browser.get("/akun/keinginan")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
