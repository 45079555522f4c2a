"""Pure rules of goods and stock."""

from __future__ import annotations

PRODUCT_KINDS = ("good", "service", "export_commodity")

LEDGER_KINDS = ("received", "issued", "adjusted", "returned")

MOST_PIECES_AT_ONCE = 100_000
"""A single receipt or correction of more is a slip of the finger."""

ADJUSTMENT_REASONS = ("count", "damaged", "expired", "lost", "sample", "sold_offline", "other")
"""Why an officer adds or takes pieces outside of an order."""

HEAVIEST_PIECE_G = 10_000_000
"""Ten tonnes; a heavier piece is a slip of the finger."""

CATALOGUE = "catalogue"
"""The mark of a transaction that changes what the shop's pages show: products, prices or free pieces."""
