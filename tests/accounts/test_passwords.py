"""Passwords are hashed with argon2id, and an unknown address costs as much as a wrong password."""

import timeit
from functools import partial

import pytest

from accounts.errors import PasswordTooLong, PasswordTooShort
from accounts.services.passwords import LONGEST_PASSWORD, Passwords

RIGHT = "a right password"


class TestPasswords:
    def test_default_cost_is_at_least_what_owasp_asks(self) -> None:
        assert Passwords().choose(RIGHT).startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    def test_only_the_right_password_matches(self) -> None:
        passwords = Passwords.cheap()
        stored = passwords.choose(RIGHT)
        assert passwords.matches(stored, RIGHT)
        assert not passwords.matches(stored, RIGHT + " ")
        assert not passwords.matches(stored, "")

    def test_without_a_hash_nothing_matches_not_even_the_dummy(self) -> None:
        assert not Passwords.cheap().matches(None, "a password nobody has chosen")

    def test_without_a_hash_the_same_work_is_done(self) -> None:
        """A thousand rounds take their time, whether somebody has the address or nobody."""
        passwords = Passwords(memory_kib=8, rounds=1000)
        stored = passwords.choose(RIGHT)
        known, unknown = (
            min(timeit.repeat(partial(passwords.matches, each, "x" * 12), number=1, repeat=5))
            for each in (stored, None)
        )
        assert unknown > known / 3

    def test_a_broken_hash_matches_nothing(self) -> None:
        assert not Passwords.cheap().matches("not a hash", RIGHT)

    @pytest.mark.parametrize("password", ["", "short", "x" * 11])
    def test_refuses_a_short_password(self, password: str) -> None:
        with pytest.raises(PasswordTooShort):
            Passwords.cheap().choose(password)

    def test_does_not_hash_what_is_absurdly_long(self) -> None:
        passwords = Passwords.cheap()
        with pytest.raises(PasswordTooLong):
            passwords.choose("x" * (LONGEST_PASSWORD + 1))
        assert not passwords.matches(passwords.choose(RIGHT), "x" * 1_000_000)

    def test_knows_a_hash_of_another_cost(self) -> None:
        stored = Passwords.cheap().choose(RIGHT)
        assert not Passwords.cheap().is_outdated(stored)
        assert Passwords().is_outdated(stored)
