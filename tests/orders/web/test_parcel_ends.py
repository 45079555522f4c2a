"""Officers' forms for how a parcel ends: what they show, what they refuse beside the field, nothing twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from accounts.models import Upt
from accounts.rules import CUSTOMER
from inventory.models import Batch, Reservation, Stock, Variant
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from orders.links import order_token
from orders.models import Fulfilment
from orders.rules.allocation import Wish
from orders.rules.pickup import MOST_MISSES, pickup_code
from orders.services.fetching import choose_pickup
from tests.factories.accounts import make_officer, sign_in
from tests.factories.batches import make_batch
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.queries import CountedQueries
from tests.snapshots import snapshot_of

SECRET = "a-secret-for-tests-that-is-long-enough"


@dataclass(frozen=True)
class Desk:
    """Six nets for Sari in one parcel at Garut, which is open for pick-up; its officer."""

    officer: int
    order: str
    number: str

    @property
    def link(self) -> str:
        return f"/pesanan/{self.order}/{order_token(self.order, secret_key=SECRET)}"


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(20, 5))
        session.execute(update(Upt).where(Upt.id == shop.garut.id).values(is_open_for_pickup=True))
        officer = make_officer(session, shop.garut)
        order = make_paid_order(session, Wish(1, shop.net.id, 6, shop.garut.id), at=at)
        return Desk(officer.id, order.number, parcel_of(session, order, shop.garut).number)


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def parcel(app: Flask, number: str) -> Fulfilment:
    with app.app_context():
        return db.session.scalars(select(Fulfilment).where(Fulfilment.number == number)).one()


def do(client: FlaskClient, desk: Desk, step: str, /, **form: str) -> TestResponse:
    return client.post(f"/staff/paket/{desk.number}/{step}", data=form)


def pack(client: FlaskClient, desk: Desk) -> None:
    for step in ("terima", "kemas"):
        assert do(client, desk, step).status_code == 303


def ship(client: FlaskClient, desk: Desk) -> None:
    pack(client, desk)
    assert do(client, desk, "kirim", courier="JNE", tracking_number="JNE0012345678").status_code == 303


def wait(app: Flask, client: FlaskClient, desk: Desk, at: datetime) -> str:
    """The parcel waits to be fetched; gives its code."""
    with app.app_context(), transaction() as session:
        choose_pickup(session, desk.order, desk.number, actor=CUSTOMER, at=at)
    pack(client, desk)
    assert do(client, desk, "siap-diambil").status_code == 303
    return pickup_code(desk.number, 1, secret_key=SECRET)


class TestPickup:
    def test_the_customer_chooses_it_and_shows_the_code(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        offer = officer.get(f"/en{desk.link}").text
        assert "Fetch it yourself instead" in offer
        answer = officer.post(f"/en{desk.link}/{desk.number}/ambil-sendiri", follow_redirects=True)
        assert "you fetch this parcel" in answer.text
        assert "You fetch it" in answer.text
        assert "pickup__code" not in answer.text, "no code before it is packed"
        again = officer.post(f"/en{desk.link}/{desk.number}/ambil-sendiri", follow_redirects=True)
        assert "nothing was done twice" in again.text
        pack(officer, desk)
        page = officer.get(f"/staff/paket/{desk.number}").text
        assert f'action="/staff/paket/{desk.number}/siap-diambil"' in page
        assert f'action="/staff/paket/{desk.number}/kirim"' not in page
        do(officer, desk, "siap-diambil")
        shown = re.search(r'pickup__code code" aria-label="[^"]+">([0-9 ]{7})<', officer.get(desk.link).text)
        assert shown
        assert shown[1].replace(" ", "") not in officer.get(f"/staff/paket/{desk.number}").text
        assert do(officer, desk, "diambil", code=shown[1]).status_code == 303
        assert parcel(app, desk.number).state == "delivered"
        assert "Fetched" in officer.get(f"/en{desk.link}").text

    def test_is_not_offered_where_the_upt_is_closed(
        self, client: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(Upt).values(is_open_for_pickup=False))
        assert "Fetch it yourself" not in client.get(f"/en{desk.link}").text
        before = snapshot_of(app)
        answer = client.post(f"/en{desk.link}/{desk.number}/ambil-sendiri", follow_redirects=True)
        assert "cannot be fetched" in answer.text
        assert snapshot_of(app) == before

    def test_wrong_codes_are_said_beside_the_field_and_end(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        code = wait(app, officer, desk, at)
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        assert do(officer, desk, "diambil", code="").status_code == 422
        for slip in (code[:5], f"{code}0", "abcdef", "１２３４５６"):
            answer = do(officer, desk, "diambil", code=slip)
            assert answer.status_code == 422
            assert 'id="code-error"' in answer.text
        assert parcel(app, desk.number).code_misses == 0, (
            "nothing typed is no try, nor is a slip of the finger"
        )
        for tried in range(1, MOST_MISSES + 1):
            answer = do(officer, desk, "diambil", code=wrong)
            assert answer.status_code == 422
            assert ('id="code-error"' in answer.text) == (tried < MOST_MISSES), "then a new one is asked for"
        before = snapshot_of(app)
        assert do(officer, desk, "diambil", code=code).status_code == 409
        assert snapshot_of(app) == before
        assert "pickup__code" not in officer.get(desk.link).text
        assert do(officer, desk, "kode-baru", seen="1").status_code == 303
        assert do(officer, desk, "diambil", code=code).status_code == 422
        fresh = pickup_code(desk.number, 2, secret_key=SECRET)
        assert do(officer, desk, "diambil", code=fresh).status_code == 303
        assert do(officer, desk, "diambil", code=fresh).status_code == 303
        assert parcel(app, desk.number).state == "delivered"

    def test_what_is_packed_is_sent(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        do(officer, desk, "terima")
        assert "Fetch it yourself" in officer.get(f"/en{desk.link}").text
        do(officer, desk, "kemas")
        assert "Fetch it yourself" not in officer.get(f"/en{desk.link}").text
        before = snapshot_of(app)
        answer = officer.post(f"/en{desk.link}/{desk.number}/ambil-sendiri", follow_redirects=True)
        assert "This step is not possible now" in answer.text
        assert snapshot_of(app) == before

    @pytest.mark.parametrize("pieces", [2, 6])
    def test_what_is_not_fetched_is_not_said_to_be_missing(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime, pieces: int
    ) -> None:
        wait(app, officer, desk, at)
        form = {"pieces-1": str(pieces), "reason": "not_fetched", "seen": "0"}
        assert do(officer, desk, "tidak-tersedia", **form).status_code == 303
        page = officer.get(f"/en{desk.link}").text
        assert f"{pieces} pieces of" in page
        assert "were not fetched" in page
        assert "cannot be supplied" not in page
        assert ("Nothing of this order is to come any more" in page) == (pieces == 6)

    def test_what_waits_stands_on_the_list_and_on_today(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        words = "parcels that customers fetch"
        assert words not in officer.get("/en/staff").text
        wait(app, officer, desk, at)
        assert words in officer.get("/en/staff").text
        for narrowed in ("status=ready", "status=all&courier=pickup"):
            assert desk.number in officer.get(f"/staff/paket?{narrowed}").text
        assert desk.number not in officer.get("/staff/paket?status=all&courier=JNE").text


class TestOwnDelivery:
    def test_who_took_it_in_is_asked_and_shown(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        pack(officer, desk)
        assert do(officer, desk, "antar").status_code == 303
        before = snapshot_of(app)
        for receiver in ("", " ", "x" * 81, "x" * 10_000):
            answer = do(officer, desk, "sampai", receiver=receiver)
            assert answer.status_code == 422
            assert 'id="receiver-error"' in answer.text
        assert snapshot_of(app) == before
        assert do(officer, desk, "sampai", receiver="<b>Bu Sari</b>").status_code == 303
        assert parcel(app, desk.number).state == "delivered"
        assert "taken in by &lt;b&gt;Bu Sari" in officer.get(f"/en{desk.link}").text


class TestComingBack:
    def test_good_pieces_are_counted_line_by_line(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        ship(officer, desk)
        before = snapshot_of(app)
        for form in (
            {"good-1": "7", "reason": "refused"},
            {"good-1": "x", "reason": "refused"},
            {"good-1": "1"},
            {"good-1": "", "reason": "refused"},
            {"reason": "refused"},
        ):
            assert do(officer, desk, "kembali", **form).status_code == 422
        assert 'id="good-1-error"' in do(officer, desk, "kembali", reason="refused").text
        assert snapshot_of(app) == before
        assert do(officer, desk, "kembali", **{"good-1": "5", "reason": "refused"}).status_code == 303
        page = officer.get(f"/en/staff/paket/{desk.number}").text
        assert "5 back in stock, 1 written off" in page
        assert "The customer did not want it" in page
        assert "Came back to the unit" in officer.get(f"/en{desk.link}").text
        assert desk.number in officer.get("/staff/stok/buku?kind=returned").text

    def test_what_is_past_its_date_is_refused_beside_the_field(
        self, officer: FlaskClient, app: Flask, desk: Desk
    ) -> None:
        day = jakarta_day(now())
        with app.app_context(), transaction() as session:
            place = select(Variant, Upt).join(Stock, Stock.variant_id == Variant.id)
            place = place.join(Upt, Upt.id == Stock.upt_id)
            held = place.join(Reservation, Reservation.stock_id == Stock.id)
            net, garut = session.execute(held).one()
            made = {"made_on": day, "expires_on": day + timedelta(days=90), "passed": 4}
            make_batch(session, net, garut, at=now(), **made)
        ship(officer, desk)
        with app.app_context(), transaction() as session:
            ended = {"made_on": day - timedelta(days=9), "expires_on": day - timedelta(days=1)}
            session.execute(update(Batch).values(**ended))
        before = snapshot_of(app)
        answer = do(officer, desk, "kembali", **{"good-1": "3", "reason": "refused"})
        assert answer.status_code == 422
        assert 'id="good-1-error"' in answer.text
        assert snapshot_of(app) == before
        assert do(officer, desk, "kembali", **{"good-1": "2", "reason": "refused"}).status_code == 303

    def test_what_is_lost_is_lost_once(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        ship(officer, desk)
        assert do(officer, desk, "hilang").status_code == 303
        before = snapshot_of(app)
        assert do(officer, desk, "hilang").status_code == 303
        assert do(officer, desk, "sampai").status_code == 409
        assert do(officer, desk, "kembali", reason="refused").status_code == 409
        assert snapshot_of(app) == before
        page = officer.get(f"/en{desk.link}").text
        assert "Lost on the way" in page
        assert "a mail with the tracking number follows" not in page

    def test_what_the_upt_brought_is_not_asked_of_a_courier(self, officer: FlaskClient, desk: Desk) -> None:
        assert "a mail with the tracking number follows" in officer.get(f"/en{desk.link}").text
        pack(officer, desk)
        do(officer, desk, "antar")
        assert "a mail with the tracking number follows" not in officer.get(f"/en{desk.link}").text
        page = officer.get(f"/en/staff/paket/{desk.number}").text
        assert "Ask whoever set out with it first" in page
        assert "Ask the courier first" not in page


def test_the_page_asks_no_more_of_a_parcel_that_waits(
    officer: FlaskClient, app: Flask, desk: Desk, at: datetime, count_queries: CountedQueries
) -> None:
    with app.app_context():
        engine = db.engine
    pages = f"/staff/paket/{desk.number}", desk.link

    def asked() -> list[int]:
        found = []
        for page in pages:
            officer.get(page)
            with count_queries(engine) as statements:
                assert officer.get(page).status_code == 200
            found.append(len(statements))
        return found

    new = asked()
    wait(app, officer, desk, at)
    assert asked() == new
