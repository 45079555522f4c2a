"""A UPT's flagship products; what several UPTs make is no longer asked for on the home page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("makers", sa.Column("flagship_since", sa.Date()))
    op.create_index(
        "ix_makers_flagships",
        "makers",
        ["flagship_since", "product_id"],
        postgresql_where=sa.text("flagship_since IS NOT NULL"),
    )
    op.drop_index("ix_catalogue_entries_together", "catalogue_entries")


def downgrade() -> None:
    op.create_index(
        "ix_catalogue_entries_together",
        "catalogue_entries",
        ["maker_count", "product_id"],
        postgresql_where=sa.text("maker_count > 1"),
    )
    op.drop_index("ix_makers_flagships", "makers")
    op.drop_column("makers", "flagship_since")
