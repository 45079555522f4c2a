"""The list of parcels as officers see it: narrowed, sorted, and paged from the parcel where a page ends.

However many parcels a UPT has sent, a page reads about as many rows as it shows: each order of the list is
that of an index, and only what is still to be done is counted. Whose list spans several UPTs reads more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    TextClause,
    and_,
    case,
    cast,
    func,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from kernel.db import one_of
from orders.models import Carton, Fulfilment, FulfilmentLine, Order
from orders.queries.staff import seen_by
from orders.rules.handling import OPEN_STATES, bare_tracking_number
from orders.rules.states import HAND_OVERS

PAGE_SIZE = 50
LEAST_WORDS = 3
_EXPORTED_AT_ONCE = 1000

Sort = Literal["urgent", "newest", "oldest"]
"""By the first day promised, or by the order's age."""

Direction = Literal["after", "before"]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which parcels a list shows; what is empty narrows nothing.

    `words` is a part of a parcel's number or of its customer's name, or a whole tracking number; of fewer
    than LEAST_WORDS characters no index knows anything. `courier` is one, or another of HAND_OVERS.
    """

    states: Collection[str]
    only_late: bool = False
    words: str = ""
    courier: str = ""
    upt_code: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """To which side of a parcel the page lies."""

    direction: Direction
    number: str


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One line of the list; `pieces` are those it sends. `is_late`: it cannot come by the first date.

    `courier` is one, or another of HAND_OVERS. `tracking_numbers`: of its first carton, in a file of all.
    """

    number: str
    state: str
    upt_name: str
    customer: str
    regency: str
    courier: str
    tracking_numbers: tuple[str, ...]
    pieces: int
    placed_at: datetime
    promised_from: date
    promised_until: date
    wanted_by: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class ParcelPage:
    """Some parcels of a list, and whether there are more on either side."""

    rows: tuple[ParcelRow, ...]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """How many parcels wait in each open state, and how many of them are late."""

    states: dict[str, int]
    late: int


def parcels_for(
    session: Session,
    actor: Actor,
    narrowing: Narrowing,
    *,
    sort: Sort,
    today: date,
    turn: Turn | None = None,
    most: int = PAGE_SIZE,
) -> ParcelPage:
    """The parcels of paid orders that the actor may see. `today` is Jakarta's date.

    `sort` "urgent" is for open parcels alone. A turn from a parcel that is not there gives the first page,
    and so does one back to where nothing is any more.
    """
    keys = (Fulfilment.promised_from, Fulfilment.id) if sort == "urgent" else (Fulfilment.id,)
    place = _place(session, actor, turn, keys)
    is_back = place is not None and turn is not None and turn.direction == "before"
    is_rising = (sort != "newest") is not is_back
    upt_ids = _upt_ids(session, actor, narrowing.upt_code)
    query = _narrowed(_rows(actor), narrowing, today, upt_ids)
    if place is not None:
        query = query.where(tuple_(*keys) > place if is_rising else tuple_(*keys) < place)
    ordered = query.order_by(*(key.asc() if is_rising else key.desc() for key in keys)).limit(most + 1)
    found = session.execute(ordered).all()
    if is_back and not found:
        return parcels_for(session, actor, narrowing, sort=sort, today=today, most=most)
    rows = [_row(each, today) for each in found[:most]]
    has_more = len(found) > most
    if is_back:
        return ParcelPage(tuple(reversed(rows)), has_previous=has_more, has_next=True)
    return ParcelPage(tuple(rows), has_previous=place is not None, has_next=has_more)


def parcel_rows(
    session: Session, actor: Actor, narrowing: Narrowing, *, sort: Sort, today: date
) -> Iterator[ParcelRow]:
    """Every parcel of such a list, with the number of each carton of it that has left."""
    for portion in parcel_portions(session, actor, narrowing, sort=sort, today=today):
        later = _numbers_of_later_cartons(session, [row.number for row in portion])
        for row in portion:
            yield replace(row, tracking_numbers=(*row.tracking_numbers, *later[row.number]))


def parcel_portions(
    session: Session, actor: Actor, narrowing: Narrowing, *, sort: Sort, today: date
) -> Iterator[Sequence[ParcelRow]]:
    """Every parcel of such a list, read a thousand at a time from where the last ones end."""
    turn: Turn | None = None
    while True:
        page = parcels_for(
            session, actor, narrowing, sort=sort, today=today, turn=turn, most=_EXPORTED_AT_ONCE
        )
        yield page.rows
        if not page.has_next:
            return
        turn = Turn("after", page.rows[-1].number)


def work_counts(session: Session, actor: Actor, *, today: date, upt_code: str = "") -> WorkCounts:
    """How much waits for the actor's UPTs, or for one of them. `today` is Jakarta's date."""
    late = func.count().filter(Fulfilment.promised_from <= today)
    query = seen_by(actor, select(Fulfilment.state, func.count(), late)).where(
        _is_open(), Upt.code == upt_code if upt_code else true()
    )
    found = session.execute(query.group_by(Fulfilment.state)).all()
    return WorkCounts({state: count for state, count, _ in found}, sum(late for _, _, late in found))


