"""A copy has every row of its person and nobody else's; who is forgotten is in the legal hold alone."""

from __future__ import annotations

import csv
import io
import json
import logging
import zipfile
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from accounts.models import AccountLink, SignIn
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from accounts.services.consents import Evidence, notice_key
from inventory.services.counting import Found, book_counts, decide_count, note_counts, open_count
from kernel.db import db, transaction
from kernel.files import FilesToForget, files
from kernel.mail import Letter, Mail, claim_mail, mark_sent, queue_mail
from orders.events import RefundSettled
from orders.models import Fulfilment, Invoice, Order, Payment, Refund
from orders.queries.reviews import published_reviews
from orders.rules.allocation import Wish
from orders.services.invoicing import issue_credit_notes
from orders.services.parcel_asking import ask_about_parcel
from orders.services.placing import Contact
from privacy.errors import ExportNotFound, MattersOpen, StaffAccount
from privacy.events import AccountErased, DataExportAsked, DataExportReady
from privacy.models import DataExport, Erasure, LegalHold
from privacy.queries import newest_export, open_matters, person_of, ready_export, rows_of
from privacy.registry import PERSONAL
from privacy.services.erasing import erase, forget_held
from privacy.services.exporting import (
    LIFE,
    ask_export,
    file_key,
    finish,
    forget_old_exports,
    gather,
    pack,
    store,
)
from reporting.invariants import violations
from tests.factories.accounts import make_officer, make_user
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.paying import published
from tests.factories.placing import Shop, make_shop
from tests.fakes import FakeProvider
from tests.privacy.people import Somebody, everything, make_somebody
from worker.forgetting import delete_files, name_files
from worker.notifications.my_data import mail_account_erased, mail_export_ready

SHOWN = Evidence("Ya.", "id", "account_closed", "")
CANARY, OTHER = "kenariputih", "gelatikbatu"


@pytest.fixture
def shop(session: Session, at: datetime) -> Shop:
    return make_shop(session, at=at)


@pytest.fixture
def sari(session: Session, shop: Shop, at: datetime) -> Somebody:
    return make_somebody(session, shop, CANARY, at=at)


@pytest.fixture
def budi(session: Session, shop: Shop, at: datetime) -> Somebody:
    return make_somebody(session, shop, OTHER, at=at)


def forget(session: Session, somebody: Somebody, at: datetime) -> None:
    erase(session, somebody.user_id, SHOWN, locale="id", at=at)


