"""The offices above the UPTs: what waits at each of theirs, a message to one, and stepping in for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from accounts.models import AuditEntry, Handover, Membership, Upt, UserSession
from accounts.web.guards import CONFIRMED_FOR
from kernel.clock import jakarta_day, now
from kernel.db import db, transaction
from orders.models import Fulfilment
from orders.rules.allocation import Wish
from tests.factories.accounts import browser, make_membership, make_officer, make_user
from tests.factories.enquiries import make_enquiry
from tests.factories.inventory import make_kanwil, make_permit, make_product, make_upt
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop
from tests.factories.problems import make_problem
from tests.queries import CountedQueries

WHY = {"reason": "Petugas sedang sakit."}


@dataclass(frozen=True)
class Region:
    """Garut and Ciamis of one Kanwil, each with a parcel, Garut's with a problem; Luar is of another."""

    kanwil: int
    directorate: int
    officer: int
    kanwil_id: int
    garut: str
    ciamis: str
    luar: str
    garut_name: str
    luar_name: str
    parcel: str
    other: str

    @property
    def upts(self) -> tuple[str, str, str]:
        return self.garut, self.ciamis, self.luar


@pytest.fixture
def region(app: Flask, at: datetime) -> Region:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at, nets=(90, 50))
        kanwil, luar = make_kanwil(session), make_upt(session, kanwil=make_kanwil(session))
        shop.garut.kanwil_id = shop.ciamis.kanwil_id = kanwil.id
        people = make_user(session), make_user(session), make_officer(session, shop.garut)
        make_membership(session, people[0], "kanwil_officer", kanwil=kanwil)
        make_membership(session, people[1], "directorate")
        orders = [
            make_paid_order(session, Wish(1, shop.net.id, 1, upt.id), at=at)
            for upt in (shop.garut, shop.ciamis)
        ]
        parcels = [parcel_of(session, *each) for each in zip(orders, (shop.garut, shop.ciamis), strict=True)]
        make_problem(session, parcels[0], at=at)
        return Region(
            kanwil=people[0].id,
            directorate=people[1].id,
            officer=people[2].id,
            kanwil_id=kanwil.id,
            garut=shop.garut.code,
            ciamis=shop.ciamis.code,
            luar=luar.code,
            garut_name=shop.garut.name,
            luar_name=luar.name,
            parcel=parcels[0].number,
            other=parcels[1].number,
        )


@pytest.fixture
def kanwil(app: Flask, region: Region) -> FlaskClient:
    return browser(app, region.kanwil)


def state_of(app: Flask, number: str) -> str:
    with app.app_context():
        return str(db.session.scalar(select(Fulfilment.state).where(Fulfilment.number == number)))


def audited(app: Flask) -> list[tuple[str, list[str]]]:
    with app.app_context():
        rows = db.session.execute(select(AuditEntry.action, AuditEntry.actor_roles).order_by(AuditEntry.id))
        return [(action, roles) for action, roles in rows]


def stands_in(app: Flask) -> bool:
    with app.app_context():
        return (
            db.session.scalar(select(UserSession.id).where(UserSession.acts_for_upt_id.is_not(None)))
            is not None
        )


