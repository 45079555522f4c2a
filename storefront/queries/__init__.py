"""Reads of carts."""
