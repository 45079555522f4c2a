"""Requests to take pieces of a parcel over, as each side sees them, and the UPTs that could be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, select, text
from sqlalchemy.orm import Session, aliased, joinedload

from accounts.models import Upt
from accounts.queries import in_scope
from accounts.rules import Actor
from inventory.queries.resting import rests
from kernel.clock import jakarta_day
from kernel.db import in_portions
from orders.errors import TakeoverNotFound
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, Takeover

MOST_SHOWN = 50

Side = Literal["ours", "theirs"]
"""Seen from the actor: what their UPT asks of another, or what another asks of theirs."""


@dataclass(frozen=True, slots=True)
class AbleUpt:
    """A UPT that could send some of it: free pieces by variant, none more than wanted; or all of it."""

    id: int
    code: str
    name: str
    city: str
    free: int
    has_enough: bool


@dataclass(frozen=True, slots=True)
class FoundTakeover:
    """What is to be locked for a request, and the UPT of the side that looks."""

    id: int
    upt_id: int
    order_id: int
    fulfilment_id: int


@dataclass(frozen=True, slots=True)
class TakeoverLine:
    """Pieces that are asked for; `own_text` is what the buyer wants written on each."""

    name: str
    variant: str
    unit: str
    pieces: int
    own_text: str


@dataclass(frozen=True, slots=True)
class TakeoverRow:
    """One request that waits: of whom, for what, until when, and to which regency it goes.

    `upt_id` is the UPT of the side that looks.
    """

    key: UUID
    upt_id: int
    number: str
    from_upt: str
    to_upt: str
    reason: str
    asked_at: datetime
    promised_from: date
    promised_until: date
    regency: str
    lines: tuple[TakeoverLine, ...]


@dataclass(frozen=True, slots=True)
class AskedLine:
    """Pieces of one line of a request that waits; the columns as those of TakeoverRow and TakeoverLine.

    `number` is the parcel's, told to the side whose parcel it is.
    """

    side: Side
    from_upt: str
    to_upt: str
    number: str
    name: str
    variant: str
    own_text: str
    pieces: int
    reason: str
    asked_at: datetime
    promised_from: date
    promised_until: date
    regency: str


@dataclass(frozen=True, slots=True)
class TakeoverNotice:
    """Who asked whom for pieces of which parcel, and in which they are now, if they were taken over."""

    state: str
    order_id: int
    number: str
    from_upt: str
    from_email: str | None
    to_upt: str
    to_email: str | None
    taken_number: str | None


_ABLE = text(
    f"""
    SELECT u.id, u.code, u.name, u.city,
           CAST(sum(least(w.quantity, coalesce(s.on_hand - s.reserved, 0))) AS bigint) AS free,
           bool_and(coalesce(s.on_hand - s.reserved, 0) >= w.quantity) AS has_enough
    FROM unnest(CAST(:variant_ids AS bigint[]), CAST(:quantities AS bigint[])) AS w (variant_id, quantity)
    JOIN variants v ON v.id = w.variant_id
    JOIN products p ON p.id = v.product_id
    CROSS JOIN upts u
    LEFT JOIN stocks s ON s.variant_id = w.variant_id AND s.upt_id = u.id
        AND EXISTS (SELECT FROM makers m WHERE m.product_id = p.id AND m.upt_id = u.id)
        AND NOT {rests(product="p.id", category="p.category_id", upt="u.id", day="CAST(:day AS date)")}
    WHERE NOT EXISTS (SELECT FROM fulfilments f WHERE f.order_id = :order_id AND f.upt_id = u.id)
    GROUP BY u.id HAVING sum(least(w.quantity, coalesce(s.on_hand - s.reserved, 0))) > 0
    ORDER BY has_enough DESC,
             u.kanwil_id = (SELECT o.kanwil_id FROM upts o WHERE o.id = :upt_id) DESC, u.name, u.id
    """  # noqa: S608  our own condition
)

_LOCK_SHELVES = text(
    """
    SELECT variant_id, upt_id, id FROM stocks
    WHERE variant_id = ANY(:variant_ids) AND upt_id = ANY(:upt_ids) ORDER BY id FOR UPDATE
    """
)


def able_upts(
    session: Session, fulfilment: Fulfilment, wanted: Mapping[int, int], *, at: datetime
) -> Sequence[AbleUpt]:
    """The UPTs that make these variants, may sell them, and have free pieces; those with enough first.

    None that has a parcel of the order: two of one order from one UPT there are not.
    """
    values = {
        "variant_ids": list(wanted),
        "quantities": list(wanted.values()),
        "day": jakarta_day(at),
        "order_id": fulfilment.order_id,
        "upt_id": fulfilment.upt_id,
    }
    return [AbleUpt(*row) for row in session.execute(_ABLE, values)]


def lock_shelves(
    session: Session, variant_ids: Iterable[int], upt_ids: Iterable[int]
) -> dict[tuple[int, int], int]:
    """Hold the stock rows of variants at UPTs, in the order of their ids; gives them by both."""
    values = {"variant_ids": list(variant_ids), "upt_ids": list(upt_ids)}
    return {(row[0], row[1]): row[2] for row in session.execute(_LOCK_SHELVES, values)}


def takeover_for(session: Session, actor: Actor, key: UUID, side: Side) -> FoundTakeover:
    """What is to be locked for a request of that side. Raises TakeoverNotFound."""
    upt_id = Fulfilment.upt_id if side == "ours" else Takeover.to_upt_id
    query = (
        select(Takeover.id, upt_id, Fulfilment.order_id, Fulfilment.id)
        .join(Fulfilment, Fulfilment.id == Takeover.fulfilment_id)
        .join(Upt, Upt.id == upt_id)
        .where(Takeover.key == key, in_scope(actor))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise TakeoverNotFound
    return FoundTakeover(*found)


def lock_takeover(session: Session, takeover_id: int) -> Takeover:
    """The request as it is now, held until the transaction ends; its order and parcel are held already."""
    query = select(Takeover).where(Takeover.id == takeover_id).with_for_update(of=Takeover)
    query = query.options(joinedload(Takeover.to_upt, innerjoin=True))
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def count_asked(session: Session, actor: Actor) -> int:
    """How many requests of others wait for an answer of the actor's UPTs."""
    query = select(func.count()).select_from(Takeover).join(Upt, Upt.id == Takeover.to_upt_id)
    return session.scalars(query.where(text("takeovers.state = 'asked'"), in_scope(actor))).one()


