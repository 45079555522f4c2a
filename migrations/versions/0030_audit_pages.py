"""What the pages of the audit log are found by: a UPT's entries in their order, and one by its hash."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_audit_entries_upt_id", table_name="audit_entries")
    op.create_index("ix_audit_entries_upt_id", "audit_entries", ["upt_id", "id"])
    op.create_index("ix_audit_entries_hash", "audit_entries", ["hash"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_audit_entries_hash", table_name="audit_entries")
    op.drop_index("ix_audit_entries_upt_id", table_name="audit_entries")
    op.create_index("ix_audit_entries_upt_id", "audit_entries", ["upt_id"])