class TestRows:
    def test_there_are_some_of_the_person_in_every_table(
        self, session: Session, sari: Somebody, budi: Somebody
    ) -> None:
        """A new table needs rows here too, so that the next two tests see it."""
        found = rows_of(session, person_of(session, sari.user_id))
        by_staff = {each.table for each in PERSONAL if each.by_staff}
        assert {name for name, rows in found.items() if not rows} == by_staff

    def test_are_all_of_the_person_and_of_nobody_else(
        self, session: Session, sari: Somebody, budi: Somebody
    ) -> None:
        for one, other in ((sari, budi), (budi, sari)):
            said = json.dumps(rows_of(session, person_of(session, one.user_id)), default=str).lower()
            assert one.canary in said
            assert other.canary not in said
            assert other.order not in said
        told = json.dumps(rows_of(session, person_of(session, sari.user_id)), default=str)
        for secret in ("password_hash", "key_hash", "token_hash", "sealed_secret", "link_key"):
            assert secret not in told

    def test_work_names_no_colleague(self, session: Session, shop: Shop, at: datetime) -> None:
        counting, deciding = (make_officer(session, shop.garut) for _ in range(2))
        actors = [actor_of(session, each.id, f"officer {each.id}") for each in (counting, deciding)]
        key = open_count(session, shop.garut.code, words="", key=uuid4(), actor=actors[0], at=at)
        note_counts(session, key, {1: Found(1, 5000)}, actor=actors[0], at=at)
        book_counts(session, key, {1: 2}, actor=actors[0], at=at)
        decide_count(session, key, 1, is_approved=False, actor=actors[1], at=at)
        labels = []
        for each in (counting, deciding):
            (line,) = rows_of(session, person_of(session, each.id))["count_lines"]
            assert line["counted"] == 5000
            labels.append((line["noted_label"], line["decided_label"]))
        assert labels == [(actors[0].label, None), (None, actors[1].label)]

    def test_a_strangers_orders_come_with_a_verified_address_only(
        self, session: Session, sari: Somebody
    ) -> None:
        session.execute(update(Order).values(user_id=None, buyer_email=sari.email))
        assert rows_of(session, person_of(session, sari.user_id))["orders"]
        session.execute(text("UPDATE users SET verified_at = NULL"))
        assert not rows_of(session, person_of(session, sari.user_id))["orders"]
        assert not rows_of(session, person_of(session, sari.user_id))["enquiries"]

    @pytest.mark.parametrize(
        ("own", "typed", "is_theirs"),
        [
            ("sari@example.id", "Sari@Example.id", True),
            ("sari+toko@example.id", "sari+toko@example.id", True),
            ("sari@example.id", "sari+lain@example.id", False),
            ("sari+toko@example.id", "sari@example.id", False),
            ("s.ari@gmail.com", "sari@gmail.com", False),
        ],
    )
    def test_of_a_guest_are_those_of_the_very_address(
        self, session: Session, shop: Shop, at: datetime, own: str, typed: str, is_theirs: bool
    ) -> None:
        """What limits hold for one mailbox may be another person's."""
        user = make_user(session, email=own, verified_at=at)
        contact = Contact(typed, "Gelatik", "081200000000")
        order = make_paid_order(session, Wish(1, shop.bread.id, 1), at=at, contact=contact)
        mine = person_of(session, user.id)
        assert bool(rows_of(session, mine)["orders"]) == is_theirs
        assert open_matters(session, mine, at=at) == ([order.number] if is_theirs else [])
        session.execute(text("UPDATE fulfilments SET state = 'cancelled'"))
        erase(session, user.id, SHOWN, locale="id", at=at)
        session.refresh(order)
        assert (order.name == "") == is_theirs
        assert len(session.scalars(select(LegalHold)).all()) == is_theirs

    def test_are_also_what_was_sent_to_an_address_they_had(
        self, session: Session, sari: Somebody, budi: Somebody, at: datetime
    ) -> None:
        key = notice_key(session, sari.user_id)
        for recipient, subscriber in (("Dahulu@example.id", key), (sari.email.title(), "")):
            letter = Letter(recipient, "Kabar", "-", "-", "id", "news" if subscriber else "", subscriber)
            queue_mail(session, letter, cause=f"test:{recipient}", at=at)
        told = [row["recipient"] for row in rows_of(session, person_of(session, sari.user_id))["mails"]]
        assert {"Dahulu@example.id", sari.email.title()} <= set(told)
        forget(session, sari, at)
        left = {mail.recipient for mail in session.scalars(select(Mail))}
        assert left == {budi.email, "upt@upt.example"}


