"""Fixtures for every room's tests."""

from tests.servers import _servers, new_database, postgres_url, valkey_url

__all__ = ["_servers", "new_database", "postgres_url", "valkey_url"]
