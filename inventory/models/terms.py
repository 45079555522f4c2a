"""On what terms a product is had, beyond its price: by whom, how many, with which words on it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from inventory.rules import AUDIENCES, LONGEST_OWN_TEXT
from kernel.db import Base


class ProductTerms(Base):
    """The terms of one product; a product without a row has none that are special.

    Services: `audience` says for whom, what is internal never appears in the shop; `place` where they are
    given; `notice_days` how many days before one asks. Buyer's own text: `own_text_most` characters of it
    under a label. Limit: one person gets at most `limit_pieces` within `limit_days`. Export: from
    `least_quantity` of `least_unit` on, with `hs_code` and a note about delivery terms. `is_sample` marks
    terms no source states.
    """

    __tablename__ = "product_terms"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    audience: Mapped[str] = mapped_column(server_default=text("'public'"))
    place_id: Mapped[str] = mapped_column(server_default=text("''"))
    place_en: Mapped[str] = mapped_column(server_default=text("''"))
    notice_days: Mapped[int] = mapped_column(server_default=text("1"))
    own_text_label_id: Mapped[str] = mapped_column(server_default=text("''"))
    own_text_label_en: Mapped[str] = mapped_column(server_default=text("''"))
    own_text_most: Mapped[int | None]
    own_text_required: Mapped[bool] = mapped_column(server_default=text("false"))
    limit_pieces: Mapped[int | None]
    limit_days: Mapped[int | None]
    least_quantity: Mapped[int | None]
    least_unit: Mapped[str] = mapped_column(server_default=text("''"))
    hs_code: Mapped[str] = mapped_column(server_default=text("''"))
    incoterm_id: Mapped[str] = mapped_column(server_default=text("''"))
    incoterm_en: Mapped[str] = mapped_column(server_default=text("''"))
    is_sample: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("audience IN ('" + "', '".join(AUDIENCES) + "')", name="audience"),
        CheckConstraint("notice_days BETWEEN 0 AND 28", name="notice_days"),
        CheckConstraint(f"own_text_most BETWEEN 1 AND {LONGEST_OWN_TEXT}", name="own_text_most"),
        CheckConstraint("own_text_most IS NULL OR own_text_label_id <> ''", name="own_text_label"),
        CheckConstraint("(limit_pieces IS NULL) = (limit_days IS NULL)", name="limit_is_whole"),
        CheckConstraint("limit_pieces > 0 AND limit_days BETWEEN 1 AND 366", name="limit"),
        CheckConstraint("least_quantity > 0", name="least_quantity"),
        CheckConstraint("hs_code ~ '^([0-9]{4}([.][0-9]{2}){0,3})?$'", name="hs_code"),
    )
