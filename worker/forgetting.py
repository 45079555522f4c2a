"""Files that are nobody's any more are deleted, outside any transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kernel.files import FilesToForget, files
from orders.errors import ProviderRejected
from orders.ports import PaymentProvider


def name_files(_session: Session, event: FilesToForget) -> list[str]:
    """Which files are to be deleted."""
    return event.keys


def delete_files(_provider: PaymentProvider, keys: list[str]) -> None:
    """Delete them; a repeat finds nothing and is content."""
    for key in keys:
        files().delete(key)


def note_deleted(
    _session: Session, _event: FilesToForget, _answer: ProviderRejected | None, *, at: datetime
) -> None:
    """Nothing is left to do: that the delivery is done says it all."""
