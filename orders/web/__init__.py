"""Web pages of the orders room."""
