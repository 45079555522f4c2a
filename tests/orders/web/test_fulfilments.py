"""Officers' parcel pages: what they show, what they refuse beside the field, and nothing happens twice."""

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
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from orders.models import Fulfilment, Payment
from orders.rules.allocation import Wish
from tests.factories.accounts import make_membership, make_officer, make_user, sign_in
from tests.factories.batches import make_batch
from tests.factories.inventory import make_product, make_variant
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.snapshots import snapshot_of

TRACKING = "JNE0012345678"


@dataclass(frozen=True)
class Desk:
    """The keys of who works at Garut's desk and what lies on it: six nets and two breads for Sari."""

    officer: int
    directorate: int
    number: str
    other: str


@pytest.fixture
def desk(app: Flask, at: datetime) -> Desk:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(20, 5), breads=9)
        officer = make_officer(session, shop.garut, name="Asep")
        directorate = make_user(session)
        make_membership(session, directorate, "directorate")
        wishes = (
            Wish(1, shop.net.id, 6, shop.garut.id),
            Wish(2, shop.bread.id, 2),
            Wish(3, shop.net.id, 1, shop.ciamis.id),
        )
        order = make_paid_order(session, *wishes, at=at, note="<b>Tolong</b> dibungkus rapi")
        return Desk(
            officer.id,
            directorate.id,
            parcel_of(session, order, shop.garut).number,
            parcel_of(session, order, shop.ciamis).number,
        )


