"""Enquiries about a parcel of an order, put to the UPT that packs it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enquiries", sa.Column("fulfilment_id", sa.BigInteger()))
    op.alter_column("enquiries", "product_id", nullable=True)
    op.create_foreign_key(
        op.f("fk_enquiries_fulfilment_id"), "enquiries", "fulfilments", ["fulfilment_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_enquiries_fulfilment_id"), "enquiries", ["fulfilment_id"])
    _know_kinds("booking", "export", "question", "parcel")
    op.create_check_constraint(
        op.f("ck_enquiries_parcel"), "enquiries", "(kind = 'parcel') = (fulfilment_id IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_enquiries_one_subject"), "enquiries", "(product_id IS NULL) = (fulfilment_id IS NOT NULL)"
    )


def downgrade() -> None:
    # what was asked about parcels has no place in the tables as they were
    op.execute("ALTER TABLE enquiry_messages DISABLE TRIGGER enquiry_messages_append_only")
    about_parcels = "(SELECT id FROM enquiries WHERE kind = 'parcel')"
    for table in ("enquiry_messages", "enquiry_upts"):
        op.execute(f"DELETE FROM {table} WHERE enquiry_id IN {about_parcels}")
    op.execute("DELETE FROM enquiries WHERE kind = 'parcel'")
    op.execute("ALTER TABLE enquiry_messages ENABLE TRIGGER enquiry_messages_append_only")
    op.drop_constraint(op.f("ck_enquiries_one_subject"), "enquiries")
    op.drop_constraint(op.f("ck_enquiries_parcel"), "enquiries")
    _know_kinds("booking", "export", "question")
    op.drop_constraint(op.f("uq_enquiries_fulfilment_id"), "enquiries")
    op.drop_constraint(op.f("fk_enquiries_fulfilment_id"), "enquiries")
    op.alter_column("enquiries", "product_id", nullable=False)
    op.drop_column("enquiries", "fulfilment_id")


def _know_kinds(*kinds: str) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_enquiries_kind"), "enquiries")
    op.create_check_constraint(op.f("ck_enquiries_kind"), "enquiries", f"kind IN ({words})")
