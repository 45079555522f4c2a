"""The shop's sign where browsers and phones look for it: favicon, home screen icons, the web manifest."""

from __future__ import annotations

import io
from functools import cache

import resvg_py
from flask import Blueprint, jsonify
from PIL import Image
from werkzeug.wrappers import Response

from kernel.i18n import DEFAULT_LOCALE
from storefront.illustrations import app_icon, favicon
from storefront.palette import GROUNDS

blueprint = Blueprint("icons", __name__)

_APPLE_SIZE = 180
_MANIFEST_SIZES = (192, 512)
_FAVICON_SIZES = (16, 32, 48)
_KEPT = "public, max-age=604800"


@blueprint.get("/favicon.ico")
def favicon_file() -> Response:
    """The favicon for whoever cannot show the SVG one."""
    return _picture(_ico(), "image/vnd.microsoft.icon")


@blueprint.get("/apple-touch-icon.png")
def apple_touch_icon() -> Response:
    """The icon that an iPhone puts on its home screen and rounds itself."""
    return _picture(_icon(_APPLE_SIZE), "image/png")


@blueprint.get("/ikon-<any('192', '512'):size>.png")
def icon(size: str) -> Response:
    """An icon of the manifest, with room round the sign for a phone to cut it into its own shape."""
    return _picture(_icon(int(size)), "image/png")


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a phone shows of the shop on its home screen."""
    response = jsonify(
        name="Lapak",
        short_name="Lapak",
        lang=DEFAULT_LOCALE,
        start_url="/",
        display="minimal-ui",
        background_color="#fbf5e9",
        theme_color=GROUNDS["sogan"],
        icons=[
            {
                "src": f"/ikon-{size}.png",
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size in _MANIFEST_SIZES
        ],
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = _KEPT
    return response


def _picture(content: bytes, mimetype: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Cache-Control"] = _KEPT
    return response


@cache
def _icon(size: int) -> bytes:
    return _drawn(app_icon(), size)


@cache
def _ico() -> bytes:
    written = io.BytesIO()
    pictures = [Image.open(io.BytesIO(_drawn(favicon(), size))) for size in _FAVICON_SIZES]
    pictures[-1].save(
        written, "ICO", sizes=[(size, size) for size in _FAVICON_SIZES], append_images=pictures[:-1]
    )
    return written.getvalue()


def _drawn(svg: str, size: int) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True))