class TestCopy:
    @pytest.fixture
    def made(self, app: Flask, at: datetime) -> tuple[Somebody, DataExport, bytes]:
        """A copy, made as the worker does it."""
        with app.app_context():
            with transaction() as session:
                session.execute(text("SELECT 1"))
                shop = make_shop(session, at=at)
                sari = make_somebody(session, shop, CANARY, at=at)
                make_somebody(session, shop, OTHER, at=at)
                session.execute(text("DELETE FROM data_exports"))
                session.execute(text("UPDATE cart_lines SET own_text = '=1+1'"))
                ask_export(session, sari.user_id, at=at)
                (event,) = published(session, DataExportAsked)
                assert isinstance(event, DataExportAsked)
                packing = gather(session, event)
            assert packing is not None
            packed = store(FakeProvider(), packing)
            with transaction() as session:
                finish(session, event, packed, at=at)
                export = session.scalars(select(DataExport)).one()
                (ready,) = published(session, DataExportReady)
                assert isinstance(ready, DataExportReady)
                mail_export_ready(session, ready, at=at)
                session.expunge(export)
            return sari, export, files().get(file_key(export.key))

    def test_holds_every_row_as_json_and_as_csv(
        self, app: Flask, made: tuple[Somebody, DataExport, bytes]
    ) -> None:
        sari, export, content = made
        assert export.size == len(content)
        archive = zipfile.ZipFile(io.BytesIO(content))
        tables = json.loads(archive.read("data.json"))["tables"]
        with app.app_context():
            rows = rows_of(db.session(), person_of(db.session(), sari.user_id))
        for name, found in rows.items():
            if name in ("mails", "data_exports"):
                continue  # have grown by the mail that it is ready
            assert len(tables[name]["rows"]) == len(found), name
            assert tables[name]["purpose"]
            assert tables[name]["kept"]
            if found:
                lines = list(
                    csv.reader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig")), delimiter=";")
                )
                assert len(lines) == len(found) + 1, name
                assert lines[0] == list(found[0])
        whole = b"".join(archive.read(each) for each in archive.namelist()).lower()
        assert CANARY.encode() in whole
        assert OTHER.encode() not in whole
        assert b"'=1+1" in archive.read("cart_lines.csv")

    def test_is_its_persons_alone_and_for_a_day(
        self, app: Flask, at: datetime, made: tuple[Somebody, DataExport, bytes]
    ) -> None:
        sari, export, _content = made
        with app.app_context():
            session = db.session()
            assert ready_export(session, sari.user_id, export.key, at=at + LIFE / 2).id == export.id
            for user_id, moment in ((sari.user_id + 1, at), (sari.user_id, at + LIFE)):
                with pytest.raises(ExportNotFound):
                    ready_export(session, user_id, export.key, at=moment)
            assert newest_export(session, sari.user_id, at=at + LIFE) is None

    def test_is_deleted_when_its_time_is_over(
        self, app: Flask, at: datetime, made: tuple[Somebody, DataExport, bytes]
    ) -> None:
        _sari, export, _content = made
        with app.app_context():
            with transaction() as session:
                assert forget_old_exports(session, at=at + LIFE - timedelta(seconds=1)) == 0
                assert forget_old_exports(session, at=at + LIFE) == 1
                (event,) = published(session, FilesToForget)
            assert isinstance(event, FilesToForget)
            for _ in range(2):
                delete_files(FakeProvider(), name_files(db.session(), event))
            assert not files().exists(file_key(export.key))

    def test_of_somebody_forgotten_meanwhile_is_not_left_behind(self, app: Flask, at: datetime) -> None:
        with app.app_context():
            with transaction() as session:
                sari = make_somebody(session, make_shop(session, at=at), CANARY, at=at)
                session.execute(text("DELETE FROM data_exports"))
                ask_export(session, sari.user_id, at=at)
                (event,) = published(session, DataExportAsked)
                assert isinstance(event, DataExportAsked)
                packing = gather(session, event)
                forget(session, sari, at)
                before = len(published(session, FilesToForget))
            assert packing is not None
            packed = store(FakeProvider(), packing)
            with transaction() as session:
                finish(session, event, packed, at=at)
                assert not published(session, DataExportReady)
                (event,) = published(session, FilesToForget)[before:]
            assert isinstance(event, FilesToForget)
            delete_files(FakeProvider(), name_files(db.session(), event))
            assert not files().exists(file_key(packing.key))

    def test_one_under_way_is_enough(self, session: Session, at: datetime) -> None:
        user = make_user(session)
        for _ in range(2):
            ask_export(session, user.id, at=at)
        assert len(published(session, DataExportAsked)) == 1

    def test_of_nobody_can_be_packed(self, app: Flask, session: Session, at: datetime) -> None:
        assert gather(session, DataExportAsked(7)) is None


def keys_of(session: Session, table: str, somebody: Somebody) -> list[str]:
    """What a table of the account's keys holds of a person."""
    rows = session.execute(
        text(f"SELECT t::text FROM {table} t WHERE user_id = :user_id ORDER BY 1"),
        {"user_id": somebody.user_id},
    )
    return list(rows.scalars())


