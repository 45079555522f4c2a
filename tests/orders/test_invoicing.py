"""Invoices: one a parcel when the order is paid, credit notes when money goes back, frozen and numbered."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import actor_of
from accounts.rules import Actor
from orders.errors import InvoiceNotFound
from orders.events import OrderPaid, RefundSettled
from orders.models import Fulfilment, Invoice, Order, OrderLine, Payment, Refund
from orders.queries.invoices import invoice_for, invoice_of_order, orders_without_papers
from orders.rules.allocation import Wish
from orders.rules.invoicing import number_of, tax_status_on
from orders.services.fulfilling import cannot_supply
from orders.services.invoicing import issue_credit_notes, issue_invoices, issue_missing_papers
from orders.services.refunding import create_refund
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.invoices import issue, papers, settle_refunds
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.paying import broken_rules
from tests.factories.placing import Shop, make_placed_order, make_shop


@dataclass(frozen=True)
class Sold:
    """A paid order: four nets and two breads from Garut, one net from Ciamis."""

    shop: Shop
    order: Order
    garut: Fulfilment
    ciamis: Fulfilment
    officer: Actor


@pytest.fixture
def sold(session: Session, at: datetime) -> Sold:
    shop = make_shop(session, at=at, nets=(20, 5), breads=9)
    user = make_officer(session, shop.garut)
    order = make_paid_order(
        session,
        Wish(1, shop.net.id, 4, shop.garut.id),
        Wish(2, shop.bread.id, 2),
        Wish(3, shop.net.id, 1, shop.ciamis.id),
        at=at,
    )
    garut, ciamis = (parcel_of(session, order, upt) for upt in (shop.garut, shop.ciamis))
    return Sold(shop, order, garut, ciamis, actor_of(session, user.id, user.name))


def report_short(
    session: Session, sold: Sold, pieces: dict[int, int], *, at: datetime, seen: int = 0
) -> None:
    cannot_supply(
        session,
        sold.garut.number,
        pieces,
        reason="damaged",
        seen_cancelled=seen,
        actor=sold.officer,
        at=at,
    )


class TestRules:
    def test_a_number_names_issuer_year_and_place_in_the_series(self) -> None:
        assert number_of("invoice", "LPS-GARUT", 2026, 1) == "INV/LPS-GARUT/2026/000001"
        assert number_of("credit_note", "LPS-GARUT", 2027, 123) == "CN/LPS-GARUT/2027/000123"

    def test_the_tax_status_is_that_of_the_day(self) -> None:
        assert tax_status_on(date(2026, 11, 22)) == "not_collected"
        with pytest.raises(ValueError, match="2013-12-31"):
            tax_status_on(date(2013, 12, 31))


class TestIssueInvoices:
    def test_writes_one_a_parcel_that_adds_up_to_what_was_paid(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        garut, ciamis = issue(session, sold.order, at=at)

        assert garut.number == f"INV/{sold.shop.garut.code}/2026/000001"
        assert ciamis.number == f"INV/{sold.shop.ciamis.code}/2026/000001"
        assert garut.total + ciamis.total == sold.order.total
        assert [(line["name"], line["quantity"], line["unit_price"]) for line in garut.lines] == [
            ("Coir Net", 4, 90_000),
            ("Roti", 2, 15_000),
        ]
        assert (garut.goods_total, garut.shipping_total) == (390_000, sold.garut.shipping_cost)
        assert garut.issuer["name"] == "Lapas Kelas IIA Garut"
        assert garut.buyer["name"] == "Sari"
        assert (garut.tax_status, garut.locale, garut.issued_on) == (
            "not_collected",
            "id",
            date(2026, 11, 21),
        )
        assert broken_rules(session, at=at) == {}

    def test_told_again_writes_none(self, session: Session, sold: Sold, at: datetime) -> None:
        first = issue(session, sold.order, at=at)
        assert issue(session, sold.order, at=at + timedelta(days=1)) == first
        assert broken_rules(session, at=at) == {}

    def test_the_year_is_the_sellers_and_begins_at_one(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        issue(session, sold.order, at=at)
        other = make_paid_order(session, Wish(1, sold.shop.bread.id, 1), at=at)
        issue_invoices(session, OrderPaid(other.id), at=datetime(2026, 12, 31, 17, 30, tzinfo=UTC))
        assert papers(session, "invoice")[-1].number == f"INV/{sold.shop.garut.code}/2027/000001"

    def test_what_was_issued_stays_when_names_and_prices_change(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        (garut, _) = issue(session, sold.order, at=at)
        before = invoice_of_order(session, sold.order.number, garut.key)
        session.execute(update(Upt).values(name="Lapas Baru", city="Kota Lain"))
        session.execute(update(Order).values(name="Orang Lain"))
        session.execute(update(OrderLine).values(product_name="Barang Lain"))
        session.expire_all()
        after = invoice_of_order(session, sold.order.number, garut.key)
        assert asdict(after) == asdict(before)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE invoices SET total = total + 1, goods_total = goods_total + 1",
            "UPDATE invoices SET number = 'INV/X'",
            "DELETE FROM invoices",
        ],
    )
    def test_the_database_refuses_to_change_one(
        self, session: Session, sold: Sold, at: datetime, statement: str
    ) -> None:
        issue(session, sold.order, at=at)
        with pytest.raises(IntegrityError, match="kept as it was issued"), session.begin_nested():
            session.execute(text(statement))
        assert len(papers(session, "invoice")) == 2

    def test_the_buyer_may_be_taken_away(self, session: Session, sold: Sold, at: datetime) -> None:
        (garut, _) = issue(session, sold.order, at=at)
        session.execute(text("UPDATE invoices SET buyer = '{}'"))
        session.expire_all()
        view = invoice_of_order(session, sold.order.number, garut.key)
        assert (view.buyer.name, view.buyer.address) == ("", ())


class TestIssueCreditNotes:
    def test_names_the_pieces_given_back_and_their_invoice(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        (garut, _) = issue(session, sold.order, at=at)
        report_short(session, sold, {1: 3}, at=at)
        settle_refunds(session, sold.order, at=at)

        (note,) = papers(session, "credit_note")
        assert note.number == f"CN/{sold.shop.garut.code}/2026/000001"
        assert (note.corrects_id, note.total, note.goods_total) == (garut.id, 270_000, 270_000)
        assert [(line["name"], line["quantity"]) for line in note.lines] == [("Coir Net", 3)]
        assert invoice_of_order(session, sold.order.number, note.key).corrects == garut.number
        assert broken_rules(session, at=at) == {}

    def test_includes_the_shipping_of_a_parcel_that_comes_to_nothing(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        (garut, _) = issue(session, sold.order, at=at)
        report_short(session, sold, {1: 3}, at=at)
        report_short(session, sold, {1: 1, 2: 2}, at=at, seen=3)
        settle_refunds(session, sold.order, at=at)
        notes = papers(session, "credit_note")
        assert [note.shipping_total for note in notes] == [0, sold.garut.shipping_cost]
        assert sum(note.total for note in notes) == garut.total
        assert broken_rules(session, at=at) == {}

    def test_told_again_writes_none(self, session: Session, sold: Sold, at: datetime) -> None:
        report_short(session, sold, {1: 3}, at=at)
        settle_refunds(session, sold.order, at=at)
        settle_refunds(session, sold.order, at=at)
        assert len(papers(session, "credit_note")) == 1

    def test_waits_for_no_other_event_the_invoice_comes_first(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        report_short(session, sold, {1: 1}, at=at)
        settle_refunds(session, sold.order, at=at)
        assert len(papers(session, "invoice")) == 2
        issue_invoices(session, OrderPaid(sold.order.id), at=at)
        assert len(papers(session, "invoice")) == 2

    def test_a_refund_made_at_the_provider_is_shared_and_never_exceeds(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        garut, ciamis = issue(session, sold.order, at=at)
        payment = session.scalars(select(Payment)).one()
        for part, cause in ((100_000, "a"), (payment.captured - 100_000, "b")):
            create_refund(
                session,
                payment.id,
                part,
                cause=cause,
                reason="made_at_provider",
                actor=sold.officer,
                at=at,
            )
        settle_refunds(session, sold.order, at=at)
        credited = {
            invoice.id: sum(n.total for n in papers(session, "credit_note") if n.corrects_id == invoice.id)
            for invoice in (garut, ciamis)
        }
        assert credited == {garut.id: garut.total, ciamis.id: ciamis.total}
        assert all(note.lines == [] for note in papers(session, "credit_note"))
        assert broken_rules(session, at=at) == {}

    def test_money_that_came_too_late_has_no_papers(self, session: Session, sold: Sold, at: datetime) -> None:
        payment = session.scalars(select(Payment)).one()
        session.execute(update(Payment).values(state="paid_late"))
        refund_id = create_refund(
            session, payment.id, 1000, cause="late", reason="paid_late", actor=sold.officer, at=at
        )
        issue_credit_notes(session, RefundSettled(str(refund_id)), at=at)
        assert session.scalars(select(Invoice)).all() == []
        assert session.get_one(Refund, refund_id).state == "due"


class TestMissingPapers:
    def test_are_written_in_the_order_of_payment_without_gaps_and_once(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        issue(session, sold.order, at=at)
        late, early = (make_paid_order(session, Wish(1, sold.shop.bread.id, 1), at=at) for _ in range(2))
        early.paid_at = at - timedelta(days=400)
        session.flush()
        assert orders_without_papers(session) == [early.id, late.id]
        for order_id in orders_without_papers(session):
            for _ in range(2):
                issue_missing_papers(session, order_id, at=at)
        assert orders_without_papers(session) == []
        series = {
            parcel_of(session, order, sold.shop.garut).id: serial
            for serial, order in enumerate((sold.order, early, late), start=1)
        }
        written = [note for note in papers(session, "invoice") if note.fulfilment_id in series]
        assert {note.fulfilment_id: note.serial for note in written} == series
        assert {note.paid_on for note in written} == {date(2026, 11, 21), date(2025, 10, 17)}
        assert broken_rules(session, at=at) == {}

    def test_include_the_credit_notes_of_what_was_given_back_meanwhile(
        self, session: Session, sold: Sold, at: datetime
    ) -> None:
        report_short(session, sold, {1: 3}, at=at)
        session.execute(update(Refund).values(state="succeeded", settled_at=at, ref="re_1"))
        for _ in range(2):
            issue_missing_papers(session, sold.order.id, at=at)
        assert len(papers(session, "invoice")) == 2
        assert [note.total for note in papers(session, "credit_note")] == [270_000]

    def test_a_credit_note_alone_may_be_missing(self, session: Session, sold: Sold, at: datetime) -> None:
        issue(session, sold.order, at=at)
        report_short(session, sold, {1: 3}, at=at)
        session.execute(update(Refund).values(state="succeeded", settled_at=at, ref="re_1"))
        assert orders_without_papers(session) == [sold.order.id]
        issue_missing_papers(session, sold.order.id, at=at)
        assert [note.total for note in papers(session, "credit_note")] == [270_000]
        assert orders_without_papers(session) == []

    def test_what_was_never_paid_has_none(self, session: Session, sold: Sold, at: datetime) -> None:
        issue(session, sold.order, at=at)
        make_placed_order(session, Wish(1, sold.shop.bread.id, 1), at=at)
        assert orders_without_papers(session) == []


class TestWhoMayRead:
    def test_another_orders_number_does_not_open_it(self, session: Session, sold: Sold, at: datetime) -> None:
        (garut, _) = issue(session, sold.order, at=at)
        other = make_paid_order(session, Wish(1, sold.shop.bread.id, 1), at=at)
        with pytest.raises(InvoiceNotFound):
            invoice_of_order(session, other.number, garut.key)

    def test_staff_read_those_of_their_own_parcels(self, session: Session, sold: Sold, at: datetime) -> None:
        garut, ciamis = issue(session, sold.order, at=at)
        kanwil = make_user(session)
        make_membership(session, kanwil, "kanwil_officer", kanwil=sold.shop.ciamis.kanwil)
        assert invoice_for(session, sold.officer, garut.key).number == garut.number
        with pytest.raises(InvoiceNotFound):
            invoice_for(session, sold.officer, ciamis.key)
        with pytest.raises(InvoiceNotFound):
            invoice_for(session, Actor("customer"), garut.key)
        assert invoice_for(session, actor_of(session, kanwil.id, "K"), ciamis.key).number == ciamis.number
