"""The drawn pictures of a product's gallery as files; they need no database."""

from __future__ import annotations

from flask import Blueprint, Response, request

from kernel.errors import NotFound
from storefront.gallery import draw

blueprint = Blueprint("pictures", __name__)

_KEPT = "public, max-age=2592000"


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
