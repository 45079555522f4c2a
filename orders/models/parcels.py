"""One parcel per UPT of an order, with its lines: how it goes out, and how it ends."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Date

from accounts.models import Upt
from inventory.models import Reservation
from kernel.db import Base, Id, one_of
from orders.rules.handling import OPEN_STATES
from orders.rules.pickup import MOST_MISSES
from orders.rules.states import FULFILMENT_STATES, HAND_OVERS, SENT_STATES

if TYPE_CHECKING:
    from orders.models.buying import Order, OrderLine

_BARE_NUMBER = text("replace(tracking_number, '-', '')")
"""A tracking number as it is compared: people copy it with hyphens and without."""

_CARRIER = text("(\nCASE\n WHEN shipped_courier IS NULL THEN courier\n ELSE shipped_courier\nEND)")
"""Who carries or will carry it, in the lines the database keeps it in. The index of a `coalesce` would not be
used behind row-level security.
"""


class Fulfilment(Base):
    """One UPT's part of an order and the one parcel it becomes; `number` is the order's plus "-1", "-2"...

    `shipping_cost` is rupiah, `chargeable_weight_g` grams as the courier counts them; `promised_from` and
    `promised_until` are the dates shown to the customer before paying and never overwritten. `shares_number`:
    an earlier parcel bore its tracking number already, from the time when nobody looked. `receiver` is who
    took it in, as its UPT says. `code_round` says which code opens its pick-up, `code_misses` how many wrong
    ones were tried in that round.
    """

    __tablename__ = "fulfilments"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"))
    state: Mapped[str]
    shipping_cost: Mapped[int]
    chargeable_weight_g: Mapped[int]
    courier: Mapped[str]
    service: Mapped[str]
    promised_from: Mapped[date] = mapped_column(Date)
    promised_until: Mapped[date] = mapped_column(Date)
    shipped_courier: Mapped[str | None]
    tracking_number: Mapped[str | None]
    shipped_at: Mapped[datetime | None]
    shares_number: Mapped[bool] = mapped_column(server_default=text("false"))
    hand_over: Mapped[str] = mapped_column(server_default=text("'courier'"))
    receiver: Mapped[str | None]
    code_round: Mapped[int] = mapped_column(server_default=text("1"))
    code_misses: Mapped[int] = mapped_column(server_default=text("0"))

    order: Mapped[Order] = relationship(lazy="raise", back_populates="fulfilments")
    upt: Mapped[Upt] = relationship(lazy="raise")
    lines: Mapped[list[FulfilmentLine]] = relationship(lazy="raise", order_by="FulfilmentLine.id")

    __table_args__ = (
        UniqueConstraint("order_id", "upt_id"),
        CheckConstraint(one_of("state", FULFILMENT_STATES), name="state"),
        CheckConstraint("shipping_cost >= 0", name="shipping_cost"),
        CheckConstraint("promised_from <= promised_until", name="promise"),
        CheckConstraint(
            f"({one_of('state', SENT_STATES)}) = (shipped_at IS NOT NULL)"
            " AND (shipped_at IS NOT NULL AND hand_over = 'courier') = (tracking_number IS NOT NULL)",
            name="shipped_has_time_and_tracking",
        ),
        CheckConstraint(one_of("hand_over", HAND_OVERS), name="hand_over"),
        CheckConstraint(
            "CASE hand_over WHEN 'pickup' THEN state NOT IN ('shipped', 'returned', 'lost')"
            " ELSE state <> 'ready' END",
            name="state_fits_hand_over",
        ),
        CheckConstraint("receiver IS NULL OR state = 'delivered'", name="receiver"),
        CheckConstraint(f"code_round > 0 AND code_misses BETWEEN 0 AND {MOST_MISSES}", name="code"),
        Index("ix_fulfilments_upt_id_state", "upt_id", "state", "id"),
        Index("ix_fulfilments_upt_id_id", "upt_id", "id"),
        Index(
            "ix_fulfilments_open",
            "upt_id",
            "promised_from",
            "id",
            postgresql_where=text(one_of("state", OPEN_STATES)),
        ),
        Index(
            "ix_fulfilments_number_trigrams",
            "number",
            postgresql_using="gin",
            postgresql_ops={"number": "gin_trgm_ops"},
        ),
        Index("ix_fulfilments_ready", "upt_id", "id", postgresql_where=text("state = 'ready'")),
        Index(
            "ix_fulfilments_hand_over",
            "upt_id",
            "hand_over",
            "id",
            postgresql_where=text("hand_over <> 'courier'"),
        ),
        Index("ix_fulfilments_carrier", "upt_id", _CARRIER, "id"),
        Index("ix_fulfilments_tracking_number", _BARE_NUMBER, "shipped_courier"),
        # a courier gives each number out once; two parcels under one would be two customers misled
        Index(
            "uq_fulfilments_tracking_number",
            _BARE_NUMBER,
            "shipped_courier",
            unique=True,
            postgresql_where=text("NOT shares_number AND tracking_number <> ''"),
        ),
    )


class FulfilmentLine(Base):
    """Pieces of one order line supplied by one UPT; the reservation behind them exists exactly once.

    quantity = open + `shipped` + `cancelled` + `taken_over` (by another UPT, in a parcel of its own). Of the
    shipped ones `restocked` came back onto the shelf, and `written_off` came back unfit for it or not at all.
    """

    __tablename__ = "fulfilment_lines"

    id: Mapped[Id]
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservations.id"), unique=True)
    quantity: Mapped[int]
    shipped: Mapped[int] = mapped_column(server_default=text("0"))
    cancelled: Mapped[int] = mapped_column(server_default=text("0"))
    taken_over: Mapped[int] = mapped_column(server_default=text("0"))
    restocked: Mapped[int] = mapped_column(server_default=text("0"))
    written_off: Mapped[int] = mapped_column(server_default=text("0"))

    order_line: Mapped[OrderLine] = relationship(lazy="raise")
    reservation: Mapped[Reservation] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("fulfilment_id", "order_line_id"),
        CheckConstraint(
            "quantity > 0 AND shipped >= 0 AND cancelled >= 0 AND taken_over >= 0", name="counts"
        ),
        CheckConstraint("shipped + cancelled + taken_over <= quantity", name="not_more_than_ordered"),
        CheckConstraint(
            "restocked >= 0 AND written_off >= 0 AND restocked + written_off <= shipped",
            name="not_more_back_than_shipped",
        ),
    )
