"""Use-cases of orders, a file a theme; they never commit."""
