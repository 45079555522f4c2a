"""Placing an order: split over UPTs, reserved and written down in one transaction, once per key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from accounts.regions import Village, find_postcode
from accounts.rules import Actor
from inventory.services.stock import Piece, TakenMeanwhile, reserve
from kernel.outbox import publish
from orders.errors import TotalChanged, TotalOutOfBounds, UnknownPostcode
from orders.events import OrderPlaced
from orders.models import Fulfilment, FulfilmentLine, Order, OrderEvent, OrderLine
from orders.queries.offers import lock_stock
from orders.rules.allocation import Wish
from orders.rules.deadlines import ORDER_LIFE, held_until
from orders.services.quoting import Quote, quote

_JAKARTA = ZoneInfo("Asia/Jakarta")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH = 10  # 50 random bits: numbers neither collide nor tell how many orders there are


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

    `minimum_total` and `maximum_total` are what a payment may be, in rupiah.
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


def place_order(session: Session, command: PlaceOrder, *, actor: Actor, at: datetime) -> str:
    """Accept an order and hold its stock as long as it may be paid; gives its number.

    A repeated key gives the first order's. Keeps I3 (never more than there is), I8, I10 and I14. Raises what
    `quote` raises, UnknownPostcode, TotalChanged when the total is not the one the buyer saw, and
    TotalOutOfBounds.
    """
    # two posts of one form wait for each other here: the second finds the first one's order
    session.execute(_LOCK_KEY, {"key": command.idempotency_key})
    placed = session.scalar(select(Order.number).where(Order.idempotency_key == command.idempotency_key))
    if placed is not None:
        return placed
    village = _village(command.destination)
    number = f"LP-{''.join(secrets.choice(_ALPHABET) for _ in range(_NUMBER_LENGTH))}"
    day = at.astimezone(_JAKARTA).date()
    try:
        # undone to the savepoint, a failed try leaves no row locked: the second locks them all in order
        with session.begin_nested():
            agreed = _agree(session, command, village.regency_code, day)
            reservation_ids = _reserve(session, agreed, number, held_until(at + ORDER_LIFE))
    except TakenMeanwhile:
        # somebody was faster between our look and our hand: look again with the rows held
        lock_stock(session, {wish.variant_id for wish in command.wishes})
        agreed = _agree(session, command, village.regency_code, day)
        reservation_ids = _reserve(session, agreed, number, held_until(at + ORDER_LIFE))
    order_id = session.execute(
        _INSERT_ORDER, _order_values(command, agreed, village, number, actor, at)
    ).scalar_one()
    line_ids = _write_lines(session, agreed, order_id)
    fulfilment_ids = _write_fulfilments(session, agreed, order_id, number, line_ids, reservation_ids)
    _write_history(session, order_id, fulfilment_ids, actor, at)
    publish(session, OrderPlaced(order_id))
    return number


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
        "name": command.contact.name,
        "phone": command.contact.phone,
        "street": command.destination.street,
        "village_code": village.code,
        "village": village.name,
        "district": village.district,
        "regency": village.regency,
        "province": village.province,
        "postcode": village.postcode,
        "note": command.note,
        "line_count": len(agreed.wishes),
        "goods_total": agreed.goods_total,
        "shipping_total": agreed.shipping_total,
        "total": agreed.total,
        "placed_at": at,
        "expires_at": at + ORDER_LIFE,
    }


def _write_lines(session: Session, agreed: Quote, order_id: int) -> dict[int, int]:
    """The order's lines as they are bought; gives their ids by line number."""
    rows = [
        {
            "order_id": order_id,
            "position": wish.line,
            "variant_id": offer.variant_id,
            "product_name": offer.product_name,
            "variant_name": offer.variant_name,
            "sku": offer.sku,
            "unit": offer.unit,
            "weight_g": offer.weight_g,
            "unit_price": offer.price,
            "quantity": wish.quantity,
            "line_total": offer.price * wish.quantity,
        }
        for wish in agreed.wishes
        for offer in (agreed.goods[wish.variant_id],)
    ]
    ids = session.scalars(_INSERT_LINES, rows)
    return dict(zip((wish.line for wish in agreed.wishes), ids, strict=True))


def _write_fulfilments(
    session: Session,
    agreed: Quote,
    order_id: int,
    number: str,
    line_ids: Mapping[int, int],
    reservation_ids: Sequence[int],
) -> list[int]:
    """One fulfilment a UPT with its lines, each tied to its one reservation; gives their ids."""
    rows = [
        {
            "number": f"{number}-{position}",
            "order_id": order_id,
            "upt_id": parcel.upt_id,
            "state": "new",
            "shipping_cost": parcel.charge.cost,
            "chargeable_weight_g": parcel.charge.chargeable_g,
            "courier": parcel.charge.rate.courier,
            "service": parcel.charge.rate.service,
            "promised_from": parcel.promised_from,
            "promised_until": parcel.promised_until,
        }
        for position, parcel in enumerate(agreed.parcels, start=1)
    ]
    ids = list(session.scalars(_INSERT_FULFILMENTS, rows))
    reserved = iter(reservation_ids)
    session.execute(
        _INSERT_FULFILMENT_LINES,
        [
            {
                "fulfilment_id": fulfilment_id,
                "order_line_id": line_ids[share.line],
                "reservation_id": next(reserved),
                "quantity": share.quantity,
            }
            for fulfilment_id, parcel in zip(ids, agreed.parcels, strict=True)
            for share in parcel.shares
        ],
    )
    return ids


def _write_history(
    session: Session, order_id: int, fulfilment_ids: Sequence[int], actor: Actor, at: datetime
) -> None:
    def row(fulfilment_id: int | None, state: str) -> dict[str, object]:
        return {
            "order_id": order_id,
            "fulfilment_id": fulfilment_id,
            "kind": "placed" if fulfilment_id is None else "fulfilment_new",
            "to_state": state,
            "actor_user_id": actor.user_id,
            "actor_label": actor.label,
            "at": at,
        }

    rows = [row(None, "awaiting_payment"), *(row(fulfilment_id, "new") for fulfilment_id in fulfilment_ids)]
    session.execute(_INSERT_HISTORY, rows)


_LOCK_KEY = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_INSERT_ORDER = insert(Order).returning(Order.id)
_INSERT_LINES = insert(OrderLine).returning(OrderLine.id, sort_by_parameter_order=True)
_INSERT_FULFILMENTS = insert(Fulfilment).returning(Fulfilment.id, sort_by_parameter_order=True)
_INSERT_FULFILMENT_LINES = insert(FulfilmentLine)
_INSERT_HISTORY = insert(OrderEvent)
