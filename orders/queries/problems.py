"""Reported problems for who may read them: the order's customer, and the offices of the parcel's UPT."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, func, or_, select, text, union_all
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from kernel.db import in_portions
from orders.errors import FulfilmentNotFound, ProblemNotFound
from orders.models import (
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderEvent,
    OrderLine,
    Problem,
    ProblemEntry,
    ProblemPicture,
    Refund,
    RefundShare,
)
from orders.queries.pictures import PictureView
from orders.rules.invoicing import pieces_from

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry; `amount` is rupiah given back, `actor_label` for staff alone."""

    sender: str
    kind: str
    body: str
    amount: int
    actor_label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem with all that was said about it."""

    id: int
    number: str
    reason: str
    state: str
    reported_at: datetime
    answer_due_at: datetime
    parcel_number: str
    order_number: str
    customer: str
    email: str
    locale: str
    upt_id: int
    upt_name: str
    upt_email: str | None
    upt_province_code: str
    entries: tuple[EntryView, ...]
    pictures: tuple[PictureView, ...]


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One line of the staff's list."""

    number: str
    reason: str
    state: str
    parcel_number: str
    customer: str
    upt_name: str
    reported_at: datetime
    answer_due_at: datetime


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """Some problems of a list, from page 1."""

    rows: tuple[ProblemRow, ...]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class ReportedParcel:
    """The parcel a problem would be about; `delivered_at` is empty while it is on its way."""

    number: str
    state: str
    upt_name: str
    province_code: str
    delivered_at: datetime | None
    user_id: int | None


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A line of a parcel with the pieces whose money has not been given back; rupiah a piece."""

    position: int
    name: str
    variant: str
    unit_price: int
    most: int


_COLUMNS = (
    *(Problem.id, Problem.number, Problem.reason, Problem.state, Problem.reported_at, Problem.answer_due_at),
    Fulfilment.number.label("parcel_number"),
    Order.number.label("order_number"),
    *(Order.name.label("customer"), Order.email, Order.locale),
    *(Upt.id.label("upt_id"), Upt.name.label("upt_name"), Upt.email.label("upt_email")),
    Upt.province_code.label("upt_province_code"),
)


def reported_parcel(session: Session, order_number: str, parcel_number: str) -> ReportedParcel:
    """A parcel of that order, whose customer asks. Raises FulfilmentNotFound."""
    delivered = (
        select(func.max(OrderEvent.at))
        .where(OrderEvent.order_id == Fulfilment.order_id, OrderEvent.fulfilment_id == Fulfilment.id)
        .where(OrderEvent.kind == "fulfilment_delivered")
        .scalar_subquery()
    )
    row = session.execute(
        select(
            Fulfilment.number,
            Fulfilment.state,
            Upt.name,
            func.left(Order.village_code, 2),
            delivered,
            Order.user_id,
        )
        .join(Order, Order.id == Fulfilment.order_id)
        .join(Upt, Upt.id == Fulfilment.upt_id)
        .where(Order.number == order_number, Fulfilment.number == parcel_number)
    ).one_or_none()
    if row is None:
        raise FulfilmentNotFound
    return ReportedParcel(*row)


def problems_of_parcel(session: Session, order_number: str, parcel_number: str) -> tuple[ProblemView, ...]:
    """The problems of a parcel, newest first; the caller has proven its right to the order."""
    return _views(session, Order.number == order_number, Fulfilment.number == parcel_number)


def problem_for(session: Session, actor: Actor, number: str) -> ProblemView:
    """A problem of a parcel in the actor's scope. Raises ProblemNotFound."""
    return _one(_views(session, Problem.number == number, in_scope(actor)))


def problem_of(session: Session, problem_id: int) -> ProblemView:
    """The problem an event is about."""
    return _one(_views(session, Problem.id == problem_id))


def problem_of_entry(session: Session, entry_id: int) -> ProblemView:
    """The problem an entry belongs to, as it was when that was the newest."""
    found = select(ProblemEntry.problem_id).where(ProblemEntry.id == entry_id).scalar_subquery()
    return _one(_views(session, Problem.id == found, newest_entry=entry_id))


def picture_of_order(session: Session, order_number: str, key: UUID) -> str:
    """The file of a photograph of that order, whose customer asks. Raises ProblemNotFound."""
    return _file(session, key, Order.number == order_number)


