"""Photographs of reviews; a photograph of a problem goes with its file, so it always has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM problem_pictures WHERE file_key IS NULL")
    op.alter_column("problem_pictures", "file_key", nullable=False)
    op.create_table(
        "review_pictures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.UUID(), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 3", name=op.f("ck_review_pictures_position")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_review_pictures_size")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_review_pictures_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_pictures")),
        sa.UniqueConstraint("file_key", name=op.f("uq_review_pictures_file_key")),
        sa.UniqueConstraint("key", name=op.f("uq_review_pictures_key")),
        sa.UniqueConstraint("review_id", "position", name=op.f("uq_review_pictures_review_id_position")),
    )


def downgrade() -> None:
    op.drop_table("review_pictures")
    op.alter_column("problem_pictures", "file_key", nullable=True)
