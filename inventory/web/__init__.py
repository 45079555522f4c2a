"""Web pages of the inventory room."""