class TestErasing:
    def test_leaves_the_canary_in_the_legal_hold_alone(
        self,
        app: Flask,
        session: Session,
        sari: Somebody,
        budi: Somebody,
        at: datetime,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        before, broken = everything(session), violations(session, at=at).keys()
        assert sum(CANARY in rows.lower() for rows in before.values()) >= 15
        caplog.set_level(logging.DEBUG)
        with app.app_context():
            forget(session, sari, at)
            self.confirm(session, at)
        after = everything(session)
        assert {name for name, rows in after.items() if CANARY in rows.lower()} == {"legal_holds"}
        assert CANARY not in caplog.text.lower()
        hold = session.scalars(select(LegalHold)).one()
        assert hold.kind == "invoice"
        assert hold.data["name"].lower() == CANARY
        assert (hold.keep_until - at.date()).days > 3500
        # nobody else lost anything
        for name, rows in before.items():
            if OTHER in rows.lower():
                lines = [line for line in rows.splitlines() if OTHER in line.lower()]
                assert all(line in after[name].splitlines() for line in lines), name
        assert violations(session, at=at).keys() == broken  # what was made up for this test is not the books

    def confirm(self, session: Session, at: datetime) -> None:
        """The worker writes the last mail and sends it."""
        (event,) = published(session, AccountErased)
        assert isinstance(event, AccountErased)
        for _ in range(2):
            mail_account_erased(session, event, at=at)
        mails = session.execute(text("SELECT id, recipient FROM mails WHERE cause LIKE 'erasure:%'")).all()
        ((mail_id, recipient),) = mails
        assert recipient == f"{CANARY}@example.id"
        mail = claim_mail(session, mail_id, 0, at=at)
        assert mail is not None
        mark_sent(session, mail, at=at)

    def test_shuts_the_account_and_keeps_the_books(
        self, session: Session, sari: Somebody, at: datetime
    ) -> None:
        total = session.scalars(select(Order.total).where(Order.number == sari.order)).one()
        forget(session, sari, at)
        order = session.scalars(select(Order).where(Order.number == sari.order)).one()
        assert (order.total, order.state, order.user_id, order.name) == (total, "paid", None, "")
        user = session.execute(text("SELECT is_active, password_hash, name FROM users")).one()
        assert tuple(user) == (False, "", "")
        assert session.execute(text("SELECT count(*) FROM user_sessions")).scalar_one() == 0
        given = session.execute(text("SELECT is_given, channel, ip_hash FROM consents ORDER BY id")).all()
        assert [tuple(row) for row in given] == [(True, "account_page", ""), (False, "account_closed", "")]

    def test_takes_the_words_of_reviews_and_leaves_the_stars(
        self, app: Flask, session: Session, shop: Shop, sari: Somebody, budi: Somebody, at: datetime
    ) -> None:
        forget(session, sari, at)
        theirs, other = published_reviews(session, shop.bread.product_id).rows[::-1]
        assert (theirs.stars, theirs.body, theirs.author, theirs.answer) == (4, "", "", "")
        assert OTHER in other.body
        assert "R1" not in violations(session, at=at)

    def test_takes_every_key_to_the_account_along(
        self, session: Session, sari: Somebody, budi: Somebody, at: datetime
    ) -> None:
        address = session.execute(
            text("SELECT email FROM users WHERE id = :id"), {"id": sari.user_id}
        ).scalar_one()
        asked = {"purpose": "register", "email": address, "locale": "id", "created_at": at, "expires_at": at}
        session.add(AccountLink(**asked))  # from before there was an account: it names the address alone
        session.flush()
        tables = ("user_sessions", "account_links", "second_factors", "recovery_codes")
        kept = {table: keys_of(session, table, budi) for table in tables}
        for table in tables:
            assert keys_of(session, table, sari), table
            assert kept[table], table
        forget(session, sari, at)
        for table in tables:
            assert keys_of(session, table, sari) == [], table
            assert keys_of(session, table, budi) == kept[table], table
        links = text("SELECT count(*) FROM account_links WHERE email = :email")
        assert session.execute(links, {"email": address}).scalar_one() == 0

    @pytest.mark.parametrize(
        "still_open",
        [
            "UPDATE orders SET state = 'awaiting_payment', paid_at = NULL",
            (
                "UPDATE fulfilments SET state = 'packed', shipped_at = NULL, tracking_number = NULL,"
                " receiver = NULL"
            ),
            "UPDATE fulfilments SET state = 'shipped', shipped_at = :at, receiver = NULL",
            "UPDATE refunds SET state = 'due', settled_at = NULL",
            "UPDATE refunds SET state = 'failed', settled_at = NULL",
            "UPDATE payments SET state = 'quarantined'",
            "UPDATE problems SET state = 'open', closed_at = NULL",
            "UPDATE bookings SET state = 'confirmed', decided_at = :at, day = CAST(:at AS date)",
        ],
    )
    def test_waits_for_what_still_runs(
        self, session: Session, sari: Somebody, at: datetime, still_open: str
    ) -> None:
        session.execute(text(still_open), {"at": at} if ":at" in still_open else {})
        before = everything(session)
        with pytest.raises(MattersOpen) as refusal:
            forget(session, sari, at)
        number = session.execute(text("SELECT number FROM enquiries")).scalar_one()
        assert refusal.value.parameters["what"] in (sari.order, number)
        assert everything(session) == before

    def test_a_parcel_nobody_reported_does_not_keep_it_open_for_ever(
        self, session: Session, sari: Somebody, at: datetime
    ) -> None:
        left_at = at - timedelta(days=15)
        session.execute(update(Fulfilment).values(state="shipped", shipped_at=left_at, receiver=None))
        forget(session, sari, at)

    def test_is_not_for_staff(self, session: Session, shop: Shop, at: datetime) -> None:
        officer = make_officer(session, shop.garut)
        before = everything(session)
        with pytest.raises(StaffAccount):
            erase(session, officer.id, SHOWN, locale="id", at=at)
        assert everything(session) == before

    def test_is_for_who_once_was_invited_and_only_signed_in(
        self, session: Session, shop: Shop, at: datetime
    ) -> None:
        user = make_user(session)
        session.add(SignIn(user_id=user.id, at=at, device="", outcome="signed_in"))
        session.flush()
        erase(session, user.id, SHOWN, locale="id", at=at)
        assert session.scalars(select(SignIn)).all() == []

    def test_what_a_buyer_did_is_no_staffs_work(self, session: Session, shop: Shop, at: datetime) -> None:
        user = make_user(session, verified_at=at)
        order = make_paid_order(session, Wish(1, shop.bread.id, 1), at=at)
        order.user_id = user.id
        buyer = Actor(CUSTOMER.label, user.id)
        parcel = parcel_of(session, order, shop.garut).number
        ask_about_parcel(session, order.number, parcel, "Kapan dikirim?", key="k", actor=buyer, at=at)
        session.execute(text("UPDATE fulfilments SET state = 'cancelled'"))
        erase(session, user.id, SHOWN, locale="id", at=at)
        session.refresh(user)
        assert not user.is_active

    def test_a_credit_note_written_afterwards_names_nobody(
        self, session: Session, sari: Somebody, at: datetime
    ) -> None:
        forget(session, sari, at)
        refund = session.scalars(
            select(Refund).join(Order, Order.id == Refund.order_id).where(Order.number == sari.order)
        ).one()
        session.execute(update(Payment).where(Payment.id == refund.payment_id).values(state="paid"))
        issue_credit_notes(session, RefundSettled(str(refund.id)), at=at)
        notes = session.scalars(select(Invoice).where(Invoice.kind == "credit_note")).all()
        assert [note.buyer for note in notes] == [{}]

    def test_what_is_held_is_deleted_after_ten_years(
        self, session: Session, sari: Somebody, at: datetime
    ) -> None:
        forget(session, sari, at)
        until = session.scalars(select(LegalHold.keep_until)).one()
        moment = datetime(until.year, until.month, until.day, tzinfo=at.tzinfo)
        assert forget_held(session, at=moment) == 0
        assert forget_held(session, at=moment + timedelta(days=1)) == 1
        assert CANARY not in "".join(
            rows.lower() for name, rows in everything(session).items() if name != "erasures"
        )
        assert session.scalars(select(Erasure)).one().at == at

    def test_the_history_can_lose_a_name_and_nothing_else(
        self, session: Session, sari: Somebody, at: datetime
    ) -> None:
        for change in ("kind = 'x'", "actor_label = 'somebody else'", "actor_user_id = NULL"):
            with pytest.raises(Exception, match="append-only"), session.begin_nested():
                session.execute(text(f"UPDATE order_events SET {change}"))


def test_the_copy_of_an_empty_account_can_be_read(app: Flask, session: Session, at: datetime) -> None:
    user = make_user(session)
    ask_export(session, user.id, at=at)
    (event,) = published(session, DataExportAsked)
    assert isinstance(event, DataExportAsked)
    packing = gather(session, event)
    assert packing is not None
    with app.app_context():
        assert "users.csv" in zipfile.ZipFile(io.BytesIO(pack(packing))).namelist()
