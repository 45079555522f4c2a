"""Which permits goods of a category need before they may be sold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "permit_rules",
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "cardinality(kinds) > 0 AND kinds <@ ARRAY['PIRT', 'BPOM_MD', 'HALAL', 'SNI', 'other']::text[]",
            name=op.f("ck_permit_rules_kinds"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_permit_rules_category_id_categories")
        ),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_permit_rules")),
    )


def downgrade() -> None:
    op.drop_table("permit_rules")
