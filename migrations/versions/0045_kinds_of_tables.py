"""Tables that officers send in are of several kinds, and what their rows say is kept with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_OF_STOCK = "num_nonnulls(upt_id, variant_id, kind, delta, reason) = 5"


def upgrade() -> None:
    op.add_column("sheet_imports", sa.Column("kind", sa.Text(), server_default="stock", nullable=False))
    op.alter_column("sheet_imports", "kind", server_default=None)
    op.create_check_constraint(
        op.f("ck_sheet_imports_kind"), "sheet_imports", "kind IN ('stock', 'batches', 'prices', 'products')"
    )
    op.create_check_constraint(
        op.f("ck_sheet_imports_undoes_stock"), "sheet_imports", "kind = 'stock' OR undoes_id IS NULL"
    )
    op.add_column("sheet_import_rows", sa.Column("says", postgresql.JSONB(), nullable=True))
    op.drop_constraint(op.f("ck_sheet_import_rows_is_right_or_says_why"), "sheet_import_rows")
    op.create_check_constraint(
        op.f("ck_sheet_import_rows_is_right_or_says_why"),
        "sheet_import_rows",
        f"errors <> '[]' OR {_OF_STOCK} OR num_nonnulls(upt_id, says) = 2",
    )
    op.drop_constraint(op.f("uq_sheet_import_rows_import_id_upt_id_variant_id"), "sheet_import_rows")
    op.create_index(
        "uq_sheet_import_rows_shelf",
        "sheet_import_rows",
        ["import_id", "upt_id", "variant_id"],
        unique=True,
        postgresql_where=sa.text("delta IS NOT NULL"),
    )


def downgrade() -> None:
    # of the other kinds nothing is left to be looked at; what was booked of them stands in ledger and drafts
    op.execute("DELETE FROM sheet_imports WHERE kind <> 'stock'")
    op.drop_index("uq_sheet_import_rows_shelf", table_name="sheet_import_rows")
    op.create_unique_constraint(
        op.f("uq_sheet_import_rows_import_id_upt_id_variant_id"),
        "sheet_import_rows",
        ["import_id", "upt_id", "variant_id"],
    )
    op.drop_constraint(op.f("ck_sheet_import_rows_is_right_or_says_why"), "sheet_import_rows")
    op.create_check_constraint(
        op.f("ck_sheet_import_rows_is_right_or_says_why"),
        "sheet_import_rows",
        f"errors <> '[]' OR {_OF_STOCK}",
    )
    op.drop_column("sheet_import_rows", "says")
    op.drop_constraint(op.f("ck_sheet_imports_undoes_stock"), "sheet_imports")
    op.drop_constraint(op.f("ck_sheet_imports_kind"), "sheet_imports")
    op.drop_column("sheet_imports", "kind")
