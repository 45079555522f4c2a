"""The address book: where a customer has parcels sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from accounts.rules import LONGEST_LABEL, LONGEST_RECIPIENT, LONGEST_STREET
from kernel.db import Base, Id


class Address(Base):
    """One place of one person; `key` names it in addresses of pages. At most one of them is the default.

    The place is kept in words beside its code, so that a page needs no look-up.
    """

    __tablename__ = "addresses"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(server_default=text("''"))
    recipient: Mapped[str]
    phone: Mapped[str]
    street: Mapped[str]
    village_code: Mapped[str]
    village: Mapped[str]
    district: Mapped[str]
    regency: Mapped[str]
    province: Mapped[str]
    postcode: Mapped[str]
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    changed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            f"length(label) <= {LONGEST_LABEL} AND length(recipient) <= {LONGEST_RECIPIENT}"
            f" AND length(street) <= {LONGEST_STREET}",
            name="lengths",
        ),
        # a form sent twice keeps the address once; begins with the person, so it finds theirs too
        UniqueConstraint(
            *("user_id", "village_code", "postcode", "street", "recipient", "phone"),
            name="uq_addresses_same",
        ),
        Index("ix_addresses_default", "user_id", unique=True, postgresql_where=text("is_default")),
    )