@pytest.fixture
def officer(client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(client, desk.officer)
    return client


def state(app: Flask, number: str) -> str:
    with app.app_context():
        return db.session.scalars(select(Fulfilment.state).where(Fulfilment.number == number)).one()


def do(client: FlaskClient, number: str, step: str, /, **form: str) -> TestResponse:
    return client.post(f"/staff/paket/{number}/{step}", data=form)


def ship(client: FlaskClient, number: str, **changes: str) -> TestResponse:
    return do(client, number, "kirim", **{"courier": "JNE", "tracking_number": TRACKING, **changes})


def pack(client: FlaskClient, number: str) -> None:
    for step in ("terima", "kemas"):
        assert do(client, number, step).status_code == 303


class TestParcel:
    def test_shows_its_own_lines_and_the_address(self, officer: FlaskClient, desk: Desk) -> None:
        page = officer.get(f"/staff/paket/{desk.number}").text
        for words in ("Coir Net", "Roti", "Jalan Asia Afrika 8", "40111", "081234567890"):
            assert words in page
        assert "sari@example.com" not in page, "the address of a mail is not needed to pack"

    def test_what_a_customer_wrote_is_only_text(self, officer: FlaskClient, desk: Desk) -> None:
        for page in ("", "/slip"):
            text = officer.get(f"/staff/paket/{desk.number}{page}").text
            assert "&lt;b&gt;Tolong&lt;/b&gt;" in text
            assert "<b>Tolong" not in text

    def test_offers_only_the_next_step(self, officer: FlaskClient, desk: Desk) -> None:
        url = f"/staff/paket/{desk.number}"
        for step, following in (("terima", "kemas"), ("kemas", "kirim")):
            page = officer.get(url).text
            assert f'action="{url}/{step}"' in page
            assert f'action="{url}/{following}"' not in page
            do(officer, desk.number, step)

    def test_is_kept_out_of_caches(self, officer: FlaskClient, desk: Desk) -> None:
        assert officer.get(f"/staff/paket/{desk.number}").headers["Cache-Control"] == "no-store"

    def test_warns_of_a_disputed_payment(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        url = f"/staff/paket/{desk.number}"
        assert "alert--warn" not in officer.get(url).text
        with app.app_context(), transaction() as session:
            session.execute(update(Payment).values(is_disputed=True))
        assert "alert--warn" in officer.get(url).text

    def test_a_reader_sees_no_buttons(self, client: FlaskClient, desk: Desk) -> None:
        sign_in(client, desk.directorate)
        page = client.get(f"/staff/paket/{desk.number}")
        assert page.status_code == 200
        assert f'action="/staff/paket/{desk.number}' not in page.text


class TestSteps:
    def test_a_parcel_goes_its_way(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        pack(officer, desk.number)
        answer = ship(officer, desk.number, tracking_number=" jne 0012345678 ")
        assert (answer.status_code, answer.location) == (303, f"/staff/paket/{desk.number}")
        assert TRACKING in officer.get(answer.location).text
        do(officer, desk.number, "sampai")
        assert state(app, desk.number) == "delivered"

    @pytest.mark.parametrize("step", ["terima", "kemas", "kirim", "sampai"])
    def test_a_form_sent_twice_is_friendly(
        self, officer: FlaskClient, app: Flask, desk: Desk, step: str
    ) -> None:
        for each in ("terima", "kemas", "kirim", "sampai"):
            form = {"courier": "JNE", "tracking_number": TRACKING} if each == "kirim" else {}
            assert do(officer, desk.number, each, **form).status_code == 303
            if each == step:
                before = snapshot_of(app)
                assert do(officer, desk.number, each, **form).status_code == 303
                assert snapshot_of(app) == before
                break

    @pytest.mark.parametrize("step", ["kemas", "kirim", "sampai"])
    def test_no_step_is_skipped(self, officer: FlaskClient, app: Flask, desk: Desk, step: str) -> None:
        before = snapshot_of(app)
        answer = do(officer, desk.number, step, courier="JNE", tracking_number=TRACKING)
        assert answer.status_code == 409
        assert "alert--bad" in answer.text
        assert snapshot_of(app) == before

    def test_a_reader_may_not(self, client: FlaskClient, app: Flask, desk: Desk) -> None:
        sign_in(client, desk.directorate)
        before = snapshot_of(app)
        for step in ("terima", "kemas", "kirim", "sampai", "tidak-tersedia"):
            assert do(client, desk.number, step).status_code == 403
        assert snapshot_of(app) == before

    def test_extra_fields_change_nothing(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        fields = {"state": "delivered", "upt_id": "2", "number": desk.other, "shipping_cost": "0"}
        do(officer, desk.number, "terima", **fields)
        assert state(app, desk.number) == "accepted"
        assert state(app, desk.other) == "new"


class TestShip:
    def test_says_that_too_few_pieces_keep(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        day = jakarta_day(now())
        with app.app_context(), transaction() as session:
            garut = session.scalars(select(Upt).where(Upt.name == "Lapas Kelas IIA Garut")).one()
            cake = make_variant(session, make_product(session, "Bolu", makers=(garut,)), price=30_000)
            soon = day + timedelta(days=1)
            make_batch(session, cake, garut, at=now(), made_on=day, expires_on=soon)
            order = make_paid_order(session, Wish(1, cake.id, 2), at=at)
            number = parcel_of(session, order, garut).number
        pack(officer, number)
        before = snapshot_of(app)
        answer = ship(officer, number)
        assert answer.status_code == 409
        assert "0 buah Bolu" in answer.text
        assert snapshot_of(app) == before
        (reason,) = re.findall(r'<option value="keeps_too_short">([^<]+)<', answer.text)
        assert f"“{reason}”" in answer.text, "the sentence names the reason as the list does"

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            ({"tracking_number": ""}, "tracking_number"),
            ({"tracking_number": "   "}, "tracking_number"),
            ({"tracking_number": "12345"}, "tracking_number"),
            ({"tracking_number": "A" * 31}, "tracking_number"),
            ({"tracking_number": "A" * 100_000}, "tracking_number"),
            ({"tracking_number": "<script>alert(1)</script>"}, "tracking_number"),
            ({"tracking_number": "=HYPERLINK(1)"}, "tracking_number"),
            ({"courier": "Paman Budi"}, "courier"),
            ({"courier": ""}, "courier"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, officer: FlaskClient, app: Flask, desk: Desk, form: dict[str, str], field: str
    ) -> None:
        pack(officer, desk.number)
        before = snapshot_of(app)
        answer = ship(officer, desk.number, **form)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert "<script>alert" not in answer.text
        assert snapshot_of(app) == before

    def test_refuses_a_number_that_another_parcel_has(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        pack(officer, desk.number)
        with app.app_context(), transaction() as session:
            session.execute(
                update(Fulfilment)
                .where(Fulfilment.number == desk.other)
                .values(state="shipped", shipped_courier="JNE", tracking_number=TRACKING, shipped_at=at)
            )
        before = snapshot_of(app)
        answer = ship(officer, desk.number, tracking_number=f" {TRACKING.lower()} ")
        assert answer.status_code == 422
        assert 'id="tracking_number-error"' in answer.text
        assert desk.other not in answer.text, "whose parcel it is, is not theirs to know"
        assert snapshot_of(app) == before
        assert ship(officer, desk.number, courier="TIKI").status_code == 303

    def test_asks_for_everything_that_is_missing(self, officer: FlaskClient, desk: Desk) -> None:
        pack(officer, desk.number)
        answer = do(officer, desk.number, "kirim")
        assert answer.status_code == 422
        assert 'id="tracking_number-error"' in answer.text


class TestRenumber:
    def correct(self, client: FlaskClient, number: str, **changes: str) -> TestResponse:
        form = {"courier": "JNE", "tracking_number": "JNE0012345679", **changes}
        return do(client, number, "nomor-resi", **{f"fix-{name}": value for name, value in form.items()})

    def test_puts_a_mistyped_number_right(self, officer: FlaskClient, desk: Desk) -> None:
        pack(officer, desk.number)
        page = f"/staff/paket/{desk.number}"
        assert "nomor-resi" not in officer.get(page).text
        ship(officer, desk.number)
        assert f'action="{page}/nomor-resi"' in officer.get(page).text
        assert f'value="{TRACKING}"' in officer.get(page).text
        answer = self.correct(officer, desk.number)
        assert (answer.status_code, answer.location) == (303, page)
        shown = officer.get(page).text
        assert "JNE0012345679" in shown
        assert TRACKING not in shown

    def test_says_beside_the_field_what_is_wrong(
        self, officer: FlaskClient, app: Flask, desk: Desk, at: datetime
    ) -> None:
        pack(officer, desk.number)
        ship(officer, desk.number)
        taken = {"state": "shipped", "shipped_courier": "TIKI", "tracking_number": "TK-001234"}
        with app.app_context(), transaction() as session:
            session.execute(
                update(Fulfilment).where(Fulfilment.number == desk.other).values(**taken, shipped_at=at)
            )
        before = snapshot_of(app)
        for form in ({"tracking_number": ""}, {"courier": "TIKI", "tracking_number": "TK001234"}):
            answer = self.correct(officer, desk.number, **form)
            assert answer.status_code == 422
            assert 'id="fix-tracking_number-error"' in answer.text
            assert '<details class="filters" id="renumber" open>' in answer.text
            assert desk.other not in answer.text
        assert snapshot_of(app) == before

    def test_only_of_what_has_left(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        before = snapshot_of(app)
        assert self.correct(officer, desk.number).status_code == 409
        assert self.correct(officer, desk.other).status_code == 404
        assert snapshot_of(app) == before


class TestCannotSupply:
    def short(self, client: FlaskClient, number: str, **changes: str) -> TestResponse:
        form = {"seen": "0", "reason": "damaged", "pieces-1": "2", "pieces-2": "0", **changes}
        return client.post(f"/staff/paket/{number}/tidak-tersedia", data=form)

    def test_cancels_and_shows_it(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        answer = self.short(officer, desk.number)
        assert answer.status_code == 303
        page = officer.get(answer.location).text
        assert 'name="seen" type="hidden" value="2"' in page

    def test_a_form_sent_twice_cancels_once(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        self.short(officer, desk.number)
        before = snapshot_of(app)
        assert self.short(officer, desk.number).status_code == 409
        assert snapshot_of(app) == before

    @pytest.mark.parametrize(
        "form",
        [
            {"pieces-1": "7"},
            {"pieces-1": "-1"},
            {"pieces-1": "1.5"},
            {"pieces-1": "1e1"},
            {"pieces-1": "NaN"},
            {"pieces-1": "١"},
            {"pieces-1": "9" * 30},
            {"pieces-1": "2", "pieces-2": "x"},
        ],
    )
    def test_says_beside_the_line_what_is_wrong(
        self, officer: FlaskClient, app: Flask, desk: Desk, form: dict[str, str]
    ) -> None:
        before = snapshot_of(app)
        answer = self.short(officer, desk.number, **form)
        assert answer.status_code == 422
        wrong = next(name for name, written in form.items() if written != "2")
        assert f'id="{wrong}-error"' in answer.text
        assert snapshot_of(app) == before

    @pytest.mark.parametrize(
        "form",
        [
            {"pieces-1": "0"},
            {"pieces-1": ""},
            {"pieces-1": "0", "pieces-3": "1"},  # a line of the other parcel
            {"pieces-1": "0", "pieces-99": "1"},
            {"reason": "because"},
            {"reason": ""},
        ],
    )
    def test_refuses_what_says_nothing(
        self, officer: FlaskClient, app: Flask, desk: Desk, form: dict[str, str]
    ) -> None:
        before = snapshot_of(app)
        assert self.short(officer, desk.number, **form).status_code == 422
        assert snapshot_of(app) == before

    @pytest.mark.parametrize("seen", ["", "-1", "x", "5", "9" * 40])
    def test_refuses_a_tampered_page(self, officer: FlaskClient, app: Flask, desk: Desk, seen: str) -> None:
        before = snapshot_of(app)
        assert self.short(officer, desk.number, seen=seen).status_code == 409
        assert snapshot_of(app) == before

    def test_a_whole_parcel(self, officer: FlaskClient, app: Flask, desk: Desk) -> None:
        self.short(officer, desk.number, **{"pieces-1": "6", "pieces-2": "2"})
        assert state(app, desk.number) == "cancelled"
        assert 'id="shortage"' not in officer.get(f"/staff/paket/{desk.number}").text


class TestSlip:
    def test_lists_what_is_to_be_packed(self, officer: FlaskClient, desk: Desk) -> None:
        TestCannotSupply().short(officer, desk.number, **{"pieces-1": "0", "pieces-2": "2"})
        page = officer.get(f"/staff/paket/{desk.number}/slip").text
        assert "Coir Net" in page
        assert "Roti" not in page
        assert "Rp" not in page, "a slip lies in the box: prices are none of the receiver's business"
