"""What officers have written of a product that the shop does not show yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from inventory.rules import DRAFT_STATES
from kernel.db import Base, one_of


class ProductDraft(Base):
    """The fields of a product's sheet that would read differently once they are published (`changes`).

    One a product, whoever of its makers writes it; `upt_id` is the one that wrote last. `refusal` is why it
    was sent back.
    """

    __tablename__ = "product_drafts"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    upt_id: Mapped[int] = mapped_column(ForeignKey("upts.id"), index=True)
    changes: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default=text("'draft'"))
    refusal: Mapped[str] = mapped_column(server_default=text("''"))

    __table_args__ = (
        CheckConstraint(one_of("state", DRAFT_STATES), name="state"),
        CheckConstraint("(state = 'returned') = (refusal <> '')", name="refusal"),
        Index("ix_product_drafts_state", "state", "product_id"),
    )
