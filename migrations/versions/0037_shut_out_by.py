"""How high who shut an account out stands, so that nobody below lets it in again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_RANKS = ("upt_officer", "upt_head", "kanwil_officer", "directorate", "operator")


def upgrade() -> None:
    op.add_column("users", sa.Column("shut_out_by", sa.Text()))
    # of those who are shut out already the log tells who did it; what did so without a role was the operator
    ranks = ", ".join(f"('{rank}', {place})" for place, rank in enumerate(_RANKS))
    op.execute(
        f"""
        UPDATE users SET shut_out_by = coalesce(
            (SELECT r.name FROM (VALUES {ranks}) r (name, place)
             WHERE r.name = ANY (e.actor_roles) ORDER BY r.place DESC LIMIT 1), 'operator')
        FROM (SELECT DISTINCT ON (object_key) object_key, actor_roles FROM audit_entries
              WHERE action = 'user.disable' ORDER BY object_key, id DESC) e
        WHERE e.object_key = users.email AND NOT users.is_active
        """
    )
    words = ", ".join(f"'{rank}'" for rank in _RANKS)
    op.create_check_constraint(op.f("ck_users_shut_out_by"), "users", f"shut_out_by IN ({words})")
    op.create_check_constraint(op.f("ck_users_shut_out"), "users", "NOT is_active OR shut_out_by IS NULL")


def downgrade() -> None:
    for name in ("shut_out", "shut_out_by"):
        op.drop_constraint(op.f(f"ck_users_{name}"), "users", type_="check")
    op.drop_column("users", "shut_out_by")
