"""Places of a UPT beside its store, and transfers between shelves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_BEFORE = "'received', 'issued', 'adjusted', 'returned'"
_REACHED = "ANY ((SELECT reached_upts())::bigint[])"
_SEEN = {
    "locations": f"upt_id = {_REACHED}",
    "location_stocks": "EXISTS (SELECT FROM locations l WHERE l.id = location_id)",
    "transfers": f"from_upt_id = {_REACHED} OR (to_upt_id = {_REACHED} AND sent_at IS NOT NULL)",
    "transfer_lines": "EXISTS (SELECT FROM transfers t WHERE t.id = transfer_id)",
}


def upgrade() -> None:
    _set_kinds(f"{_BEFORE}, 'moved'")
    op.create_table(
        "locations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "kind IN ('gallery', 'fair', 'lounge', 'koperasi', 'other')", name=op.f("ck_locations_kind")
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_locations_name")),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_locations_upt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("key", name=op.f("uq_locations_key")),
    )
    op.create_index(
        "ix_locations_open",
        "locations",
        ["upt_id", "name"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "location_stocks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("stock_id", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_location_stocks_on_hand")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_location_stocks_location_id")
        ),
        sa.ForeignKeyConstraint(["stock_id"], ["stocks.id"], name=op.f("fk_location_stocks_stock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_stocks")),
        sa.UniqueConstraint("location_id", "stock_id", name=op.f("uq_location_stocks_location_id_stock_id")),
    )
    op.create_index(op.f("ix_location_stocks_stock_id"), "location_stocks", ["stock_id"])
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("from_upt_id", sa.BigInteger(), nullable=False),
        sa.Column("from_location_id", sa.BigInteger()),
        sa.Column("to_upt_id", sa.BigInteger(), nullable=False),
        sa.Column("to_location_id", sa.BigInteger()),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("explanation", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor_user_id", sa.BigInteger()),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_label", sa.Text()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("received_label", sa.Text()),
        sa.Column("received_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "(received_at IS NULL) = (state <> 'received')", name=op.f("ck_transfers_received")
        ),
        sa.CheckConstraint(
            "(sent_at IS NULL) = (state IN ('draft', 'called_off'))", name=op.f("ck_transfers_sent")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'received', 'called_off')", name=op.f("ck_transfers_state")
        ),
        sa.CheckConstraint(
            "from_upt_id <> to_upt_id OR from_location_id IS DISTINCT FROM to_location_id",
            name=op.f("ck_transfers_goes_elsewhere"),
        ),
        sa.CheckConstraint("length(explanation) <= 300", name=op.f("ck_transfers_explanation")),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], name=op.f("fk_transfers_actor_user_id")),
        sa.ForeignKeyConstraint(
            ["from_location_id"], ["locations.id"], name=op.f("fk_transfers_from_location_id")
        ),
        sa.ForeignKeyConstraint(["from_upt_id"], ["upts.id"], name=op.f("fk_transfers_from_upt_id")),
        sa.ForeignKeyConstraint(
            ["to_location_id"], ["locations.id"], name=op.f("fk_transfers_to_location_id")
        ),
        sa.ForeignKeyConstraint(["to_upt_id"], ["upts.id"], name=op.f("fk_transfers_to_upt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("key", name=op.f("uq_transfers_key")),
    )
    op.create_index(op.f("ix_transfers_from_upt_id"), "transfers", ["from_upt_id"])
    op.create_index(
        "ix_transfers_on_the_way", "transfers", ["to_upt_id"], postgresql_where=sa.text("state = 'sent'")
    )
    op.create_index(op.f("ix_transfers_to_upt_id"), "transfers", ["to_upt_id"])
    op.create_table(
        "transfer_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger()),
        sa.CheckConstraint(
            "pieces > 0 AND received BETWEEN 0 AND pieces", name=op.f("ck_transfer_lines_pieces")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_lines_transfer_id")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_transfer_lines_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_lines")),
        sa.UniqueConstraint(
            "transfer_id", "variant_id", name=op.f("uq_transfer_lines_transfer_id_variant_id")
        ),
    )
    op.add_column("ledger_entries", sa.Column("location_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_ledger_entries_location_id"), "ledger_entries", "locations", ["location_id"], ["id"]
    )
    for table, condition in _SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY staff_reach ON {table} FOR SELECT TO lapak_staff"
            f" USING ((SELECT reaches_all()) OR {condition})"
        )


def downgrade() -> None:
    op.execute("DELETE FROM ledger_entries WHERE location_id IS NOT NULL")
    op.execute("UPDATE ledger_entries SET kind = 'adjusted' WHERE kind = 'moved'")
    op.drop_column("ledger_entries", "location_id")
    for table in reversed(_SEEN):
        op.drop_table(table)
    _set_kinds(_BEFORE)


def _set_kinds(kinds: str) -> None:
    name = op.f("ck_ledger_entries_kind")
    op.drop_constraint(name, "ledger_entries", type_="check")
    op.create_check_constraint(name, "ledger_entries", f"kind IN ({kinds})")
