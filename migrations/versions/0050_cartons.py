"""Boxes of a parcel besides its first, each with its pieces and its own tracking number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_BARE_NUMBER = sa.text("replace(tracking_number, '-', '')")
_NAMED = """
CREATE OR REPLACE FUNCTION parcels_named(part text, bare_number text, upt_ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER ROWS 20 SET search_path = public, pg_temp AS $$
    SELECT id FROM fulfilments
    WHERE (upt_ids IS NULL OR upt_id = ANY (upt_ids))
      AND (number ILIKE part ESCAPE '/'
           OR (replace(tracking_number, '-', '') = bare_number AND tracking_number <> ''))
    UNION ALL
    SELECT f.id FROM fulfilments f JOIN orders o ON o.id = f.order_id
    WHERE (upt_ids IS NULL OR f.upt_id = ANY (upt_ids)) AND o.name ILIKE part ESCAPE '/'
    {more}
$$
"""
_BY_CARTON = """UNION ALL
    SELECT f.id FROM fulfilments f JOIN cartons c ON c.fulfilment_id = f.id
    WHERE (upt_ids IS NULL OR f.upt_id = ANY (upt_ids))
      AND replace(c.tracking_number, '-', '') = bare_number AND c.tracking_number <> ''"""
_REFUSE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM cartons WHERE shipped_at IS NOT NULL) THEN
        RAISE EXCEPTION 'cartons have left: their tracking numbers have no place before this revision';
    END IF;
END $$
"""
_SEEN = {
    "cartons": "EXISTS (SELECT FROM fulfilments f WHERE f.id = fulfilment_id)",
    "carton_lines": "EXISTS (SELECT FROM cartons c WHERE c.id = carton_id)",
}


def upgrade() -> None:
    op.create_table(
        "cartons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("fulfilment_id", sa.BigInteger(), sa.ForeignKey("fulfilments.id"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("shipped_courier", sa.Text()),
        sa.Column("tracking_number", sa.Text()),
        sa.Column("shipped_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("fulfilment_id", "position", name=op.f("uq_cartons_fulfilment_id_position")),
        sa.CheckConstraint("position > 1", name=op.f("ck_cartons_position")),
        sa.CheckConstraint(
            "num_nonnulls(shipped_courier, tracking_number, shipped_at) IN (0, 3)",
            name=op.f("ck_cartons_shipped"),
        ),
    )
    op.create_index(
        "uq_cartons_tracking_number",
        "cartons",
        [_BARE_NUMBER, "shipped_courier"],
        unique=True,
        postgresql_where="tracking_number <> ''",
    )
    op.create_table(
        "carton_lines",
        sa.Column(
            "carton_id", sa.BigInteger(), sa.ForeignKey("cartons.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "fulfilment_line_id", sa.BigInteger(), sa.ForeignKey("fulfilment_lines.id"), nullable=False
        ),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("carton_id", "fulfilment_line_id", name=op.f("pk_carton_lines")),
        sa.CheckConstraint("pieces > 0", name=op.f("ck_carton_lines_pieces")),
    )
    op.create_index("ix_carton_lines_fulfilment_line_id", "carton_lines", ["fulfilment_line_id"])
    for table, condition in _SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY staff_reach ON {table} FOR SELECT TO lapak_staff"
            f" USING ((SELECT reaches_all()) OR {condition})"
        )
    op.execute(_NAMED.format(more=_BY_CARTON))


def downgrade() -> None:
    """Only while no carton besides a first has left: the courier has it under a number of its own."""
    op.execute(_REFUSE)
    op.execute(_NAMED.format(more=""))
    op.drop_table("carton_lines")
    op.drop_table("cartons")
