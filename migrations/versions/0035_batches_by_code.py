"""Batches by their code, for whoever asks where one went."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_batches_code", "batches", ["code"])


def downgrade() -> None:
    op.drop_index("ix_batches_code", table_name="batches")
