"""Placing an order: split over UPTs, reserved and written down in one transaction, once per key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts.regions import Village, find_postcode
from accounts.rules import Actor
from inventory.services.stock import Piece, TakenMeanwhile, reserve
from kernel.clock import jakarta_day
from kernel.outbox import publish
from orders.errors import TotalChanged, TotalOutOfBounds, UnknownPostcode
from orders.events import OrderPlaced
from orders.queries.offers import lock_stock
from orders.rules.allocation import Wish
from orders.rules.deadlines import ORDER_LIFE, held_until
from orders.rules.limits import Person, person
from orders.rules.screening import check_own_text
from orders.services.limiting import keep_limits
from orders.services.numbering import draw_number
from orders.services.quoting import Quote, quote
from orders.services.recording import record_order


@dataclass(frozen=True, slots=True)
class Contact:
    """Who the order is for and how to reach them."""

    email: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the parcels go: a street, and a village (dd.dd.dd.dddd) that lies in the postcode."""

    street: str
    village_code: str
    postcode: str


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """What a buyer confirmed. `seen_total` is the total on their screen in rupiah.

    `minimum_total` and `maximum_total` are what a payment may be, in rupiah. `own_texts` are what is to be
    written on the pieces of a line, by its number; `wanted_by` is the day by which it is needed, if any.
    """

    idempotency_key: str
    wishes: tuple[Wish, ...]
    contact: Contact
    destination: Destination
    note: str
    locale: str
    seen_total: int
    minimum_total: int
    maximum_total: int
    own_texts: Mapping[int, str] = field(default_factory=dict)
    wanted_by: date | None = None


def place_order(session: Session, command: PlaceOrder, *, actor: Actor, at: datetime) -> str:
    """Accept an order and hold its stock as long as it may be paid; gives its number.

    A repeated key gives the first order's. Keeps I3 (never more than there is), I8, I10 and I14. Raises what
    `quote` raises, UnknownPostcode, TotalChanged when the total is not the one the buyer saw,
    TotalOutOfBounds, OwnTextRefused, and PurchaseLimit.
    """
    # two posts of one form wait for each other here: the second finds the first one's order
    key = {"key": command.idempotency_key}
    session.execute(_LOCK_KEY, key)
    placed: str | None = session.execute(_PLACED, key).scalar_one_or_none()
    if placed is not None:
        return placed
    village = _village(command.destination)
    number = draw_number("LP")
    day = jakarta_day(at)
    agreed = _agree(session, command, village.regency_code, day)
    _check_own_texts(command, agreed)
    # before any stock is locked: whoever waits here for their own other order holds up nobody else
    keep_limits(session, agreed, _person(command), at=at)
    try:
        # undone to the savepoint, a failed try leaves no row locked: the second locks them all in order
        with session.begin_nested():
            reservation_ids = _reserve(session, agreed, number, held_until(at + ORDER_LIFE))
    except TakenMeanwhile:
        # somebody was faster between our look and our hand: look again with the rows held
        lock_stock(session, {wish.variant_id for wish in command.wishes})
        agreed = _agree(session, command, village.regency_code, day)
        reservation_ids = _reserve(session, agreed, number, held_until(at + ORDER_LIFE))
    values = _order_values(command, agreed, village, number, actor, at)
    order_id = record_order(session, values, agreed, reservation_ids, command.own_texts, actor=actor, at=at)
    publish(session, OrderPlaced(order_id))
    return number


def _person(command: PlaceOrder) -> Person:
    return person(command.contact.email, command.contact.phone)


def _check_own_texts(command: PlaceOrder, agreed: Quote) -> None:
    for wish in command.wishes:
        offer = agreed.goods[wish.variant_id]
        check_own_text(
            command.own_texts.get(wish.line, ""),
            product=offer.product_name,
            most=offer.own_text_most,
            is_required=offer.own_text_required,
        )


def _village(destination: Destination) -> Village:
    for village in find_postcode(destination.postcode):
        if village.code == destination.village_code:
            return village
    raise UnknownPostcode(postcode=destination.postcode)


def _agree(session: Session, command: PlaceOrder, regency_code: str, day: date) -> Quote:
    agreed = quote(session, command.wishes, regency_code=regency_code, day=day)
    if agreed.total != command.seen_total:
        raise TotalChanged(seen=command.seen_total, total=agreed.total)
    if not command.minimum_total <= agreed.total <= command.maximum_total:
        raise TotalOutOfBounds(minimum=command.minimum_total, maximum=command.maximum_total)
    return agreed


def _reserve(session: Session, agreed: Quote, number: str, expires_at: datetime) -> list[int]:
    """One reservation a share, in the order of the parcels and their shares."""
    pieces = [
        Piece(agreed.stock_ids[share.variant_id, share.upt_id], share.quantity)
        for parcel in agreed.parcels
        for share in parcel.shares
    ]
    return reserve(session, pieces, order_number=number, expires_at=expires_at)


def _order_values(
    command: PlaceOrder, agreed: Quote, village: Village, number: str, actor: Actor, at: datetime
) -> dict[str, object]:
    return {
        "number": number,
        "idempotency_key": command.idempotency_key,
        "state": "awaiting_payment",
        "locale": command.locale,
        "user_id": actor.user_id,
        "email": command.contact.email,
        "buyer_email": _person(command).email,
        "name": command.contact.name,
        "phone": command.contact.phone,
        "buyer_phone": _person(command).phone,
        "street": command.destination.street,
        "village_code": village.code,
        "village": village.name,
        "district": village.district,
        "regency": village.regency,
        "province": village.province,
        "postcode": village.postcode,
        "note": command.note,
        "wanted_by": command.wanted_by and command.wanted_by.isoformat(),
        "line_count": len(agreed.wishes),
        "goods_total": agreed.goods_total,
        "shipping_total": agreed.shipping_total,
        "total": agreed.total,
        "placed_at": at.isoformat(),
        "expires_at": (at + ORDER_LIFE).isoformat(),
    }


_LOCK_KEY = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_PLACED = text("SELECT number FROM orders WHERE idempotency_key = :key")
