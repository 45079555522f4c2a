"""Places of a UPT beside its store, what lies and is sold there, and transfers between stores and places."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from inventory.moving import LOCATION_KINDS, LONGEST_EXPLANATION, LONGEST_LOCATION, TRANSFER_STATES
from kernel.db import Base, Id, one_of


class Location(Base):
    """A place of a UPT beside its store: what lies there is not sold online."""

    __tablename__ = "locations"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"))
    kind: Mapped[str]
    name: Mapped[str]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("kind", LOCATION_KINDS), name="kind"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {LONGEST_LOCATION}", name="name"),
        Index("ix_locations_open", "upt_id", "name", unique=True, postgresql_where=text("closed_at IS NULL")),
    )


class LocationStock(Base):
    """Pieces of one variant at one place; `stock_id` is the shelf of the UPT's store they belong to."""

    __tablename__ = "location_stocks"

    id: Mapped[Id]
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    stock_id: Mapped[int] = mapped_column(ForeignKey("stocks.id"), index=True)
    on_hand: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        UniqueConstraint("location_id", "stock_id"),
        CheckConstraint("on_hand >= 0", name="on_hand"),
    )


class PlaceSale(Base):
    """What was sold at a place in one go; `key` is that of the form. The ledger tells of the pieces."""

    __tablename__ = "place_sales"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), index=True)
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]


class Transfer(Base):
    """Pieces that go from a store or place to another one; without a location it is the UPT's store.

    `explanation` says why fewer arrived than were sent. One that was taken back was received by its sender.
    """

    __tablename__ = "transfers"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True)
    from_upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    from_location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    to_upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    to_location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    state: Mapped[str] = mapped_column(server_default="draft")
    explanation: Mapped[str] = mapped_column(server_default=text("''"))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    at: Mapped[datetime]
    sent_label: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    received_label: Mapped[str | None]
    received_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("state", TRANSFER_STATES), name="state"),
        CheckConstraint(f"length(explanation) <= {LONGEST_EXPLANATION}", name="explanation"),
        CheckConstraint(
            "from_upt_id <> to_upt_id OR from_location_id IS DISTINCT FROM to_location_id",
            name="goes_elsewhere",
        ),
        CheckConstraint("(sent_at IS NULL) = (state IN ('draft', 'called_off'))", name="sent"),
        CheckConstraint("(received_at IS NULL) = (state NOT IN ('received', 'taken_back'))", name="received"),
        Index("ix_transfers_on_the_way", "to_upt_id", postgresql_where=text("state = 'sent'")),
    )


class TransferLine(Base):
    """So many pieces of one variant go with a transfer, or are meant to; `received` of them arrived."""

    __tablename__ = "transfer_lines"

    id: Mapped[Id]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    pieces: Mapped[int]
    received: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("transfer_id", "variant_id"),
        CheckConstraint("pieces > 0 AND received BETWEEN 0 AND pieces", name="pieces"),
    )
