"""Passwords: argon2id hashes, a check that takes as long for an address nobody has, and which are refused."""

from __future__ import annotations

from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn import zxcvbn

from accounts.errors import PasswordGuessable, PasswordTooLong, PasswordTooShort

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
"""More characters would only make the server work."""

FEWEST_GUESSES = 10**8
"""How many tries a new password must outlast: more than a machine that asks us gets through in ten years."""

_LOOKED_AT = 32  # characters: the work of looking grows with the square, and so many are strong or repeated
_OUR_WORDS = ("lapak", "lapas", "rutan", "garut", "ciamis", "indonesia", "merdeka", "bismillah", "sayang")


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

    def choose(self, password: str, *, about: Iterable[str] = ()) -> str:
        """The hash of a password somebody chooses; `about` is what is known of them, their name and address.

        Raises what `check_choice` raises.
        """
        check_choice(password, about=about)
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

    def renew(self, password: str) -> str:
        """The hash, at today's cost, of a password that was right."""
        return self._hasher.hash(password)


def check_choice(password: str, *, about: Iterable[str] = ()) -> None:
    """Refuse what is no good as a new password.

    Raises PasswordTooShort, PasswordTooLong, PasswordGuessable.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise PasswordTooLong(most=LONGEST_PASSWORD)
    if is_guessable(password, about=about):
        raise PasswordGuessable


def is_guessable(password: str, *, about: Iterable[str] = ()) -> bool:
    """Whether a guesser who knows common and breached passwords, and the person, soon comes to this one."""
    known = [word.lower() for text in about for word in (text, *text.replace("@", " ").split())]
    if password.lower() in known:
        return True
    estimate = zxcvbn(password[:_LOOKED_AT], user_inputs=[*known, *_OUR_WORDS])
    return bool(estimate["guesses"] < FEWEST_GUESSES)
