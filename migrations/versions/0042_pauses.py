"""Pauses: what a UPT does not sell up to a day, and what customers are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger()),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("text_id", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor_user_id", sa.BigInteger()),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_label", sa.Text()),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_label IS NULL)", name=op.f("ck_pauses_ended")),
        sa.CheckConstraint(
            "length(text_id) BETWEEN 1 AND 200 AND length(text_en) <= 200", name=op.f("ck_pauses_texts")
        ),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], name=op.f("fk_pauses_actor_user_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_pauses_product_id")),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_pauses_upt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
        sa.UniqueConstraint("key", name=op.f("uq_pauses_key")),
    )
    op.create_index(
        "ix_pauses_open",
        "pauses",
        ["upt_id", "product_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute("ALTER TABLE pauses ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY staff_reach ON pauses FOR SELECT TO lapak_staff"
        " USING ((SELECT reaches_all()) OR upt_id = ANY ((SELECT reached_upts())::bigint[]))"
    )


def downgrade() -> None:
    op.drop_table("pauses")
