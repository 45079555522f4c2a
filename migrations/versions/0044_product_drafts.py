"""Drafts of products, what a piece costs its maker, and products that were never published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_COSTS = ("cost_material", "cost_work", "cost_packaging")
_SEEN = (
    "EXISTS (SELECT FROM makers m WHERE m.product_id = product_drafts.product_id"
    " AND m.upt_id = ANY ((SELECT reached_upts())::bigint[]))"
)
_STATES = "state IN ('draft', 'proposed', 'returned', 'archived')"


def upgrade() -> None:
    op.add_column(
        "products",
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
    )
    op.create_check_constraint(
        op.f("ck_products_published"), "products", "is_withdrawn OR published_at IS NOT NULL"
    )
    for column in _COSTS:
        op.add_column("variants", sa.Column(column, sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_variants_costs"), "variants", " AND ".join(f"{column} >= 0" for column in _COSTS)
    )
    op.create_table(
        "product_drafts",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("refusal", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_product_drafts_state")),
        sa.CheckConstraint("(state = 'returned') = (refusal <> '')", name=op.f("ck_product_drafts_refusal")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_drafts_product_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_product_drafts_upt_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_drafts")),
    )
    op.create_index(op.f("ix_product_drafts_upt_id"), "product_drafts", ["upt_id"])
    op.create_index("ix_product_drafts_state", "product_drafts", ["state", "product_id"])
    op.execute("ALTER TABLE product_drafts ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY staff_reach ON product_drafts FOR SELECT TO lapak_staff"
        f" USING ((SELECT reaches_all()) OR {_SEEN})"
    )


def downgrade() -> None:
    op.drop_table("product_drafts")
    op.drop_constraint(op.f("ck_variants_costs"), "variants", type_="check")
    for column in reversed(_COSTS):
        op.drop_column("variants", column)
    op.drop_constraint(op.f("ck_products_published"), "products", type_="check")
    op.drop_column("products", "published_at")
