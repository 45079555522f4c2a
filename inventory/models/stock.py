"""The stock counters, their ledger, and reservations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Upt
from inventory.models.products import Variant
from inventory.rules import LEDGER_KINDS
from kernel.db import Base, Id


class Stock(Base):
    """The two counters of one variant at one UPT, in pieces; changed only by conditional UPDATEs.

    `on_hand` lies on the shelf, `reserved` of it belongs to orders not yet shipped.
    """

    __tablename__ = "stocks"

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    on_hand: Mapped[int] = mapped_column(server_default=text("0"))
    reserved: Mapped[int] = mapped_column(server_default=text("0"))
    available: Mapped[int] = mapped_column(Computed("on_hand - reserved", persisted=True))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    upt: Mapped[Upt] = relationship(lazy="raise")
    variant: Mapped[Variant] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("variant_id", "upt_id"),
        CheckConstraint("0 <= reserved AND reserved <= on_hand", name="reserved_within_on_hand"),
    )


class LedgerEntry(Base):
    """One change of on-hand stock, immutable: who, why, because of what, when. `delta` is in pieces.

    It is about the UPT's store, or with a `location_id` about what lies at that place of it.
    """

    __tablename__ = "ledger_entries"

    id: Mapped[Id]
    stock_id: Mapped[int] = mapped_column(ForeignKey("stocks.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    kind: Mapped[str]
    delta: Mapped[int]
    reason: Mapped[str]
    cause: Mapped[str | None]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('" + "', '".join(LEDGER_KINDS) + "')", name="kind"),
        CheckConstraint("delta <> 0", name="delta_moves_something"),
        CheckConstraint(
            "CASE kind WHEN 'received' THEN delta > 0 WHEN 'returned' THEN delta > 0"
            " WHEN 'issued' THEN delta < 0 ELSE true END",
            name="sign_fits_kind",
        ),
        # an effect and its repeat have the same cause: the database keeps it to one row
        UniqueConstraint("stock_id", "kind", "cause"),
        Index("ix_ledger_entries_stock_id_at", "stock_id", "at"),
        Index("ix_ledger_entries_at", "at", "id"),
        Index("ix_ledger_entries_received", "id", postgresql_where=text("kind = 'received'")),
    )


class Reservation(Base):
    """Pieces of one stock row promised to one order: quantity = still held + released + issued.

    `expires_at` is empty once the order is paid.
    """

    __tablename__ = "reservations"

    id: Mapped[Id]
    stock_id: Mapped[int] = mapped_column(ForeignKey("stocks.id"), index=True)
    order_number: Mapped[str] = mapped_column(index=True)
    quantity: Mapped[int]
    released: Mapped[int] = mapped_column(server_default=text("0"))
    issued: Mapped[int] = mapped_column(server_default=text("0"))
    held: Mapped[int] = mapped_column(Computed("quantity - released - issued", persisted=True))
    expires_at: Mapped[datetime | None]

    stock: Mapped[Stock] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("released >= 0 AND issued >= 0", name="counts"),
        CheckConstraint("released + issued <= quantity", name="held_is_not_negative"),
        Index("ix_reservations_held_until", "expires_at", postgresql_where=text("held > 0")),
    )
