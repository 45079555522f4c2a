"""Production batches and which line of the ledger took which of their pieces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.UUID(), nullable=False),
        sa.Column("stock_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("reworked", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("hours", sa.BigInteger(), nullable=True),
        sa.Column("actor_user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_batches_code")),
        sa.CheckConstraint("passed >= 0 AND reworked >= 0 AND failed >= 0", name=op.f("ck_batches_counts")),
        sa.CheckConstraint("passed + reworked + failed > 0", name=op.f("ck_batches_has_pieces")),
        sa.CheckConstraint(
            "0 <= remaining AND remaining <= passed + reworked", name=op.f("ck_batches_remaining")
        ),
        sa.CheckConstraint("made_on <= expires_on", name=op.f("ck_batches_dates")),
        sa.CheckConstraint("people > 0 AND hours > 0", name=op.f("ck_batches_work")),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], name=op.f("fk_batches_actor_user_id")),
        sa.ForeignKeyConstraint(["stock_id"], ["stocks.id"], name=op.f("fk_batches_stock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("key", name=op.f("uq_batches_key")),
        sa.UniqueConstraint("stock_id", "code", name=op.f("uq_batches_stock_id_code")),
    )
    op.create_index(
        "ix_batches_on_the_shelf", "batches", ["stock_id"], postgresql_where=sa.text("remaining > 0")
    )
    op.create_index("ix_batches_ending", "batches", ["expires_on"], postgresql_where=sa.text("remaining > 0"))
    op.create_table(
        "batch_moves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("ledger_entry_id", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("delta <> 0", name=op.f("ck_batch_moves_delta_moves_something")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_moves_batch_id")),
        sa.ForeignKeyConstraint(
            ["ledger_entry_id"], ["ledger_entries.id"], name=op.f("fk_batch_moves_ledger_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_moves")),
        sa.UniqueConstraint(
            "batch_id", "ledger_entry_id", name=op.f("uq_batch_moves_batch_id_ledger_entry_id")
        ),
    )
    op.create_index(op.f("ix_batch_moves_ledger_entry_id"), "batch_moves", ["ledger_entry_id"])
    op.execute(
        "CREATE TRIGGER batch_moves_append_only BEFORE UPDATE OR DELETE ON batch_moves"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("batch_moves")
    op.drop_table("batches")
