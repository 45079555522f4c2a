"""An entry of the audit log says of which UPTs its actor was then; older entries stay as they were sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

CONTENT = """
CREATE OR REPLACE FUNCTION audit_content(entry audit_entries) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_to(
        (to_jsonb(entry) - 'hash' - 'previous_hash' - 'at' {left_out})::text
        || to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        'UTF8')
$$
"""

# What was sealed before there was the column has none: an entry is as old as it was, and none can become so.
LEFT_OUT = "- CASE WHEN entry.actor_upts IS NULL THEN 'actor_upts' ELSE '' END"


def upgrade() -> None:
    op.add_column("audit_entries", sa.Column("actor_upts", postgresql.ARRAY(sa.BigInteger())))
    op.execute(CONTENT.format(left_out=LEFT_OUT))


def downgrade() -> None:
    """Entries sealed with the column no longer fit their hashes without it."""
    op.execute(CONTENT.format(left_out=""))
    op.drop_column("audit_entries", "actor_upts")
