"""Who stands in for a UPT, and until when; and messages to a UPT beside what officers leave behind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_sessions", sa.Column("acts_for_upt_id", sa.BigInteger()))
    op.add_column("user_sessions", sa.Column("acts_until", sa.DateTime(timezone=True)))
    name = op.f("fk_user_sessions_acts_for_upt_id")
    op.create_foreign_key(name, "user_sessions", "upts", ["acts_for_upt_id"], ["id"], ondelete="SET NULL")
    op.create_check_constraint(
        op.f("ck_user_sessions_acts_for_a_while"),
        "user_sessions",
        "acts_for_upt_id IS NULL OR acts_until IS NOT NULL",
    )
    op.add_column("handovers", sa.Column("kind", sa.Text(), server_default="handover", nullable=False))
    op.create_check_constraint(op.f("ck_handovers_kind"), "handovers", "kind IN ('handover', 'message')")


def downgrade() -> None:
    op.execute("DELETE FROM handovers WHERE kind = 'message'")
    op.drop_constraint(op.f("ck_handovers_kind"), "handovers", type_="check")
    op.drop_column("handovers", "kind")
    op.drop_constraint(op.f("ck_user_sessions_acts_for_a_while"), "user_sessions", type_="check")
    op.drop_constraint(op.f("fk_user_sessions_acts_for_upt_id"), "user_sessions", type_="foreignkey")
    op.drop_column("user_sessions", "acts_until")
    op.drop_column("user_sessions", "acts_for_upt_id")
