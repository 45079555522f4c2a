"""Read only: the invariants and what is read across rooms."""
