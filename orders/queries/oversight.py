"""The UPTs of a scope with what waits at each, and the sums over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, and_, func, or_, select, text
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.models import Permit, Product, Stock, Variant
from inventory.queries.renewals import needs_next
from inventory.rules import LOW_STOCK
from kernel.db import one_of
from orders.models import Enquiry, EnquiryUpt, Fulfilment, Order, Problem
from orders.rules.handling import OPEN_STATES

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits: parcels by step and how many of them are late, problems, requests, what runs out, and
    permits that have ended or will soon without a next one.
    """

    late: int = 0
    new: int = 0
    accepted: int = 0
    packed: int = 0
    problems: int = 0
    requests: int = 0
    low: int = 0
    permits: int = 0


_NAMES = [field.name for field in fields(Waiting)]


@dataclass(frozen=True, slots=True)
class UptRow:
    """A UPT of the scope and what waits there."""

    code: str
    name: str
    kanwil: str
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class UptPage:
    """Some UPTs, from page 1, and the sums over all that fit."""

    rows: tuple[UptRow, ...]
    total: Waiting
    count: int
    page: int
    has_next: bool


def upts_with_work(session: Session, actor: Actor, *, words: str, today: date, page: int) -> UptPage:
    """The UPTs the actor's office looks after, the latest parcels first; `words` is a part of a name or code.

    One statement. `today` is Jakarta's date.
    """
    query = _with_work(actor, words, today).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)
    found = session.execute(query).all()
    rows = tuple(map(_row, found[:PAGE_SIZE]))
    return UptPage(rows, _total(found), found[0][3] if found else 0, page, len(found) > PAGE_SIZE)


def all_upts_with_work(
    session: Session, actor: Actor, *, words: str, today: date
) -> tuple[list[UptRow], Waiting]:
    """All of these UPTs in the same order, and the sums. One statement: a nation has some hundreds."""
    found = session.execute(_with_work(actor, words, today)).all()
    return list(map(_row, found)), _total(found)


def waiting_at(session: Session, actor: Actor, upt_id: int, *, today: date) -> Waiting:
    """What waits at one UPT that the actor's office looks after."""
    columns = _columns(actor.only("upt.oversee"), today)
    query = select(*(func.coalesce(column, 0) for column in columns)).select_from(Upt).where(Upt.id == upt_id)
    for table in {column.table for column in columns}:
        query = query.outerjoin(table, table.c.upt_id == Upt.id)
    return Waiting(*map(int, session.execute(query).one()))


def _with_work(actor: Actor, words: str, today: date) -> Select[*tuple[Any, ...]]:
    """Each UPT with how many there are, its own counts and the sums over all."""
    columns = _columns(actor.only("upt.oversee"), today)
    counted = [func.coalesce(column, 0) for column in columns]
    sums: list[ColumnElement[Any]] = [func.sum(column).over() for column in counted]
    fitting = and_(
        in_scope(actor.only("upt.oversee")),
        or_(*(each.icontains(words, autoescape=True) for each in (Upt.name, Upt.code, Kanwil.name))),
    )
    sums[_NAMES.index("requests")] = _requests_to(fitting)
    waits = sum(counted[1:4], start=counted[0])
    query: Select[*tuple[Any, ...]] = (
        select(Upt.code, Upt.name, Kanwil.name, func.count().over(), *counted, *sums)
        .join(Kanwil, Kanwil.id == Upt.kanwil_id)
        .where(fitting)
        .order_by(counted[0].desc(), waits.desc(), Upt.name, Upt.id)
    )
    for table in {column.table for column in columns}:
        query = query.outerjoin(table, table.c.upt_id == Upt.id)
    return query


def _row(found: Sequence[Any]) -> UptRow:
    code, name, kanwil, _, *counts = found
    return UptRow(code, name, kanwil, Waiting(*map(int, counts[: len(_NAMES)])))


def _total(found: Sequence[Sequence[Any]]) -> Waiting:
    return Waiting(*map(int, found[0][-len(_NAMES) :])) if found else Waiting()


def _columns(actor: Actor, today: date) -> list[ColumnElement[Any]]:
    """The counts of `Waiting`, each table of them grouped by UPT: only what is still to be done is read."""
    parcels = _grouped(
        select(
            Fulfilment.upt_id,
            func.count().filter(Fulfilment.promised_from <= today).label("late"),
            *(func.count().filter(Fulfilment.state == state).label(state) for state in OPEN_STATES),
        )
        .join(Order, Order.id == Fulfilment.order_id)
        .where(text(one_of("fulfilments.state", OPEN_STATES)), Order.state == "paid"),
        Fulfilment.upt_id,
        actor,
    )
    problems = _grouped(
        select(Fulfilment.upt_id, func.count().label("found"))
        .join(Problem, Problem.fulfilment_id == Fulfilment.id)
        .where(Problem.state == "open"),
        Fulfilment.upt_id,
        actor,
    )
    requests = _grouped(
        select(EnquiryUpt.upt_id, func.count().label("found"))
        .join(Enquiry, Enquiry.id == EnquiryUpt.enquiry_id)
        .where(text("enquiries.state = 'new'")),
        EnquiryUpt.upt_id,
        actor,
    )
    low = _grouped(
        select(Stock.upt_id, func.count().label("found"))
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Stock.available <= LOW_STOCK, ~Product.is_withdrawn),
        Stock.upt_id,
        actor,
    )
    permits = _grouped(
        select(Permit.upt_id, func.count().label("found")).where(needs_next(today)),
        Permit.upt_id,
        actor,
    )
    steps = [parcels.c.late, *(parcels.c[state] for state in OPEN_STATES)]
    return [*steps, *(each.c.found for each in (problems, requests, low, permits))]


def _requests_to(fitting: ColumnElement[bool]) -> ScalarSelect[Any]:
    """How many requests wait at these UPTs together: one that is put to several of them is one."""
    return (
        select(func.count(EnquiryUpt.enquiry_id.distinct()))
        .join(Enquiry, Enquiry.id == EnquiryUpt.enquiry_id)
        .join(Upt, Upt.id == EnquiryUpt.upt_id)
        .join(Kanwil, Kanwil.id == Upt.kanwil_id)
        .where(text("enquiries.state = 'new'"), fitting)
        .correlate(None)
        .scalar_subquery()
    )


def _grouped(query: Select[*tuple[Any, ...]], upt_id: Any, actor: Actor) -> Subquery:
    """A count by UPT, of the actor's scope alone."""
    return query.join(Upt, Upt.id == upt_id).where(in_scope(actor)).group_by(upt_id).subquery()
