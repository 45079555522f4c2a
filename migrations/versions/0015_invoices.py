"""Invoices and credit notes that never change, the series that number them, and the shares of refunds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# What the paper says stays; only who bought may be taken away, when the law no longer asks for it.
KEEP = """
CREATE FUNCTION keep_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'buyer' = to_jsonb(OLD) - 'buyer' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an invoice is kept as it was issued' USING ERRCODE = 'restrict_violation';
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "invoice_series",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoice_series_kind")),
        sa.CheckConstraint("next_number > 0", name=op.f("ck_invoice_series_next_number")),
        sa.CheckConstraint("year BETWEEN 2000 AND 2999", name=op.f("ck_invoice_series_year")),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_invoice_series_upt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_series")),
        sa.UniqueConstraint("upt_id", "kind", "year", name=op.f("uq_invoice_series_upt_id_kind_year")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.UUID(), nullable=False),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.UUID(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("issuer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("buyer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("goods_total", sa.BigInteger(), nullable=False),
        sa.Column("discount_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("shipping_total", sa.BigInteger(), nullable=False),
        sa.Column("lump_sum", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("tax_status", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (corrects_id IS NOT NULL) AND (kind = 'credit_note') = (refund_id IS NOT NULL)",
            name=op.f("ck_invoices_credit_note_corrects"),
        ),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("locale IN ('id', 'en')", name=op.f("ck_invoices_locale")),
        sa.CheckConstraint("tax_status IN ('not_collected')", name=op.f("ck_invoices_tax_status")),
        sa.CheckConstraint(
            "goods_total >= 0 AND discount_total >= 0 AND shipping_total >= 0 AND lump_sum >= 0",
            name=op.f("ck_invoices_parts"),
        ),
        sa.CheckConstraint("serial > 0", name=op.f("ck_invoices_serial")),
        sa.CheckConstraint(
            "total = goods_total - discount_total + shipping_total + lump_sum",
            name=op.f("ck_invoices_total_adds_up"),
        ),
        sa.CheckConstraint("total BETWEEN 0 AND 1000000000000", name=op.f("ck_invoices_total")),
        sa.ForeignKeyConstraint(["corrects_id"], ["invoices.id"], name=op.f("fk_invoices_corrects_id")),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"], ["fulfilments.id"], name=op.f("fk_invoices_fulfilment_id")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_invoices_refund_id")),
        sa.ForeignKeyConstraint(["series_id"], ["invoice_series.id"], name=op.f("fk_invoices_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("key", name=op.f("uq_invoices_key")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        sa.UniqueConstraint("refund_id", "fulfilment_id", name=op.f("uq_invoices_refund_id_fulfilment_id")),
        sa.UniqueConstraint("series_id", "serial", name=op.f("uq_invoices_series_id_serial")),
    )
    op.create_index(op.f("ix_invoices_corrects_id"), "invoices", ["corrects_id"], unique=False)
    op.create_index(op.f("ix_invoices_fulfilment_id"), "invoices", ["fulfilment_id"], unique=False)
    op.create_index(
        "uq_invoices_one_invoice_per_fulfilment",
        "invoices",
        ["fulfilment_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'invoice'"),
    )
    op.create_table(
        "refund_shares",
        sa.Column("refund_id", sa.UUID(), nullable=False),
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column("pieces", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shipping", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_shares_amount")),
        sa.CheckConstraint("shipping >= 0", name=op.f("ck_refund_shares_shipping")),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"], ["fulfilments.id"], name=op.f("fk_refund_shares_fulfilment_id")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_refund_shares_refund_id")),
        sa.PrimaryKeyConstraint("refund_id", "fulfilment_id", name=op.f("pk_refund_shares")),
    )
    op.execute(KEEP)
    op.execute(
        "CREATE TRIGGER invoices_kept BEFORE UPDATE OR DELETE ON invoices"
        " FOR EACH ROW EXECUTE FUNCTION keep_invoice()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER invoices_kept ON invoices")
    op.execute("DROP FUNCTION keep_invoice()")
    op.drop_table("refund_shares")
    op.drop_index(
        "uq_invoices_one_invoice_per_fulfilment",
        table_name="invoices",
        postgresql_where=sa.text("kind = 'invoice'"),
    )
    op.drop_index(op.f("ix_invoices_corrects_id"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_table("invoice_series")
