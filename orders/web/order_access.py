"""Who may open an order's page: whoever has its link, and the signed-in person it belongs to."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request
from werkzeug.routing import RequestRedirect

from accounts.web.session import current_user_id
from kernel.db import reading_session
from kernel.errors import NotFound
from kernel.web import config, to
from orders.links import OWNERS_WORD, number_of
from orders.queries.history import is_order_of

_SIGN_IN = "/masuk"


class SignInFirst(RequestRedirect):
    """Nobody is signed in; the way leads back to the page that was asked for, never to a form's address."""

    code = 303


def check_order_link(number: str, token: str) -> None:
    """Refuse whoever may not see this order: `token` is its link's, or the word its owner's pages have.

    Raises NotFound, LinkExpired, and SignInFirst where the word stands and nobody is signed in.
    """
    if token != OWNERS_WORD:
        if number_of(token, secret_key=config().secret_key) != number:
            raise NotFound
        return
    user_id = current_user_id()
    if user_id is None:
        wanted = request.full_path.removesuffix("?")
        way_back = f"?{urlencode({'next': wanted})}" if request.method == "GET" else ""
        raise SignInFirst(to(_SIGN_IN) + way_back)
    if not is_order_of(reading_session(), number, user_id):
        raise NotFound
