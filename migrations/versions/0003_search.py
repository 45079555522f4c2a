"""What listing and search lean on: prices in order, names as documents, the vocabulary."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_catalogue_entries_price", "catalogue_entries")
    op.create_index(
        "ix_catalogue_entries_cheapest",
        "catalogue_entries",
        [sa.text("coalesce(price_from, 10000000000000)"), "product_id"],
    )
    op.create_index(
        "ix_catalogue_entries_dearest",
        "catalogue_entries",
        [sa.text("coalesce(price_from, 0)"), "product_id"],
    )
    op.create_index(
        "ix_catalogue_entries_name_document",
        "catalogue_entries",
        [sa.text("to_tsvector('simple'::regconfig, name)")],
        postgresql_using="gin",
    )
    op.create_table(
        "catalogue_terms",
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("term", "words", name=op.f("pk_catalogue_terms")),
    )
    op.create_index(
        "ix_catalogue_terms_beginning", "catalogue_terms", [sa.text("left(term, 1)"), sa.text("length(term)")]
    )
    op.create_index(
        "ix_catalogue_terms_end", "catalogue_terms", [sa.text("right(term, 2)"), sa.text("length(term)")]
    )


def downgrade() -> None:
    op.drop_table("catalogue_terms")
    op.drop_index("ix_catalogue_entries_name_document", "catalogue_entries")
    op.drop_index("ix_catalogue_entries_dearest", "catalogue_entries")
    op.drop_index("ix_catalogue_entries_cheapest", "catalogue_entries")
    op.create_index("ix_catalogue_entries_price", "catalogue_entries", ["price_from", "product_id"])
