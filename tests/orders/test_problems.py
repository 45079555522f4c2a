"""Problems of parcels: reported in time, answered by those they concern, money given back once a piece."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from lokal.holidays import is_working_day
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import Kanwil
from accounts.queries import actor_of
from accounts.rules import CUSTOMER, Actor
from orders.errors import (
    FulfilmentNotFound,
    MessageRefused,
    OrderNotPayable,
    PieceCountWrong,
    ProblemClosed,
    ProblemNotFound,
    ProblemNotYours,
    ProblemOpen,
    ProblemTooLate,
    WrongState,
)
from orders.events import ProblemAnswered, ProblemReported
from orders.models import Fulfilment, Order, Payment, Problem, ProblemEntry, Refund
from orders.queries import problems
from orders.queries.problems import picture_for, picture_of_order, problem_for, returnable_lines
from orders.rules.allocation import Wish
from orders.rules.pictures import Picture
from orders.rules.problems import STATES, last_day, report_until, working_days_after
from orders.services.calling_off import confirm_receipt
from orders.services.fulfilling import accept, cannot_supply, pack, ship
from orders.services.problems import Report, answer, close, give_back, report_problem
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.invoices import papers, settle_refunds
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.paying import broken_rules, published
from tests.factories.placing import Shop, make_shop
from tests.factories.problems import make_problem
from tests.snapshots import snapshot

JAKARTA = ZoneInfo("Asia/Jakarta")
PICTURE = Picture(uuid4(), "problems/one.jpg", 900, 700)
REPORT = Report(str(uuid4()), "damaged", "Dua jaring sobek saat dibuka.", (PICTURE,))


@dataclass(frozen=True)
class Sent:
    """An order whose parcel from Garut (four nets, two breads) is on its way; Ciamis has not begun."""

    shop: Shop
    order: Order
    parcel: Fulfilment
    officer: Actor


@pytest.fixture
def sent(session: Session, at: datetime) -> Sent:
    shop = make_shop(session, at=at, nets=(20, 5), breads=9)
    user = make_officer(session, shop.garut)
    officer = actor_of(session, user.id, user.name)
    wishes = (
        Wish(1, shop.net.id, 4, shop.garut.id),
        Wish(2, shop.bread.id, 2),
        Wish(3, shop.net.id, 1, shop.ciamis.id),
    )
    order = make_paid_order(session, *wishes, at=at)
    parcel = parcel_of(session, order, shop.garut)
    accept(session, parcel.number, actor=officer, at=at)
    cannot_supply(session, parcel.number, {1: 1}, reason="damaged", seen_cancelled=0, actor=officer, at=at)
    pack(session, parcel.number, actor=officer, at=at)
    ship(session, parcel.number, "JNE", "JNE0012345678", actor=officer, at=at)
    return Sent(shop, order, parcel, officer)


def tell(session: Session, sent: Sent, report: Report = REPORT, *, at: datetime) -> bool:
    return report_problem(session, sent.order.number, sent.parcel.number, report, actor=CUSTOMER, at=at)


def reported(session: Session, sent: Sent, *, at: datetime) -> str:
    """The number of a problem that was just reported."""
    tell(session, sent, at=at)
    return session.scalars(select(Problem.number)).one()


class TestCalendar:
    @pytest.mark.parametrize(
        ("delivered", "last"),
        [
            (date(2026, 11, 23), date(2026, 11, 25)),  # Monday: Wednesday
            (date(2026, 11, 20), date(2026, 11, 24)),  # Friday: the weekend does not count
            (date(2026, 3, 17), date(2026, 3, 26)),  # before Nyepi and Idulfitri
            (date(2026, 12, 23), date(2026, 12, 29)),  # before Christmas
            (date(2028, 5, 1), date(2028, 5, 15)),  # no decree yet: longer than any stretch of days off
        ],
    )
    def test_two_working_days_follow_the_delivery(self, delivered: date, last: date) -> None:
        at = datetime.combine(delivered, datetime.min.time(), JAKARTA) + timedelta(hours=20)
        until = report_until(at.astimezone(UTC), JAKARTA)
        assert last_day(until, JAKARTA) == last
        assert until.astimezone(JAKARTA).hour == 0

    def test_every_day_leaves_at_least_two_working_days(self) -> None:
        day = date(2026, 1, 1)
        while day < date(2027, 12, 1):
            last = working_days_after(day, 2)
            between = (day + timedelta(days=n) for n in range(1, (last - day).days + 1))
            assert sum(is_working_day(each) for each in between) == 2
            day += timedelta(days=1)

    def test_the_day_is_that_of_the_customers_zone(self) -> None:
        late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # Monday in WIB, Tuesday already in WIT
        assert last_day(report_until(late, JAKARTA), JAKARTA) == date(2026, 11, 25)
        jayapura = ZoneInfo("Asia/Jayapura")
        assert last_day(report_until(late, jayapura), jayapura) == date(2026, 11, 26)


class TestReport:
    def test_is_kept_with_its_clock_and_told_to_both_sides_once(
        self, session: Session, sent: Sent, at: datetime
    ) -> None:
        assert tell(session, sent, at=at) is True
        assert tell(session, sent, at=at) is False
        problem = session.scalars(select(Problem)).one()
        assert (problem.reason, problem.state) == ("damaged", "open")
        assert problem.answer_due_at == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # Saturday: end of Tuesday
        assert published(session, ProblemReported) == [ProblemReported(problem.id)]
        view = problem_for(session, sent.officer, problem.number)
        assert [entry.body for entry in view.entries] == [REPORT.body]
        assert [picture.key for picture in view.pictures] == [PICTURE.key]

    def test_is_taken_until_the_window_ends_and_not_after(
        self, session: Session, sent: Sent, at: datetime
    ) -> None:
        confirm_receipt(session, sent.order.number, sent.parcel.number, actor=CUSTOMER, at=at)
        session.flush()
        end = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # it came on a Saturday
        before = snapshot(session)
        with pytest.raises(ProblemTooLate):
            tell(session, sent, at=end)
        assert snapshot(session) == before
        assert tell(session, sent, at=end - timedelta(seconds=1)) is True

    def test_is_refused_before_it_is_shipped(self, session: Session, sent: Sent, at: datetime) -> None:
        ciamis = parcel_of(session, sent.order, sent.shop.ciamis)
        before = snapshot(session)
        with pytest.raises(WrongState):
            report_problem(session, sent.order.number, ciamis.number, REPORT, actor=CUSTOMER, at=at)
        assert snapshot(session) == before

    def test_is_refused_for_another_orders_parcel(self, session: Session, sent: Sent, at: datetime) -> None:
        other = make_paid_order(session, Wish(1, sent.shop.bread.id, 1), at=at)
        before = snapshot(session)
        with pytest.raises(FulfilmentNotFound):
            report_problem(session, other.number, sent.parcel.number, REPORT, actor=CUSTOMER, at=at)
        assert snapshot(session) == before

    def test_is_refused_while_another_is_open_and_after_too_many(
        self, session: Session, sent: Sent, at: datetime
    ) -> None:
        for count in range(5):
            tell(session, sent, replace(REPORT, key=f"k{count}", pictures=()), at=at)
            before = snapshot(session)
            with pytest.raises(ProblemOpen):
                tell(session, sent, replace(REPORT, key=f"again{count}", pictures=()), at=at)
            assert snapshot(session) == before
            number = session.scalars(select(Problem.number).where(Problem.state == "open")).one()
            close(session, number, "Selesai.", key=f"c{count}", actor=sent.officer, at=at)
        with pytest.raises(ProblemOpen) as refusal:
            tell(session, sent, replace(REPORT, key="sixth", pictures=()), at=at)
        assert refusal.value.code == "too_many_problems"

    @pytest.mark.parametrize(
        "body",
        [
            "Tolong sampaikan salam untuk warga binaan di sana",
            "Hubungi saya di 0812 3456 7890 saja",
            "Barang dari napi bernama Asep rusak",
            "Rusak\u202esemua isinya",
        ],
    )
    def test_is_screened_like_every_message(
        self, session: Session, sent: Sent, at: datetime, body: str
    ) -> None:
        before = snapshot(session)
        with pytest.raises(MessageRefused):
            tell(session, sent, replace(REPORT, body=body), at=at)
        assert snapshot(session) == before

    def test_may_name_the_tracking_number(self, session: Session, sent: Sent, at: datetime) -> None:
        body = f"Resi JNE0012345678 dari {sent.order.number} belum sampai."
        assert tell(session, sent, replace(REPORT, body=body), at=at) is True


class TestAnswers:
    def test_answer_and_close_tell_the_customer_once(
        self, session: Session, sent: Sent, at: datetime
    ) -> None:
        number = reported(session, sent, at=at)
        assert answer(session, number, "Kami periksa.", key="a", actor=sent.officer, at=at) is True
        assert answer(session, number, "Kami periksa.", key="a", actor=sent.officer, at=at) is False
        assert close(session, number, "Selesai.", key="b", actor=sent.officer, at=at) is True
        problem = session.scalars(select(Problem)).one()
        assert (problem.state, problem.answered_at, problem.closed_at) == ("closed", at, at)
        assert len(published(session, ProblemAnswered)) == 2

    def test_a_closed_one_takes_nothing_more(self, session: Session, sent: Sent, at: datetime) -> None:
        number = reported(session, sent, at=at)
        close(session, number, "Selesai.", key="b", actor=sent.officer, at=at)
        before = snapshot(session)
        with pytest.raises(ProblemClosed):
            answer(session, number, "Lagi.", key="c", actor=sent.officer, at=at)
        with pytest.raises(ProblemClosed):
            give_back(session, number, {1: 1}, "x", with_shipping=False, key="d", actor=sent.officer, at=at)
        assert snapshot(session) == before

    def test_only_its_own_offices_read_it_and_only_some_answer(
        self, session: Session, sent: Sent, at: datetime
    ) -> None:
        number = reported(session, sent, at=at)
        kanwil, directorate, stranger = (make_user(session) for _ in range(3))
        make_membership(
            session, kanwil, "kanwil_officer", kanwil=session.get_one(Kanwil, sent.shop.garut.kanwil_id)
        )
        make_membership(session, directorate, "directorate")
        make_membership(session, stranger, "upt_officer", upt=sent.shop.ciamis)
        actors = {user: actor_of(session, user.id, "x") for user in (kanwil, directorate, stranger)}
        before = snapshot(session)
        assert problem_for(session, actors[kanwil], number).number == number
        assert picture_for(session, actors[kanwil], PICTURE.key) == PICTURE.file_key
        with pytest.raises(ProblemNotYours):
            answer(session, number, "x", key="1", actor=actors[kanwil], at=at)
        with pytest.raises(ProblemNotFound):
            answer(session, number, "x", key="2", actor=actors[stranger], at=at)
        with pytest.raises(ProblemNotFound):
            picture_for(session, actors[stranger], PICTURE.key)
        assert snapshot(session) == before
        assert answer(session, number, "Kami bantu.", key="3", actor=actors[directorate], at=at) is True

    def test_a_picture_opens_with_its_own_order_only(
        self, session: Session, sent: Sent, at: datetime
    ) -> None:
        reported(session, sent, at=at)
        other = make_paid_order(session, Wish(1, sent.shop.bread.id, 1), at=at)
        assert picture_of_order(session, sent.order.number, PICTURE.key) == PICTURE.file_key
        with pytest.raises(ProblemNotFound):
            picture_of_order(session, other.number, PICTURE.key)


class TestGiveBack:
    def give(
        self,
        session: Session,
        sent: Sent,
        number: str,
        pieces: dict[int, int],
        *,
        at: datetime,
        key: str = "g",
        with_shipping: bool = False,
    ) -> bool:
        return give_back(
            session,
            number,
            pieces,
            "Maaf, uang kembali.",
            with_shipping=with_shipping,
            key=key,
            actor=sent.officer,
            at=at,
        )

    def test_returns_the_money_of_pieces_once_and_writes_a_credit_note(
        self, session: Session, sent: Sent, at: datetime
    ) -> None:
        number = reported(session, sent, at=at)
        assert self.give(session, sent, number, {1: 2, 2: 1}, at=at) is True
        assert self.give(session, sent, number, {1: 2, 2: 1}, at=at) is False
        refund = session.scalars(select(Refund).where(Refund.reason == "problem")).one()
        assert refund.amount == 2 * 90_000 + 15_000
        settle_refunds(session, sent.order, at=at)
        assert [note.total for note in papers(session, "credit_note")] == [90_000, 195_000]
        assert session.scalars(select(Problem.state)).one() == "answered"
        assert broken_rules(session, at=at) == {}

    def test_no_piece_is_paid_back_twice(self, session: Session, sent: Sent, at: datetime) -> None:
        number = reported(session, sent, at=at)
        assert [line.most for line in returnable_lines(session, sent.parcel.number)] == [
            3,
            2,
        ]  # one was short
        self.give(session, sent, number, {1: 3}, at=at, with_shipping=True)
        before = snapshot(session)
        with pytest.raises(PieceCountWrong):
            self.give(session, sent, number, {1: 1}, at=at, key="h")
        with pytest.raises(PieceCountWrong):  # the shipping went back already, and nothing else is asked
            self.give(session, sent, number, {}, at=at, key="i", with_shipping=True)
        assert snapshot(session) == before

    @pytest.mark.parametrize("pieces", [{}, {1: 0}, {1: 4}, {1: -1}, {9: 1}])
    def test_wrong_counts_are_refused(
        self, session: Session, sent: Sent, at: datetime, pieces: dict[int, int]
    ) -> None:
        number = reported(session, sent, at=at)
        before = snapshot(session)
        with pytest.raises(PieceCountWrong):
            self.give(session, sent, number, pieces, at=at)
        assert snapshot(session) == before

    def test_is_refused_while_the_bank_disputes(self, session: Session, sent: Sent, at: datetime) -> None:
        number = reported(session, sent, at=at)
        session.execute(update(Payment).values(is_disputed=True))
        before = snapshot(session)
        with pytest.raises(OrderNotPayable):
            self.give(session, sent, number, {1: 1}, at=at)
        assert snapshot(session) == before
        assert session.scalars(select(ProblemEntry.kind)).all() == ["reported"]


class TestTheList:
    def test_pages_hold_the_urgent_then_the_newest_each_once(
        self, session: Session, sent: Sent, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(problems, "PAGE_SIZE", 2)
        made = []
        for hours, state in ((9, "open"), (1, "open"), (5, "open"), (0, "closed"), (0, "closed")):
            order = make_paid_order(session, Wish(1, sent.shop.net.id, 1, sent.shop.garut.id), at=at)
            problem, _ = make_problem(session, parcel_of(session, order, sent.shop.garut), at=at)
            problem.state, problem.closed_at = state, at if state == "closed" else None
            problem.answer_due_at = at + timedelta(hours=hours)
            session.flush()
            made.append(problem.number)
        elsewhere = parcel_of(session, sent.order, sent.shop.ciamis)
        make_problem(session, elsewhere, at=at)

        def shown(words: str, *states: str) -> list[str]:
            pages = [
                problems.problems_for(session, sent.officer, states=states, words=words, page=page)
                for page in (1, 2, 3, 4)
            ]
            assert [page.has_next for page in pages] == [len(pages[at + 1].rows) > 0 for at in (0, 1, 2)] + [
                False
            ]
            return [row.number for page in pages for row in page.rows]

        first, second, third, fourth, fifth = made
        assert shown("", *STATES) == [second, third, first, fifth, fourth]
        assert shown("sari", *STATES) == [second, third, first, fifth, fourth]
        assert shown("", "closed") == [fifth, fourth]
        assert shown(first, *STATES) == [first]
        assert problems.problem_counts(session, sent.officer) == {"open": 3}
