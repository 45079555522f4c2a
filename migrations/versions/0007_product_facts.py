"""What a product's page tells: options of variants, facts, ways of delivery, capacity, and permits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT_FACTS = ("ingredients", "allergens", "storage", "care", "story")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def _sample_mark() -> sa.Column[bool]:
    return sa.Column("is_sample", sa.Boolean(), server_default=sa.text("false"), nullable=False)


def upgrade() -> None:
    op.add_column(
        "products",
        sa.Column(
            "delivery_modes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    op.create_check_constraint(
        op.f("ck_products_delivery_modes"),
        "products",
        "delivery_modes <@ ARRAY['courier', 'cargo', 'upt_delivery', 'pickup', 'on_site']::text[]",
    )
    op.add_column("makers", sa.Column("monthly_capacity", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_makers_monthly_capacity"), "makers", "monthly_capacity > 0")
    _create_variant_options()
    _create_product_facts()
    _create_permits()


def _create_variant_options() -> None:
    op.create_table(
        "variant_options",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_id", sa.Text(), nullable=False),
        _text("value_en"),
        sa.CheckConstraint("kind IN ('size', 'colour', 'motif')", name=op.f("ck_variant_options_kind")),
        sa.CheckConstraint("value_id <> ''", name=op.f("ck_variant_options_value")),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["variants.id"],
            name=op.f("fk_variant_options_variant_id_variants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", "kind", name=op.f("pk_variant_options")),
    )


def _create_product_facts() -> None:
    op.create_table(
        "product_facts",
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _text("net_content"),
        sa.Column("shelf_life_days", sa.BigInteger(), nullable=True),
        *[_text(f"{fact}_{language}") for fact in _TEXT_FACTS for language in ("id", "en")],
        _sample_mark(),
        sa.CheckConstraint("shelf_life_days > 0", name=op.f("ck_product_facts_shelf_life_days")),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name=op.f("fk_product_facts_product_id_products"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_facts")),
    )


def _create_permits() -> None:
    op.create_table(
        "permits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        _text("title"),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        _text("verified_by"),
        sa.Column("verified_by_user_id", sa.BigInteger(), nullable=True),
        _sample_mark(),
        sa.CheckConstraint(
            "kind IN ('PIRT', 'HALAL', 'BPOM_MD', 'MEREK', 'HAK_CIPTA', 'SNI', 'NIB', 'other')",
            name=op.f("ck_permits_kind"),
        ),
        sa.CheckConstraint("number <> ''", name=op.f("ck_permits_number")),
        sa.CheckConstraint("issued_on <= expires_on", name=op.f("ck_permits_dates")),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by = '')", name=op.f("ck_permits_verified_by_somebody")
        ),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_permits_upt_id_upts")),
        sa.ForeignKeyConstraint(
            ["verified_by_user_id"], ["users.id"], name=op.f("fk_permits_verified_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permits")),
        sa.UniqueConstraint("kind", "number", "upt_id", name=op.f("uq_permits_kind_number_upt_id")),
    )
    op.create_index(op.f("ix_permits_upt_id"), "permits", ["upt_id"])
    op.create_table(
        "permit_products",
        sa.Column("permit_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permit_id"],
            ["permits.id"],
            name=op.f("fk_permit_products_permit_id_permits"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name=op.f("fk_permit_products_product_id_products"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("permit_id", "product_id", name=op.f("pk_permit_products")),
    )
    op.create_index(op.f("ix_permit_products_product_id"), "permit_products", ["product_id"])


def downgrade() -> None:
    op.drop_table("permit_products")
    op.drop_table("permits")
    op.drop_table("product_facts")
    op.drop_table("variant_options")
    op.drop_column("makers", "monthly_capacity")
    op.drop_column("products", "delivery_modes")
