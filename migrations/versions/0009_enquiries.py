"""The terms of products, the slots of services, and enquiries with their threads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enquiries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("link_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("destination", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('booking', 'export', 'question')", name=op.f("ck_enquiries_kind")),
        sa.CheckConstraint("locale IN ('id', 'en')", name=op.f("ck_enquiries_locale")),
        sa.CheckConstraint("state IN ('new', 'answered', 'closed')", name=op.f("ck_enquiries_state")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 100000000", name=op.f("ck_enquiries_quantity")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_enquiries_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiries")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_enquiries_idempotency_key")),
        sa.UniqueConstraint("number", name=op.f("uq_enquiries_number")),
    )
    op.create_index("ix_enquiries_moved", "enquiries", ["moved_at"], unique=False)
    op.create_index(op.f("ix_enquiries_product_id"), "enquiries", ["product_id"], unique=False)
    op.create_table(
        "product_terms",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.Text(), server_default=sa.text("'public'"), nullable=False),
        sa.Column("place_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("place_en", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("notice_days", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("own_text_label_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("own_text_label_en", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("own_text_most", sa.BigInteger(), nullable=True),
        sa.Column("own_text_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("limit_pieces", sa.BigInteger(), nullable=True),
        sa.Column("limit_days", sa.BigInteger(), nullable=True),
        sa.Column("least_quantity", sa.BigInteger(), nullable=True),
        sa.Column("least_unit", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("hs_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("incoterm_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("incoterm_en", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("audience IN ('public', 'internal')", name=op.f("ck_product_terms_audience")),
        sa.CheckConstraint(
            "hs_code ~ '^([0-9]{4}([.][0-9]{2}){0,3})?$'", name=op.f("ck_product_terms_hs_code")
        ),
        sa.CheckConstraint(
            "own_text_most IS NULL OR own_text_label_id <> ''", name=op.f("ck_product_terms_own_text_label")
        ),
        sa.CheckConstraint(
            "(limit_pieces IS NULL) = (limit_days IS NULL)", name=op.f("ck_product_terms_limit_is_whole")
        ),
        sa.CheckConstraint("least_quantity > 0", name=op.f("ck_product_terms_least_quantity")),
        sa.CheckConstraint(
            "limit_pieces > 0 AND limit_days BETWEEN 1 AND 366", name=op.f("ck_product_terms_limit")
        ),
        sa.CheckConstraint("notice_days BETWEEN 0 AND 28", name=op.f("ck_product_terms_notice_days")),
        sa.CheckConstraint("own_text_most BETWEEN 1 AND 200", name=op.f("ck_product_terms_own_text_most")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_terms_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_terms")),
    )
    op.create_table(
        "service_slots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("capacity BETWEEN 1 AND 50", name=op.f("ck_service_slots_capacity")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_service_slots_times")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_service_slots_weekday")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_service_slots_product_id")),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_service_slots_upt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_slots")),
        sa.UniqueConstraint(
            "product_id",
            "upt_id",
            "weekday",
            "starts_at",
            name=op.f("uq_service_slots_product_id_upt_id_weekday_starts_at"),
        ),
    )
    op.create_index(op.f("ix_service_slots_upt_id"), "service_slots", ["upt_id"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("enquiry_id", sa.BigInteger(), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'asked'"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_bookings_decision_has_a_time")
        ),
        sa.CheckConstraint("state IN ('asked', 'confirmed', 'declined')", name=op.f("ck_bookings_state")),
        sa.CheckConstraint("people BETWEEN 1 AND 50", name=op.f("ck_bookings_people")),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiries.id"], name=op.f("fk_bookings_enquiry_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["service_slots.id"], name=op.f("fk_bookings_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("enquiry_id", name=op.f("uq_bookings_enquiry_id")),
    )
    op.create_index("ix_bookings_slot_id_day", "bookings", ["slot_id", "day"], unique=False)
    op.create_table(
        "enquiry_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("enquiry_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_user_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'message' OR body <> ''", name=op.f("ck_enquiry_messages_says_something")
        ),
        sa.CheckConstraint(
            "kind IN ('message', 'confirmed', 'declined', 'closed', 'reopened', 'link')",
            name=op.f("ck_enquiry_messages_kind"),
        ),
        sa.CheckConstraint(
            "sender = 'staff' OR kind = 'message'", name=op.f("ck_enquiry_messages_customers_only_write")
        ),
        sa.CheckConstraint("sender IN ('customer', 'staff')", name=op.f("ck_enquiry_messages_sender")),
        sa.CheckConstraint("char_length(body) <= 2000", name=op.f("ck_enquiry_messages_length")),
        sa.ForeignKeyConstraint(
            ["actor_user_id"], ["users.id"], name=op.f("fk_enquiry_messages_actor_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["enquiry_id"], ["enquiries.id"], name=op.f("fk_enquiry_messages_enquiry_id")
        ),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_enquiry_messages_upt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry_messages")),
        sa.UniqueConstraint("enquiry_id", "key", name=op.f("uq_enquiry_messages_enquiry_id_key")),
    )
    op.create_table(
        "enquiry_upts",
        sa.Column("enquiry_id", sa.BigInteger(), nullable=False),
        sa.Column("upt_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiries.id"], name=op.f("fk_enquiry_upts_enquiry_id")),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_enquiry_upts_upt_id")),
        sa.PrimaryKeyConstraint("enquiry_id", "upt_id", name=op.f("pk_enquiry_upts")),
    )
    op.create_index(op.f("ix_enquiry_upts_upt_id"), "enquiry_upts", ["upt_id"], unique=False)

    op.execute(
        "CREATE TRIGGER enquiry_messages_append_only BEFORE UPDATE OR DELETE ON enquiry_messages"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_enquiry_upts_upt_id"), table_name="enquiry_upts")
    op.drop_table("enquiry_upts")
    op.drop_table("enquiry_messages")
    op.drop_index("ix_bookings_slot_id_day", table_name="bookings")
    op.drop_table("bookings")
    op.drop_index(op.f("ix_service_slots_upt_id"), table_name="service_slots")
    op.drop_table("service_slots")
    op.drop_table("product_terms")
    op.drop_index(op.f("ix_enquiries_product_id"), table_name="enquiries")
    op.drop_index("ix_enquiries_moved", table_name="enquiries")
    op.drop_table("enquiries")