def picture_for(session: Session, actor: Actor, key: UUID) -> str:
    """The file of a photograph of a parcel in the actor's scope. Raises ProblemNotFound."""
    return _file(session, key, in_scope(actor))


def problems_for(
    session: Session, actor: Actor, *, states: Collection[str], words: str, page: int
) -> ProblemPage:
    """The problems in these states that the actor may see: what is to be answered first, by its urgency."""
    last = page * PAGE_SIZE + 1
    due = case((_IS_OPEN, Problem.answer_due_at))
    query = (
        _listed(actor, states, "")
        .where(Problem.id.in_(_first(session, actor, states, words, last)))
        .order_by(_IS_OPEN.desc(), due.asc().nulls_last(), Problem.id.desc())
        .offset(last - PAGE_SIZE - 1)
        .limit(PAGE_SIZE + 1)
    )
    rows = [ProblemRow(*row) for row in session.execute(query)]
    return ProblemPage(tuple(rows[:PAGE_SIZE]), page, len(rows) > PAGE_SIZE)


def problem_rows(
    session: Session, actor: Actor, *, states: Collection[str], words: str
) -> Iterator[ProblemRow]:
    """All of them, those that wait for an answer first, then the newest."""
    query = _listed(actor, states, words)
    for row in in_portions(session, query, (_IS_OPEN, Problem.id), is_falling=True):
        yield ProblemRow(*row)


_IS_OPEN: ColumnElement[bool] = Problem.state == "open"


def _first(
    session: Session, actor: Actor, states: Collection[str], words: str, most: int
) -> CompoundSelect[int]:
    """The most urgent of the open ones and the newest of the others: no page shows more, however many ended.

    The UPTs are looked up before, so that the database knows how many problems are theirs. The orders are
    asked only for words that may stand there.
    """
    found = select(Problem.id).join(Fulfilment, Fulfilment.id == Problem.fulfilment_id)
    found = found.where(Problem.state.in_(states))
    if not actor.is_national:
        upt_ids = session.scalars(select(Upt.id).where(in_scope(actor))).all()
        found = found.where(Fulfilment.upt_id.in_(upt_ids))
    if words:
        found = found.join(Order, Order.id == Fulfilment.order_id).where(_matches(words))
    return union_all(
        found.where(_IS_OPEN).order_by(Problem.answer_due_at, Problem.id.desc()).limit(most),
        found.where(~_IS_OPEN).order_by(Problem.id.desc()).limit(most),
    )


def _listed(actor: Actor, states: Collection[str], words: str) -> Select[*tuple[Any, ...]]:
    columns = (Problem.number, Problem.reason, Problem.state, Fulfilment.number, Order.name, Upt.name)
    query: Select[*tuple[Any, ...]] = select(*columns, Problem.reported_at, Problem.answer_due_at)
    listed: Select[*tuple[Any, ...]] = _joined(query)
    listed = listed.where(Problem.state.in_(states), in_scope(actor))
    return listed.where(_matches(words)) if words else listed


def problem_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many problems the actor may see in each state; a state without any is absent.

    Those that are closed are not counted: they become ever more, and nothing is to be done about them.
    """
    query = _joined(select(Problem.state, func.count())).where(text("problems.state <> 'closed'"))
    return dict(session.execute(query.where(in_scope(actor)).group_by(Problem.state)).all())


def problems_waiting(session: Session, actor: Actor, *, at: datetime) -> tuple[int, int]:
    """How many problems wait for an answer that the actor may see, and for how many the time is over."""
    late = func.count().filter(Problem.answer_due_at < at)
    query = _joined(select(func.count(), late)).where(Problem.state == "open", in_scope(actor))
    waiting, overdue = session.execute(query).one()
    return waiting, overdue


def returnable_lines(session: Session, parcel_number: str) -> Sequence[ReturnableLine]:
    """What of a parcel's money may still be given back, piece by piece."""
    returned = _returned(session, Fulfilment.number == parcel_number)
    rows = session.execute(
        select(
            OrderLine.position,
            OrderLine.product_name,
            OrderLine.variant_name,
            OrderLine.unit_price,
            FulfilmentLine.quantity - FulfilmentLine.taken_over,
        )
        .join(OrderLine, OrderLine.id == FulfilmentLine.order_line_id)
        .join(Fulfilment, Fulfilment.id == FulfilmentLine.fulfilment_id)
        .where(Fulfilment.number == parcel_number)
        .order_by(OrderLine.position)
    )
    return [
        ReturnableLine(position, name, variant, price, quantity - returned[position])
        for position, name, variant, price, quantity in rows
    ]


