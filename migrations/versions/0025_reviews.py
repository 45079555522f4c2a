"""Reviews of what was delivered, invitations to write them, and how products are rated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_RATINGS = {
    "products": ("rating_count", "rating_total"),
    "catalogue_entries": ("rating_count", "rating_total", "rating_rank"),
}


def upgrade() -> None:
    for table, names in _RATINGS.items():
        for name in names:
            op.add_column(
                table, sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
            )
    op.create_check_constraint(
        op.f("ck_products_rating"),
        "products",
        "rating_count >= 0 AND rating_total BETWEEN rating_count AND rating_count * 5",
    )
    op.create_index("ix_catalogue_entries_rated", "catalogue_entries", ["rating_rank", "product_id"])
    op.create_index(
        "ix_catalogue_entries_category_rated",
        "catalogue_entries",
        ["category_id", "rating_rank", "product_id"],
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("stars", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("answer", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'published', 'refused')", name=op.f("ck_reviews_state")),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_reviews_stars")),
        sa.CheckConstraint("char_length(body) <= 2000", name=op.f("ck_reviews_body")),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_reviews_decision_has_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason <> '')", name=op.f("ck_reviews_refusal_has_a_reason")
        ),
        sa.CheckConstraint(
            "(answer <> '') = (answered_at IS NOT NULL)", name=op.f("ck_reviews_answer_has_a_time")
        ),
        sa.CheckConstraint("char_length(answer) <= 2000", name=op.f("ck_reviews_answer")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_reviews_order_line_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_reviews_product_id")),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_reviews_upt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("number", name=op.f("uq_reviews_number")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_reviews_order_line_id")),
    )
    op.create_index(
        "ix_reviews_published",
        "reviews",
        ["product_id", sa.text("decided_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index("ix_reviews_state_changed_at", "reviews", ["state", "changed_at"])
    op.create_index(op.f("ix_reviews_upt_id"), "reviews", ["upt_id"])
    op.create_table(
        "review_invitations",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_review_invitations_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_review_invitations")),
    )


def downgrade() -> None:
    op.drop_table("review_invitations")
    op.drop_table("reviews")
    op.drop_index("ix_catalogue_entries_category_rated", "catalogue_entries")
    op.drop_index("ix_catalogue_entries_rated", "catalogue_entries")
    op.drop_constraint(op.f("ck_products_rating"), "products")
    for table, names in _RATINGS.items():
        for name in reversed(names):
            op.drop_column(table, name)
