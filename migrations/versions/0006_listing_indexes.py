"""A category's listing in each order, and nothing kept for trigrams: typos are met by the vocabulary."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TRIGRAMS = {"words": "gin_trgm_ops", "joined": "gin_trgm_ops"}


def upgrade() -> None:
    for name, keys in (
        ("name", ["name"]),
        ("cheapest", [sa.text("coalesce(price_from, 10000000000000)")]),
        ("dearest", [sa.text("coalesce(price_from, 0)")]),
    ):
        op.create_index(
            f"ix_catalogue_entries_category_{name}", "catalogue_entries", ["category_id", *keys, "product_id"]
        )
    op.drop_index("ix_catalogue_entries_words", "catalogue_entries")
    op.drop_index("ix_catalogue_entries_joined", "catalogue_entries")
    op.drop_column("catalogue_entries", "joined")


def downgrade() -> None:
    op.add_column("catalogue_entries", sa.Column("joined", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE catalogue_entries SET joined = replace(words, ' ', '')")
    op.alter_column("catalogue_entries", "joined", server_default=None)
    for column, operators in _TRIGRAMS.items():
        op.create_index(
            f"ix_catalogue_entries_{column}",
            "catalogue_entries",
            [column],
            postgresql_using="gin",
            postgresql_ops={column: operators},
        )
    for name in ("dearest", "cheapest", "name"):
        op.drop_index(f"ix_catalogue_entries_category_{name}", "catalogue_entries")
