"""Orders, their lines and history, payments, refunds, the provider's notices and rates."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Variant
from kernel.db import Base, Id, one_of
from kernel.money import BIGGEST_AMOUNT
from orders.models.parcels import Fulfilment
from orders.rules.states import (
    COURIER_ZONES,
    LIVE_PAYMENT_STATES,
    ORDER_STATES,
    PAYMENT_STATES,
    REFUND_STATES,
)


class Order(Base):
    """What a customer did once: contact, address, totals in rupiah as they were seen and accepted.

    `idempotency_key` is the checkout form's: a repeat finds this order. `expires_at` is when an unpaid
    order may be closed. `buyer_email` and `buyer_phone` are the contact folded, by which limits a person are
    kept. `wanted_by` is the day by which the buyer asked to have it, if they said: what the parcels promise
    stands beside it and is not changed by it.
    """

    __tablename__ = "orders"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    locale: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str]
    buyer_email: Mapped[str] = mapped_column(server_default=text("''"))
    name: Mapped[str]
    phone: Mapped[str]
    buyer_phone: Mapped[str] = mapped_column(server_default=text("''"))
    street: Mapped[str]
    village_code: Mapped[str]
    village: Mapped[str]
    district: Mapped[str]
    regency: Mapped[str]
    province: Mapped[str]
    postcode: Mapped[str]
    note: Mapped[str] = mapped_column(server_default=text("''"))
    wanted_by: Mapped[date | None] = mapped_column(Date)
    line_count: Mapped[int]
    goods_total: Mapped[int]
    discount_total: Mapped[int] = mapped_column(server_default=text("0"))
    shipping_total: Mapped[int]
    total: Mapped[int]
    placed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    lines: Mapped[list[OrderLine]] = relationship(lazy="raise", order_by="OrderLine.position")
    fulfilments: Mapped[list[Fulfilment]] = relationship(lazy="raise", order_by="Fulfilment.number")

    __table_args__ = (
        CheckConstraint(one_of("state", ORDER_STATES), name="state"),
        CheckConstraint("locale IN ('id', 'en')", name="locale"),
        CheckConstraint("line_count > 0", name="line_count"),
        CheckConstraint(
            "goods_total >= 0 AND shipping_total >= 0 AND discount_total BETWEEN 0 AND goods_total",
            name="parts",
        ),
        CheckConstraint("total = goods_total - discount_total + shipping_total", name="total_adds_up"),
        CheckConstraint(f"total BETWEEN 0 AND {BIGGEST_AMOUNT}", name="total"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_a_time"),
        CheckConstraint(
            "(state IN ('cancelled', 'expired')) = (ended_at IS NOT NULL)", name="end_has_a_time"
        ),
        Index("ix_orders_buyer_email", "buyer_email", "placed_at"),
        Index("ix_orders_buyer_phone", "buyer_phone", "placed_at"),
        Index(
            "ix_orders_name_trigrams", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
        ),
        Index("ix_orders_unpaid", "expires_at", postgresql_where=text("state = 'awaiting_payment'")),
    )


class OrderLine(Base):
    """One variant of the order as it was when bought: names, unit price in rupiah, grams a piece.

    `own_text` is what the buyer wants written on each piece; lines of one variant may differ in it.
    """

    __tablename__ = "order_lines"

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    position: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)
    product_name: Mapped[str]
    variant_name: Mapped[str]
    sku: Mapped[str]
    unit: Mapped[str]
    weight_g: Mapped[int]
    unit_price: Mapped[int]
    quantity: Mapped[int]
    line_total: Mapped[int]
    own_text: Mapped[str] = mapped_column(server_default=text("''"))

    variant: Mapped[Variant] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price > 0", name="unit_price"),
        CheckConstraint("line_total = unit_price * quantity", name="line_total"),
    )


class OrderEvent(Base):
    """One line of an order's history: the order's own, or one fulfilment's when `fulfilment_id` is set.

    `to_state` is the state it led to; the newest such row is the current state.
    """

    __tablename__ = "order_events"

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    fulfilment_id: Mapped[int | None] = mapped_column(ForeignKey("fulfilments.id"))
    kind: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index("ix_order_events_order_id", "order_id", "id"),)


class Payment(Base):
    """One attempt to pay an order through a provider; what is asked is written down before it is sent.

    Amounts are whole rupiah. `captured` is what the provider says it holds, `refund_claimed` what refunds,
    open and done, have claimed of it. `is_live` says whether real money was asked for. `check_at` is when
    the sweep looks at it again.
    """

    __tablename__ = "payments"

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    provider: Mapped[str]
    state: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(server_default=text("'IDR'"))
    captured: Mapped[int] = mapped_column(server_default=text("0"))
    refund_claimed: Mapped[int] = mapped_column(server_default=text("0"))
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    request: Mapped[dict[str, Any]]
    ref: Mapped[str | None] = mapped_column(unique=True)
    is_live: Mapped[bool] = mapped_column(server_default=text("false"))
    problem: Mapped[str | None]
    is_disputed: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    check_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(one_of("state", PAYMENT_STATES), name="state"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("refund_claimed >= 0 AND refund_claimed <= captured", name="refunds_within_captured"),
        Index(
            "uq_payments_one_live_per_order",
            "order_id",
            unique=True,
            postgresql_where=text(one_of("state", LIVE_PAYMENT_STATES)),
        ),
        Index("ix_payments_check_at", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    )


class Refund(Base):
    """Rupiah to give back from one payment; `id` is in the provider's idempotency key and metadata.

    `cause` is unique: one cancelled piece or late payment is refunded once.
    """

    __tablename__ = "refunds"

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    amount: Mapped[int]
    state: Mapped[str]
    cause: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    ref: Mapped[str | None] = mapped_column(unique=True)
    problem: Mapped[str | None]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    created_at: Mapped[datetime]
    check_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    payment: Mapped[Payment] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(one_of("state", REFUND_STATES), name="state"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_refunds_check_at", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    )


class ProviderNotice(Base):
    """A webhook event as it arrived, kept once by the provider's event id."""

    __tablename__ = "provider_notices"

    id: Mapped[Id]
    provider: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    ref: Mapped[str]
    body: Mapped[dict[str, Any]]
    source: Mapped[str]
    received_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        CheckConstraint("source IN ('webhook', 'reconciliation')", name="source"),
        Index("ix_provider_notices_ref", "ref"),
    )


