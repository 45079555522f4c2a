"""The files of published photographs, from our own origin; a name never holds another picture."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from inventory.queries.photographs import public_file
from kernel.db import reading_session
from kernel.errors import NotFound
from kernel.files import files

blueprint = Blueprint("photos", __name__)

_FOR_EVER = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


@blueprint.get("/foto/<uuid:key>/<string(maxlength=60):name>")
def file(key: UUID, name: str) -> Response:
    """One file. One statement. Raises NotFound unless its photograph is published."""
    path = f"photographs/{key}/{name}"
    if not public_file(reading_session(), path):
        raise NotFound
    response = Response(files().get(path), mimetype=_MEDIA_TYPES[name.rpartition(".")[2]])
    response.headers["Cache-Control"] = _FOR_EVER
    return response
