"""The address of a listing page: its query words, read and written; an unknown one is no page of ours."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args
from urllib.parse import urlencode

from inventory.queries.listing import Cursor, Filters, Sort
from kernel.errors import NotFound
from kernel.web import to

_SORT_WORDS: Mapping[Sort, str] = {
    "newest": "terbaru",
    "name": "nama",
    "cheapest": "termurah",
    "dearest": "termahal",
}
_SORTS = {word: sort for sort, word in _SORT_WORDS.items()}
_SLUG = re.compile(r"[a-z0-9_-]{1,200}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_LONGEST_CURSOR = 600


@dataclass(frozen=True, slots=True)
class ListingAddress:
    """What a listing shows: filters, order and place in it."""

    filters: Filters
    sort: Sort = "newest"
    cursor: Cursor | None = None

    @property
    def sort_word(self) -> str:
        """The order as the address says it."""
        return _SORT_WORDS[self.sort]

    @property
    def is_to_be_found(self) -> bool:
        """Whether search engines may keep the page: the first, in the usual order, of one thing at most."""
        places = (self.filters.category, self.filters.kanwil, self.filters.upt)
        is_plain = not (self.filters.in_stock or self.cursor or self.sort != "newest")
        return is_plain and sum(place is not None for place in places) <= 1

    def url(self) -> str:
        """The address of this page in the language at hand."""
        return to(self.path())

    def path(self) -> str:
        """The address without a language; the same page always has the same one."""
        words = {
            "kategori": self.filters.category,
            "kanwil": self.filters.kanwil,
            "upt": self.filters.upt,
            "tersedia": "1" if self.filters.in_stock else None,
            "urut": self.sort_word if self.sort != "newest" else None,
        }
        if self.cursor:
            words["sebelum" if self.cursor.is_backward else "setelah"] = _write_cursor(self.cursor)
        given = {name: word for name, word in words.items() if word}
        return f"/produk?{urlencode(given)}" if given else "/produk"

    def at(self, cursor: Cursor | None) -> str | None:
        """The address of another page of the same listing; None where there is none."""
        return replace(self, cursor=cursor).url() if cursor else None


def read_listing_address(words: Mapping[str, str]) -> ListingAddress:
    """What the query words ask for. Raises NotFound for a value that no link of ours has."""
    sort_word = words.get("urut") or _SORT_WORDS["newest"]
    if sort_word not in _SORTS:
        raise NotFound
    sort = _SORTS[sort_word]
    filters = Filters(
        category=_slug(words.get("kategori")),
        kanwil=_slug(words.get("kanwil")),
        upt=_slug(words.get("upt")),
        in_stock=words.get("tersedia") == "1",
    )
    return ListingAddress(filters, sort, _cursor(words, sort))


def sort_words() -> list[tuple[Sort, str]]:
    """Every order with its word, in the order they are offered."""
    return [(sort, _SORT_WORDS[sort]) for sort in get_args(Sort)]


def _slug(word: str | None) -> str | None:
    if not word:
        return None
    if not _SLUG.fullmatch(word):
        raise NotFound
    return word


def _cursor(words: Mapping[str, str], sort: Sort) -> Cursor | None:
    backward = words.get("sebelum")
    text = backward or words.get("setelah")
    return _read_cursor(text, sort, is_backward=bool(backward)) if text else None


def _write_cursor(cursor: Cursor) -> str:
    text = f"{cursor.product_id}:{cursor.key}".encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _read_cursor(text: str, sort: Sort, *, is_backward: bool) -> Cursor:
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise NotFound from error
    product_id, _, key = plain.partition(":")
    if len(text) > _LONGEST_CURSOR or not _NUMBER.fullmatch(product_id) or "\x00" in key:
        raise NotFound
    if sort == "name":
        return Cursor(key, int(product_id), is_backward)
    if not _NUMBER.fullmatch(key):
        raise NotFound
    return Cursor(int(key), int(product_id), is_backward)
