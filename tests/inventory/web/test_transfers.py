"""Officers send and receive on the phone: what is wrong stands beside its row and nothing is half done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from accounts.models import Upt
from inventory.models import PermitRule, Product, Stock, Variant
from kernel.db import db, transaction
from tests.factories.accounts import browser, make_officer
from tests.factories.inventory import make_permit
from tests.factories.placing import make_shop
from tests.queries import CountedQueries
from tests.snapshots import snapshot_of

LIST = "/staff/stok/pindah"


@dataclass(frozen=True)
class Desk:
    """Garut (10 nets, 3 of its own bread, two officers) and Ciamis (5 nets, one officer)."""

    garut: str
    ciamis: str
    officer: int
    other: int
    colleague: int
    sku: str
    bread: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(10, 5), breads=3)
        offices = (shop.garut, shop.ciamis, shop.garut)
        officer, other, colleague = (make_officer(session, upt).id for upt in offices)
        return Desk(
            shop.garut.code, shop.ciamis.code, officer, other, colleague, shop.net.sku, shop.bread.sku
        )


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.officer)


@pytest.fixture
def other(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.other)


def begin(client: FlaskClient, source: str, target: str) -> str:
    form = {"key": str(uuid4()), "source": source, "target": target}
    answer = client.post(LIST, data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def pieces(app: Flask) -> int:
    """Pieces in all stores."""
    with app.app_context():
        return int(db.session.scalar(select(func.sum(Stock.on_hand))) or 0)


class TestTransfers:
    def test_from_one_store_to_the_other(
        self, officer: FlaskClient, other: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk.garut, desk.ciamis)
        assert other.get(url).status_code == 404, "a draft is its sender's"
        assert officer.post(url, data={f"n-{desk.sku}": "3"}).status_code == 303
        assert 'value="3"' in officer.get(url).text
        assert pieces(app) == 18, "a draft holds nothing"
        assert officer.post(f"{url}/kirim", data={f"n-{desk.sku}": "4"}).status_code == 303
        assert pieces(app) == 14
        shelf = f"/staff/stok/{desk.ciamis}/{desk.sku}"
        assert "<dt>Dalam perjalanan</dt><dd>4</dd>" in other.get(shelf).text
        assert "pemindahan menuju UPT Anda" in other.get("/staff").text
        assert "pemindahan menuju UPT Anda" not in officer.get("/staff").text
        assert other.post(f"{url}/terima", data={f"n-{desk.sku}": "4"}).status_code == 303
        assert pieces(app) == 18
        assert "<dt>Dalam perjalanan</dt>" not in other.get(shelf).text
        assert "Dari UPT lain" in other.get(shelf).text

    @pytest.mark.parametrize(
        ("text", "status"), [("11", 409), ("x", 422), ("-1", 422), ("", 409), ("0", 409), ("9" * 5000, 422)]
    )
    def test_what_cannot_be_sent_is_refused(
        self, officer: FlaskClient, app: Flask, desk: Desk, text: str, status: int
    ) -> None:
        url = begin(officer, desk.garut, desk.ciamis)
        before = snapshot_of(app)
        answer = officer.post(f"{url}/kirim", data={f"n-{desk.sku}": text})
        assert answer.status_code == status
        assert (f'id="n-{desk.sku}-error"' in answer.text) is (text not in ("", "0"))
        assert snapshot_of(app) == before

    def test_a_refused_row_stays_whatever_was_sold_or_searched_meanwhile(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk.garut, desk.ciamis)
        with app.app_context(), transaction() as session:
            session.execute(update(Stock).values(reserved=Stock.on_hand))
        before = snapshot_of(app)
        answer = officer.post(f"{url}/kirim?q=lain", data={f"n-{desk.sku}": "4"})
        assert answer.status_code == 409
        assert f'id="n-{desk.sku}-error"' in answer.text
        assert f'name="n-{desk.sku}" type="text" inputmode="numeric"' in answer.text
        assert 'value="4" aria-invalid="true"' in answer.text
        assert f'formaction="{url}/kirim?q=lain"' in answer.text
        assert snapshot_of(app) == before

    def test_what_has_no_row_is_said_on_top(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        url = begin(officer, desk.garut, desk.ciamis)
        before = snapshot_of(app)
        answer = officer.post(f"{url}/kirim", data={"n-LAIN": "x"})
        assert answer.status_code == 422
        assert "Masukkan bilangan bulat dari 0 sampai" in answer.text
        assert snapshot_of(app) == before

    @pytest.mark.parametrize(
        ("text", "why", "status"),
        [("5", "", 409), ("3", "", 409), ("", "", 409), ("x", "", 422), ("3", "x" * 5000, 409)],
    )
    def test_what_cannot_have_arrived_is_refused(
        self,
        officer: FlaskClient,
        other: FlaskClient,
        app: Flask,
        desk: Desk,
        text: str,
        why: str,
        status: int,
    ) -> None:
        url = begin(officer, desk.garut, desk.ciamis)
        officer.post(f"{url}/kirim", data={f"n-{desk.sku}": "4"})
        before = snapshot_of(app)
        answer = other.post(f"{url}/terima", data={f"n-{desk.sku}": text, "explanation": why})
        assert answer.status_code == status
        assert officer.post(f"{url}/terima", data={f"n-{desk.sku}": "4"}).status_code == 403
        assert officer.post(url, data={f"n-{desk.sku}": "4"}).status_code == 409
        assert snapshot_of(app) == before

    def test_the_sender_takes_back_what_is_on_its_way(
        self, officer: FlaskClient, other: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk.garut, desk.ciamis)
        officer.post(f"{url}/kirim", data={f"n-{desk.sku}": "4"})
        assert f'action="{url}/tarik"' in officer.get(url).text
        assert f'action="{url}/tarik"' not in other.get(url).text
        before = snapshot_of(app)
        assert other.post(f"{url}/tarik").status_code == 403
        assert snapshot_of(app) == before
        assert officer.post(f"{url}/tarik").status_code == 303
        assert pieces(app) == 18
        assert "Ditarik kembali pada" in other.get(url).text
        assert "Pemindahan yang ditarik kembali" in officer.get(f"/staff/stok/{desk.garut}/{desk.sku}").text
        before = snapshot_of(app)
        assert officer.post(f"{url}/tarik").status_code == 409
        assert snapshot_of(app) == before

    def test_what_the_other_does_not_make_is_refused_beside_its_row(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        url = begin(officer, desk.garut, desk.ciamis)
        assert f'id="n-{desk.bread}"' not in officer.get(url).text
        before = snapshot_of(app)
        answer = officer.post(f"{url}/kirim", data={f"n-{desk.bread}": "1"})
        assert answer.status_code == 409
        assert f'id="n-{desk.bread}-error"' in answer.text
        assert "tidak membuat barang ini" in answer.text
        assert snapshot_of(app) == before

    def test_goods_that_the_other_may_not_sell_are_told_beside_their_row(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        """The permits of another UPT are behind the wall, but its page in the shop shows what it may sell."""
        place = open_place(officer, desk, "Pasar")
        urls = (
            begin(officer, desk.garut, desk.ciamis),
            begin(officer, desk.garut, f"{desk.garut}/{place.rsplit('/', 1)[1]}"),
        )
        said = f'id="n-{desk.sku}-rests"'
        assert said not in officer.get(urls[0]).text, "no rule asks for a permit"
        with app.app_context(), transaction() as session:
            product = session.scalars(select(Product).join(Variant).where(Variant.sku == desk.sku)).one()
            ciamis = session.scalars(select(Upt).where(Upt.code == desk.ciamis)).one()
            since = date(2020, 1, 1)
            session.add(PermitRule(category_id=product.category_id, kinds=["PIRT"], since=since))
            product_id, ciamis_id = product.id, ciamis.id
        page = officer.get(urls[0]).text
        assert said in page
        assert f'aria-describedby="n-{desk.sku}-rests"' in page
        assert said not in officer.get(urls[1]).text, "an own place: one's own shelf tells"
        with app.app_context(), transaction() as session:
            ciamis, product = session.get_one(Upt, ciamis_id), session.get_one(Product, product_id)
            make_permit(session, ciamis, product, verified_at=at, verified_by="Sari")
        assert said not in officer.get(urls[0]).text
        assert officer.post(f"{urls[0]}/kirim", data={f"n-{desk.sku}": "1"}).status_code == 303

    def test_ends_that_do_not_fit_and_calling_off(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        form, before = {"key": str(uuid4()), "source": desk.garut, "target": desk.garut}, snapshot_of(app)
        assert officer.post(LIST, data=form).status_code == 409
        assert officer.post(LIST, data={**form, "source": desk.ciamis}).status_code == 422
        assert snapshot_of(app) == before
        url = begin(officer, desk.garut, desk.ciamis)
        assert officer.post(f"{url}/batal").status_code == 303
        before = snapshot_of(app)
        assert officer.post(f"{url}/kirim", data={f"n-{desk.sku}": "1"}).status_code == 409
        assert officer.post(f"{url}/batal").status_code == 409
        assert snapshot_of(app) == before

    def test_the_list_is_kept_as_a_table(self, officer: FlaskClient, desk: Desk) -> None:
        url = begin(officer, desk.garut, desk.ciamis)
        officer.post(f"{url}/kirim", data={f"n-{desk.sku}": "4"})
        heading, line = officer.get(f"{LIST}/unduh.csv", buffered=True).text.splitlines()
        assert heading.startswith("\ufeffAsal barang;Tujuan barang;")
        assert f";Dalam perjalanan;{desk.sku};" in line

    def test_queries_do_not_grow(
        self, officer: FlaskClient, app: Flask, desk: Desk, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        counted = []
        for _ in range(2):
            url = begin(officer, desk.garut, desk.ciamis)
            for page in (LIST, url):
                with count_queries(engine) as queries:
                    officer.get(page)
                counted.append(len(queries))
        assert 0 < counted[0] == counted[2]
        assert 0 < counted[1] == counted[3]


class TestPlaces:
    def test_pieces_go_to_a_fair_and_back(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        place = open_place(officer, desk, "Pasar")
        end = f"{desk.garut}/{place.rsplit('/', 1)[1]}"
        carry(officer, desk, desk.garut, end, 2)
        assert pieces(app) == 16
        assert ">2</strong>" in officer.get(place).text
        page = officer.get(f"/staff/stok/{desk.garut}/{desk.sku}").text
        assert "<dt>Di pameran dan gerai</dt><dd>2</dd>" in page
        assert "(Pasar)" in officer.get("/staff/stok/buku").text
        before = snapshot_of(app)
        assert officer.post(f"{place}/tutup").status_code == 409
        assert snapshot_of(app) == before
        carry(officer, desk, end, desk.garut, 2)
        assert officer.post(f"{place}/tutup").status_code == 303
        assert "Pasar" not in officer.get("/staff/stok/tempat").text
        assert pieces(app) == 18

    @pytest.mark.parametrize(
        ("wrong", "status"),
        [
            ({"name": "Pasar"}, 409),
            ({"name": " "}, 422),
            ({"name": "x" * 61}, 422),
            ({"kind": "moon"}, 422),
            ({"upt": "NONE"}, 422),
        ],
    )
    def test_what_is_no_place_is_refused(
        self, officer: FlaskClient, app: Flask, desk: Desk, wrong: dict[str, str], status: int
    ) -> None:
        open_place(officer, desk, "Pasar")
        before = snapshot_of(app)
        form = {"key": str(uuid4()), "upt": desk.garut, "kind": "fair", "name": "Alun-alun", **wrong}
        answer = officer.post("/staff/stok/tempat", data=form)
        assert answer.status_code == status
        assert f'id="{next(iter(wrong))}-error"' in answer.text
        assert snapshot_of(app) == before

    def test_queries_do_not_grow(
        self, officer: FlaskClient, app: Flask, desk: Desk, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        counted = []
        for name in ("Pasar", "Alun-alun"):
            place = open_place(officer, desk, name)
            for page in ("/staff/stok/tempat", place):
                with count_queries(engine) as queries:
                    officer.get(page)
                counted.append(len(queries))
        assert 0 < counted[0] == counted[2]
        assert 0 < counted[1] == counted[3]


class TestSales:
    def test_what_was_sold_is_booked_once(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        place = fair_with(officer, desk, 3)
        form = sale_form(officer, place, desk, "2")
        assert officer.post(f"{place}/jual", data=form).status_code == 303
        assert "Ada di sana: <strong" in officer.get(place).text
        assert "data-left>1</strong>" in officer.get(place).text
        before = snapshot_of(app)
        assert officer.post(f"{place}/jual", data=form).status_code == 303
        assert snapshot_of(app) == before
        assert "tidak ada yang dibukukan dua kali" in officer.get(place).text
        assert "(Pasar)" in officer.get("/staff/stok/buku?reason=sold_offline").text

    @pytest.mark.parametrize(("text", "status"), [("4", 409), ("x", 422), ("-1", 422), ("", 409)])
    def test_what_cannot_have_been_sold_is_refused(
        self, officer: FlaskClient, app: Flask, desk: Desk, text: str, status: int
    ) -> None:
        place = fair_with(officer, desk, 3)
        form = sale_form(officer, place, desk, text)
        before = snapshot_of(app)
        answer = officer.post(f"{place}/jual", data=form)
        assert answer.status_code == status
        assert (f'id="n-{desk.sku}-error"' in answer.text) is bool(text)
        assert form["key"] in answer.text, "sent again it is the same sale"
        assert snapshot_of(app) == before

    def test_a_sale_that_waited_is_not_booked_in_anothers_name(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        place = fair_with(officer, desk, 3)
        form = sale_form(officer, place, desk, "2")
        colleagues = sale_form(browser(app, desk.colleague), place, desk, "2")["seller"]
        before = snapshot_of(app)
        for seller in (colleagues, "x", ""):
            answer = officer.post(f"{place}/jual", data={**form, "seller": seller})
            assert answer.status_code == 409
            assert "dicatat orang lain" in answer.text
        assert officer.post(f"{place}/jual", data={**form, "key": "x"}).status_code == 422
        assert snapshot_of(app) == before

    def test_nobody_sells_at_a_closed_place(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        place = open_place(officer, desk, "Pasar")
        form = sale_form(officer, place, desk, "1")
        assert officer.post(f"{place}/tutup").status_code == 303
        before = snapshot_of(app)
        assert officer.post(f"{place}/jual", data=form).status_code == 409
        assert "data-sale " not in officer.get(place).text
        assert snapshot_of(app) == before


def fair_with(client: FlaskClient, desk: Desk, count: int) -> str:
    """The address of a fair where so many nets lie."""
    place = open_place(client, desk, "Pasar")
    carry(client, desk, desk.garut, f"{desk.garut}/{place.rsplit('/', 1)[1]}", count)
    return place


def sale_form(client: FlaskClient, place: str, desk: Desk, text: str) -> dict[str, str]:
    """The form of the page, filled in."""
    hidden = re.findall(r'type="hidden" name="(key|seller)" value="([^"]+)"', client.get(place).text)
    return {**dict(hidden), f"n-{desk.sku}": text}


def open_place(client: FlaskClient, desk: Desk, name: str) -> str:
    """The address of a fair of Garut."""
    form = {"key": str(uuid4()), "upt": desk.garut, "kind": "fair", "name": name}
    answer = client.post("/staff/stok/tempat", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def carry(client: FlaskClient, desk: Desk, source: str, target: str, count: int) -> None:
    """Send pieces from one end to another, and receive them there."""
    url = begin(client, source, target)
    for step in ("kirim", "terima"):
        assert client.post(f"{url}/{step}", data={f"n-{desk.sku}": str(count)}).status_code == 303
