"""The order page: opened by its own link only, payable while there is time, cancelled only unpaid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import func, select, text

from accounts.rules import Actor
from inventory.models import Stock
from kernel.clock import now
from kernel.db import db, transaction
from kernel.errors import Conflict
from kernel.web import LinkExpired, sentence, sign
from orders.errors import OrderNotPayable
from orders.links import order_token
from orders.models import Fulfilment, Order, Refund
from orders.queries.staff import fulfilment_for
from orders.rules.allocation import Wish
from orders.services import fulfilling
from orders.services.fulfilling import cannot_supply
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_placed_order, make_shop
from tests.fakes import FakeProvider
from tests.languages import strangers

SECRET = "a-secret-for-tests-that-is-long-enough"


@pytest.fixture
def provider(app: Flask) -> Iterator[FakeProvider]:
    real, fake = app.extensions["payments"], FakeProvider()
    app.extensions["payments"] = fake
    yield fake
    app.extensions["payments"] = real


@pytest.fixture
def number(app: Flask, provider: FakeProvider) -> str:
    """An order of six nets and a bread from two UPTs that waits for payment."""
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now())
        return make_placed_order(session, Wish(1, shop.net.id, 6), Wish(2, shop.bread.id, 1), at=now())


def path(number: str) -> str:
    return f"/pesanan/{number}/{order_token(number, secret_key=SECRET)}"


def state(app: Flask, number: str) -> str:
    with app.app_context():
        found: str = db.session.execute(select(Order.state).where(Order.number == number)).scalar_one()
    return found


class SignedLongAgo(TimestampSigner):
    """Signs as we did half a year ago and two days."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - 182 * 24 * 3600


