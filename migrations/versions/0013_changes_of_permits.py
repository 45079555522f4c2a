"""What a permit or the terms of a product say stands on its page, so a change of them is one of the page."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_PARTS = ("permit_products", "product_terms")
_EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def upgrade() -> None:
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
