"""Passwords: argon2id hashes, and a check that takes as long for an address nobody has."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from accounts.errors import PasswordTooLong, PasswordTooShort

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
"""More characters would only make the server work."""


class Passwords:
    """Hashes and checks passwords at one cost: `memory_kib` KiB and `rounds` passes a hash.

    The default is what OWASP asks of argon2id; tests use `cheap()`.
    """

    def __init__(self, *, memory_kib: int = 19 * 1024, rounds: int = 2) -> None:
        self._hasher = PasswordHasher(memory_cost=memory_kib, time_cost=rounds, parallelism=1)
        self._dummy_hash = self._hasher.hash("a password nobody has chosen")

    @classmethod
    def cheap(cls) -> Passwords:
        """A hasher that protects nothing but takes no time."""
        return cls(memory_kib=8, rounds=1)

    def hash(self, password: str) -> str:
        """The hash to store. Raises PasswordTooShort or PasswordTooLong."""
        if len(password) < SHORTEST_PASSWORD:
            raise PasswordTooShort(least=SHORTEST_PASSWORD)
        if len(password) > LONGEST_PASSWORD:
            raise PasswordTooLong(most=LONGEST_PASSWORD)
        return self._hasher.hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one hashed; without a hash a dummy is checked, for the same effort."""
        if len(password) > LONGEST_PASSWORD:
            return False
        try:
            self._hasher.verify(password_hash or self._dummy_hash, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a hash was made at another cost and should be made anew at the next sign-in."""
        return self._hasher.check_needs_rehash(password_hash)
