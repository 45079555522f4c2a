"""Recording the institutions and their regional offices as a file states them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.importing import Tally
from accounts.models import Kanwil, OldUptSlug, Upt
from accounts.upt_file import UptRow, slug_of

_OVERWRITTEN = (
    "name",
    "kind",
    "security_class",
    "province_code",
    "province",
    "regency_code",
    "city",
    "source_url",
)


@dataclass(frozen=True, slots=True)
class SavedUpts:
    """What changed, and the ids of the UPTs whose name, place or Kanwil is no longer what it was."""

    kanwils: Tally
    upts: Tally
    touched_upt_ids: frozenset[int]


def save_upts(session: Session, rows: Sequence[UptRow]) -> SavedUpts:
    """Create or update UPTs by their code and Kanwils by their short name; none is ever removed.

    A UPT keeps the slug it once got, whatever becomes of its name here; `rename_upt` gives another.
    """
    kanwils, renamed, kanwil_tally = _save_kanwils(session, rows)
    existing = {upt.code: upt for upt in session.scalars(select(Upt))}
    slugs = _free_slugs(rows, existing, session.scalars(select(OldUptSlug.slug)).all())
    created, updated = [], []
    for row in rows:
        upt = existing.get(row.code)
        if upt is None:
            upt = Upt(code=row.code, slug=slugs[row.code])
            session.add(upt)
            created.append(upt)
        for column in _OVERWRITTEN:
            if getattr(upt, column) != getattr(row, column):
                setattr(upt, column, getattr(row, column))
        if upt.kanwil_id != kanwils[row.kanwil_slug]:
            upt.kanwil_id = kanwils[row.kanwil_slug]
        if upt.id is not None and session.is_modified(upt):
            updated.append(upt)
    session.flush()
    touched = {upt.id for upt in [*created, *updated]}
    touched |= {upt.id for upt in existing.values() if upt.kanwil_id in renamed}
    tally = Tally(len(created), len(updated), len(rows) - len(created) - len(updated))
    return SavedUpts(kanwil_tally, tally, frozenset(touched))


def _save_kanwils(session: Session, rows: Sequence[UptRow]) -> tuple[dict[str, int], set[int], Tally]:
    """Kanwil ids by slug, the ids of those renamed, and what changed."""
    names = {row.kanwil_slug: row.kanwil for row in rows}
    kanwils = {kanwil.slug: kanwil for kanwil in session.scalars(select(Kanwil))}
    fresh = [Kanwil(slug=slug, name=name) for slug, name in names.items() if slug not in kanwils]
    renamed = [kanwil for slug, kanwil in kanwils.items() if names.get(slug, kanwil.name) != kanwil.name]
    for kanwil in renamed:
        kanwil.name = names[kanwil.slug]
    session.add_all(fresh)
    session.flush()
    ids = {kanwil.slug: kanwil.id for kanwil in [*kanwils.values(), *fresh]}
    tally = Tally(len(fresh), len(renamed), len(names) - len(fresh) - len(renamed))
    return ids, {kanwil.id for kanwil in renamed}, tally


def _free_slugs(rows: Sequence[UptRow], existing: dict[str, Upt], old_slugs: Sequence[str]) -> dict[str, str]:
    """A slug for each new code: the name's own, or with the code where another UPT has or had the name.

    The double hyphen cannot come from a name, so such a slug never meets another name's.
    """
    fresh = {row.code: slug_of(row.name) for row in rows if row.code not in existing}
    wanted = Counter(fresh.values()) + Counter(upt.slug for upt in existing.values()) + Counter(old_slugs)
    return {code: slug if wanted[slug] == 1 else f"{slug}--{code.lower()}" for code, slug in fresh.items()}
