"""Tables of stock that officers send in, and their rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# behind the second wall, as in 0039
SEEN = {
    "sheet_imports": "upt_ids <@ (SELECT reached_upts())",
    "sheet_import_rows": "EXISTS (SELECT FROM sheet_imports i WHERE i.id = import_id)",
}


def upgrade() -> None:
    op.create_table(
        "sheet_imports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_label", sa.Text(), nullable=False),
        sa.Column("upt_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("row_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undoes_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('reading', 'refused', 'ready', 'applying', 'applied', 'discarded')",
            name=op.f("ck_sheet_imports_state"),
        ),
        sa.CheckConstraint("cardinality(upt_ids) > 0", name=op.f("ck_sheet_imports_upt_ids")),
        sa.CheckConstraint(
            "(state = 'applied') = (applied_at IS NOT NULL)", name=op.f("ck_sheet_imports_applied")
        ),
        sa.CheckConstraint(
            "rows_done >= 0 AND 0 <= error_count AND error_count <= row_count",
            name=op.f("ck_sheet_imports_counts"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('ready', 'applying', 'applied') OR error_count = 0",
            name=op.f("ck_sheet_imports_is_right"),
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["sheet_imports.id"], name=op.f("fk_sheet_imports_undoes_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sheet_imports_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_imports")),
        sa.UniqueConstraint("key", name=op.f("uq_sheet_imports_key")),
    )
    op.create_index("ix_sheet_imports_sent_at", "sheet_imports", ["sent_at"])
    op.create_index(
        "uq_sheet_imports_undoes",
        "sheet_imports",
        ["undoes_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('ready', 'applying', 'applied')"),
    )
    op.create_table(
        "sheet_import_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("written", postgresql.JSONB(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=True),
        sa.Column("variant_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("delta", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("errors", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("kind IN ('received', 'adjusted')", name=op.f("ck_sheet_import_rows_kind")),
        sa.CheckConstraint(
            "delta <> 0 AND (kind = 'adjusted' OR delta > 0)", name=op.f("ck_sheet_import_rows_delta")
        ),
        sa.CheckConstraint(
            "errors <> '[]' OR num_nonnulls(upt_id, variant_id, kind, delta, reason) = 5",
            name=op.f("ck_sheet_import_rows_is_right_or_says_why"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["sheet_imports.id"],
            name=op.f("fk_sheet_import_rows_import_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_sheet_import_rows_upt_id")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_sheet_import_rows_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_import_rows")),
        sa.UniqueConstraint("import_id", "line", name=op.f("uq_sheet_import_rows_import_id_line")),
        sa.UniqueConstraint(
            "import_id", "upt_id", "variant_id", name=op.f("uq_sheet_import_rows_import_id_upt_id_variant_id")
        ),
    )
    op.create_index(
        "ix_sheet_import_rows_wrong",
        "sheet_import_rows",
        ["import_id", "line"],
        postgresql_where=sa.text("errors <> '[]'"),
    )
    for table, condition in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY staff_reach ON {table} FOR SELECT TO lapak_staff"
            f" USING ((SELECT reaches_all()) OR {condition})"
        )


def downgrade() -> None:
    op.drop_table("sheet_import_rows")
    op.drop_table("sheet_imports")
