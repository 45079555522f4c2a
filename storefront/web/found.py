"""What machines read: robots.txt, the sitemap in parts, and the feed of new products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _
from markupsafe import escape

from inventory.queries.found import (
    ChangedPage,
    changed_places,
    newest_products,
    products_of_part,
    sitemap_parts,
)
from kernel.config import Config
from kernel.db import reading_session
from kernel.errors import NotFound
from kernel.i18n import DEFAULT_LOCALE, PREFIXES, locale_code
from kernel.web import config
from storefront.provinces import BY_CODE
from storefront.web.visitor import allow_keeping

blueprint = Blueprint("found", __name__)

_NEWEST = 40
_MOST_DIGITS = 7
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PRIVATE = (
    *("/keranjang", "/checkout", "/pesanan/", "/permintaan/", "/produk/*/permintaan", "/cari", "/staff"),
)
"""What no robot has any business with: carts, orders and their letters, officers, endless searches."""

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
_PATHS = {
    "produk": "/produk/{}",
    "kategori": "/produk?kategori={}",
    "upt": "/upt/{}",
    "kanwil": "/kanwil/{}",
}
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)  # when an empty feed changed
_FIXED_PAGES = ("/", "/produk", "/peta", "/kanwil")  # they show products, so they change with them
_STEADY_PAGES = ("/tentang",)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Where robots may go. It needs no database."""
    settings = config()
    if _is_trial(settings):
        return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")
    lines = [
        "User-agent: *",
        *(f"Disallow: {prefix}{path}" for prefix in PREFIXES.values() for path in _PRIVATE),
        "",
        f"Sitemap: {settings.base_url}/sitemap.xml",
        "",
    ]
    return Response("\n".join(lines), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The parts of the sitemap. Two statements."""
    allow_keeping()
    session = reading_session()
    parts: list[tuple[str, datetime | None]] = [
        (f"produk-{part.number}", part.changed_at) for part in sitemap_parts(session)
    ]
    places = changed_places(session)
    if places:
        parts.append(("tempat", max(page.changed_at for page in places)))
    parts.append(("halaman", max((changed_at for _part, changed_at in parts if changed_at), default=None)))
    base_url = config().base_url
    written = "".join(
        f"<sitemap><loc>{base_url}/sitemap/{name}.xml</loc>{_last_change(changed_at)}</sitemap>\n"
        for name, changed_at in parts
    )
    return _xml(f'{_XML}<sitemapindex xmlns="{_SITEMAP}">\n{written}</sitemapindex>\n')


@blueprint.get("/sitemap/produk-<number>.xml")
def sitemap_of_products(number: str) -> Response:
    """The products of one part. One statement."""
    if not (number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS and number[0] != "0"):
        raise NotFound
    allow_keeping()
    pages = products_of_part(reading_session(), int(number))
    if not pages:
        raise NotFound
    return _urls((_path(page), page.changed_at) for page in pages)


@blueprint.get("/sitemap/tempat.xml")
def sitemap_of_places() -> Response:
    """Categories, UPTs, Kanwil and provinces. One statement."""
    allow_keeping()
    return _urls((_path(page), page.changed_at) for page in changed_places(reading_session()))


@blueprint.get("/sitemap/halaman.xml")
def sitemap_of_pages() -> Response:
    """The pages there is one of. One statement."""
    allow_keeping()
    latest = max((page.changed_at for page in changed_places(reading_session())), default=None)
    return _urls([*((path, latest) for path in _FIXED_PAGES), *((path, None) for path in _STEADY_PAGES)])


@blueprint.get("/produk/terbaru.atom")
def newest() -> Response:
    """What came last, as an Atom feed in the language of its address. One statement."""
    allow_keeping()
    products = newest_products(reading_session(), locale=locale_code(), most=_NEWEST)
    base_url = config().base_url
    feed = render_template(
        "storefront/feed.xml",
        title=_("New at Lapak"),
        subtitle=_("What warga binaan all over Indonesia have just begun to offer"),
        products=products,
        updated=max((product.changed_at for product in products), default=_BEGINNING),
        identity=lambda product: uuid5(NAMESPACE_URL, f"{base_url}/#{product.id}").urn,
    )
    return Response(feed, mimetype="application/atom+xml")


def _is_trial(settings: Config) -> bool:
    """Whether this is no shop but others can reach it; on the loopback it is as it will be in production."""
    return not settings.is_production and urlsplit(settings.base_url).hostname not in _LOOPBACK


def _path(page: ChangedPage) -> str:
    if page.kind == "provinsi":
        return f"/provinsi/{BY_CODE[page.key].slug}"
    return _PATHS[page.kind].format(quote(page.key))


def _urls(pages: Iterable[tuple[str, datetime | None]]) -> Response:
    entries = "".join(entry for path, changed_at in pages for entry in _in_each_language(path, changed_at))
    return _xml(f'{_XML}<urlset xmlns="{_SITEMAP}" xmlns:xhtml="{_XHTML}">\n{entries}</urlset>\n')


def _in_each_language(path: str, changed_at: datetime | None) -> Iterator[str]:
    """An entry for each language of a page; each names them all, as search engines want it."""
    base_url = config().base_url
    addresses = {locale: str(escape(base_url + prefix + path)) for locale, prefix in PREFIXES.items()}
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{locale}" href="{address}"/>'
        for locale, address in (*addresses.items(), ("x-default", addresses[DEFAULT_LOCALE]))
    )
    for address in addresses.values():
        yield f"<url><loc>{address}</loc>{_last_change(changed_at)}{links}</url>\n"


def _last_change(changed_at: datetime | None) -> str:
    return f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>" if changed_at else ""


def _xml(text: str) -> Response:
    return Response(text, mimetype="application/xml")
