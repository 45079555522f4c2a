"""Products, variants, which UPTs make them, the stock ledger and reservations."""