class TestTheUpts:
    def test_stand_with_what_waits_and_the_sums(self, kanwil: FlaskClient, region: Region) -> None:
        page = kanwil.get("/staff/upt").text
        assert page.index(region.garut) > 0
        assert region.luar not in page
        assert region.luar_name not in page
        sums = re.findall(r'tile__count">(\d+)</strong>', page)
        assert sums[1:6] == ["2", "0", "0", "1", "0"]
        of_garut = re.findall(r'tile__count">(\d+)</strong>', kanwil.get(f"/staff/upt/{region.garut}").text)
        assert of_garut[1:6] == ["1", "0", "0", "1", "0"]
        assert f'/staff/upt/{region.garut}"' in kanwil.get(f"/staff/upt?q={region.garut}").text
        assert "tile__count" not in kanwil.get("/staff/upt?q=tidak-ada").text

    def test_one_request_put_to_several_is_one_in_the_sum(
        self, app: Flask, kanwil: FlaskClient, region: Region, at: datetime
    ) -> None:
        with app.app_context(), transaction() as session:
            asked = [session.scalars(select(Upt).where(Upt.code == code)).one() for code in region.upts]
            make_enquiry(session, at=at, upts=tuple(asked))
            make_enquiry(session, at=at, upts=tuple(asked[1:]))

        def requests(address: str) -> str:
            found: list[str] = re.findall(r'tile__count">(\d+)</strong>', kanwil.get(address).text)
            return found[5]

        assert requests("/staff/upt") == "2"
        assert kanwil.get("/staff/upt").text.count("1 permintaan") == 1
        assert kanwil.get("/staff/upt").text.count("2 permintaan") == 1
        assert requests(f"/staff/upt?q={region.garut}") == "1"
        assert [requests(f"/staff/upt/{code}") for code in region.upts[:2]] == ["1", "2"]

    def test_permits_that_have_ended_are_counted_and_found(
        self, app: Flask, kanwil: FlaskClient, region: Region
    ) -> None:
        today = jakarta_day(now())
        with app.app_context(), transaction() as session:
            garut = session.scalars(select(Upt).where(Upt.code == region.garut)).one()
            numbers = [
                make_permit(
                    session,
                    garut,
                    make_product(session),
                    verified_at=now(),
                    verified_by="P",
                    expires_on=today + timedelta(days=days),
                ).number
                for days in (-1, 1)
            ]
        page = kanwil.get("/staff/upt").text
        assert "2 izin berakhir atau segera berakhir" in page
        tile = re.search(r'href="([^"]+)"><strong class="tile__count">2</strong> izin', page)
        assert tile
        listed = kanwil.get(tile[1]).text
        assert all(number in listed for number in numbers)

    def test_of_the_nation_are_all(self, app: Flask, region: Region) -> None:
        assert region.luar in browser(app, region.directorate).get("/staff/upt").text

    def test_are_nothing_for_officers_of_one(self, app: Flask, region: Region) -> None:
        officer = browser(app, region.officer)
        assert officer.get("/staff/upt").status_code == 403
        assert 'href="/staff/upt"' not in officer.get("/staff").text
        assert 'href="/staff/upt"' in browser(app, region.kanwil).get("/staff").text

    def test_are_asked_for_as_often_however_many_there_are(
        self, app: Flask, kanwil: FlaskClient, region: Region, count_queries: CountedQueries
    ) -> None:
        with app.app_context():
            engine = db.engine
        kanwil.get("/staff/upt")
        with count_queries(engine) as few:
            kanwil.get("/staff/upt")
        with app.app_context(), transaction() as session:
            for number in range(5):
                make_upt(session, name=f"Lapas Baru {number}").kanwil_id = region.kanwil_id
        with count_queries(engine) as many:
            assert "Lapas Baru 4" in kanwil.get("/staff/upt").text
        assert len(many) == len(few)


