"""Reads of goods and stock, a file a page; they give plain rows, not objects with further queries in them."""
