"""Permits: what an authority has given a UPT, and the products it covers."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Date, Text

from accounts.models import Upt
from inventory.rules import PERMIT_KINDS, PERMIT_WARNINGS, SELLING_KINDS
from kernel.db import Base, Id, one_of


class Permit(Base):
    """A certificate with its number, as `permit_number` writes it; a NIB covers the UPT, not a product.

    `title` is what it names (a trade mark, a motif) and may be empty. Without `expires_on` it holds until it
    is withdrawn. It counts as verified once `verified_at` is set; `verified_by` is who says so. `refusal` is
    why the office above has sent it back, empty once it was put right; `warned_days` the last of
    PERMIT_WARNINGS its UPT was told of. `follows_id` is the permit of the same UPT and kind that it renews;
    `scan_file` the key of its scan in the file store, empty without one.
    """

    __tablename__ = "permits"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True, server_default=text("gen_random_uuid()"))
    kind: Mapped[str]
    number: Mapped[str]
    title: Mapped[str] = mapped_column(server_default=text("''"))
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    issued_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str] = mapped_column(server_default=text("''"))
    verified_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    refusal: Mapped[str] = mapped_column(server_default=text("''"))
    warned_days: Mapped[int | None]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("permits.id", ondelete="SET NULL"), index=True)
    scan_file: Mapped[str] = mapped_column(server_default=text("''"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    upt: Mapped[Upt] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("kind", "number", "upt_id"),
        CheckConstraint("kind IN ('" + "', '".join(PERMIT_KINDS) + "')", name="kind"),
        CheckConstraint("number <> ''", name="number"),
        CheckConstraint("issued_on <= expires_on", name="dates"),
        CheckConstraint("(verified_at IS NULL) = (verified_by = '')", name="verified_by_somebody"),
        CheckConstraint("refusal = '' OR verified_at IS NULL", name="verified_or_refused"),
        CheckConstraint(one_of("warned_days", PERMIT_WARNINGS), name="warned_days"),
        CheckConstraint("follows_id <> id", name="follows_another"),
    )


class PermitProduct(Base):
    """A product that a permit covers."""

    __tablename__ = "permit_products"

    permit_id: Mapped[int] = mapped_column(ForeignKey("permits.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class PermitRule(Base):
    """What goods of a category need before they may be sold: from a day on, a permit of one of these kinds.

    The law differs by kind of goods and changes, so head office writes these down; a category without a rule
    needs nothing.
    """

    __tablename__ = "permit_rules"

    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), primary_key=True)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    since: Mapped[date] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint(
            "cardinality(kinds) > 0 AND kinds <@ ARRAY['" + "', '".join(SELLING_KINDS) + "']::text[]",
            name="kinds",
        ),
    )