def open_takeover(session: Session, fulfilment_id: int) -> tuple[UUID, str] | None:
    """The key of the request that waits of a parcel, and the name of the UPT that is asked."""
    query = select(Takeover.key, Upt.name).join(Upt, Upt.id == Takeover.to_upt_id)
    found = session.execute(
        query.where(Takeover.fulfilment_id == fulfilment_id, Takeover.state == "asked")
    ).one_or_none()
    return (found[0], found[1]) if found else None


def takeover_notice(session: Session, takeover_id: int) -> TakeoverNotice:
    """The request an event is about."""
    row = session.execute(_NOTICE, {"id": takeover_id}).mappings().one()
    return TakeoverNotice(**row)


_NOTICE = text(
    """
    SELECT t.state, f.order_id, f.number, a.name AS from_upt, a.email AS from_email, b.name AS to_upt,
           b.email AS to_email, g.number AS taken_number
    FROM takeovers t JOIN fulfilments f ON f.id = t.fulfilment_id JOIN upts a ON a.id = f.upt_id
    JOIN upts b ON b.id = t.to_upt_id LEFT JOIN fulfilments g ON g.id = t.taken_by_id
    WHERE t.id = :id
    """
)


def takeovers_for(session: Session, actor: Actor, side: Side) -> tuple[TakeoverRow, ...]:
    """The requests of that side that wait, the oldest first; two statements."""
    first, second = aliased(Upt), aliased(Upt)
    query = _waiting(
        select(
            *(Takeover.key, Upt.id, Fulfilment.number, first.name, second.name),
            *(Takeover.reason, Takeover.asked_at),
            *(Fulfilment.promised_from, Fulfilment.promised_until, Order.regency),
            *(Takeover.pieces, Fulfilment.id),
        ),
        *(actor, side, first, second),
    )
    rows = session.execute(query.order_by(Takeover.id).limit(MOST_SHOWN)).all()
    lines = _lines(session, [row[-1] for row in rows])
    return tuple(_row(row, lines) for row in rows)


def asked_lines(session: Session, actor: Actor, side: Side) -> Iterator[AskedLine]:
    """Every line of all requests of that side that wait, in the same order."""
    first, second = aliased(Upt), aliased(Upt)
    position = cast(OrderLine.position, Text)
    query = _waiting(
        select(
            *(first.name, second.name, Fulfilment.number),
            *(OrderLine.product_name, OrderLine.variant_name, OrderLine.own_text),
            *(Takeover.pieces[position].as_integer(), Takeover.reason, Takeover.asked_at),
            *(Fulfilment.promised_from, Fulfilment.promised_until, Order.regency),
        ),
        *(actor, side, first, second),
    )
    query = (
        query.join(FulfilmentLine, FulfilmentLine.fulfilment_id == Fulfilment.id)
        .join(OrderLine, OrderLine.id == FulfilmentLine.order_line_id)
        .where(Takeover.pieces.has_key(position))
    )
    for asks, asked, number, *rest in in_portions(session, query, (Takeover.id, OrderLine.position)):
        yield AskedLine(side, asks, asked, number if side == "ours" else "", *rest)


def _waiting(
    query: Select[*tuple[Any, ...]], actor: Actor, side: Side, first: type[Upt], second: type[Upt]
) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(Takeover)
        .join(Fulfilment, Fulfilment.id == Takeover.fulfilment_id)
        .join(Order, Order.id == Fulfilment.order_id)
        .join(first, first.id == Fulfilment.upt_id)
        .join(second, second.id == Takeover.to_upt_id)
        .join(Upt, Upt.id == (first.id if side == "ours" else second.id))
        .where(text("takeovers.state = 'asked'"), in_scope(actor))
    )


def _row(row: Sequence[Any], lines: Mapping[tuple[int, int], Any]) -> TakeoverRow:
    key, upt_id, number, first, second, reason, at, begins, ends, regency, pieces, fulfilment_id = row
    counts = sorted((int(position), count) for position, count in pieces.items())
    asked = ((lines[fulfilment_id, position], count) for position, count in counts)
    told = tuple(
        TakeoverLine(bought.product_name, bought.variant_name, bought.unit, count, bought.own_text)
        for bought, count in asked
    )
    return TakeoverRow(key, upt_id, number, first, second, reason, at, begins, ends, regency, told)


def _lines(session: Session, fulfilment_ids: Sequence[int]) -> dict[tuple[int, int], Any]:
    query = (
        select(
            *(FulfilmentLine.fulfilment_id, OrderLine.position),
            *(OrderLine.product_name, OrderLine.variant_name, OrderLine.unit, OrderLine.own_text),
        )
        .join(OrderLine, OrderLine.id == FulfilmentLine.order_line_id)
        .where(FulfilmentLine.fulfilment_id.in_(fulfilment_ids))
    )
    return {(row.fulfilment_id, row.position): row for row in session.execute(query)}
