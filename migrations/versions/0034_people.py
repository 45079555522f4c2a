"""The people of an office: heads of UPTs, invitations, what a sign-in came to, what is left to the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_SCOPES = {"upt_officer": "upt", "upt_head": "upt", "kanwil_officer": "kanwil", "directorate": "nation"}
_PURPOSES = ("register", "reset", "change_email", "take_back", "invite")


def upgrade() -> None:
    _set_roles(_SCOPES)
    _set_purposes(_PURPOSES)
    op.add_column(
        "memberships",
        sa.Column("key", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
    )
    op.create_unique_constraint(op.f("uq_memberships_key"), "memberships", ["key"])
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('signed_in', 'code_refused')", name=op.f("ck_sign_ins_outcome")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_user_id", "sign_ins", ["user_id", "at"])
    op.create_index("ix_sign_ins_at", "sign_ins", ["at"])
    op.create_table(
        "handovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("upt_id", sa.BigInteger()),
        sa.Column("kanwil_id", sa.BigInteger()),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("done_by", sa.Text()),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 2000", name=op.f("ck_handovers_length")),
        sa.CheckConstraint("upt_id IS NULL OR kanwil_id IS NULL", name=op.f("ck_handovers_one_office")),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_handovers_done")),
        sa.ForeignKeyConstraint(["upt_id"], ["upts.id"], name=op.f("fk_handovers_upt_id")),
        sa.ForeignKeyConstraint(["kanwil_id"], ["kanwils.id"], name=op.f("fk_handovers_kanwil_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("key", name=op.f("uq_handovers_key")),
    )
    op.create_index(op.f("ix_handovers_upt_id"), "handovers", ["upt_id"])
    op.create_index(op.f("ix_handovers_kanwil_id"), "handovers", ["kanwil_id"])


def downgrade() -> None:
    op.drop_table("handovers")
    op.drop_table("sign_ins")
    op.drop_constraint(op.f("uq_memberships_key"), "memberships", type_="unique")
    op.drop_column("memberships", "key")
    op.execute("DELETE FROM account_links WHERE purpose = 'invite'")
    _set_purposes(_PURPOSES[:-1])
    # a head works on as an officer of the same UPT, unless they are one beside
    op.execute(
        "DELETE FROM memberships h USING memberships o WHERE h.role = 'upt_head' AND o.role = 'upt_officer'"
        " AND o.user_id = h.user_id AND o.upt_id = h.upt_id"
    )
    for name in ("role", "scope_fits_role"):
        op.drop_constraint(op.f(f"ck_memberships_{name}"), "memberships", type_="check")
    op.execute("UPDATE memberships SET role = 'upt_officer' WHERE role = 'upt_head'")
    _check_roles({role: scope for role, scope in _SCOPES.items() if role != "upt_head"})


def _set_roles(scopes: dict[str, str]) -> None:
    for name in ("role", "scope_fits_role"):
        op.drop_constraint(op.f(f"ck_memberships_{name}"), "memberships", type_="check")
    _check_roles(scopes)


def _check_roles(scopes: dict[str, str]) -> None:
    fits = " OR ".join(
        f"(role = '{role}' AND upt_id IS {'NOT NULL' if scope == 'upt' else 'NULL'}"
        f" AND kanwil_id IS {'NOT NULL' if scope == 'kanwil' else 'NULL'})"
        for role, scope in scopes.items()
    )
    names = ", ".join(f"'{role}'" for role in scopes)
    op.create_check_constraint(op.f("ck_memberships_role"), "memberships", f"role IN ({names})")
    op.create_check_constraint(op.f("ck_memberships_scope_fits_role"), "memberships", fits)


def _set_purposes(purposes: tuple[str, ...]) -> None:
    name, table = op.f("ck_account_links_purpose"), "account_links"
    op.drop_constraint(name, table, type_="check")
    words = ", ".join(f"'{purpose}'" for purpose in purposes)
    op.create_check_constraint(name, table, f"purpose IN ({words})")
