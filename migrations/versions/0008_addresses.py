"""Where a UPT is and when it can be visited, addresses of before, and when a page changed last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OFFICE = ("address", "about_id", "about_en", "whatsapp", "pickup_hours")
_NUMBER = "62[2-9][0-9]{7,12}"
_DAY, _TIME = "(Mo|Tu|We|Th|Fr|Sa|Su)", "([01][0-9]|2[0-3]):[0-5][0-9]"
_SPAN = f"{_DAY}(-{_DAY})? {_TIME}-{_TIME}"
# what a product's page is made of besides its own row; stock moves too often to count as a change of it
_PARTS = ("variants", "makers", "product_facts")
_EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}

_CHANGED = """
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := now();
    RETURN NEW;
END $$
"""
_PART_CHANGED = """
CREATE FUNCTION note_change_of_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products SET changed_at = now()
    WHERE id IN (SELECT product_id FROM touched) AND changed_at < now();
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    for column in _OFFICE:
        op.add_column("upts", sa.Column(column, sa.Text(), nullable=True))
    op.add_column(
        "upts", sa.Column("is_open_for_pickup", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_check_constraint(op.f("ck_upts_whatsapp"), "upts", f"whatsapp ~ '^{_NUMBER}$'")
    op.create_check_constraint(
        op.f("ck_upts_pickup_hours"), "upts", f"pickup_hours ~ '^{_SPAN}(; {_SPAN})*$'"
    )
    for table, owner in (("old_upt_slugs", "upt"), ("old_product_slugs", "product")):
        op.create_table(
            table,
            sa.Column("slug", sa.Text(), nullable=False),
            sa.Column(f"{owner}_id", sa.BigInteger(), nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.ForeignKeyConstraint(
                [f"{owner}_id"], [f"{owner}s.id"], name=op.f(f"fk_{table}_{owner}_id"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("slug", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{owner}_id"), table, [f"{owner}_id"])
    _note_changes()


def _note_changes() -> None:
    op.execute(_CHANGED)
    op.execute(_PART_CHANGED)
    for table in ("upts", "products"):
        op.add_column(
            table,
            sa.Column(
                "changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            ),
        )
    op.execute("UPDATE products SET changed_at = created_at")
    for table in ("upts", "products"):
        op.execute(
            f"CREATE TRIGGER {table}_changed BEFORE UPDATE ON {table} FOR EACH ROW"
            " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION note_change()"
        )
    for table in _PARTS:
        for event, rows in _EVENTS.items():
            op.execute(
                f"CREATE TRIGGER {table}_changed_by_{event} AFTER {event} ON {table}"
                f" REFERENCING {rows} TABLE AS touched"
                " FOR EACH STATEMENT EXECUTE FUNCTION note_change_of_product()"
            )


def downgrade() -> None:
    for table in _PARTS:
        for event in _EVENTS:
            op.execute(f"DROP TRIGGER {table}_changed_by_{event} ON {table}")
    for table in ("upts", "products"):
        op.execute(f"DROP TRIGGER {table}_changed ON {table}")
        op.drop_column(table, "changed_at")
    op.execute("DROP FUNCTION note_change_of_product()")
    op.execute("DROP FUNCTION note_change()")
    op.drop_table("old_product_slugs")
    op.drop_table("old_upt_slugs")
    op.drop_constraint(op.f("ck_upts_pickup_hours"), "upts")
    op.drop_constraint(op.f("ck_upts_whatsapp"), "upts")
    op.drop_column("upts", "is_open_for_pickup")
    for column in reversed(_OFFICE):
        op.drop_column("upts", column)
