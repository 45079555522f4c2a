"""The guard of pages behind links in mails: nothing keeps them, and nobody is told their address."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response

from kernel.web import keep_private

View = Callable[..., Any]


def private(view: View) -> View:
    """Keep what a view shows out of caches and search engines, and its address out of other pages' hands."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        return keep_private(make_response(view(*args, **kwargs)), address_too=True)

    return guarded
