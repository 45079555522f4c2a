"""Customers with a browser that is signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.db import transaction
from tests.factories.accounts import make_user, sign_in


@dataclass(frozen=True, slots=True)
class Customer:
    """A person with an account, and their browser."""

    id: int
    email: str
    browser: FlaskClient


MakeCustomer = Callable[..., Customer]


@pytest.fixture
def make_customer(app: Flask) -> MakeCustomer:
    """Make a person with an account whose browser is signed in; values of User may be given."""

    def make(name: str = "Sari", **values: Any) -> Customer:
        with app.app_context(), transaction() as session:
            user = make_user(session, name, **values)
            found = user.id, user.email
        browser = app.test_client()
        browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        sign_in(browser, found[0])
        return Customer(*found, browser)

    return make


@pytest.fixture
def sari(make_customer: MakeCustomer) -> Customer:
    """A customer whose name is Sari."""
    return make_customer("Sari")
