"""The drawn pictures of products as files; they need no database."""

from __future__ import annotations

import io
from functools import lru_cache

import resvg_py
from flask import Blueprint, Response, request
from PIL import Image

from kernel.errors import NotFound
from storefront.gallery import draw
from storefront.illustrations import Artwork, artwork, drawn

blueprint = Blueprint("pictures", __name__)

_KEPT = "public, max-age=2592000"
_MAIL_SIZE = 112  # pixels; twice what a mail shows, for sharp screens
_MAIL_COLOURS = 32
_REMEMBERED = 1_000  # pictures of some 4 kB


@blueprint.get(
    "/gambar/<string(maxlength=60):category>/<string(maxlength=200):slug>/<string(maxlength=40):view>.svg"
)
def view(category: str, slug: str, view: str) -> Response:
    """One view of a product. Raises NotFound for a view there is none of."""
    drawn = draw(category, slug, view)
    if drawn is None:
        raise NotFound
    response = Response(drawn, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = _KEPT
    response.add_etag(weak=True)
    return Response.make_conditional(response, request)  # type: ignore[return-value]


@blueprint.get("/gambar/<string(maxlength=60):category>/<string(maxlength=200):slug>.png")
def small(category: str, slug: str) -> Response:
    """A product's picture as mails show it: their readers' programs know no SVG."""
    response = Response(_small(artwork(category, slug)), mimetype="image/png")
    response.headers["Cache-Control"] = _KEPT
    return response


@lru_cache(maxsize=_REMEMBERED)
def _small(work: Artwork) -> bytes:
    """Many products share a picture: there are only so many drawings, motifs and grounds."""
    png = resvg_py.svg_to_bytes(svg_string=drawn(work, _MAIL_SIZE), skip_system_fonts=True)
    reduced = io.BytesIO()
    with Image.open(io.BytesIO(bytes(png))) as picture:
        few = picture.convert("RGB").quantize(_MAIL_COLOURS, dither=Image.Dither.NONE)
        few.save(reduced, "PNG")
    return reduced.getvalue()
