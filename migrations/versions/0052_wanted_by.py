"""The day by which a buyer asked to have an order, beside what was promised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("wanted_by", sa.Date()))


def downgrade() -> None:
    op.drop_column("orders", "wanted_by")
