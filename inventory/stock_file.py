"""The table of changes to stock: its columns, and what one row of it says."""

from __future__ import annotations

from inventory.rules import ADJUSTMENT_REASONS, MOST_IMPORTED, MOST_PIECES_AT_ONCE, RECEIPT_REASONS
from inventory.table_file import Cells, Layout, TableLine, Words, fold, refuse_empty
from kernel.written import whole_number


def _read(line: TableLine, cells: Cells, words: Words) -> bool:
    """The ledger's `kind`, `delta` in pieces, and the `reason`; a change of 0 says nothing."""
    delta = whole_number(cells["delta"])
    if not line.written["delta"] or delta == 0:
        return False
    refuse_empty(line, upt=line.upt_code, sku=line.sku)
    reason = words.choices["reason"].get(fold(line.written["reason"]))
    if delta is None or abs(delta) > MOST_PIECES_AT_ONCE:
        line.errors.append(("delta", "table_delta", {"most": MOST_PIECES_AT_ONCE}))
        delta = None
    if reason is None:
        line.errors.append(("reason", "reason_missing", {}))
    elif reason in RECEIPT_REASONS and reason not in ADJUSTMENT_REASONS and (delta or 0) < 0:
        line.errors.append(("reason", "table_reason_comes", {}))
    kind = "adjusted" if reason in ADJUSTMENT_REASONS else "received"
    line.says = {"kind": kind, "delta": delta, "reason": reason}
    return True


_COLUMNS = ("upt", "sku", "delta", "reason")

STOCK = Layout(_COLUMNS, frozenset(_COLUMNS), MOST_IMPORTED, _read)
"""Of what UPT, what, how many pieces more or fewer, and why."""
