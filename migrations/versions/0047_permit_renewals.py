"""Permits: the one that each renews, and the scan of its paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("permits", sa.Column("follows_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_permits_follows_id_permits"),
        "permits",
        "permits",
        ["follows_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_permits_follows_id"), "permits", ["follows_id"])
    op.create_check_constraint(op.f("ck_permits_follows_another"), "permits", "follows_id <> id")
    op.add_column("permits", sa.Column("scan_file", sa.Text(), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    op.drop_column("permits", "scan_file")
    op.drop_column("permits", "follows_id")
