"""What the database itself refuses: changing the ledger, the audit log or its chain of hashes."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

# The text that is hashed: every column but the two hashes, in an order that never changes.
CONTENT = """
CREATE FUNCTION audit_content(entry audit_entries) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_to(
        (to_jsonb(entry) - 'hash' - 'previous_hash' - 'at')::text
        || to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        'UTF8')
$$
"""

CHAIN = """
CREATE FUNCTION chain_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT hash INTO STRICT NEW.previous_hash FROM audit_head FOR UPDATE;
    -- the number is drawn under the lock, so the chain runs in the order of the ids
    NEW.id := nextval(pg_get_serial_sequence('audit_entries', 'id'));
    NEW.hash := sha256(NEW.previous_hash || audit_content(NEW));
    UPDATE audit_head SET hash = NEW.hash;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.execute(REFUSE)
    for table in ("ledger_entries", "audit_entries", "order_events"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(CONTENT)
    op.execute(CHAIN)
    op.execute(
        "CREATE TRIGGER audit_entries_chain BEFORE INSERT ON audit_entries"
        " FOR EACH ROW EXECUTE FUNCTION chain_audit_entry()"
    )
    op.execute("INSERT INTO audit_head (id, hash) VALUES (true, sha256('lapak'))")


def downgrade() -> None:
    op.execute("DELETE FROM audit_head")
    op.execute("DROP TRIGGER audit_entries_chain ON audit_entries")
    op.execute("DROP FUNCTION chain_audit_entry()")
    op.execute("DROP FUNCTION audit_content(audit_entries)")
    for table in ("order_events", "audit_entries", "ledger_entries"):
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
