"""Static files: read once, compressed once, addressed by their content, so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from flask import Flask, abort, request
from werkzeug.wrappers import Response

_COMPRESSED = frozenset({".css", ".js", ".svg"})
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. `address` names its content: another content is another address."""

    address: str
    digest: str
    mimetype: str
    body: bytes
    compressed: bytes | None


def init_assets(app: Flask, folder: Path) -> None:
    """Serve the files of `folder` under /static/; templates link to one by `asset(name)`."""
    assets = read_assets(folder)

    def asset(name: str) -> str:
        """The address of a static file. Raises KeyError for one that does not exist."""
        return assets[name].address

    def serve(filename: str) -> Response:
        found = assets.get(filename)
        if found is None:
            abort(404)
        return _answer(found)

    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)
    app.jinja_env.globals["asset"] = asset


def read_assets(folder: Path) -> Mapping[str, Asset]:
    """Every file of a folder by its name within it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _read(folder, path) for path in files}


def _read(folder: Path, path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.blake2b(body, digest_size=6).hexdigest()
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = path.suffix in _COMPRESSED
    return Asset(
        address=f"/static/{quote(path.relative_to(folder).as_posix())}?v={digest}",
        digest=digest,
        mimetype=f"{mimetype}; charset=utf-8" if is_text else mimetype,
        body=body,
        compressed=gzip.compress(body, 9, mtime=0) if is_text else None,
    )


def _answer(asset: Asset) -> Response:
    takes_gzip = asset.compressed is not None and bool(request.accept_encodings["gzip"])
    response = Response(asset.compressed if takes_gzip else asset.body, content_type=asset.mimetype)
    if takes_gzip:
        response.content_encoding = "gzip"
    if asset.compressed is not None:
        response.vary.add("Accept-Encoding")
    response.set_etag(asset.digest, weak=True)
    response.headers["Cache-Control"] = _FOR_EVER if request.args.get("v") == asset.digest else _ASK_AGAIN
    return response.make_conditional(request)
