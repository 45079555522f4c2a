"""Lists as their readers have filtered them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from accounts.rules import LONGEST_FILTER_NAME
from kernel.db import Base, Id


class SavedFilter(Base):
    """A list of officers under a name of one person's.

    `page` is the endpoint of the list, `choices` what its address says: parameter -> value, both texts.
    """

    __tablename__ = "saved_filters"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True, server_default=text("gen_random_uuid()"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    page: Mapped[str]
    name: Mapped[str]
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("user_id", "page", "name"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {LONGEST_FILTER_NAME}", name="length"),
    )
