"""Pure rules of goods and stock."""

from __future__ import annotations

import re

PRODUCT_KINDS = ("good", "service", "export_commodity")

OPTION_KINDS = ("size", "colour", "motif")
"""In what the variants of one product differ."""

DELIVERY_MODES = ("courier", "cargo", "upt_delivery", "pickup", "on_site")
"""How goods reach the buyer: a parcel, freight, brought by the UPT, fetched there, or used there."""

PERMIT_KINDS = ("PIRT", "HALAL", "BPOM_MD", "MEREK", "HAK_CIPTA", "SNI", "NIB", "other")

LEDGER_KINDS = ("received", "issued", "adjusted", "returned")

MOST_PIECES_AT_ONCE = 100_000
"""A single receipt or correction of more is a slip of the finger."""

RECEIPT_REASONS = ("made", "bought", "moved_here", "other")
"""Where received pieces come from."""

ADJUSTMENT_REASONS = ("count", "damaged", "expired", "lost", "sample", "sold_offline", "other")
"""Why an officer adds or takes pieces outside of an order."""

HEAVIEST_PIECE_G = 10_000_000
"""Ten tonnes; a heavier piece is a slip of the finger."""

CATALOGUE = "catalogue"
"""The mark of a transaction that changes what the shop's pages show: products, prices or free pieces."""

_PIECES = re.compile(r"[0-9]{1,9}")


def parse_pieces(written: str) -> int | None:
    """The count a person typed, in plain digits; None for anything else (signs, fractions, words, 1e3)."""
    text = written.strip()
    return int(text) if _PIECES.fullmatch(text) else None
