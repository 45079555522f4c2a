"""The audit log's chain of hashes, computed anew from the rows: whether it is whole, and where it breaks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

BEGINNING = hashlib.sha256(b"lapak").digest()
"""What the first entry is chained to."""

_AT_ONCE = 2000

# Every column but the two hashes, and but what an entry is too old to have, written as `audit_content` of the
# database writes it; that function is not asked, for whoever alters rows by force may alter it too.
_ENTRIES = """
SELECT e.id, e.previous_hash, e.hash, convert_to(
           (to_jsonb(e) - 'hash' - 'previous_hash' - 'at'
            - CASE WHEN e.actor_upts IS NULL THEN 'actor_upts' ELSE '' END)::text
           || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), 'UTF8') AS content
FROM audit_entries e ORDER BY e.id
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: how many entries were read, the hash they end in, and what is wrong, None if nothing.

    `broken_at` is the number of the entry where the chain breaks, None where it is not one entry's matter.
    """

    entries: int
    head: bytes
    problem: str | None = None
    broken_at: int | None = None


def verify_chain(session: Session, *, noted: bytes | None = None) -> Verdict:
    """Compute every hash anew, and compare it with the stored one, with the next entry's, and with the head.

    With `noted`, a head that was written down elsewhere earlier, the chain must still pass through it: that
    alone tells a chain that somebody with the keys of the database has computed anew as a whole. Memory does
    not grow with the log.
    """
    head, count = BEGINNING, 0
    is_noted = noted is None or noted == BEGINNING
    with session.execute(text(_ENTRIES), execution_options={"yield_per": _AT_ONCE}) as rows:
        for number, previous, stored, content in rows:
            count += 1
            if bytes(previous) != head:
                return Verdict(count, head, "does not follow the entry before it", number)
            head = hashlib.sha256(head + bytes(content)).digest()
            if bytes(stored) != head:
                return Verdict(count, head, "is not what was written", number)
            is_noted = is_noted or head == noted
    kept = session.execute(text("SELECT hash FROM audit_head")).scalar_one_or_none()
    if kept is None or bytes(kept) != head:
        return Verdict(count, head, "the log does not end where it was written last: entries are missing")
    if not is_noted:
        return Verdict(count, head, "the noted hash is not in the log: it was written anew since")
    return Verdict(count, head)
