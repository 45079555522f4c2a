"""One UPT's page: which institution it is and where."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt


@dataclass(frozen=True, slots=True)
class UptRow:
    """A UPT as its page shows it."""

    id: int
    slug: str
    name: str
    kind: str
    city: str
    province: str
    kanwil: str
    kanwil_name: str
    source_url: str


def upt_by_slug(session: Session, slug: str) -> UptRow | None:
    """The UPT of that address, or None. One statement."""
    row = session.execute(_UPT, {"slug": slug}).one_or_none()
    return UptRow(*row) if row else None


_UPT = (
    select(
        Upt.id,
        Upt.slug,
        Upt.name,
        Upt.kind,
        Upt.city,
        Upt.province,
        Kanwil.slug.label("kanwil"),
        Kanwil.name.label("kanwil_name"),
        Upt.source_url,
    )
    .join(Kanwil, Kanwil.id == Upt.kanwil_id)
    .where(Upt.slug == bindparam("slug"))
)
