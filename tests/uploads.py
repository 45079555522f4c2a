"""Sending files from a test's browser."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart


def send_file(
    client: FlaskClient,
    address: str,
    content: bytes,
    *,
    name: str = "foto.jpg",
    kind: str = "image/jpeg",
    field: str = "file",
    **fields: str,
) -> TestResponse:
    """Post a form with one file in `field`, and other `fields`.

    The body is put together in memory: the client's own way leaves a temporary file open.
    """
    sent: dict[str, Any] = {field: FileStorage(BytesIO(content), name, content_type=kind), **fields}
    boundary, body = encode_multipart(sent)
    return client.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")
