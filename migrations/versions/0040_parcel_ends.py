"""How a parcel is handed over and how it ends: fetched, brought by its UPT, returned, lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_BEFORE = ("new", "accepted", "packed", "shipped", "delivered", "cancelled")
_STATES = ("new", "accepted", "packed", "ready", "shipped", "delivered", "returned", "lost", "cancelled")
_SENT = ("shipped", "delivered", "returned", "lost")


def upgrade() -> None:
    for column in (
        sa.Column("hand_over", sa.Text(), server_default=sa.text("'courier'"), nullable=False),
        sa.Column("receiver", sa.Text()),
        sa.Column("code_round", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("code_misses", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    ):
        op.add_column("fulfilments", column)
    for name in ("restocked", "written_off"):
        counter = sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        op.add_column("fulfilment_lines", counter)
    _replace("state", _one_of("state", _STATES))
    _replace(
        "shipped_has_time_and_tracking",
        f"({_one_of('state', _SENT)}) = (shipped_at IS NOT NULL)"
        " AND (shipped_at IS NOT NULL AND hand_over = 'courier') = (tracking_number IS NOT NULL)",
    )
    for name, condition in (
        ("hand_over", _one_of("hand_over", ("courier", "pickup", "upt_delivery"))),
        (
            "state_fits_hand_over",
            (
                "CASE hand_over WHEN 'pickup' THEN state NOT IN ('shipped', 'returned', 'lost')"
                " ELSE state <> 'ready' END"
            ),
        ),
        ("receiver", "receiver IS NULL OR state = 'delivered'"),
        ("code", "code_round > 0 AND code_misses BETWEEN 0 AND 5"),
    ):
        op.create_check_constraint(op.f(f"ck_fulfilments_{name}"), "fulfilments", condition)
    op.create_check_constraint(
        op.f("ck_fulfilment_lines_not_more_back_than_shipped"),
        "fulfilment_lines",
        "restocked >= 0 AND written_off >= 0 AND restocked + written_off <= shipped",
    )
    op.create_index(
        "ix_fulfilments_ready", "fulfilments", ["upt_id", "id"], postgresql_where="state = 'ready'"
    )
    op.create_index(
        "ix_fulfilments_hand_over",
        "fulfilments",
        ["upt_id", "hand_over", "id"],
        postgresql_where="hand_over <> 'courier'",
    )


def downgrade() -> None:
    """What the older form cannot say is told as near as it can: a parcel that waits is packed, one that was
    brought, came back or is lost is delivered, and its number is empty.
    """
    op.drop_index("ix_fulfilments_hand_over", table_name="fulfilments")
    op.drop_index("ix_fulfilments_ready", table_name="fulfilments")
    op.drop_constraint(
        op.f("ck_fulfilment_lines_not_more_back_than_shipped"), "fulfilment_lines", type_="check"
    )
    for name in ("code", "receiver", "state_fits_hand_over", "hand_over"):
        op.drop_constraint(op.f(f"ck_fulfilments_{name}"), "fulfilments", type_="check")
    for name in ("shipped_has_time_and_tracking", "state"):
        op.drop_constraint(op.f(f"ck_fulfilments_{name}"), "fulfilments", type_="check")
    op.execute("UPDATE fulfilments SET state = 'packed' WHERE state = 'ready'")
    op.execute("UPDATE fulfilments SET state = 'delivered' WHERE state IN ('returned', 'lost')")
    op.execute(
        "UPDATE fulfilments SET tracking_number = '' WHERE shipped_at IS NOT NULL AND tracking_number IS NULL"
    )
    _add("state", _one_of("state", _BEFORE))
    _add(
        "shipped_has_time_and_tracking",
        "(state IN ('shipped', 'delivered')) = (shipped_at IS NOT NULL)"
        " AND (shipped_at IS NULL) = (tracking_number IS NULL)",
    )
    for name in ("written_off", "restocked"):
        op.drop_column("fulfilment_lines", name)
    for name in ("code_misses", "code_round", "receiver", "hand_over"):
        op.drop_column("fulfilments", name)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _replace(name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_fulfilments_{name}"), "fulfilments", type_="check")
    _add(name, condition)


def _add(name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_fulfilments_{name}"), "fulfilments", condition)
