"""Old carts are found by their age."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_carts_updated_at"), "carts", ["updated_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_carts_updated_at"), "carts")
