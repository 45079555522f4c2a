"""What buyers have written on items, and by whom an order counts towards limits a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LINE = ["cart_id", "variant_id", "upt_id"]

# As orders.rules.limits folds them, but for the dots of one mail provider: orders so far have no limited goods.
_FOLD = """
UPDATE orders SET
    buyer_email = regexp_replace(lower(email), '[+][^@]*@', '@'),
    buyer_phone = regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^(00620|0062|620|62|0)', '62')
"""

# Lines that differ in their text alone become one: the first stays.
_JOIN_LINES = """
DELETE FROM cart_lines twin USING cart_lines line
WHERE twin.cart_id = line.cart_id AND twin.variant_id = line.variant_id
  AND twin.upt_id IS NOT DISTINCT FROM line.upt_id AND twin.id > line.id
"""


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def upgrade() -> None:
    op.add_column("cart_lines", _text("own_text"))
    op.drop_constraint(op.f("uq_cart_lines_cart_id_variant_id_upt_id"), "cart_lines", type_="unique")
    op.create_unique_constraint(
        op.f("uq_cart_lines_cart_id_variant_id_upt_id_own_text"),
        "cart_lines",
        [*_LINE, "own_text"],
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("order_lines", _text("own_text"))
    for column in ("buyer_email", "buyer_phone"):
        op.add_column("orders", _text(column))
    op.execute(_FOLD)
    for column in ("buyer_email", "buyer_phone"):
        op.create_index(f"ix_orders_{column}", "orders", [column, "placed_at"])


def downgrade() -> None:
    for column in ("buyer_phone", "buyer_email"):
        op.drop_index(f"ix_orders_{column}", table_name="orders")
        op.drop_column("orders", column)
    op.drop_column("order_lines", "own_text")
    op.drop_constraint(op.f("uq_cart_lines_cart_id_variant_id_upt_id_own_text"), "cart_lines", type_="unique")
    op.execute(_JOIN_LINES)
    op.create_unique_constraint(
        op.f("uq_cart_lines_cart_id_variant_id_upt_id"),
        "cart_lines",
        _LINE,
        postgresql_nulls_not_distinct=True,
    )
    op.drop_column("cart_lines", "own_text")
