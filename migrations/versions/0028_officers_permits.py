"""Permits that officers enter and offices above check: an address, why one was sent back, who was warned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "permits", sa.Column("key", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
    )
    op.create_unique_constraint(op.f("uq_permits_key"), "permits", ["key"])
    op.add_column("permits", sa.Column("refusal", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("permits", sa.Column("warned_days", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_permits_verified_or_refused"), "permits", "refusal = '' OR verified_at IS NULL"
    )
    op.create_check_constraint(op.f("ck_permits_warned_days"), "permits", "warned_days IN (90, 30, 7)")


def downgrade() -> None:
    op.drop_column("permits", "warned_days")
    op.drop_column("permits", "refusal")
    op.drop_column("permits", "key")
