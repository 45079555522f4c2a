"""Tables that officers send in: the file's fate, and its rows until they are applied."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from inventory.rules import IMPORT_KINDS, IMPORT_STATES
from kernel.db import Base, Id, one_of


class SheetImport(Base):
    """A table that an officer sent: read by the worker, looked at, applied whole or not at all.

    Its rows are what `kind` says. It may name goods of `upt_ids`, and is seen by who may send such a table of
    them all; `user_id` is who sent it, then who wanted it applied. `file_key` is where the file lies until it
    is read; `rows_done` counts what the worker has got through in the present state. `refusal` is the code of
    why the file as a whole is refused, with its `parameters`. One that takes another back names it in
    `undoes_id` and has no file.
    """

    __tablename__ = "sheet_imports"

    id: Mapped[Id]
    key: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user_label: Mapped[str]
    upt_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    file_name: Mapped[str]
    file_key: Mapped[str]
    rows_done: Mapped[int] = mapped_column(server_default=text("0"))
    row_count: Mapped[int] = mapped_column(server_default=text("0"))
    error_count: Mapped[int] = mapped_column(server_default=text("0"))
    refusal: Mapped[str | None]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    sent_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("sheet_imports.id", ondelete="CASCADE"))

    __table_args__ = (
        CheckConstraint(one_of("kind", IMPORT_KINDS), name="kind"),
        CheckConstraint("kind = 'stock' OR undoes_id IS NULL", name="undoes_stock"),
        CheckConstraint(one_of("state", IMPORT_STATES), name="state"),
        CheckConstraint("cardinality(upt_ids) > 0", name="upt_ids"),
        CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="applied"),
        CheckConstraint("rows_done >= 0 AND 0 <= error_count AND error_count <= row_count", name="counts"),
        CheckConstraint("state NOT IN ('ready', 'applying', 'applied') OR error_count = 0", name="is_right"),
        Index("ix_sheet_imports_sent_at", "sent_at"),
        # a table is taken back once
        Index(
            "uq_sheet_imports_undoes",
            "undoes_id",
            unique=True,
            postgresql_where=text("state IN ('ready', 'applying', 'applied')"),
        ),
    )


class SheetImportRow(Base):
    """One row of a table: `line` as the spreadsheet numbers it, its cells as `written`, what is wrong in it.

    Of a table of stock `delta` is in pieces, `kind` and `reason` as in the ledger; with the shelf they are
    there unless the row has `errors`, which are lists of column, code and parameters. A right row of another
    kind has a UPT and what it `says`, in the words of its file.
    """

    __tablename__ = "sheet_import_rows"

    id: Mapped[Id]
    import_id: Mapped[int] = mapped_column(ForeignKey("sheet_imports.id", ondelete="CASCADE"))
    line: Mapped[int]
    written: Mapped[dict[str, Any]]
    upt_id: Mapped[int | None] = mapped_column(ForeignKey("upts.id"))
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))
    kind: Mapped[str | None]
    delta: Mapped[int | None]
    reason: Mapped[str | None]
    says: Mapped[dict[str, Any] | None]
    errors: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))

    __table_args__ = (
        UniqueConstraint("import_id", "line"),
        CheckConstraint("kind IN ('received', 'adjusted')", name="kind"),
        CheckConstraint("delta <> 0 AND (kind = 'adjusted' OR delta > 0)", name="delta"),
        CheckConstraint(
            "errors <> '[]' OR num_nonnulls(upt_id, variant_id, kind, delta, reason) = 5"
            " OR num_nonnulls(upt_id, says) = 2",
            name="is_right_or_says_why",
        ),
        # a shelf stands in a table of stock once
        Index(
            "uq_sheet_import_rows_shelf",
            *("import_id", "upt_id", "variant_id"),
            unique=True,
            postgresql_where=text("delta IS NOT NULL"),
        ),
        Index("ix_sheet_import_rows_wrong", "import_id", "line", postgresql_where=text("errors <> '[]'")),
    )
