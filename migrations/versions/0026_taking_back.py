"""A link that takes an account back which was moved to another address."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TABLE, _NAME = "account_links", "ck_account_links_purpose"


def upgrade() -> None:
    op.drop_constraint(op.f(_NAME), _TABLE, type_="check")
    op.create_check_constraint(
        op.f(_NAME), _TABLE, "purpose IN ('register', 'reset', 'change_email', 'take_back')"
    )
    # the key is no longer a field of this event, and its default was null: an older version does without
    op.execute(
        "UPDATE outbox_events e SET payload = payload - 'link_id'"
        " WHERE name = 'AccountChanged' AND (dispatched_at IS NULL OR EXISTS"
        " (SELECT FROM outbox_deliveries d WHERE d.event_id = e.id AND d.state <> 'done'))"
    )


def downgrade() -> None:
    op.execute("DELETE FROM account_links WHERE purpose = 'take_back'")
    op.drop_constraint(op.f(_NAME), _TABLE, type_="check")
    op.create_check_constraint(op.f(_NAME), _TABLE, "purpose IN ('register', 'reset', 'change_email')")
