"""Copies of people's data, what the law keeps of who was forgotten, and a history that can lose a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Arguments of the trigger are a column and what it may become when a person is forgotten; nothing else changes.
REFUSE = """
CREATE FUNCTION refuse_all_but_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) ->> TG_ARGV[0] IN (to_jsonb(OLD) ->> TG_ARGV[0], TG_ARGV[1])
       AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
FORGETTABLE = {"order_events": ("actor_label", "customer"), "enquiry_messages": ("body", "–")}


def upgrade() -> None:
    op.create_table(
        "data_exports",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(ready_at IS NULL) = (expires_at IS NULL) AND (ready_at IS NULL) = (size IS NULL)",
            name=op.f("ck_data_exports_ready"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_data_exports_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exports")),
        sa.UniqueConstraint("key", name=op.f("uq_data_exports_key")),
    )
    op.create_index("ix_data_exports_user_id", "data_exports", ["user_id"])
    op.create_index(
        "uq_data_exports_one_under_way",
        "data_exports",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("ready_at IS NULL"),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'order')", name=op.f("ck_legal_holds_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(op.f("ix_legal_holds_keep_until"), "legal_holds", ["keep_until"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.execute(REFUSE)
    for table, (column, value) in FORGETTABLE.items():
        _guard(table, f"refuse_all_but_forgetting('{column}', '{value}')")


def downgrade() -> None:
    for table in FORGETTABLE:
        _guard(table, "refuse_change()")
    op.execute("DROP FUNCTION refuse_all_but_forgetting()")
    for table in ("erasures", "legal_holds", "data_exports"):
        op.drop_table(table)


def _guard(table: str, function: str) -> None:
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}"
    )
