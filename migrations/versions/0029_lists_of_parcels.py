"""Indexes of the officers' list of parcels."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_fulfilments_upt_id_id", "fulfilments", ["upt_id", "id"])
    op.create_index(
        "ix_fulfilments_open",
        "fulfilments",
        ["upt_id", "promised_from", "id"],
        postgresql_where="state IN ('new', 'accepted', 'packed')",
    )
    op.create_index(
        "ix_fulfilments_number_trigrams",
        "fulfilments",
        ["number"],
        postgresql_using="gin",
        postgresql_ops={"number": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_orders_name_trigrams",
        "orders",
        ["name"],
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS uq_fulfilments_tracking_number")  # an earlier form of this step made it
    for name in (
        "ix_fulfilments_number_trigrams",
        "ix_fulfilments_open",
        "ix_fulfilments_upt_id_id",
    ):
        op.drop_index(name, table_name="fulfilments")
    op.drop_index("ix_orders_name_trigrams", table_name="orders")
