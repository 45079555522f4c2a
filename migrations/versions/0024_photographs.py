"""Photographs of products and their files; a listing shows the first of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photographs",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'making'"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("steps_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("focal_x", sa.BigInteger(), server_default=sa.text("50"), nullable=False),
        sa.Column("focal_y", sa.BigInteger(), server_default=sa.text("50"), nullable=False),
        sa.Column("alt_id", sa.Text(), nullable=False),
        sa.Column("alt_en", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("shows_nobody", sa.Boolean(), nullable=False),
        sa.Column("uploaded_by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "state IN ('making', 'waiting', 'published', 'refused')", name=op.f("ck_photographs_state")
        ),
        sa.CheckConstraint(
            "focal_x BETWEEN 0 AND 100 AND focal_y BETWEEN 0 AND 100",
            name=op.f("ck_photographs_focal_point"),
        ),
        sa.CheckConstraint("alt_id <> ''", name=op.f("ck_photographs_alt")),
        sa.CheckConstraint("shows_nobody", name=op.f("ck_photographs_shows_nobody")),
        sa.CheckConstraint(
            "(state IN ('published', 'refused')) = (reviewed_at IS NOT NULL)"
            " AND (reviewed_at IS NULL) = (reviewed_by_user_id IS NULL)",
            name=op.f("ck_photographs_reviewed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (refusal <> '')", name=op.f("ck_photographs_refused_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_photographs_product_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_photographs_upt_id")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_user_id"], ["users.id"], name=op.f("fk_photographs_uploaded_by_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_user_id"], ["users.id"], name=op.f("fk_photographs_reviewed_by_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photographs")),
        sa.UniqueConstraint("key", name=op.f("uq_photographs_key")),
        sa.UniqueConstraint(
            "product_id", "content_hash", name=op.f("uq_photographs_product_id_content_hash")
        ),
    )
    op.create_index(op.f("ix_photographs_upt_id"), "photographs", ["upt_id"])
    op.create_index("ix_photographs_product_id_position", "photographs", ["product_id", "position"])
    op.create_index(
        "ix_photographs_waiting", "photographs", ["id"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_table(
        "photograph_files",
        sa.Column("photograph_id", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('avif', 'webp', 'jpg')", name=op.f("ck_photograph_files_kind")),
        sa.ForeignKeyConstraint(
            ["photograph_id"],
            ["photographs.id"],
            name=op.f("fk_photograph_files_photograph_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photograph_id", "width", "kind", name=op.f("pk_photograph_files")),
        sa.UniqueConstraint("key", name=op.f("uq_photograph_files_key")),
    )
    op.add_column(
        "catalogue_entries", sa.Column("photograph", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("catalogue_entries", "photograph")
    op.drop_table("photograph_files")
    op.drop_table("photographs")