class TestAMessage:
    def test_stands_on_their_first_page_until_one_of_them_has_seen_to_it(
        self, app: Flask, kanwil: FlaskClient, region: Region
    ) -> None:
        sent = {"key": str(uuid4()), "body": "Mohon percepat paket <b>Bandung</b>."}
        for _ in range(2):
            assert kanwil.post(f"/staff/upt/{region.garut}/pesan", data=sent).status_code == 303
        officer = browser(app, region.officer)
        page = officer.get("/staff").text
        assert page.count("Mohon percepat paket &lt;b&gt;Bandung") == 1
        assert "Mohon percepat" in kanwil.get(f"/staff/upt/{region.garut}").text
        assert "Mohon percepat" not in kanwil.get("/staff").text
        done = re.search(r'action="(/staff/orang/titipan/[^"]+/selesai)"', page)
        assert done
        answer = officer.post(done[1], data={"next": "/staff"})
        assert (answer.status_code, answer.location) == (303, "/staff")
        assert "Mohon percepat" not in officer.get("/staff").text
        assert [action for action, _ in audited(app)] == ["upt.told", "message.finish"]

    @pytest.mark.parametrize("body", ["", "   ", "x" * 2001])
    def test_of_nothing_or_too_much_is_refused(
        self, app: Flask, kanwil: FlaskClient, region: Region, body: str
    ) -> None:
        answer = kanwil.post(f"/staff/upt/{region.garut}/pesan", data={"key": str(uuid4()), "body": body})
        assert answer.status_code == 422
        with app.app_context():
            assert db.session.scalars(select(Handover)).all() == []
        assert audited(app) == []

    def test_of_blanks_is_asked_to_say_something(self, kanwil: FlaskClient, region: Region) -> None:
        sent = {"key": str(uuid4()), "body": " \r\n "}
        answer = kanwil.post(f"/staff/upt/{region.garut}/pesan", data=sent)
        assert answer.status_code == 422
        assert "Mohon tulis sesuatu." in answer.text
        assert "Tulis paling banyak" not in answer.text

    def test_counts_a_new_line_as_one_character(
        self, app: Flask, kanwil: FlaskClient, region: Region
    ) -> None:
        sent = {"key": str(uuid4()), "body": "x\r\n" * 999 + "xx"}
        assert kanwil.post(f"/staff/upt/{region.garut}/pesan", data=sent).status_code == 303
        with app.app_context():
            assert db.session.scalars(select(Handover.body)).all() == ["x\n" * 999 + "xx"]

    def test_goes_to_no_upt_of_others(self, app: Flask, kanwil: FlaskClient, region: Region) -> None:
        sent = {"key": str(uuid4()), "body": "Halo"}
        answers = [kanwil.post(f"/staff/upt/{code}/pesan", data=sent) for code in (region.luar, "NONE")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text.replace(region.luar, "") == answers[1].text.replace("NONE", "")
        with app.app_context():
            assert db.session.scalars(select(Handover)).all() == []


class TestSteppingIn:
    def test_lets_work_for_that_upt_alone_and_says_so_everywhere(
        self, app: Flask, kanwil: FlaskClient, region: Region
    ) -> None:
        accept = f"/staff/paket/{region.parcel}/terima"
        assert kanwil.post(accept).status_code == 403
        assert kanwil.post(f"/staff/upt/{region.garut}/gantikan", data=WHY).status_code == 303
        page = kanwil.get("/staff").text
        assert region.garut_name in re.search(r'<aside class="standing-in.*?</aside>', page, re.DOTALL)[0]  # type: ignore[index]
        assert region.other not in page
        assert kanwil.get(f"/staff/paket/{region.other}").status_code == 404
        assert kanwil.get("/staff/upt").status_code == 403
        assert kanwil.get("/staff/izin/baru").status_code == 403
        assert kanwil.post(accept).status_code == 303
        assert state_of(app, region.parcel) == "accepted"
        assert kanwil.post("/staff/gantikan/selesai").status_code == 303
        assert "standing-in" not in kanwil.get("/staff").text
        assert kanwil.post(f"/staff/paket/{region.other}/terima").status_code == 403
        assert audited(app) == [
            ("upt.step_in", ["kanwil_officer"]),
            ("parcel.accept", ["stand_in"]),
            ("upt.step_out", ["stand_in"]),
        ]
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).first()
            assert entry is not None
            assert entry.after["reason"] == WHY["reason"]

    def test_is_of_one_device_and_ends_by_itself(
        self, app: Flask, kanwil: FlaskClient, region: Region
    ) -> None:
        kanwil.post(f"/staff/upt/{region.garut}/gantikan", data=WHY)
        assert "standing-in" not in browser(app, region.kanwil).get("/staff").text
        assert "standing-in" in kanwil.get("/staff").text
        with app.app_context(), transaction() as session:
            session.execute(update(UserSession).values(acts_until=now() - timedelta(seconds=1)))
        assert "standing-in" not in kanwil.get("/staff").text
        assert kanwil.post(f"/staff/paket/{region.parcel}/terima").status_code == 403
        assert state_of(app, region.parcel) == "new"
        assert kanwil.post("/staff/gantikan/selesai").status_code == 303
        assert not stands_in(app)
        assert [action for action, _ in audited(app)] == ["upt.step_in"]

    def test_ends_with_the_session_and_the_log_says_so(
        self, app: Flask, kanwil: FlaskClient, region: Region
    ) -> None:
        kanwil.post(f"/staff/upt/{region.garut}/gantikan", data=WHY)
        assert kanwil.post("/staff/keluar").status_code == 303
        assert kanwil.get("/staff").status_code == 303
        assert audited(app) == [("upt.step_in", ["kanwil_officer"]), ("upt.step_out", ["stand_in"])]

    def test_ends_with_the_role_that_allowed_it(
        self, app: Flask, kanwil: FlaskClient, region: Region
    ) -> None:
        kanwil.post(f"/staff/upt/{region.garut}/gantikan", data=WHY)
        with app.app_context(), transaction() as session:
            session.execute(text("DELETE FROM memberships WHERE user_id = :id"), {"id": region.kanwil})
        assert kanwil.post(f"/staff/paket/{region.parcel}/terima").status_code == 404
        assert state_of(app, region.parcel) == "new"

    def test_wants_a_reason_the_password_and_a_upt_of_theirs(
        self, app: Flask, kanwil: FlaskClient, region: Region
    ) -> None:
        for reason in ("", " ", "x" * 201):
            answer = kanwil.post(f"/staff/upt/{region.garut}/gantikan", data={"reason": reason})
            assert answer.status_code == 422
        for code in (region.luar, "NONE"):
            assert kanwil.post(f"/staff/upt/{code}/gantikan", data=WHY).status_code == 404
        officer = browser(app, region.officer)
        assert officer.post(f"/staff/upt/{region.ciamis}/gantikan", data=WHY).status_code == 403
        with app.app_context(), transaction() as session:
            long_ago = now() - CONFIRMED_FOR - timedelta(minutes=1)
            session.execute(update(UserSession).values(confirmed_at=long_ago))
        confirm = f"/akun/keamanan/konfirmasi?next=%2Fstaff%2Fupt%2F{region.garut}"
        page = kanwil.get(f"/staff/upt/{region.garut}").text
        assert f'href="{confirm}"' in page
        assert 'name="reason"' not in page
        answer = kanwil.post(f"/staff/upt/{region.garut}/gantikan", data=WHY)
        assert (answer.status_code, answer.location) == (303, confirm)
        assert not stands_in(app)
        assert audited(app) == []

    def test_gives_no_role_that_lasts(self, app: Flask, kanwil: FlaskClient, region: Region) -> None:
        with app.app_context():
            before = db.session.scalars(select(Membership.role).order_by(Membership.id)).all()
        kanwil.post(f"/staff/upt/{region.garut}/gantikan", data=WHY)
        with app.app_context():
            assert db.session.scalars(select(Membership.role).order_by(Membership.id)).all() == before
