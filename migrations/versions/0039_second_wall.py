"""The second wall: what the pages of staff read as, and which rows that role sees."""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

# The server's own keeper may have to make the role: a role of ours cannot make one unless it was let.
ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lapak_staff') THEN
        CREATE ROLE lapak_staff NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'lapak_staff', 'SET') THEN
        GRANT lapak_staff TO CURRENT_USER WITH INHERIT FALSE;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;  -- another database of this server was migrated at the same moment
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role lapak_staff is not there, or not ours to take on'
            USING HINT = format('as a superuser: CREATE ROLE lapak_staff NOLOGIN;'
                                ' GRANT lapak_staff TO %I WITH INHERIT FALSE;', current_user);
END $$
"""

GRANTS = (
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO lapak_staff",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO lapak_staff",
)

# `lapak.upts` and `lapak.kanwils` say who asks: lists of ids, or * for the nation. Without them nobody does.
FUNCTIONS = """
CREATE FUNCTION reaches_all() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('lapak.upts', true), '') = '*'
$$;
CREATE FUNCTION reached_upts() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(id), '{}') FROM upts
    WHERE id = ANY (nullif(nullif(current_setting('lapak.upts', true), ''), '*')::bigint[])
       OR kanwil_id = ANY (nullif(current_setting('lapak.kanwils', true), '')::bigint[])
$$;
"""

OWN = "upt_id = ANY ((SELECT reached_upts())::bigint[])"
SHELF = "EXISTS (SELECT FROM stocks s WHERE s.id = stock_id)"
PARCEL = "EXISTS (SELECT FROM fulfilments f WHERE f.id = fulfilment_id)"
PARCEL_OF_ORDER = "EXISTS (SELECT FROM fulfilments f WHERE f.order_id = {}.order_id)"

# What hangs on another row is seen with it: the rows inside EXISTS pass the wall themselves.
SEEN = {
    "fulfilments": OWN,
    "stocks": OWN,
    "permits": OWN,
    "photographs": OWN,
    "reviews": OWN,
    "audit_entries": OWN,
    "handovers": f"{OWN} OR kanwil_id = ANY (nullif(current_setting('lapak.kanwils', true), '')::bigint[])",
    "orders": "EXISTS (SELECT FROM fulfilments f WHERE f.order_id = orders.id)",
    "order_lines": "EXISTS (SELECT FROM fulfilments f JOIN fulfilment_lines fl ON fl.fulfilment_id = f.id"
    " WHERE f.order_id = order_lines.order_id AND fl.order_line_id = order_lines.id)",
    "order_events": "CASE WHEN fulfilment_id IS NULL THEN EXISTS (SELECT FROM fulfilments f"
    " WHERE f.order_id = order_events.order_id) ELSE EXISTS (SELECT FROM fulfilments f"
    " WHERE f.id = order_events.fulfilment_id) END",
    "payments": PARCEL_OF_ORDER.format("payments"),
    "refunds": PARCEL_OF_ORDER.format("refunds"),
    "fulfilment_lines": PARCEL,
    "invoices": PARCEL,
    "refund_shares": PARCEL,
    "problems": PARCEL,
    "problem_entries": "EXISTS (SELECT FROM problems p WHERE p.id = problem_id)",
    "problem_pictures": "EXISTS (SELECT FROM problems p WHERE p.id = problem_id)",
    "review_pictures": "EXISTS (SELECT FROM reviews r WHERE r.id = review_id)",
    "ledger_entries": SHELF,
    "reservations": SHELF,
    "batches": SHELF,
    "stock_counts": OWN,
    "count_lines": "EXISTS (SELECT FROM stock_counts c WHERE c.id = count_id)",
    "batch_moves": "EXISTS (SELECT FROM batches b WHERE b.id = batch_id)",
    "photograph_files": "EXISTS (SELECT FROM photographs p WHERE p.id = photograph_id)",
    "enquiries": f"EXISTS (SELECT FROM enquiry_upts e WHERE e.enquiry_id = enquiries.id AND e.{OWN})",
    "enquiry_messages": "EXISTS (SELECT FROM enquiries e WHERE e.id = enquiry_id)",
    "bookings": f"EXISTS (SELECT FROM service_slots s WHERE s.id = slot_id AND s.{OWN})",
}

# What no page of staff is about: customers' own things, what only the law keeps, the worker's and the
# payment provider's papers.
CLOSED = (
    *("legal_holds", "erasures", "addresses", "carts", "cart_lines", "wishlist_items", "data_exports"),
    *("consents", "notice_choices", "notice_keys", "news", "restock_requests"),
    *("mails", "outbox_events", "outbox_deliveries", "provider_notices", "provider_cursors"),
)

# A part of a word is found by an index only before the wall is asked. The ids alone come through here, and
# whoever looks them up passes the wall.
PARCELS_NAMED = """
CREATE FUNCTION parcels_named(part text, bare_number text, upt_ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER ROWS 20 SET search_path = public, pg_temp AS $$
    SELECT id FROM fulfilments
    WHERE (upt_ids IS NULL OR upt_id = ANY (upt_ids))
      AND (number ILIKE part ESCAPE '/'
           OR (replace(tracking_number, '-', '') = bare_number AND tracking_number <> ''))
    UNION ALL
    SELECT f.id FROM fulfilments f JOIN orders o ON o.id = f.order_id
    WHERE (upt_ids IS NULL OR f.upt_id = ANY (upt_ids)) AND o.name ILIKE part ESCAPE '/'
$$
"""

# The same for who carries a parcel: the database trusts CASE behind a wall, but not coalesce.
CARRIER = "CREATE INDEX ix_fulfilments_carrier ON fulfilments (upt_id, ({}), id)"
CASE = "CASE WHEN shipped_courier IS NULL THEN courier ELSE shipped_courier END"


def upgrade() -> None:
    op.execute(ROLE)
    for grant in GRANTS:
        op.execute(grant)
    for table in CLOSED:
        op.execute(f"REVOKE SELECT ON {table} FROM lapak_staff")
    op.execute(FUNCTIONS)
    for table, condition in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY staff_reach ON {table} FOR SELECT TO lapak_staff"
            f" USING ((SELECT reaches_all()) OR {condition})"
        )
    op.execute(PARCELS_NAMED)
    op.execute("DROP INDEX ix_fulfilments_carrier")
    op.execute(CARRIER.format(CASE))


def downgrade() -> None:
    op.execute("DROP INDEX ix_fulfilments_carrier")
    op.execute(CARRIER.format("coalesce(shipped_courier, courier)"))
    op.execute("DROP FUNCTION parcels_named(text, text, bigint[])")
    for table in SEEN:
        op.execute(f"DROP POLICY staff_reach ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION reached_upts()")
    op.execute("DROP FUNCTION reaches_all()")
    # the role stays: other databases of the server may know it
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM lapak_staff")
    op.execute("REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM lapak_staff")
