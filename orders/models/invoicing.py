"""Invoices and credit notes, frozen as they were issued, the series that number them, and refunds' shares."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from kernel.db import Base, Id, one_of
from kernel.money import BIGGEST_AMOUNT
from orders.rules.invoicing import INVOICE_KINDS, TAX_STATUSES


class InvoiceSeries(Base):
    """The numbers of one issuer's papers of a kind in a year: taken from this row, and only from it.

    `next_number` is the one after the last that was given, so a series has next_number - 1 papers.
    """

    __tablename__ = "invoice_series"

    id: Mapped[Id]
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"))
    kind: Mapped[str]
    year: Mapped[int]
    next_number: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        UniqueConstraint("upt_id", "kind", "year"),
        CheckConstraint(one_of("kind", INVOICE_KINDS), name="kind"),
        CheckConstraint("year BETWEEN 2000 AND 2999", name="year"),
        CheckConstraint("next_number > 0", name="next_number"),
    )


class Invoice(Base):
    """What a UPT charged for a parcel, or gave back of it, as it was on that day. Amounts are whole rupiah.

    Nothing of it ever changes, and the database sees to that; only `buyer` (name, address lines) may be
    taken away, when the law no longer asks for it. `lines` are orders.rules.invoicing.InvoiceLine as JSON.
    A credit note is written for money that went back, or for pieces that another UPT took over and charges.
    `lump_sum` is money given back without saying for which pieces. `key` is the paper's name in addresses.
    """

    __tablename__ = "invoices"

    id: Mapped[Id]
    key: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), unique=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("invoice_series.id"))
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    refund_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("refunds.id"))
    takeover_id: Mapped[int | None] = mapped_column(ForeignKey("takeovers.id"), unique=True)
    locale: Mapped[str]
    issuer: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    goods_total: Mapped[int]
    discount_total: Mapped[int] = mapped_column(server_default=text("0"))
    shipping_total: Mapped[int]
    lump_sum: Mapped[int] = mapped_column(server_default=text("0"))
    total: Mapped[int]
    tax_status: Mapped[str]
    paid_on: Mapped[date] = mapped_column(Date)
    issued_on: Mapped[date] = mapped_column(Date)
    issued_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("series_id", "serial"),
        UniqueConstraint("refund_id", "fulfilment_id"),
        Index(
            "uq_invoices_one_invoice_per_fulfilment",
            "fulfilment_id",
            unique=True,
            postgresql_where=text("kind = 'invoice'"),
        ),
        CheckConstraint(one_of("kind", INVOICE_KINDS), name="kind"),
        CheckConstraint(
            "(kind = 'credit_note') = (corrects_id IS NOT NULL)"
            " AND num_nonnulls(refund_id, takeover_id) = CASE kind WHEN 'credit_note' THEN 1 ELSE 0 END",
            name="credit_note_corrects",
        ),
        CheckConstraint("locale IN ('id', 'en')", name="locale"),
        CheckConstraint(one_of("tax_status", TAX_STATUSES), name="tax_status"),
        CheckConstraint("serial > 0", name="serial"),
        CheckConstraint(
            "total = goods_total - discount_total + shipping_total + lump_sum", name="total_adds_up"
        ),
        CheckConstraint(
            "goods_total >= 0 AND discount_total >= 0 AND shipping_total >= 0 AND lump_sum >= 0",
            name="parts",
        ),
        CheckConstraint(f"total BETWEEN 0 AND {BIGGEST_AMOUNT}", name="total"),
    )


class RefundShare(Base):
    """What of a refund is one parcel's: `pieces` by line position, its shipping, and the rupiah they come to.

    A refund without shares says nothing of parcels: it was made in the provider's own pages.
    """

    __tablename__ = "refund_shares"

    refund_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id"), primary_key=True)
    pieces: Mapped[dict[str, Any]]
    shipping: Mapped[int] = mapped_column(server_default=text("0"))
    amount: Mapped[int]

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("shipping >= 0", name="shipping"),
    )
