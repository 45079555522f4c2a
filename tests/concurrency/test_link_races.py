"""A link of a mail that is used many times at once: it works for one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from accounts.errors import LinkGone
from accounts.models import AccountLink, User
from accounts.services.links import ask_link, mint
from accounts.services.passwords import Passwords
from accounts.services.recovering import reset_password, take_back
from accounts.services.registering import complete_registration
from tests.concurrency.racing import race
from tests.factories.accounts import make_user

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RACERS = 8
PASSWORDS = Passwords.cheap()

Uses = Callable[..., User]


def chosen(number: int) -> str:
    return f"kebun teh di lereng gunung {number}"


def token_of(session: Session, purpose: str, email: str, user_id: int | None) -> str:
    details = {"name": "Sari", "password_hash": PASSWORDS.choose(chosen(0))}
    ask_link(session, purpose, email=email, user_id=user_id, locale="id", details=details, at=AT)
    return mint(session, session.scalars(select(AccountLink)).one(), at=AT)


@pytest.mark.parametrize(("purpose", "use"), [("reset", reset_password), ("take_back", take_back)])
def test_one_new_password_is_set(engine: Engine, purpose: str, use: Uses) -> None:
    with Session(engine) as session, session.begin():
        user = make_user(session, email="sari@example.id")
        token = token_of(session, purpose, user.email, user.id)

    def using(number: int) -> Callable[[Session], int]:
        def run(session: Session) -> int:
            use(session, token, chosen(number), passwords=PASSWORDS, at=AT)
            return number

        return run

    outcomes = race(engine, [using(number) for number in range(RACERS)])
    (winner,) = (outcome for outcome in outcomes if isinstance(outcome, int))
    assert sum(isinstance(outcome, LinkGone) for outcome in outcomes) == RACERS - 1
    with Session(engine) as session:
        stored = session.scalars(select(User.password_hash)).one()
    assert PASSWORDS.matches(stored, chosen(winner))


def test_one_account_is_opened(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        token = token_of(session, "register", "sari@example.id", None)

    def opening(session: Session) -> int:
        return complete_registration(session, token, chosen(0), passwords=PASSWORDS, at=AT).id

    outcomes = race(engine, [opening] * RACERS)
    assert sum(isinstance(outcome, LinkGone) for outcome in outcomes) == RACERS - 1
    with Session(engine) as session:
        assert session.scalars(select(func.count(User.id))).one() == 1
