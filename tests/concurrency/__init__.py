"""Races on a real PostgreSQL, each with its negative control."""