class TestLink:
    def test_an_old_one_says_that_it_has_expired(self, app: Flask, client: FlaskClient, number: str) -> None:
        old = URLSafeTimedSerializer(SECRET, salt="lapak.order", signer=SignedLongAgo).dumps(number)
        page = client.get(f"/pesanan/{number}/{old}")
        assert page.status_code == 404
        with app.test_request_context():
            assert sentence(LinkExpired()) in page.text
        assert "Garut" not in page.text

    def test_opens_the_order_with_its_parcels(self, client: FlaskClient, number: str) -> None:
        page = client.get(path(number))
        assert page.status_code == 200
        assert "Lapas Kelas IIA Garut" in page.text
        assert "Lapas Kelas IIB Ciamis" in page.text
        assert page.headers["Cache-Control"] == "no-store"

    def test_a_foreign_or_forged_token_is_the_same_as_no_order(
        self, app: Flask, client: FlaskClient, number: str
    ) -> None:
        missing = client.get(path("LP-0000000000"))
        tokens = [
            order_token("LP-0000000000", secret_key=SECRET),
            order_token(number, secret_key="another-secret"),
            sign("reset", number, secret_key=SECRET),
            "x",
            "0",
        ]
        assert missing.status_code == 404
        for token in tokens:
            for method, tail in (("GET", ""), ("POST", "/bayar"), ("POST", "/batal")):
                answer = client.open(f"/pesanan/{number}/{token}{tail}", method=method)
                assert (answer.status_code, answer.text) == (404, missing.text)
        assert state(app, number) == "awaiting_payment"

    def test_an_old_link_says_that_it_has_expired(
        self, client: FlaskClient, number: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        link = path(number)
        monkeypatch.setattr("kernel.web.now", lambda: now() + timedelta(days=181))
        page = client.get(link)
        assert page.status_code == 404
        assert "link" in page.text.lower() or "tautan" in page.text.lower()


class TestLanguage:
    @pytest.mark.parametrize(("language", "prefix"), [("id", ""), ("en", "/en")])
    def test_the_page_speaks_that_of_its_address(
        self, app: Flask, client: FlaskClient, number: str, language: str, prefix: str
    ) -> None:
        for state in ("awaiting_payment", "cancelled", "expired"):
            with app.app_context(), transaction() as session:
                values = {"state": state, "at": None if state == "awaiting_payment" else now()}
                session.execute(text("UPDATE orders SET state = :state, ended_at = :at"), values)
            page = client.get(prefix + path(number))
            assert page.status_code == 200
            assert strangers(page.text, language) == []
        answer = client.post(f"{prefix}{path(number)}/batal", follow_redirects=True)
        assert strangers(answer.text, language) == []
        assert answer.request.path.startswith(f"{prefix}/pesanan/")

    def test_back_from_paying_the_customer_reads_the_same_language(
        self, client: FlaskClient, number: str, provider: FakeProvider
    ) -> None:
        own = path(number)  # signed once: a link says to the second when it was made
        client.post(f"/en{own}/bayar")
        (request,) = provider.requests
        assert request.success_url == request.cancel_url == f"http://localhost/en{own}"
        assert request.locale == "id"  # the order's, as for its mails

    @pytest.mark.parametrize(
        ("village", "zone"), [("32.73.19.1001", "WIB"), ("73.71.01.1001", "WITA"), ("94.71.01.1001", "WIT")]
    )
    def test_hours_are_those_of_the_place_it_goes_to(
        self, app: Flask, client: FlaskClient, number: str, village: str, zone: str
    ) -> None:
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE orders SET village_code = :village"), {"village": village})
        page = client.get(path(number)).text
        assert re.findall(r"\d\d:\d\d (WI\w+)", page) == [zone] * 3  # placed, to be paid by, received


class TestPaper:
    def test_offers_to_print_where_a_script_can(self, client: FlaskClient, number: str) -> None:
        page = client.get(path(number)).text
        assert re.search(r"<p hidden data-print><button", page)
        assert "/static/js/print.js" in page
        assert "/static/css/order.css" in page

    def test_says_on_paper_that_it_is_no_invoice(self, client: FlaskClient, number: str) -> None:
        page = client.get(f"/en{path(number)}").text
        assert re.search(r'<p class="print-only small">This summary of an order is not an invoice', page)


class TestPay:
    def test_every_press_leads_to_the_one_open_page(
        self, client: FlaskClient, number: str, provider: FakeProvider
    ) -> None:
        first, second = (client.post(f"{path(number)}/bayar") for _ in range(2))
        assert first.status_code == second.status_code == 303
        assert first.headers["Location"] == second.headers["Location"]
        assert len(provider.pages) == 1

    def test_back_from_the_provider_it_is_paid_at_once(
        self, app: Flask, client: FlaskClient, number: str, provider: FakeProvider
    ) -> None:
        client.post(f"{path(number)}/bayar")
        provider.pay(next(iter(provider.pages)))
        page = client.get(f"{path(number)}?session_id=whatever")
        assert page.status_code == 200
        assert state(app, number) == "paid"

    def test_the_redirect_alone_pays_nothing(self, app: Flask, client: FlaskClient, number: str) -> None:
        client.post(f"{path(number)}/bayar")
        client.get(f"{path(number)}?session_id=forged")
        assert state(app, number) == "awaiting_payment"

    def test_a_silent_provider_shows_that_the_payment_is_being_confirmed(
        self, app: Flask, client: FlaskClient, number: str, provider: FakeProvider
    ) -> None:
        client.post(f"{path(number)}/bayar")
        provider.fail_next("look", "unavailable")
        assert client.get(f"{path(number)}?session_id=x").status_code == 200
        assert state(app, number) == "awaiting_payment"

    def test_too_late_it_is_refused_on_the_page(
        self, app: Flask, client: FlaskClient, number: str, provider: FakeProvider
    ) -> None:
        with app.app_context(), transaction() as session:
            session.execute(text("UPDATE orders SET expires_at = now() - interval '1 minute'"))
        link = path(number)
        answer = client.post(f"{link}/bayar")
        assert urlsplit(answer.headers["Location"]).path == link
        assert provider.pages == {}

    @pytest.mark.parametrize("code", ["payment_pending", "payment_in_question", "too_many_attempts"])
    def test_each_reason_why_not_has_its_own_sentence(self, app: Flask, code: str) -> None:
        with app.test_request_context():
            assert sentence(OrderNotPayable(code)) not in {sentence(OrderNotPayable()), sentence(Conflict())}


class TestNothingLeft:
    def test_an_order_none_of_which_can_be_supplied_does_not_read_as_paid(
        self, app: Flask, client: FlaskClient
    ) -> None:
        with app.app_context(), transaction() as session:
            shop = make_shop(session, at=now())
            order = make_paid_order(session, Wish(1, shop.net.id, 6), at=now())
            number = order.number
            parcels = [(parcel_of(session, order, upt).number, upt.id) for upt in (shop.garut, shop.ciamis)]
        pages = [client.get(path(number)).text]
        for parcel, upt_id in parcels:
            officer = Actor("Asep", roles=frozenset({"upt_officer"}), upt_ids=frozenset({upt_id}))
            with app.app_context(), transaction() as session:
                pieces = {1: sum(line.quantity for line in fulfilment_for(session, officer, parcel).lines)}
                cannot_supply(
                    session, parcel, pieces, reason="not_found", seen_cancelled=0, actor=officer, at=now()
                )
            pages.append(client.get(path(number)).text)
        assert ["badge--good" in page for page in pages] == [True, True, False]
        assert ["badge--bad" in page for page in pages] == [False, True, True]


class TestCancel:
    def test_frees_the_stock_of_an_unpaid_order(
        self, app: Flask, client: FlaskClient, number: str, provider: FakeProvider
    ) -> None:
        client.post(f"{path(number)}/bayar")
        assert client.post(f"{path(number)}/batal").status_code == 303
        assert state(app, number) == "cancelled"
        with app.app_context():
            assert db.session.execute(select(func.sum(Stock.reserved))).scalar_one() == 0

    def test_who_was_faster_to_pay_is_not_cancelled(
        self, app: Flask, client: FlaskClient, number: str, provider: FakeProvider
    ) -> None:
        client.post(f"{path(number)}/bayar")
        provider.pay(next(iter(provider.pages)))
        client.post(f"{path(number)}/batal")
        assert state(app, number) == "paid"

    def test_is_not_done_while_the_provider_is_silent(
        self, app: Flask, client: FlaskClient, number: str, provider: FakeProvider
    ) -> None:
        client.post(f"{path(number)}/bayar")
        provider.fail_next("close", "unavailable")
        client.post(f"{path(number)}/batal")
        assert state(app, number) == "awaiting_payment"
        with app.app_context():
            assert db.session.execute(select(func.sum(Stock.reserved))).scalar_one() == 7


class TestAfterPaying:
    @pytest.fixture
    def paid(self, app: Flask, provider: FakeProvider) -> str:
        """A paid order of six nets from two UPTs."""
        with app.app_context(), transaction() as session:
            shop = make_shop(session, at=now())
            return make_paid_order(session, Wish(1, shop.net.id, 6), at=now()).number

    def advance(self, app: Flask, number: str, *steps: str) -> None:
        """What the officers of both UPTs do with their parcels."""
        with app.app_context(), transaction() as session:
            for parcel, upt_id in session.execute(select(Fulfilment.number, Fulfilment.upt_id)).all():
                officer = Actor("Asep Rahasia", roles=frozenset({"upt_officer"}), upt_ids=frozenset({upt_id}))
                for step in steps:
                    if step == "ship":
                        tracking = f"JNE001234-{upt_id}"
                        fulfilling.ship(session, parcel, "JNE", tracking, actor=officer, at=now())
                    else:
                        getattr(fulfilling, step)(session, parcel, actor=officer, at=now())

    def test_each_parcel_has_its_steps_without_naming_an_officer(
        self, app: Flask, client: FlaskClient, paid: str
    ) -> None:
        self.advance(app, paid, "accept", "pack", "ship")
        page = client.get(f"/en{path(paid)}").text
        assert page.count("Steps of this parcel") == 2
        assert page.count("Handed to the courier") == 2
        assert "Rahasia" not in page
        assert 'href="https://www.jne.co.id/tracking-package" rel="noopener noreferrer external"' in page
        assert page.count("JNE001234-") >= 2

    def test_the_promise_stays_whatever_happens(self, app: Flask, client: FlaskClient, paid: str) -> None:
        promised = re.findall(r"promised until ([^<]+)<", client.get(f"/en{path(paid)}").text)
        assert len(promised) == 2
        self.advance(app, paid, "accept", "pack", "ship")
        assert re.findall(r"promised until ([^<]+)<", client.get(f"/en{path(paid)}").text) == promised

    def test_a_delivery_that_staff_note_is_seen(self, app: Flask, client: FlaskClient, paid: str) -> None:
        self.advance(app, paid, "accept", "pack", "ship", "deliver")
        page = client.get(f"/en{path(paid)}").text
        assert page.count('timeline__title">Delivered') == 2
        assert "I have received it" not in page

    def test_the_customer_confirms_a_parcel(self, app: Flask, client: FlaskClient, paid: str) -> None:
        self.advance(app, paid, "accept", "pack", "ship")
        answer = client.post(f"/en{path(paid)}/{paid}-1/sampai", follow_redirects=True)
        assert "Enjoy what you bought" in answer.text
        assert "by you" in answer.text
        with app.app_context():
            states = db.session.scalars(select(Fulfilment.state).order_by(Fulfilment.id)).all()
        assert states == ["delivered", "shipped"]

    def test_what_is_not_sent_is_not_confirmed(self, app: Flask, client: FlaskClient, paid: str) -> None:
        answer = client.post(f"/en{path(paid)}/{paid}-1/sampai", follow_redirects=True)
        assert "not possible now" in answer.text
        assert client.post(f"{path(paid)}/LP-0-1/sampai").status_code == 404
        with app.app_context():
            assert set(db.session.scalars(select(Fulfilment.state))) == {"new"}

    def test_it_is_called_off_while_nothing_is_packed(
        self, app: Flask, client: FlaskClient, paid: str
    ) -> None:
        assert "Cancel and return the money" in client.get(f"/en{path(paid)}").text
        answer = client.post(f"/en{path(paid)}/batal-dan-kembalikan", follow_redirects=True)
        assert "You have cancelled this order" in answer.text
        assert "cannot be supplied" not in answer.text
        assert "Cancel and return the money" not in answer.text
        again = client.post(f"/en{path(paid)}/batal-dan-kembalikan", follow_redirects=True)
        assert "cancelled already" in again.text
        with app.app_context():
            assert db.session.execute(select(func.sum(Stock.reserved))).scalar_one() == 0
            assert db.session.execute(select(func.count()).select_from(Refund)).scalar_one() == 1

    def test_packed_it_is_refused_in_words(self, app: Flask, client: FlaskClient, paid: str) -> None:
        self.advance(app, paid, "accept", "pack")
        assert "Cancel and return the money" not in client.get(f"/en{path(paid)}").text
        answer = client.post(f"/en{path(paid)}/batal-dan-kembalikan", follow_redirects=True)
        assert "can no longer be cancelled" in answer.text
        with app.app_context():
            assert set(db.session.scalars(select(Fulfilment.state))) == {"packed"}
            assert db.session.execute(select(func.count()).select_from(Refund)).scalar_one() == 0

    def test_the_page_asks_as_often_whatever_the_number_of_parcels(
        self, app: Flask, client: FlaskClient, paid: str, queries: list[str]
    ) -> None:
        client.get(path(paid))
        assert len(queries) <= 8
