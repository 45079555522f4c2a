"""Suggestions while a visitor types into the search field: categories, provinces, products and UPTs."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.regions import fold
from inventory.categories import CATEGORY_NAMES
from inventory.queries.search import search_again, search_words
from inventory.queries.suggestions import suggestions
from kernel.db import reading_session
from kernel.i18n import locale_code
from kernel.web import to
from storefront.provinces import PROVINCES
from storefront.web.visitor import allow_keeping

blueprint = Blueprint("suggesting", __name__)

_SHORTEST = 2
_SHORTEST_MISSPELT = 4
_LONGEST = 100
_MOST_CATEGORIES = 3
_MOST_PROVINCES = 2

Item = dict[str, str]


@blueprint.get("/cari/saran")
def suggest() -> Response:
    """Up to thirteen suggestions for `q` as JSON: text, what it is, address. At most three statements."""
    typed = request.args.get("q", "")[:_LONGEST]
    allow_keeping()
    words = search_words(typed)
    items = list(_items(typed, words)) if len("".join(words)) >= _SHORTEST else []
    said = ngettext("%(num)s suggestion", "%(num)s suggestions", len(items)) if items else ""
    return jsonify(items=items, said=said)


def _items(typed: str, words: list[str]) -> Iterator[Item]:
    session = reading_session()
    found = list(_categories(words)) + list(_provinces(words))
    kinds = {"product": ("", "/produk/"), "upt": (_("UPT"), "/upt/")}
    for each in suggestions(session, typed):
        note, path = kinds[each.kind]
        found.append({"text": each.name, "note": note or each.place, "url": to(path + each.slug)})
    if not found and len("".join(words)) >= _SHORTEST_MISSPELT:
        again = search_again(session, typed)
        note = _("Spelt alike") if again.corrected else ""
        found = [
            {"text": each.name, "note": note, "url": to(f"/produk/{each.slug}")} for each in again.items[:5]
        ]
    yield from found


def _categories(words: list[str]) -> Iterator[Item]:
    is_english = locale_code() == "en"
    fitting = [
        slug for slug, names in CATEGORY_NAMES.items() if any(_begins(fold(name), words) for name in names)
    ]
    for slug in fitting[:_MOST_CATEGORIES]:
        url = to(f"/produk?kategori={slug}")
        yield {"text": CATEGORY_NAMES[slug][is_english], "note": _("Category"), "url": url}


def _provinces(words: list[str]) -> Iterator[Item]:
    fitting = [province for province in PROVINCES if _begins(fold(province.name), words)]
    for province in fitting[:_MOST_PROVINCES]:
        yield {"text": province.name, "note": _("Province"), "url": to(f"/provinsi/{province.slug}")}


def _begins(name: str, words: list[str]) -> bool:
    """Whether each word begins a word of the name."""
    return all(f" {word}" in f" {name}" for word in words)
