"""What is sold at a place beside a UPT's store, each form once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place_sales",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_user_id", sa.BigInteger()),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], name=op.f("fk_place_sales_actor_user_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_place_sales_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_sales")),
        sa.UniqueConstraint("key", name=op.f("uq_place_sales_key")),
    )
    op.create_index(op.f("ix_place_sales_location_id"), "place_sales", ["location_id"])
    op.execute("ALTER TABLE place_sales ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY staff_reach ON place_sales FOR SELECT TO lapak_staff"
        " USING ((SELECT reaches_all()) OR EXISTS (SELECT FROM locations l WHERE l.id = location_id))"
    )


def downgrade() -> None:
    op.drop_table("place_sales")
