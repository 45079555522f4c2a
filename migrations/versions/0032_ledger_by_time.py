"""The ledger in the order of time, for those who read that of many shelves."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ledger_entries_at", "ledger_entries", ["at", "id"])


def downgrade() -> None:
    op.drop_index("ix_ledger_entries_at", table_name="ledger_entries")
