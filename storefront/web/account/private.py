"""What no cache keeps and no search engine finds: pages behind links in mails, and of an account's owner."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response

View = Callable[..., Any]


def private(view: View) -> View:
    """Keep what a view shows out of caches and search engines, and its address out of other pages' hands."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        response = make_response(view(*args, **kwargs))
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return guarded