class ProviderCursor(Base):
    """The last event of a provider's list that reconciliation has seen."""

    __tablename__ = "provider_cursors"

    provider: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str]
    at: Mapped[datetime]


class ShippingRate(Base):
    """What a courier's service asks from an origin to a zone: rupiah per started kilogram, and days.

    `origin_code` is a province (2 digits) or regency (dd.dd) code, or "" for anywhere; the most exact wins.
    Volume weight is mm3 / `volume_divisor` / 1000 kg (JNE divides cm3 by 6000). `max_weight_g` is the
    courier's limit for one parcel.
    """

    __tablename__ = "shipping_rates"

    id: Mapped[Id]
    origin_code: Mapped[str]
    zone: Mapped[str]
    courier: Mapped[str]
    service: Mapped[str]
    price_per_kg: Mapped[int]
    minimum_g: Mapped[int]
    round_up_above_g: Mapped[int]
    volume_divisor: Mapped[int]
    max_weight_g: Mapped[int]
    days_from: Mapped[int]
    days_until: Mapped[int]
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        UniqueConstraint("origin_code", "zone", "courier", "service"),
        CheckConstraint(one_of("zone", COURIER_ZONES), name="zone"),
        CheckConstraint("origin_code ~ '^([0-9]{2}(\\.[0-9]{2})?)?$'", name="origin_code"),
        CheckConstraint("price_per_kg > 0 AND minimum_g > 0 AND volume_divisor > 0", name="positive"),
        CheckConstraint("round_up_above_g BETWEEN 0 AND 999", name="rounding"),
        CheckConstraint("max_weight_g >= minimum_g", name="limit"),
        CheckConstraint("0 <= days_from AND days_from <= days_until", name="days"),
    )
