"""A batch that came with pieces of another UPT says whose it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("from_batch_id", sa.BigInteger()))
    op.create_foreign_key(op.f("fk_batches_from_batch_id"), "batches", "batches", ["from_batch_id"], ["id"])


def downgrade() -> None:
    op.drop_column("batches", "from_batch_id")
