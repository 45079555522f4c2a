"""A transfer that was sent can be taken back by its sender."""

from __future__ import annotations

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_STATES = "'draft', 'sent', 'received', 'called_off'"


def upgrade() -> None:
    _set_states(f"{_STATES}, 'taken_back'", "state NOT IN ('received', 'taken_back')")


def downgrade() -> None:
    # its pieces lie where they left, as if they had been sent and had come back
    op.execute("UPDATE transfers SET state = 'received' WHERE state = 'taken_back'")
    _set_states(_STATES, "state <> 'received'")


def _set_states(states: str, is_open: str) -> None:
    _set_check("state", f"state IN ({states})")
    _set_check("received", f"(received_at IS NULL) = ({is_open})")


def _set_check(name: str, condition: str) -> None:
    name = op.f(f"ck_transfers_{name}")
    op.drop_constraint(name, "transfers", type_="check")
    op.create_check_constraint(name, "transfers", condition)
