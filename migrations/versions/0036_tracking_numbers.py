"""A courier gives each tracking number out once, from now on; indexes of what officers look for and wait for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_BARE = sa.text("replace(tracking_number, '-', '')")


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS uq_fulfilments_tracking_number")  # an earlier form of 0029 made it
    op.add_column(
        "fulfilments",
        sa.Column("shares_number", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    # numbers that were written down twice stay as they are: nobody but their office knows the right ones
    op.execute(
        """
        UPDATE fulfilments SET shares_number = true FROM (
            SELECT id, row_number() OVER (
                PARTITION BY shipped_courier, replace(tracking_number, '-', '') ORDER BY shipped_at, id
            ) AS place
            FROM fulfilments WHERE tracking_number <> ''
        ) AS counted
        WHERE counted.id = fulfilments.id AND counted.place > 1
        """
    )
    op.create_index("ix_fulfilments_tracking_number", "fulfilments", [_BARE, "shipped_courier"])
    op.create_index(
        "uq_fulfilments_tracking_number",
        "fulfilments",
        [_BARE, "shipped_courier"],
        unique=True,
        postgresql_where="NOT shares_number AND tracking_number <> ''",
    )
    op.create_index(
        "ix_fulfilments_carrier",
        "fulfilments",
        ["upt_id", sa.text("coalesce(shipped_courier, courier)"), "id"],
    )
    op.create_index("ix_enquiries_new", "enquiries", ["id"], postgresql_where="state = 'new'")


def downgrade() -> None:
    op.drop_index("ix_enquiries_new", table_name="enquiries")
    for name in (
        "ix_fulfilments_carrier",
        "uq_fulfilments_tracking_number",
        "ix_fulfilments_tracking_number",
    ):
        op.drop_index(name, table_name="fulfilments")
    op.drop_column("fulfilments", "shares_number")
