"""The home page finds what was made last, and what several UPTs make, without walking everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ledger_entries_received", "ledger_entries", ["id"], postgresql_where=sa.text("kind = 'received'")
    )
    op.create_index(
        "ix_catalogue_entries_together",
        "catalogue_entries",
        ["maker_count", "product_id"],
        postgresql_where=sa.text("maker_count > 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_catalogue_entries_together", "catalogue_entries")
    op.drop_index("ix_ledger_entries_received", "ledger_entries")