def is_shipping_returned(session: Session, parcel_number: str) -> bool:
    """Whether a parcel's shipping cost has been given back."""
    query = (
        select(func.sum(RefundShare.shipping))
        .join(Refund, Refund.id == RefundShare.refund_id)
        .join(Fulfilment, Fulfilment.id == RefundShare.fulfilment_id)
        .where(Fulfilment.number == parcel_number, Refund.state != "failed")
    )
    return bool(session.scalar(query))


def lock_problem(session: Session, number: str) -> Problem:
    """The problem as it is now, held until the transaction ends; its order, if needed, is locked before."""
    query = select(Problem).where(Problem.number == number).with_for_update()
    found = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise ProblemNotFound
    return found


def _returned(session: Session, condition: ColumnElement[bool]) -> defaultdict[int, int]:
    """Pieces by line position whose money goes or went back, cancelled ones among them."""
    query = (
        select(RefundShare.pieces)
        .join(Refund, Refund.id == RefundShare.refund_id)
        .join(Fulfilment, Fulfilment.id == RefundShare.fulfilment_id)
        .where(condition, Refund.state != "failed")
    )
    counts: defaultdict[int, int] = defaultdict(int)
    for pieces in session.scalars(query):
        for position, count in pieces_from(pieces).items():
            counts[position] += count
    return counts


def _joined(query: Any) -> Any:
    return (
        query.select_from(Problem)
        .join(Fulfilment, Fulfilment.id == Problem.fulfilment_id)
        .join(Order, Order.id == Fulfilment.order_id)
        .join(Upt, Upt.id == Fulfilment.upt_id)
    )


def _matches(words: str) -> ColumnElement[bool]:
    return or_(
        Problem.number.icontains(words, autoescape=True),
        Fulfilment.number.icontains(words, autoescape=True),
        Order.name.icontains(words, autoescape=True),
    )


def _file(session: Session, key: UUID, condition: ColumnElement[bool]) -> str:
    query = _joined(select(ProblemPicture.file_key)).join(
        ProblemPicture, ProblemPicture.problem_id == Problem.id
    )
    found: str | None = session.scalar(query.where(ProblemPicture.key == key, condition))
    if found is None:
        raise ProblemNotFound
    return found


def _views(
    session: Session, *conditions: ColumnElement[bool], newest_entry: int | None = None
) -> tuple[ProblemView, ...]:
    """The problems with their entries and pictures, in three statements."""
    query = _joined(select(*_COLUMNS)).where(*conditions).order_by(Problem.id.desc())
    rows = session.execute(query).mappings().all()
    ids = [row["id"] for row in rows]
    if not ids:
        return ()
    entries: defaultdict[int, list[EntryView]] = defaultdict(list)
    said = select(ProblemEntry).where(ProblemEntry.problem_id.in_(ids)).order_by(ProblemEntry.id)
    if newest_entry is not None:
        said = said.where(ProblemEntry.id <= newest_entry)
    for entry in session.scalars(said):
        amount = int(entry.details.get("amount", 0))
        entries[entry.problem_id].append(
            EntryView(entry.sender, entry.kind, entry.body, amount, entry.actor_label, entry.at)
        )
    pictures: defaultdict[int, list[PictureView]] = defaultdict(list)
    shown = select(ProblemPicture).where(ProblemPicture.problem_id.in_(ids))
    for picture in session.scalars(shown.order_by(ProblemPicture.position)):
        pictures[picture.problem_id].append(PictureView(picture.key, picture.width, picture.height))
    return tuple(
        ProblemView(**row, entries=tuple(entries[row["id"]]), pictures=tuple(pictures[row["id"]]))
        for row in rows
    )


def _one(found: tuple[ProblemView, ...]) -> ProblemView:
    if not found:
        raise ProblemNotFound
    return found[0]


def owned_problem_pictures(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these keys of the file store belong to a photograph of a problem."""
    return set(session.scalars(select(ProblemPicture.file_key).where(ProblemPicture.file_key.in_(keys))))
