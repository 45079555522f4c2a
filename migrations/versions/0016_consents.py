"""Consents that nobody can alter, notice choices, news, and mails that belong to a list or leave no trace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The hashed address may be emptied when its person is forgotten; nothing else ever changes.
REFUSE = """
CREATE FUNCTION refuse_change_of_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.ip_hash = '' AND to_jsonb(NEW) - 'ip_hash' = to_jsonb(OLD) - 'ip_hash' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'consents is append-only' USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ip_hash", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('news')", name=op.f("ck_consents_purpose")),
        sa.CheckConstraint("locale IN ('id', 'en')", name=op.f("ck_consents_locale")),
        sa.CheckConstraint(
            "channel IN ('account_page', 'mail_link', 'one_click', 'account_closed')",
            name=op.f("ck_consents_channel"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_newest", "consents", ["user_id", "purpose", "id"])
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER consents_append_only BEFORE UPDATE OR DELETE ON consents"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_consent()"
    )
    op.create_table(
        "notice_choices",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('order', 'back_in_stock')", name=op.f("ck_notice_choices_kind")),
        sa.CheckConstraint("channel IN ('mail')", name=op.f("ck_notice_choices_channel")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_choices_user_id")),
        sa.PrimaryKeyConstraint("user_id", "kind", "channel", name=op.f("pk_notice_choices")),
    )
    op.create_table(
        "notice_keys",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_keys_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_keys")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_keys_key")),
    )
    op.create_table(
        "news",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject_en", sa.Text(), nullable=False),
        sa.Column("body_id", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("link_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
        sa.UniqueConstraint("digest", name=op.f("uq_news_digest")),
    )
    for name in ("topic", "subscriber"):
        op.add_column("mails", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "mails",
        sa.Column("leaves_no_trace", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.drop_constraint(op.f("ck_mails_state"), "mails", type_="check")
    op.create_check_constraint(
        op.f("ck_mails_state"), "mails", "state IN ('queued', 'sent', 'dead', 'dropped')"
    )
    op.create_check_constraint(
        op.f("ck_mails_a_list_has_a_reader"), "mails", "(topic = '') = (subscriber = '')"
    )
    op.create_index(
        "ix_mails_subscriber", "mails", ["subscriber"], postgresql_where=sa.text("subscriber <> ''")
    )


def downgrade() -> None:
    op.drop_index("ix_mails_subscriber", "mails")
    op.drop_constraint(op.f("ck_mails_a_list_has_a_reader"), "mails", type_="check")
    op.execute("DELETE FROM mails WHERE state = 'dropped'")
    op.drop_constraint(op.f("ck_mails_state"), "mails", type_="check")
    op.create_check_constraint(op.f("ck_mails_state"), "mails", "state IN ('queued', 'sent', 'dead')")
    for name in ("leaves_no_trace", "subscriber", "topic"):
        op.drop_column("mails", name)
    for table in ("news", "notice_keys", "notice_choices"):
        op.drop_table(table)
    op.execute("DROP TRIGGER consents_append_only ON consents")
    op.execute("DROP FUNCTION refuse_change_of_consent()")
    op.drop_table("consents")
