"""What every table of photographs that customers send in holds."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Id
from orders.rules.pictures import MOST_PICTURES


class SentPicture:
    """A photograph with a report or review: `key` names it in addresses, `file_key` in the store of files.

    Its row goes with its file, once its customer was forgotten.
    """

    id: Mapped[Id]
    key: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), unique=True)
    position: Mapped[int]
    file_key: Mapped[str] = mapped_column(unique=True)
    width: Mapped[int]
    height: Mapped[int]


def picture_rules(owner: str) -> tuple[UniqueConstraint | CheckConstraint, ...]:
    """What the database refuses of such a table, whose pictures belong to what `owner` names."""
    return (
        UniqueConstraint(owner, "position"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_PICTURES}", name="position"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )
