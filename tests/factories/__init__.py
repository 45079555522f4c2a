"""Makers of rows for tests: sensible values, each of which a test may set."""
