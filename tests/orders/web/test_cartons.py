"""The cartons of a parcel on its page: one more, apart again, each with slip, label and number."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.models import Upt
from kernel.db import db, transaction
from kernel.sheets import BEGINNING
from orders.links import order_token
from orders.rules.allocation import Wish
from orders.rules.tracking import TRACKING_PAGES
from tests.factories.accounts import browser, make_officer
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.queries import CountedQueries
from tests.snapshots import snapshot_of

SECRET = "a-secret-for-tests-that-is-long-enough"
SECOND, THIRD = "JNE0010000002", "JNE0010000003"


@dataclass(frozen=True)
class Desk:
    """Six nets and two breads at Garut in one parcel; officers of Garut and Ciamis."""

    garut: int
    ciamis: int
    order: str
    number: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(20, 5), breads=9)
        here, there = make_officer(session, shop.garut), make_officer(session, shop.ciamis)
        wishes = (Wish(1, shop.net.id, 6, shop.garut.id), Wish(2, shop.bread.id, 2, shop.garut.id))
        order = make_paid_order(session, *wishes, at=at)
        number = parcel_of(session, order, shop.garut).number
        return Desk(here.id, there.id, order.number, number)


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    client = browser(app, desk.garut)
    assert do(client, desk, "terima").status_code == 303
    return client


def do(client: FlaskClient, desk: Desk, step: str, /, **form: str) -> TestResponse:
    return client.post(f"/en/staff/paket/{desk.number}/{step}", data=form)


def add(client: FlaskClient, desk: Desk, nets: str, breads: str = "0", seen: str = "0") -> TestResponse:
    return do(client, desk, "dus", **{"carton-1": nets, "carton-2": breads, "seen": seen})


def give(client: FlaskClient, desk: Desk, step: str, number: str) -> TestResponse:
    return do(client, desk, step, courier="JNE", tracking_number=number)


def correct(client: FlaskClient, desk: Desk, carton: str, number: str) -> TestResponse:
    form = {"fix-carton": carton, "fix-courier": "JNE", "fix-tracking_number": number}
    return do(client, desk, "nomor-resi", **form)


def printed(client: FlaskClient, desk: Desk, what: str) -> list[str]:
    answer = client.get(f"/staff/paket/cetak/{what}.pdf?parcel={desk.number}")
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]


def test_from_packing_to_the_customer(officer: FlaskClient, desk: Desk) -> None:
    page = officer.get(f"/en/staff/paket/{desk.number}").text
    assert f'action="/en/staff/paket/{desk.number}/dus"' in page
    assert "cartons-title" not in page
    assert add(officer, desk, "2", "1").status_code == 303
    page = officer.get(f"/en/staff/paket/{desk.number}").text
    assert ("Carton 1/2" in page, "Carton 2/2" in page) == (True, True)
    slips = printed(officer, desk, "slip")
    assert [f"Dus {each}/2" in slip for each, slip in enumerate(slips, 1)] == [True, True]
    assert ("4 ×" in slips[0], "2 ×" in slips[1]) == (True, True)
    labels = printed(officer, desk, "label")
    assert ["2500 g barang" in labels[0], "1500 g barang" in labels[1]] == [True, True]
    assert "Carton 2/2" in officer.get(f"/en/staff/paket/{desk.number}/slip").text
    do(officer, desk, "kemas")
    page = officer.get(f"/en/staff/paket/{desk.number}").text
    assert f'action="/en/staff/paket/{desk.number}/dus/2/kirim"' in page
    assert f'action="/en/staff/paket/{desk.number}/kirim"' not in page, "the first leaves last"
    assert give(officer, desk, "dus/2/kirim", SECOND).status_code == 303
    page = officer.get(f"/en/staff/paket/{desk.number}").text
    assert f'action="/en/staff/paket/{desk.number}/kirim"' in page
    assert f'action="/en/staff/paket/{desk.number}/antar"' not in page
    assert f'action="/en/staff/paket/{desk.number}/dus/buka"' not in page
    assert give(officer, desk, "kirim", "JNE0010000001").status_code == 303
    assert correct(officer, desk, "2", THIRD).status_code == 303
    address = f"/en/pesanan/{desk.order}/{order_token(desk.order, secret_key=SECRET)}"
    page = officer.get(address).text
    assert "This parcel comes in 2 cartons" in page
    assert f"Carton 2 of 2 handed to the courier: {SECOND}" in page
    assert "Carton 1 of 2 handed to the courier: JNE0010000001" in page
    assert f'<span class="code code--whole">{THIRD}</span>' in page
    assert page.count(f'href="{TRACKING_PAGES["JNE"]}"') == 2, "to the courier's page for each carton"


def test_each_number_leads_to_the_page_of_its_courier(officer: FlaskClient, desk: Desk) -> None:
    add(officer, desk, "2")
    add(officer, desk, "1", seen="1")
    do(officer, desk, "kemas")
    couriers = {"dus/2/kirim": "SiCepat", "dus/3/kirim": "TIKI", "kirim": "JNE"}
    for step, courier in couriers.items():
        assert do(officer, desk, step, courier=courier, tracking_number=SECOND).status_code == 303
    page = officer.get(f"/en/staff/paket/{desk.number}").text
    first, second, third = page.split('id="box-')[1:4]
    for part, courier in ((first, "JNE"), (second, "SiCepat"), (third, "TIKI")):
        shown = part.partition("</article>")[0]
        assert re.findall(r'<a class="link-out[^>]* href="([^"]*)"', shown) == [TRACKING_PAGES[courier]]
    facts = page.partition("Tracking number</dt>")[2].partition("</dd>")[0]
    assert f'href="{TRACKING_PAGES["JNE"]}" rel="noopener noreferrer external"' in facts


def test_the_file_of_parcels_names_the_number_of_each_carton(officer: FlaskClient, desk: Desk) -> None:
    def named(state: str) -> str:
        text = officer.get(f"/en/staff/paket/unduh.csv?status={state}", buffered=True).text
        (row,) = csv.DictReader(io.StringIO(text.removeprefix(BEGINNING)), delimiter=";")
        return row["Tracking number"]

    add(officer, desk, "2")
    add(officer, desk, "1", seen="1")
    do(officer, desk, "kemas")
    assert named("packed") == ""
    give(officer, desk, "dus/2/kirim", SECOND)
    assert named("packed") == SECOND
    give(officer, desk, "dus/3/kirim", THIRD)
    give(officer, desk, "kirim", "JNE0010000001")
    assert named("shipped") == f"JNE0010000001, {SECOND}, {THIRD}"


def test_a_number_is_corrected_while_others_wait(app: Flask, officer: FlaskClient, desk: Desk) -> None:
    add(officer, desk, "2")
    add(officer, desk, "1", seen="1")
    do(officer, desk, "kemas")
    before = snapshot_of(app)
    assert correct(officer, desk, "1", THIRD).status_code == 409
    assert snapshot_of(app) == before
    give(officer, desk, "dus/2/kirim", SECOND)
    page = officer.get(f"/en/staff/paket/{desk.number}").text
    assert (page.count('id="tracking_number"'), page.count('id="fix-tracking_number"')) == (1, 1)
    assert page.count(f'value="{SECOND}"') == 1, "noted in the form that corrects it"
    before = snapshot_of(app)
    for carton in ("1", "3", "x", "9" * 30):
        answer = correct(officer, desk, carton, THIRD)
        assert (answer.status_code, "Choose a carton from the list." in answer.text) == (422, True), carton
    assert snapshot_of(app) == before
    assert correct(officer, desk, "2", THIRD).status_code == 303
    page = officer.get(f"/en/staff/paket/{desk.number}").text
    shown = [f'JNE <span class="code">{number}</span>' in page for number in (SECOND, THIRD)]
    assert shown == [False, True]


def test_brought_by_the_upt_no_number_is_promised(officer: FlaskClient, desk: Desk) -> None:
    add(officer, desk, "2")
    do(officer, desk, "kemas")
    address = f"/en/pesanan/{desk.order}/{order_token(desk.order, secret_key=SECRET)}"
    page = officer.get(address).text
    assert ("comes in 2 cartons" in page, '<ul class="bullets">' in page) == (True, False)
    assert do(officer, desk, "antar").status_code == 303
    assert "comes in 2 cartons" not in officer.get(address).text


def test_a_parcel_in_cartons_is_not_asked_for(app: Flask, officer: FlaskClient, desk: Desk) -> None:
    with app.app_context():
        code = db.session.scalars(select(Upt.code).where(Upt.city == "Kabupaten Ciamis")).one()
    form = {"pieces-1": "1", "pieces-2": "0", "upt": code, "reason": "other"}
    add(officer, desk, "2")
    before = snapshot_of(app)
    answer = officer.post(f"/en/staff/paket/{desk.number}/alihkan", data=form)
    assert (answer.status_code, snapshot_of(app) == before) == (409, True)


def test_wrong_forms_are_refused_beside_the_field(app: Flask, officer: FlaskClient, desk: Desk) -> None:
    before = snapshot_of(app)
    for nets, words in (
        ("7", "Enter a whole number from 0 to 6."),
        ("-1", "Enter a whole number from 0 to 6."),
        ("x" * 10_000, "Enter a whole number from 0 to 6."),
        ("0", "Say of at least one product how many pieces go into the new carton."),
    ):
        answer = add(officer, desk, nets)
        assert (answer.status_code, words in answer.text) == (422, True), nets
    answer = add(officer, desk, "6", "2")
    assert (answer.status_code, "Leave at least one piece" in answer.text) == (422, True)
    for seen in ("1", "x", ""):
        assert add(officer, desk, "1", seen=seen).status_code == 409
        assert do(officer, desk, "dus/buka", seen=seen).status_code == 409
    answer = give(officer, desk, "dus/2/kirim", SECOND)
    assert (answer.status_code, "This parcel has no such carton." in answer.text) == (409, True)
    assert snapshot_of(app) == before


def test_numbers_are_refused_beside_the_field(app: Flask, officer: FlaskClient, desk: Desk) -> None:
    add(officer, desk, "2")
    add(officer, desk, "1", seen="1")
    do(officer, desk, "kemas")
    give(officer, desk, "dus/2/kirim", SECOND)
    before = snapshot_of(app)
    for number, words in (
        ("?", "Enter 6 to 30 letters and digits"),
        (SECOND, "Another parcel was sent with JNE under this number already."),
    ):
        answer = give(officer, desk, "dus/3/kirim", number)
        assert (answer.status_code, words in answer.text) == (422, True), number
    answer = give(officer, desk, "kirim", "JNE0010000001")
    assert (answer.status_code, "Carton 3 has not left yet" in answer.text) == (409, True)
    answer = do(officer, desk, "tidak-tersedia", **{"pieces-1": "1", "reason": "damaged", "seen": "0"})
    assert (answer.status_code, "The parcel lies in several cartons." in answer.text) == (409, True)
    assert snapshot_of(app) == before


def test_of_another_upt_there_is_nothing(app: Flask, officer: FlaskClient, desk: Desk) -> None:
    add(officer, desk, "2")
    stranger = browser(app, desk.ciamis)
    before = snapshot_of(app)
    for step in ("dus", "dus/buka", "dus/2/kirim"):
        foreign = stranger.post(f"/staff/paket/{desk.number}/{step}", data={"seen": "1"})
        unknown = stranger.post(f"/staff/paket/LP-XXXXXXXXXX-1/{step}", data={"seen": "1"})
        assert (foreign.status_code, foreign.text) == (404, unknown.text)
    assert snapshot_of(app) == before


def test_the_page_asks_as_often_however_many_cartons(
    app: Flask, officer: FlaskClient, desk: Desk, count_queries: CountedQueries
) -> None:
    with app.app_context():
        engine = db.engine
    add(officer, desk, "1")
    officer.get(f"/staff/paket/{desk.number}")
    with count_queries(engine) as few:
        officer.get(f"/staff/paket/{desk.number}")
    for seen in ("1", "2", "3"):
        add(officer, desk, "1", seen=seen)
    officer.get(f"/staff/paket/{desk.number}")
    with count_queries(engine) as many:
        assert "Dus 5/5" in officer.get(f"/staff/paket/{desk.number}").text
    assert len(many) == len(few)
