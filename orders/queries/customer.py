"""An order as its customer sees it: rows, a fixed number of statements whatever the order's size."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts.rules import CUSTOMER
from orders.errors import OrderNotFound
from orders.queries.paid_shipping import paid_shipping
from orders.queries.pickup import FETCHABLE
from orders.rules.handling import NOT_FETCHED, OPEN_STATES
from orders.rules.paid_shipping import is_shipping_kept, shipping_to_return
from orders.rules.states import CALLABLE_OFF_STATES, NOT_TO_COME


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """Pieces of one order line in a parcel; `cancelled` of the `quantity` will not come. Rupiah a piece.

    Pieces that another UPT took over are in its parcel.

    `own_text` is what the buyer wants written on each; `category` and `slug` name the product's picture;
    `reviewed` is the state of the buyer's review, if there is one.
    """

    position: int
    name: str
    variant: str
    unit: str
    unit_price: int
    quantity: int
    cancelled: int
    own_text: str
    category: str
    slug: str
    reviewed: str | None = None


@dataclass(frozen=True, slots=True)
class CartonView:
    """A carton of a parcel; courier and number once the courier has it."""

    position: int
    courier: str | None
    tracking_number: str | None


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One UPT's parcel and how far it is; `asked` is the state of what the buyer asked, if anything.

    `cartons` are those besides its first, which goes under the parcel's own number.

    `may_be_fetched`: its UPT hands such goods out; `shipping_back` are the rupiah that go back then, unless
    `is_shipping_kept` for what other UPTs send.
    `code_round` and `code_misses` are its code's.
    """

    id: int
    number: str
    upt_name: str
    upt_slug: str
    city: str
    state: str
    courier: str
    service: str
    shipping_cost: int
    promised_from: date
    promised_until: date
    tracking_number: str | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    problem: str | None
    asked: str | None
    hand_over: str
    receiver: str | None
    code_round: int
    code_misses: int
    may_be_fetched: bool
    upt_address: str | None
    shipping_back: int
    is_shipping_kept: bool
    cartons: tuple[CartonView, ...]
    lines: tuple[ParcelLine, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the history; `parcel_number` is empty for the order's own. `is_customers`: they did it."""

    kind: str
    to_state: str | None
    parcel_number: str | None
    details: dict[str, Any]
    at: datetime
    is_customers: bool


@dataclass(frozen=True, slots=True)
class RefundView:
    """Money given or to be given back, in rupiah."""

    amount: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """The whole order; totals in rupiah. `has_slow_payment`: promised by a method that takes its time."""

    id: int
    number: str
    state: str
    locale: str
    email: str
    name: str
    phone: str
    street: str
    village: str
    district: str
    regency: str
    province: str
    province_code: str
    postcode: str
    note: str
    wanted_by: date | None
    goods_total: int
    discount_total: int
    shipping_total: int
    total: int
    placed_at: datetime
    expires_at: datetime
    has_slow_payment: bool
    parcels: tuple[ParcelView, ...]
    events: tuple[EventView, ...]
    refunds: tuple[RefundView, ...]

    @property
    def comes_to_nothing(self) -> bool:
        """Whether it was paid, and then no UPT could supply any of it."""
        return self.state == "paid" and all(parcel.state in NOT_TO_COME for parcel in self.parcels)

    @property
    def shown_parcels(self) -> tuple[ParcelView, ...]:
        """Its parcels; of those taken over only where pieces do not come, or something was asked."""
        return tuple(
            parcel for parcel in self.parcels if parcel.state != "taken_over" or parcel.lines or parcel.asked
        )

    @property
    def awaits_courier(self) -> bool:
        """Whether some parcel is still to be handed to a courier."""
        return any(each.hand_over == "courier" and each.state in OPEN_STATES for each in self.parcels)

    @property
    def is_left_there(self) -> bool:
        """Whether some of it was given up because nobody fetched it."""
        return any(
            self.left_there(each.number, line.position) for each in self.parcels for line in each.lines
        )

    def left_there(self, parcel_number: str, position: int) -> int:
        """How many pieces of a parcel's line were cancelled because nobody fetched them."""
        return sum(
            int(event.details.get("pieces", {}).get(str(position), 0))
            for event in self.events
            if event.parcel_number == parcel_number and event.details.get("reason") == NOT_FETCHED
        )

    @property
    def is_called_off(self) -> bool:
        """Whether its customer called it off after paying."""
        return any(
            event.kind == "fulfilment_cancelled" and event.details.get("reason") == "called_off"
            for event in self.events
        )

    @property
    def may_be_called_off(self) -> bool:
        """Whether it is paid and nothing that is still to come of it is packed."""
        states = {parcel.state for parcel in self.parcels} - set(NOT_TO_COME)
        return self.state == "paid" and bool(states) and states <= set(CALLABLE_OFF_STATES)


_ORDER = text(
    """
    SELECT o.id, o.number, o.state, o.locale, o.email, o.name, o.phone, o.street, o.village, o.district,
           o.regency, o.province, left(o.village_code, 2) AS province_code, o.postcode,
           o.note, o.wanted_by, o.goods_total, o.discount_total, o.shipping_total,
           o.total, o.placed_at, o.expires_at,
           EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.state = 'pending') AS has_slow_payment
    FROM orders o WHERE o.number = :number
    """
)

_PARCELS = text(
    f"""
    SELECT f.id, f.number, u.name AS upt_name, u.slug AS upt_slug, u.city, f.state,
           coalesce(f.shipped_courier, f.courier) AS courier, f.service,
           f.shipping_cost, f.promised_from, f.promised_until, f.tracking_number, f.shipped_at,
           (SELECT max(h.at) FROM order_events h
            WHERE h.order_id = f.order_id AND h.fulfilment_id = f.id AND h.kind = 'fulfilment_delivered'
           ) AS delivered_at,
           (SELECT p.state FROM problems p WHERE p.fulfilment_id = f.id ORDER BY p.id DESC LIMIT 1
           ) AS problem,
           (SELECT coalesce(jsonb_agg(jsonb_build_array(c.position, c.shipped_courier, c.tracking_number)
                                      ORDER BY c.position), '[]')
            FROM cartons c WHERE c.fulfilment_id = f.id) AS cartons,
           e.state AS asked, f.hand_over, f.receiver, f.code_round, f.code_misses,
           {FETCHABLE} AS may_be_fetched, u.address AS upt_address
    FROM fulfilments f JOIN upts u ON u.id = f.upt_id LEFT JOIN enquiries e ON e.fulfilment_id = f.id
    WHERE f.order_id = :order_id ORDER BY f.id
    """  # noqa: S608  our own condition
)

_LINES = text(
    """
    SELECT fl.fulfilment_id, l.position, l.product_name, l.variant_name, l.unit, l.unit_price,
           fl.quantity - fl.taken_over, fl.cancelled, l.own_text, c.slug, p.slug, r.state
    FROM fulfilment_lines fl JOIN order_lines l ON l.id = fl.order_line_id
    JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
    JOIN categories c ON c.id = p.category_id LEFT JOIN reviews r ON r.order_line_id = l.id
    WHERE l.order_id = :order_id AND fl.quantity > fl.taken_over ORDER BY l.position, fl.id
    """
)

_EVENTS = text(
    """
    SELECT e.kind, e.to_state, f.number, e.details, e.at, e.actor_label = :customer
    FROM order_events e LEFT JOIN fulfilments f ON f.id = e.fulfilment_id
    WHERE e.order_id = :order_id ORDER BY e.id
    """
)

_REFUNDS = text("SELECT amount, state, reason FROM refunds WHERE order_id = :order_id ORDER BY created_at")


def order_view(session: Session, number: str) -> OrderView:
    """The order of that number, in six statements. The caller has proven its right. Raises OrderNotFound."""
    order = session.execute(_ORDER, {"number": number}).one_or_none()
    if order is None:
        raise OrderNotFound
    key: dict[str, Any] = {"order_id": order.id}
    return OrderView(
        **order._mapping,
        parcels=_parcels(session, key),
        events=tuple(
            EventView(*row) for row in session.execute(_EVENTS, {**key, "customer": CUSTOMER.label})
        ),
        refunds=tuple(RefundView(*row) for row in session.execute(_REFUNDS, key)),
    )


def order_number_of_key(session: Session, idempotency_key: str) -> str | None:
    """The number of the order a checkout form has already become."""
    found: str | None = session.execute(_BY_KEY, {"key": idempotency_key}).scalar_one_or_none()
    return found


_BY_KEY = text("SELECT number FROM orders WHERE idempotency_key = :key")


def _parcels(session: Session, key: dict[str, Any]) -> tuple[ParcelView, ...]:
    lines: defaultdict[int, list[ParcelLine]] = defaultdict(list)
    for fulfilment_id, *row in session.execute(_LINES, key):
        lines[fulfilment_id].append(ParcelLine(*row))
    rows = session.execute(_PARCELS, key).mappings().all()
    paid = paid_shipping(session, key["order_id"])
    back = {row["id"]: shipping_to_return(paid, row["id"]) for row in rows}
    return tuple(
        ParcelView(
            **{**row, "cartons": tuple(CartonView(*carton) for carton in row["cartons"])},
            shipping_back=found.cost if (found := back[row["id"]]) else 0,
            is_shipping_kept=is_shipping_kept(paid, row["id"]),
            lines=tuple(lines[row["id"]]),
        )
        for row in rows
    )