def count_to_be_fetched(session: Session, actor: Actor) -> int:
    """How many parcels wait at the actor's UPTs for their customers."""
    query = seen_by(actor, select(func.count()).select_from(Fulfilment))
    return session.scalars(query.where(text("fulfilments.state = 'ready'"))).one()


def upts_of_scope(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of each UPT whose parcels the actor may see, by name."""
    found = session.execute(select(Upt.code, Upt.name).where(in_scope(actor)).order_by(Upt.name, Upt.id))
    return [(code, name) for code, name in found]


def _upt_ids(session: Session, actor: Actor, upt_code: str) -> Sequence[int] | None:
    """The UPTs whose parcels are meant, None when those of all are: the indexes begin with the UPT."""
    if actor.is_national and not upt_code:
        return None
    query = select(Upt.id).where(in_scope(actor), Upt.code == upt_code if upt_code else true())
    return session.scalars(query.order_by(Upt.id)).all()


def _rows(actor: Actor) -> Select[*tuple[Any, ...]]:
    pieces = (
        select(func.sum(FulfilmentLine.quantity - FulfilmentLine.cancelled - FulfilmentLine.taken_over))
        .where(FulfilmentLine.fulfilment_id == Fulfilment.id)
        .scalar_subquery()
    )
    return seen_by(
        actor,
        select(Fulfilment, Order.name, Order.regency, Order.placed_at, Order.wanted_by, Upt.name, pieces),
    )


def _row(found: Row[*tuple[Any, ...]], today: date) -> ParcelRow:
    parcel, customer, regency, placed_at, wanted_by, upt_name, pieces = found
    return ParcelRow(
        number=parcel.number,
        state=parcel.state,
        upt_name=upt_name,
        customer=customer,
        regency=regency,
        courier=(
            parcel.shipped_courier or parcel.courier if parcel.hand_over == "courier" else parcel.hand_over
        ),
        tracking_numbers=(parcel.tracking_number,) if parcel.tracking_number else (),
        pieces=pieces,
        placed_at=placed_at,
        promised_from=parcel.promised_from,
        promised_until=parcel.promised_until,
        wanted_by=wanted_by,
        is_late=parcel.state in OPEN_STATES and parcel.promised_from <= today,
    )


def _numbers_of_later_cartons(session: Session, parcels: Sequence[str]) -> defaultdict[str, list[str]]:
    """Under which numbers cartons besides the first have left, by the parcel's number; one statement."""
    query = (
        select(Fulfilment.number, Carton.tracking_number)
        .join(Carton, Carton.fulfilment_id == Fulfilment.id)
        .where(Fulfilment.number.in_(parcels))
        .order_by(Carton.fulfilment_id, Carton.position)
    )
    found = defaultdict[str, list[str]](list)
    for number, tracking_number in session.execute(query):
        if tracking_number:
            found[number].append(tracking_number)
    return found


def _place(
    session: Session, actor: Actor, turn: Turn | None, keys: Sequence[Any]
) -> tuple[date | int, ...] | None:
    """Where in the order of the list the parcel stands that a page begins at."""
    if turn is None:
        return None
    found = session.execute(seen_by(actor, select(*keys)).where(Fulfilment.number == turn.number))
    row = found.one_or_none()
    return tuple(row) if row else None


def _narrowed(
    query: Select[*tuple[Any, ...]], narrowing: Narrowing, today: date, upt_ids: Sequence[int] | None
) -> Select[*tuple[Any, ...]]:
    is_open = set(narrowing.states) <= set(OPEN_STATES)
    return query.where(
        _is_of(upt_ids),
        Fulfilment.state.in_(narrowing.states),
        _is_open() if is_open else true(),
        Fulfilment.promised_from <= today if narrowing.only_late else true(),
        _carried_by(narrowing.courier) if narrowing.courier else true(),
        _matches(narrowing.words, upt_ids) if narrowing.words else true(),
    )


def _is_of(upt_ids: Sequence[int] | None) -> ColumnElement[bool]:
    """One UPT is named as such: only then is the order of the list that of an index."""
    if upt_ids is None:
        return true()
    return Fulfilment.upt_id == upt_ids[0] if len(upt_ids) == 1 else Fulfilment.upt_id.in_(upt_ids)


def _is_open() -> TextClause:
    """Written out: by parameters the database could not tell that its index of open parcels serves."""
    return text(one_of("fulfilments.state", OPEN_STATES))


def _carried_by(courier: str) -> ColumnElement[bool]:
    """Written as its index is: `coalesce` would not be trusted behind row-level security."""
    if courier in HAND_OVERS:
        return and_(Fulfilment.hand_over == courier, text("fulfilments.hand_over <> 'courier'"))
    promised = Fulfilment.shipped_courier.is_(None)
    carrier = case((promised, Fulfilment.courier), else_=Fulfilment.shipped_courier)
    return and_(carrier == courier, Fulfilment.hand_over == "courier")


def _matches(words: str, upt_ids: Sequence[int] | None) -> ColumnElement[bool]:
    """Each way of being meant is found by an index of its own, which the database looks into by itself."""
    part = f"%{words.replace('/', '//').replace('%', '/%').replace('_', '/_')}%"
    ids = None if upt_ids is None else list(upt_ids)
    named = func.parcels_named(part, bare_tracking_number(words), cast(ids, ARRAY(BigInteger)))
    return Fulfilment.id.in_(select(named.column_valued("id")))
