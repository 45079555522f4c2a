"""Problems that customers report about a parcel, what was said about them, and their photographs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "problems",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_problems_closed_has_a_time")
        ),
        sa.CheckConstraint(
            "reason IN ('damaged', 'spoiled', 'wrong_goods', 'missing_pieces', 'not_as_described', 'not_arrived')",
            name=op.f("ck_problems_reason"),
        ),
        sa.CheckConstraint("state IN ('open', 'answered', 'closed')", name=op.f("ck_problems_state")),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"], ["fulfilments.id"], name=op.f("fk_problems_fulfilment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problems")),
        sa.UniqueConstraint("number", name=op.f("uq_problems_number")),
    )
    op.create_index(
        "ix_problems_due",
        "problems",
        ["answer_due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_problems_fulfilment_id"), "problems", ["fulfilment_id"], unique=False)
    op.create_index(
        "uq_problems_one_open_per_fulfilment",
        "problems",
        ["fulfilment_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "problem_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("problem_id", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("actor_user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reported') = (sender = 'customer')", name=op.f("ck_problem_entries_sender_of_kind")
        ),
        sa.CheckConstraint(
            "kind IN ('reported', 'answered', 'refunded', 'closed')", name=op.f("ck_problem_entries_kind")
        ),
        sa.CheckConstraint("sender IN ('customer', 'staff')", name=op.f("ck_problem_entries_sender")),
        sa.ForeignKeyConstraint(
            ["actor_user_id"], ["users.id"], name=op.f("fk_problem_entries_actor_user_id")
        ),
        sa.ForeignKeyConstraint(["problem_id"], ["problems.id"], name=op.f("fk_problem_entries_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_entries")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_problem_entries_idempotency_key")),
    )
    op.create_index("ix_problem_entries_problem_id", "problem_entries", ["problem_id", "id"], unique=False)
    op.create_table(
        "problem_pictures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.UUID(), nullable=False),
        sa.Column("problem_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 3", name=op.f("ck_problem_pictures_position")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_problem_pictures_size")),
        sa.ForeignKeyConstraint(["problem_id"], ["problems.id"], name=op.f("fk_problem_pictures_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_pictures")),
        sa.UniqueConstraint("file_key", name=op.f("uq_problem_pictures_file_key")),
        sa.UniqueConstraint("key", name=op.f("uq_problem_pictures_key")),
        sa.UniqueConstraint("problem_id", "position", name=op.f("uq_problem_pictures_problem_id_position")),
    )


def downgrade() -> None:
    op.drop_table("problem_pictures")
    op.drop_index("ix_problem_entries_problem_id", table_name="problem_entries")
    op.drop_table("problem_entries")
    op.drop_index(
        "uq_problems_one_open_per_fulfilment",
        table_name="problems",
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.drop_index(op.f("ix_problems_fulfilment_id"), table_name="problems")
    op.drop_index("ix_problems_due", table_name="problems", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("problems")
