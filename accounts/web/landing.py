"""Where somebody goes on to: only to pages of our own, their address built anew from the route."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect


def own_page(wanted: str | None) -> str | None:
    """The address of our own page that `wanted` names; None for anything else."""
    try:
        parts = urlsplit(wanted or "")
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    routes = current_app.create_url_adapter(request)
    if routes is None:
        return None
    try:
        endpoint, values = routes.match(parts.path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    query = urlencode(parse_qsl(parts.query))
    return url_for(endpoint, **values) + (f"?{query}" if query else "")
