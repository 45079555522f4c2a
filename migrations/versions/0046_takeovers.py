"""One UPT asks another to send pieces of a parcel in its place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_BEFORE = ("new", "accepted", "packed", "ready", "shipped", "delivered", "returned", "lost", "cancelled")
_REFUSE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM takeovers WHERE state = 'accepted') THEN
        RAISE EXCEPTION 'parcels were taken over: their papers and pieces have no place before this revision';
    END IF;
END $$
"""
_CREDIT_NOTE = "(kind = 'credit_note') = (corrects_id IS NOT NULL)"


def upgrade() -> None:
    op.create_table(
        "takeovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("key", sa.UUID(), nullable=False),
        sa.Column("fulfilment_id", sa.BigInteger(), sa.ForeignKey("fulfilments.id"), nullable=False),
        sa.Column("to_upt_id", sa.BigInteger(), sa.ForeignKey("upts.id"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pieces", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), sa.ForeignKey("users.id")),
        sa.Column("asked_label", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), sa.ForeignKey("users.id")),
        sa.Column("decided_label", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("taken_by_id", sa.BigInteger(), sa.ForeignKey("fulfilments.id")),
        sa.Column("with_shipping", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.UniqueConstraint("key", name=op.f("uq_takeovers_key")),
        sa.UniqueConstraint("taken_by_id", name=op.f("uq_takeovers_taken_by_id")),
        sa.CheckConstraint(
            "state IN ('asked', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_takeovers_state")
        ),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_label IS NULL)",
            name=op.f("ck_takeovers_decided"),
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (taken_by_id IS NOT NULL)", name=op.f("ck_takeovers_taken_by")
        ),
    )
    op.create_index("ix_takeovers_fulfilment_id", "takeovers", ["fulfilment_id"])
    op.create_index("ix_takeovers_to_upt_id", "takeovers", ["to_upt_id"])
    asked = {"postgresql_where": "state = 'asked'"}
    op.create_index("uq_takeovers_one_open_per_parcel", "takeovers", ["fulfilment_id"], unique=True, **asked)
    op.create_index("ix_takeovers_asked", "takeovers", ["to_upt_id", "id"], **asked)
    # as in 0039: each side sees its requests
    op.execute("ALTER TABLE takeovers ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY staff_reach ON takeovers FOR SELECT TO lapak_staff"
        " USING ((SELECT reaches_all()) OR to_upt_id = ANY ((SELECT reached_upts())::bigint[])"
        " OR EXISTS (SELECT FROM fulfilments f WHERE f.id = fulfilment_id))"
    )
    taken_over = sa.Column("taken_over", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    op.add_column("fulfilment_lines", taken_over)
    _replace("fulfilments", "state", f"state IN ({', '.join(map(repr, (*_BEFORE, 'taken_over')))})")
    _replace(
        "fulfilment_lines", "counts", "quantity > 0 AND shipped >= 0 AND cancelled >= 0 AND taken_over >= 0"
    )
    _replace("fulfilment_lines", "not_more_than_ordered", "shipped + cancelled + taken_over <= quantity")
    op.add_column("invoices", sa.Column("takeover_id", sa.BigInteger(), sa.ForeignKey("takeovers.id")))
    op.create_unique_constraint(op.f("uq_invoices_takeover_id"), "invoices", ["takeover_id"])
    one_cause = "num_nonnulls(refund_id, takeover_id) = CASE kind WHEN 'credit_note' THEN 1 ELSE 0 END"
    _replace("invoices", "credit_note_corrects", f"{_CREDIT_NOTE} AND {one_cause}")


def downgrade() -> None:
    """Only while nothing was taken over: papers are never written anew."""
    op.execute(_REFUSE)
    _replace(
        "invoices",
        "credit_note_corrects",
        f"{_CREDIT_NOTE} AND (kind = 'credit_note') = (refund_id IS NOT NULL)",
    )
    op.drop_constraint(op.f("uq_invoices_takeover_id"), "invoices", type_="unique")
    op.drop_column("invoices", "takeover_id")
    _replace("fulfilment_lines", "not_more_than_ordered", "shipped + cancelled <= quantity")
    _replace("fulfilment_lines", "counts", "quantity > 0 AND shipped >= 0 AND cancelled >= 0")
    _replace("fulfilments", "state", f"state IN ({', '.join(map(repr, _BEFORE))})")
    op.drop_column("fulfilment_lines", "taken_over")
    op.drop_table("takeovers")


def _replace(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
