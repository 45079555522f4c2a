"""Stock-takes: sheets, and what each counted line came to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_counts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor_user_id", sa.BigInteger()),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], name=op.f("fk_stock_counts_actor_user_id")),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_stock_counts_upt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_counts")),
        sa.UniqueConstraint("key", name=op.f("uq_stock_counts_key")),
    )
    op.create_index("ix_stock_counts_upt_id_opened_at", "stock_counts", ["upt_id", "opened_at"])
    op.create_table(
        "count_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("look", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("refusal", sa.Text()),
        sa.Column("counted", sa.BigInteger()),
        sa.Column("noted_by", sa.BigInteger()),
        sa.Column("noted_label", sa.Text()),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("decided_label", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (state IN ('open', 'counted', 'waiting'))"
            " AND (decided_at IS NULL) = (decided_label IS NULL)",
            name=op.f("ck_count_lines_decided"),
        ),
        sa.CheckConstraint("(state = 'open') = (counted IS NULL)", name=op.f("ck_count_lines_counted")),
        sa.CheckConstraint(
            "refusal IN ('moved', 'meanwhile', 'held', 'too_far')", name=op.f("ck_count_lines_refusal")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'counted', 'waiting', 'booked', 'discarded')",
            name=op.f("ck_count_lines_state"),
        ),
        sa.CheckConstraint("(noted_label IS NULL) = (counted IS NULL)", name=op.f("ck_count_lines_noted")),
        sa.CheckConstraint("counted >= 0 AND expected >= 0", name=op.f("ck_count_lines_pieces")),
        sa.ForeignKeyConstraint(["count_id"], ["stock_counts.id"], name=op.f("fk_count_lines_count_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_count_lines_decided_by")),
        sa.ForeignKeyConstraint(["noted_by"], ["users.id"], name=op.f("fk_count_lines_noted_by")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_count_lines_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_lines")),
        sa.UniqueConstraint("count_id", "position", name=op.f("uq_count_lines_count_id_position")),
        sa.UniqueConstraint("count_id", "variant_id", name=op.f("uq_count_lines_count_id_variant_id")),
    )
    op.create_index(
        "ix_count_lines_waiting", "count_lines", ["count_id"], postgresql_where=sa.text("state = 'waiting'")
    )


def downgrade() -> None:
    op.drop_table("count_lines")
    op.drop_table("stock_counts")
