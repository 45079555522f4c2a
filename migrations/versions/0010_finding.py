"""Who makes to order is found quickly; stems of both languages, and categories, are met by search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# B of the documents anew, as the catalogue's refresh writes it; the words marked with 0 have no stem.
_UNSTEMMED = (
    r"\m(durian|keladi|kelapa|kemasan|kemeja|kemiri|kenari|kepiting|keranjang|ketapang|pepaya|perempuan)\M"
)
_NEW = rf"""
    setweight(to_tsvector('indonesian', regexp_replace(
        lower(unaccent(concat_ws(' . ', p.name, c.name_id, p.description_id))),
        '{_UNSTEMMED}', '\10', 'g')), 'B')
    || setweight(to_tsvector('english', unaccent(concat_ws(' . ', c.name_en, p.description_en))), 'B')
"""
_OLD = "setweight(to_tsvector('indonesian', unaccent(p.description_id)), 'B')"
_REWRITE = """
UPDATE catalogue_entries e SET document = ts_filter(e.document, '{{a,c,d}}') || {stems}
FROM products p JOIN categories c ON c.id = p.category_id
WHERE p.id = e.product_id
"""


def upgrade() -> None:
    op.create_index(
        "ix_makers_to_order",
        "makers",
        ["product_id"],
        postgresql_where=sa.text("monthly_capacity IS NOT NULL AND lead_days IS NOT NULL"),
    )
    op.execute(_REWRITE.format(stems=_NEW))


def downgrade() -> None:
    op.execute(_REWRITE.format(stems=_OLD))
    op.drop_index("ix_makers_to_order", "makers")
