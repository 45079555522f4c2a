"""Who wants to be told when something that is sold out is back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restock_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_as", sa.Text(), nullable=True),
        sa.CheckConstraint("locale IN ('id', 'en')", name=op.f("ck_restock_requests_locale")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_restock_requests_email_is_lower_case")),
        sa.CheckConstraint("ended_as IN ('told', 'stopped')", name=op.f("ck_restock_requests_ended_as")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_as IS NULL)", name=op.f("ck_restock_requests_end_has_a_time")
        ),
        sa.CheckConstraint(
            "ended_as <> 'told' OR confirmed_at IS NOT NULL",
            name=op.f("ck_restock_requests_told_is_confirmed"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_restock_requests_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_restock_requests_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restock_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_restock_requests_key")),
    )
    op.create_index(
        "ix_restock_requests_open",
        "restock_requests",
        ["variant_id", "email"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_restock_requests_email",
        "restock_requests",
        ["email"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_restock_requests_user_id"), "restock_requests", ["user_id"])


def downgrade() -> None:
    op.drop_table("restock_requests")
