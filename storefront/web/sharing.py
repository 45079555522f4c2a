"""Pictures for shared links: drawn once for each content, kept in Valkey in a fixed number of places."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

from flask import Blueprint, Flask, current_app, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from inventory.adapters.valkey import QuickValkey
from inventory.queries.sharing import SharedPlace, shared_kanwil, shared_product, shared_upt
from kernel.db import reading_session
from kernel.errors import NotFound, Unavailable
from kernel.i18n import locale_code
from storefront.share_pictures import ShareCard, share_picture

blueprint = Blueprint("sharing", __name__)

PLACES = 500
"""How many pictures are kept at most: at some 35 kB each never more than 20 MB of Valkey."""

KEPT_SECONDS = 7 * 24 * 3600
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_DAY = "public, max-age=86400"
_HOME = ("roti_kue", "batik_tekstil", "sabut_kelapa", "kopi_teh")
_MOST_WORK = 1  # pictures drawn at a time by one process


class ShareStore:
    """Draws pictures, one at a time, and keeps them. Each content has its place; a newcomer takes it over."""

    def __init__(self, valkey: QuickValkey, draw: Callable[[ShareCard], bytes] = share_picture) -> None:
        self._valkey = valkey
        self._draw = draw
        self._free = threading.BoundedSemaphore(_MOST_WORK)

    def picture(self, card: ShareCard) -> bytes:
        """The PNG of a card. Raises Unavailable while another is being drawn: a picture is worth asking for
        again, and the threads are there for the pages."""
        key, mark = _place(card), card.digest.encode()
        kept = self._kept(key, mark)
        if kept is not None:
            return kept
        if not self._free.acquire(blocking=False):
            raise Unavailable
        try:
            drawn = self._kept(key, mark) or self._draw(card)
        finally:
            self._free.release()
        self._valkey.ask(lambda client: client.set(key, mark + drawn, ex=KEPT_SECONDS))
        return drawn

    def _kept(self, key: str, mark: bytes) -> bytes | None:
        value: bytes | None = self._valkey.ask(lambda client: client.get(key))
        return value[len(mark) :] if value is not None and value.startswith(mark) else None


def init_sharing(app: Flask, valkey: QuickValkey) -> None:
    """Keep this app's pictures in `valkey`."""
    app.extensions["share_store"] = ShareStore(valkey)


@blueprint.get("/bagikan/beranda/lapak.png")
def home() -> Response:
    """The shop's own picture."""
    return _answer(
        ShareCard(
            _("Good things, made patiently"),
            _("By warga binaan, from all over Indonesia"),
            _HOME,
            "lapak",
        )
    )


@blueprint.get("/bagikan/produk/<string(maxlength=200):slug>.png")
def product(slug: str) -> Response:
    """The picture of a product on offer. One statement."""
    found = shared_product(reading_session(), slug)
    if found is None:
        raise NotFound
    if found.maker_count > 1:
        line = ngettext("Made at %(num)s unit", "Made at %(num)s units", found.maker_count)
    else:
        line = f"{found.maker_name}, {found.maker_city}"
    return _answer(ShareCard(found.name, line, (found.category,), slug))


@blueprint.get("/bagikan/upt/<string(maxlength=200):slug>.png")
def upt(slug: str) -> Response:
    """The picture of a UPT. One statement."""
    return _place_answer(shared_upt(reading_session(), slug), slug)


@blueprint.get("/bagikan/kanwil/<string(maxlength=200):slug>.png")
def kanwil(slug: str) -> Response:
    """The picture of a Kanwil. One statement."""
    return _place_answer(shared_kanwil(reading_session(), slug), slug)


def _place_answer(found: SharedPlace | None, slug: str) -> Response:
    if found is None:
        raise NotFound
    line = found.place or _("By warga binaan, from this region")
    return _answer(ShareCard(found.name, line, found.categories, slug))


def _answer(card: ShareCard) -> Response:
    """The picture; who knows its digest by ?v= may keep it for ever, others for a day."""
    response = Response(mimetype="image/png")
    response.set_etag(card.digest)
    is_known = request.args.get("v") == card.digest
    response.headers["Cache-Control"] = _FOR_EVER if is_known else _FOR_A_DAY
    if card.digest not in request.if_none_match:
        store: ShareStore = current_app.extensions["share_store"]
        response.data = store.picture(card)
    return response.make_conditional(request)


def _place(card: ShareCard) -> str:
    words = "\0".join((locale_code(), card.title, card.seed))
    number = int.from_bytes(hashlib.blake2b(words.encode(), digest_size=4).digest(), "big") % PLACES
    return f"lapak:share:{number}"
