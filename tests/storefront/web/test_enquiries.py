"""Asking about a product through the pages: stored once, refused in place, opened by its own link only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.web.limits import init_limits, limiter
from inventory.models import Maker, Product
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from kernel.web import sign
from orders.models import Enquiry, EnquiryMessage, ServiceSlot
from orders.queries.enquiries import EnquiryView, enquiry_view
from orders.rules.enquiries import MOST_WRITTEN_PER_HOUR
from orders.services.answering import answer, confirm_booking, renew_link
from storefront.web.enquiries import ASKS_PER_EMAIL
from tests.factories.accounts import make_officer
from tests.factories.enquiries import make_enquiry, make_service, make_slot, make_terms, next_day
from tests.factories.inventory import list_products, make_pause, make_product, make_ready_good, make_upt
from tests.queries import CountedQueries

KEY = re.compile(r'name="key"[^>]*value="([^"]+)"')
PERSON = {"name": "Sari", "email": "Sari@Example.com", "phone": "0812-3456-7890"}
HOSTILE = '"><script>alert(1)</script>{{7*7}}'


@pytest.fixture(autouse=True)
def _no_asks_yet(app: Flask) -> Iterator[None]:
    init_limits(app, app.extensions["lapak"])  # the limiter counts where the app that was made last said
    limiter.reset()
    yield
    limiter.reset()


@dataclass(frozen=True)
class Offers:
    """A haircut with a slot, an internal one, a net for export, and a chair."""

    cut: str
    slot: str
    hidden: str
    net: str
    chair: str
    officer_id: int


@pytest.fixture
def offers(app: Flask) -> Offers:
    with app.app_context(), transaction() as session:
        upt = make_upt(session, "Lapas Kelas IIA Malang")
        cut = make_service(session, upt, name="Potong Rambut")
        make_terms(session, cut.id, place_id="Salon depan", place_en="Front salon", notice_days=1)
        slot = make_slot(session, cut, upt, capacity=2)
        hidden = make_product(session, "Salon Dalam", kind="service", makers=(upt,))
        make_terms(session, hidden.id, audience="internal")
        make_slot(session, hidden, upt)
        net = make_product(session, "Coir Net", kind="export_commodity", makers=(upt, make_upt(session)))
        make_terms(session, net.id, least_quantity=811, least_unit="gulung", hs_code="5608.90")
        chair = make_ready_good(session, "Kursi Ukir", upt=upt, price=None)[0]
        list_products(session, hidden, net)
        officer = make_officer(session, upt)
        day = next_day(slot, now())
        return Offers(cut.slug, f"{slot.id}:{day}", hidden.slug, net.slug, chair.slug, officer.id)


def page(slug: str) -> str:
    return f"/produk/{slug}/permintaan"


def send(client: FlaskClient, slug: str, key: str | None = None, **form: str) -> TestResponse:
    if key is None:
        found = KEY.search(client.get(page(slug)).text)
        assert found
        key = found[1]
    return client.post(page(slug), data={**PERSON, "key": key, "body": "Apakah bisa?", **form})


def book(client: FlaskClient, offers: Offers, **changes: str) -> TestResponse:
    return send(client, offers.cut, **{"slot": offers.slot, "people": "2", **changes})


def stored(app: Flask) -> list[Enquiry]:
    with app.app_context():
        return list(db.session.scalars(select(Enquiry).order_by(Enquiry.id)))


def only(app: Flask) -> EnquiryView:
    (enquiry,) = stored(app)
    with app.app_context():
        return enquiry_view(db.session(), enquiry.number)


class TestAsking:
    def test_a_booking_is_stored_and_its_thread_opened(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        answer = book(client, offers)
        assert answer.status_code == 303
        view = only(app)
        assert (view.kind, view.email, view.phone, view.locale) == (
            "booking",
            "sari@example.com",
            "081234567890",
            "id",
        )
        assert view.booking
        assert (view.booking.people, view.booking.state) == (2, "asked")
        shown = client.get(answer.location)
        assert shown.status_code == 200
        assert "Apakah bisa?" in shown.text
        assert shown.headers["Cache-Control"] == "no-store"

    def test_an_export_enquiry_is_put_to_every_maker(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        opened = client.get(page(offers.net)).text
        assert "811 gulung" in opened
        assert "5608.90" in opened
        wanted = (now() + timedelta(days=60)).date()
        answer = send(
            client,
            offers.net,
            quantity="5400",
            unit="gulung",
            destination="Korea Selatan, Busan",
            wanted_on=wanted.isoformat(),
            company="Busan Trading",
        )
        assert answer.status_code == 303
        view = only(app)
        assert (view.kind, view.quantity, view.unit, view.destination) == (
            "export",
            5400,
            "gulung",
            "Korea Selatan, Busan",
        )
        assert (view.wanted_on, view.company, len(view.upts)) == (wanted, "Busan Trading", 2)

    def test_a_thing_without_a_price_is_asked_for(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        assert send(client, offers.chair, quantity="4").status_code == 303
        view = only(app)
        assert (view.kind, view.quantity) == ("question", 4)

    def test_who_pauses_is_asked_all_the_same(self, app: Flask, client: FlaskClient, offers: Offers) -> None:
        with app.app_context(), transaction() as session:
            (upt,) = session.scalars(
                select(Upt).join(Maker).join(Product).where(Product.slug == offers.chair)
            )
            make_pause(session, upt, until=jakarta_day(now()))
        assert send(client, offers.chair).status_code == 303
        assert [each.name for each in only(app).upts] == ["Lapas Kelas IIA Malang"]

    def test_no_time_is_offered_on_a_day_of_a_pause(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        slot, day = offers.slot.split(":")
        key = KEY.search(client.get(page(offers.cut)).text)
        assert key
        with app.app_context(), transaction() as session:
            upt = session.get_one(Upt, session.get_one(ServiceSlot, int(slot)).upt_id)
            make_pause(session, upt, until=date.fromisoformat(day))
        shown = client.get(page(offers.cut)).text
        assert f'value="{offers.slot}"' not in shown
        assert f'value="{slot}:{date.fromisoformat(day) + timedelta(days=7)}"' in shown
        assert book(client, offers, key=key[1]).status_code == 422
        assert stored(app) == []

    def test_english_pages_make_english_threads(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        found = KEY.search(client.get("/en" + page(offers.cut)).text)
        assert found
        form = {**PERSON, "key": found[1], "slot": offers.slot, "people": "1"}
        answer = client.post("/en" + page(offers.cut), data=form)
        assert answer.location.startswith("/en/permintaan/")
        assert only(app).locale == "en"
        assert "Not confirmed yet" in client.get(answer.location).text

    def test_the_same_form_twice_is_one_enquiry(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        found = KEY.search(client.get(page(offers.chair)).text)
        assert found
        first, second = (send(client, offers.chair, key=found[1]) for _ in range(2))
        assert first.location.split("/")[-2] == second.location.split("/")[-2]
        assert len(stored(app)) == 1

    def test_corrected_words_under_the_same_key_are_said_not_to_count(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        found = KEY.search(client.get(page(offers.chair)).text)
        assert found
        location = send(client, offers.chair, key=found[1]).location
        assert "Permintaan Anda sudah kami terima" in client.get(location).text
        again = send(client, offers.chair, key=found[1], body="Saya salah tulis.")
        assert again.status_code == 303
        shown = client.get(again.location).text
        assert "Ini sudah terkirim; tidak ada yang dilakukan dua kali." in shown
        assert "Permintaan Anda sudah kami terima" not in shown
        assert [message.body for message in only(app).messages] == ["Apakah bisa?"]

    def test_two_windows_are_two_enquiries(self, app: Flask, client: FlaskClient, offers: Offers) -> None:
        assert {send(client, offers.chair).status_code for _ in range(2)} == {303}
        assert len(stored(app)) == 2

    def test_what_is_internal_is_nowhere(self, client: FlaskClient, offers: Offers) -> None:
        assert client.get(page(offers.hidden)).status_code == 404
        assert client.get(f"/produk/{offers.hidden}").status_code == 404
        assert client.post(page(offers.hidden), data=PERSON).status_code == 404
        for address in ("/produk", "/cari?q=salon+dalam", "/produk?jenis=service"):
            assert "Salon Dalam" not in client.get(address).text

    def test_the_pages_ask_few_questions(
        self, app: Flask, client: FlaskClient, offers: Offers, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        with count_queries(engine) as statements:
            client.get(page(offers.cut))
        assert len(statements) == 3
        location = book(client, offers).location
        client.get(location)
        with count_queries(engine) as statements:
            client.get(location)
        assert len(statements) <= 4


class TestRefusals:
    @pytest.mark.parametrize(
        "changes",
        [
            {"name": ""},
            {"name": "x" * 10_000},
            {"email": "sari"},
            {"email": "x" * 10_000 + "@example.com"},
            {"phone": ""},
            {"phone": "telepon"},
            {"phone": "0812\n34567890"},
            {"phone": "081234567890 atau"},
            {"name": "Sari\nBudi"},
            {"name": "Sari\x1bBudi"},
            {"name": "titip salam untuk warga binaan"},
            {"email": "sari\n@example.com"},
            {"people": "1\n0"},
            {"body": "x" * 10_000},
            {"body": "titip salam untuk warga binaan"},
            {"body": "a\u202eb"},
            {"slot": ""},
            {"slot": "1:2020-01-01"},
            {"slot": "x" * 10_000},
            {"people": "0"},
            {"people": "3"},
            {"people": "-1"},
            {"people": "1e1"},
            {"people": "٣"},
            {"people": "9" * 10_000},
            {"website": "http://spam.example"},
            {"key": ""},
            {"key": "forged"},
        ],
    )
    def test_a_wrong_booking_stores_nothing_and_says_why(
        self, app: Flask, client: FlaskClient, offers: Offers, changes: dict[str, str]
    ) -> None:
        answer = book(client, offers, **changes)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert stored(app) == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"quantity": ""},
            {"quantity": "banyak"},
            {"quantity": "999999999"},
            {"quantity": "8\n11"},
            {"unit": ""},
            {"unit": "gu\nlung"},
            {"unit": "gu\u202elung"},
            {"destination": "Busan\r\nKorea"},
            {"company": "PT\tMaju"},
            {"company": "PT\nMaju"},
            {"name": "Sari\rBudi"},
            {"phone": "0812\n34567890"},
            {"email": "sari@exa\nmple.com"},
            {"destination": ""},
            {"company": ""},
            {"wanted_on": "2020-01-01"},
            {"wanted_on": "besok"},
            {"wanted_on": "9999-12-31"},
        ],
    )
    def test_a_wrong_export_enquiry_stores_nothing(
        self, app: Flask, client: FlaskClient, offers: Offers, changes: dict[str, str]
    ) -> None:
        right = {"quantity": "10", "unit": "pak", "destination": "Busan", "company": "Busan Trading"}
        assert send(client, offers.net, **{**right, **changes}).status_code == 422
        assert stored(app) == []

    def test_a_key_of_another_product_or_an_old_one_is_given_anew(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        foreign = sign("enquiry-form", f"{offers.cut}:x", secret_key=app.config["SECRET_KEY"])
        refused = send(client, offers.chair, key=foreign)
        assert refused.status_code == 422
        fresh = KEY.search(refused.text)
        assert fresh
        assert send(client, offers.chair, key=fresh[1]).status_code == 303

    def test_a_slot_that_filled_meanwhile_is_refused_in_place(
        self, app: Flask, client: FlaskClient, offers: Offers, at: datetime
    ) -> None:
        found = KEY.search(client.get(page(offers.cut)).text)
        assert found
        slot_id = int(offers.slot.split(":")[0])
        with app.app_context(), transaction() as session:
            slot = session.get_one(ServiceSlot, slot_id)
            number = make_enquiry(session, slot=slot, people=2, at=now()).number
            officer = actor_of(session, offers.officer_id, "Asep")
            confirm_booking(session, number, "", key="k", actor=officer, at=now())
        assert book(client, offers, key=found[1]).status_code == 422
        assert len(stored(app)) == 1

    def test_hostile_texts_are_shown_as_they_were_typed(
        self, app: Flask, client: FlaskClient, offers: Offers
    ) -> None:
        answer = send(client, offers.chair, name=HOSTILE, body=HOSTILE)
        assert answer.status_code == 303
        shown = client.get(answer.location).text
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in shown

    def test_one_address_asks_only_so_often(self, app: Flask, client: FlaskClient, offers: Offers) -> None:
        most = int(ASKS_PER_EMAIL.split()[0])
        assert {send(client, offers.chair).status_code for _ in range(most)} == {303}
        assert send(client, offers.chair).status_code == 429
        assert send(client, offers.chair, email="budi@example.com").status_code == 303
        assert len(stored(app)) == most + 1

    @pytest.mark.parametrize("slug", ["none", "x" * 3_000, "%00", "../etc"])
    def test_products_that_are_not_there(self, client: FlaskClient, slug: str) -> None:
        assert client.get(page(slug)).status_code in (400, 404)


class TestThread:
    @pytest.fixture
    def location(self, client: FlaskClient, offers: Offers) -> str:
        return send(client, offers.chair).location

    def write(self, client: FlaskClient, location: str, **changes: Any) -> TestResponse:
        return client.post(location, data={"key": str(uuid4()), "body": "Masih ada?", **changes})

    def test_goes_on_and_counts_a_form_once(self, app: Flask, client: FlaskClient, location: str) -> None:
        key = str(uuid4())
        assert self.write(client, location, key=key).status_code == 303
        assert self.write(client, location, key=key).status_code == 303
        assert [message.body for message in only(app).messages] == ["Apakah bisa?", "Masih ada?"]

    def test_takes_so_many_words_an_hour(self, app: Flask, client: FlaskClient, location: str) -> None:
        sent = {self.write(client, location).status_code for _ in range(MOST_WRITTEN_PER_HOUR)}
        assert sent == {303}
        refused = self.write(client, location, body="Halo lagi?")
        assert refused.status_code == 409
        assert "Halo lagi?" in refused.text
        assert len(only(app).messages) == MOST_WRITTEN_PER_HOUR + 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"body": ""},
            {"body": "x" * 10_000},
            {"body": "nomor hp warga binaan"},
            {"key": "x"},
            {"body": "a\u200bb"},
        ],
    )
    def test_refuses_in_place(
        self, app: Flask, client: FlaskClient, location: str, changes: dict[str, str]
    ) -> None:
        refused = self.write(client, location, **changes)
        assert refused.status_code == 422
        assert len(only(app).messages) == 1

    def test_shows_an_answer_without_the_officers_name(
        self, app: Flask, client: FlaskClient, offers: Offers, location: str
    ) -> None:
        with app.app_context(), transaction() as session:
            officer = actor_of(session, offers.officer_id, "Kenari Petugas")
            answer(session, only_number(session), HOSTILE, key="k", actor=officer, at=now())
        shown = client.get(location).text
        assert "Lapas Kelas IIA Malang" in shown
        assert "Kenari Petugas" not in shown
        assert "<script>alert" not in shown

    def test_a_replaced_link_says_so(
        self, app: Flask, client: FlaskClient, offers: Offers, location: str
    ) -> None:
        with app.app_context(), transaction() as session:
            officer = actor_of(session, offers.officer_id, "Asep")
            renew_link(session, only_number(session), "", key="k", actor=officer, at=now())
        for refused in (client.get(location), self.write(client, location)):
            assert refused.status_code == 404
            assert "Tautan yang lebih baru" in refused.text

    def test_an_expired_link_says_so(
        self, client: FlaskClient, location: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kernel.web.now", lambda: now() + timedelta(days=181))
        answer = client.get(location)
        assert answer.status_code == 404
        assert "kedaluwarsa" in answer.text


def only_number(session: Any) -> str:
    """The number of the one enquiry there is."""
    assert session.scalar(select(func.count()).select_from(Enquiry)) == 1
    assert session.scalar(select(func.count()).select_from(EnquiryMessage)) >= 1
    return str(session.scalars(select(Enquiry.number)).one())
