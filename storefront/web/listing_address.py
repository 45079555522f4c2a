"""The address of a listing or search: its query words, read and written.

What cannot be read is left out and remembered, so that the page can say so in place.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeVar
from urllib.parse import quote_plus

from werkzeug.datastructures import MultiDict

from inventory.queries.facets import Facet
from inventory.queries.listing import Cursor, Filters, Sort
from inventory.queries.narrowing import Availability
from inventory.queries.search import MOST_RANKED, PAGE_SIZE
from inventory.rules import PERMIT_KINDS
from kernel.money import parse_rupiah
from kernel.web import to

PriceProblem = Literal["from_unreadable", "to_unreadable", "reversed"]

_SORT_WORDS: Mapping[Sort, str] = {
    "newest": "terbaru",
    "name": "nama",
    "cheapest": "termurah",
    "dearest": "termahal",
    "rated": "rating",
}
_FIELDS = ("kategori", "kanwil", "upt", "dari", "sampai", "izin", "tersedia", "jenis", "urut")
_SORTS = {word: sort for sort, word in _SORT_WORDS.items()}
_BEST = "cocok"
_AVAILABILITIES: Mapping[str, Availability] = {"siap": "ready", "pesanan": "to_order", "1": "ready"}
_AVAILABILITY_WORDS: Mapping[str, str] = {"ready": "siap", "to_order": "pesanan"}
_KINDS = {"benda": "good", "layanan": "service", "komoditas": "export_commodity"}
_PERMITS = {kind.lower().replace("_", "-"): kind for kind in PERMIT_KINDS}
_SLUG = re.compile(r"[a-z0-9_-]{1,200}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_LONGEST_CURSOR = 600
_LONGEST_QUERY = 200
_LONGEST_PRICE = 40
_MOST_VALUES = 30
_EVERYTHING = Filters()
_FIELD_OF: Mapping[Facet, str] = {"category": "kategori", "kanwil": "kanwil", "upt": "upt"}
_LONGEST_ECHO = 40
_MOST_UNKNOWN = 5
_LAST_PAGE = -(-MOST_RANKED // PAGE_SIZE)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word of an address that says nothing: its field (of the address) and how it begins."""

    name: str
    word: str


@dataclass(frozen=True, slots=True)
class ListingAddress:
    """What a listing shows: filters, order and place in it; with a `query` it is a search.

    `sort` None is the order of its own: the best match of a search, the newest of a listing. `page` counts
    from 1 and is used where there is no cursor, with best matches. `typed_from` and `typed_to` are prices as
    they were typed, wrong ones too. `unknown` is what the address said beyond that, the first few words.
    """

    filters: Filters = _EVERYTHING
    sort: Sort | None = None
    cursor: Cursor | None = None
    query: str | None = None
    page: int = 1
    typed_from: str = ""
    typed_to: str = ""
    price_problem: PriceProblem | None = None
    unknown: tuple[Unknown, ...] = ()

    @property
    def action(self) -> str:
        """Where its form is sent, in the language at hand."""
        return to(self._page)

    @property
    def is_to_be_found(self) -> bool:
        """Whether search engines may keep the page: the first, in the usual order, of one thing at most."""
        filters = self.filters
        places = (*filters.categories, *filter(None, (filters.kanwil, filters.upt)))
        is_plain = replace(filters, categories=(), kanwil=None, upt=None) == _EVERYTHING
        is_first = self.query is None and self.sort is None and self.cursor is None
        is_sound = self.price_problem is None and not self.unknown
        return is_first and is_plain and is_sound and len(places) <= 1

    @property
    def _page(self) -> str:
        return "/produk" if self.query is None else "/cari"

    @property
    def sorts(self) -> list[tuple[Sort | Literal["best"], str]]:
        """Every order with its word, its own first."""
        words = list(_SORT_WORDS.items())
        return [*words] if self.query is None else [("best", _BEST), *words]

    @property
    def sort_word(self) -> str:
        """The order as the address says it."""
        if self.sort is None:
            return self.sorts[0][1]
        return _SORT_WORDS[self.sort]

    def url(self) -> str:
        """The address of this page in the language at hand."""
        return to(self.path())

    def path(self) -> str:
        """The address without a language; the same page always has the same one."""
        filters = self.filters
        words: list[tuple[str, str | None]] = [
            ("q", self.query),
            *(("kategori", slug) for slug in sorted(filters.categories)),
            ("kanwil", filters.kanwil),
            ("upt", filters.upt),
            ("dari", str(filters.price_from) if filters.price_from is not None else None),
            ("sampai", str(filters.price_to) if filters.price_to is not None else None),
            *(("izin", permit_word(kind)) for kind in sorted(filters.permits)),
            ("tersedia", _AVAILABILITY_WORDS[filters.availability] if filters.availability else None),
            *(("jenis", kind_word(kind)) for kind in sorted(filters.kinds)),
            ("urut", self.sort_word if self.sort_word != self.sorts[0][1] else None),
            ("hal", str(self.page) if self.page > 1 else None),
        ]
        if self.cursor:
            words.append(("sebelum" if self.cursor.is_backward else "setelah", _write_cursor(self.cursor)))
        given = [(name, word) for name, word in words if word]
        query = "&".join([f"{name}={_quoted(word)}" for name, word in given])
        return f"{self._page}?{query}" if query else self._page

    def at(self, cursor: Cursor | None) -> str | None:
        """The address of another page of the same listing; None where there is none."""
        return replace(self, cursor=cursor).url() if cursor else None

    def narrowed(self, **filters: object) -> ListingAddress:
        """The first page of the same listing with some filters other than now."""
        narrowed = replace(self.filters, **filters)  # type: ignore[arg-type]
        return replace(self, filters=narrowed, cursor=None, page=1)

    def without(self, facet: Facet, value: str | None = None) -> ListingAddress:
        """The first page of the same listing with one filter, or one value of it, taken back."""
        filters = self.filters
        changes: Mapping[Facet, dict[str, object]] = {
            "category": {"categories": _others(filters.categories, value)},
            "kanwil": {"kanwil": None, "upt": None},
            "upt": {"upt": None},
            "price": {"price_from": None, "price_to": None},
            "permit": {"permits": _others(filters.permits, value)},
            "availability": {"availability": None},
            "kind": {"kinds": _others(filters.kinds, value)},
        }
        return self.narrowed(**changes[facet])

    def cleared(self) -> ListingAddress:
        """The same without any filter."""
        return replace(self, filters=_EVERYTHING, cursor=None, page=1)

    def begun_again(self, name: str, word: str) -> ListingAddress:
        """The first page of the same; the place that the address asks for by `name` and `word` is none."""
        return replace(self, cursor=None, page=1, unknown=_remembered([*self.unknown, Unknown(name, word)]))

    def leaving_out(self, strangers: Mapping[Facet, Collection[str]]) -> ListingAddress:
        """The same without these categories, Kanwil and UPT, which there are not."""
        filters = self.filters
        kept = replace(
            filters,
            categories=tuple(slug for slug in filters.categories if slug not in strangers["category"]),
            kanwil=None if filters.kanwil in strangers["kanwil"] else filters.kanwil,
            upt=None if filters.upt in strangers["upt"] else filters.upt,
        )
        unknown = [Unknown(_FIELD_OF[facet], slug) for facet, slugs in strangers.items() for slug in slugs]
        return replace(self, filters=kept, unknown=_remembered([*self.unknown, *unknown]))


def read_listing_address(words: MultiDict[str, str], *, is_search: bool = False) -> ListingAddress:
    """What the query words ask for; words that say nothing are left out and end up in `unknown`."""
    unknown: list[Unknown] = []
    sort = _read_sort(words.get("urut"), unknown, is_search=is_search)
    price_from, typed_from = _price(words.get("dari", ""))
    price_to, typed_to = _price(words.get("sampai", ""))
    problem = _price_problem(price_from, typed_from, price_to, typed_to)
    filters = Filters(
        categories=_values("kategori", words, _slug, unknown),
        kanwil=_first(_values("kanwil", words, _slug, unknown, most=1)),
        upt=_first(_values("upt", words, _slug, unknown, most=1)),
        price_from=None if problem else price_from,
        price_to=None if problem else price_to,
        permits=_values("izin", words, _PERMITS.get, unknown),
        availability=_first(_values("tersedia", words, _AVAILABILITIES.get, unknown, most=1)),
        kinds=_values("jenis", words, _KINDS.get, unknown),
    )
    return ListingAddress(
        filters,
        sort,
        _cursor(words, sort or "newest", unknown) if sort or not is_search else None,
        query=" ".join(words.get("q", "").split())[:_LONGEST_QUERY] if is_search else None,
        page=_page(words.get("hal", "1"), unknown) if is_search and sort is None else 1,
        typed_from=typed_from,
        typed_to=typed_to,
        price_problem=problem,
        unknown=_remembered(unknown),
    )


def is_wordy(words: MultiDict[str, str], address: ListingAddress) -> bool:
    """Whether a form's fields were sent as they lay there, so that a shorter address says the same."""
    own_sort = ("urut", address.sorts[0][1])
    return any(
        (not word and name in _FIELDS) or (name, word) == own_sort for name, word in words.items(multi=True)
    )


def permit_word(kind: str) -> str:
    """A kind of permit as the address says it."""
    return kind.lower().replace("_", "-")


def kind_word(kind: str) -> str:
    """A kind of product as the address says it."""
    return next(word for word, name in _KINDS.items() if name == kind)


def availability_word(availability: str) -> str:
    """An availability as the address says it."""
    return _AVAILABILITY_WORDS[availability]


def _others(values: Iterable[str], value: str | None) -> tuple[str, ...]:
    return tuple(other for other in values if value is not None and other != value)


def _remembered(unknown: Sequence[Unknown]) -> tuple[Unknown, ...]:
    """The first few, each once and short enough to be shown."""
    short = (replace(each, word=each.word[:_LONGEST_ECHO]) for each in unknown)
    return tuple(dict.fromkeys(short))[:_MOST_UNKNOWN]


def _read_sort(word: str | None, unknown: list[Unknown], *, is_search: bool) -> Sort | None:
    if not word or (is_search and word == _BEST) or (not is_search and word == _SORT_WORDS["newest"]):
        return None
    if word not in _SORTS:
        unknown.append(Unknown("urut", word))
    return _SORTS.get(word)


def _price(typed: str) -> tuple[int | None, str]:
    text = " ".join(typed.split())[:_LONGEST_PRICE]
    return (parse_rupiah(text) if text else None), text


def _price_problem(
    price_from: int | None, typed_from: str, price_to: int | None, typed_to: str
) -> PriceProblem | None:
    if typed_from and price_from is None:
        return "from_unreadable"
    if typed_to and price_to is None:
        return "to_unreadable"
    if price_from is not None and price_to is not None and price_from > price_to:
        return "reversed"
    return None


def _values(
    name: str,
    words: MultiDict[str, str],
    read: Callable[[str], Value | None],
    unknown: list[Unknown],
    *,
    most: int = _MOST_VALUES,
) -> tuple[Value, ...]:
    """What a field of the address says, in order, each once; at most `most` of its words are read."""
    given = list(dict.fromkeys(word for word in words.getlist(name) if word))
    values: list[Value] = []
    for word in sorted(given[:most]):
        value = read(word)
        if value is None:
            unknown.append(Unknown(name, word))
        elif value not in values:
            values.append(value)
    unknown.extend(Unknown(name, word) for word in given[most:] if most == _MOST_VALUES)
    return tuple(values)


def _first(values: Sequence[Value]) -> Value | None:
    return values[0] if values else None


def _slug(word: str) -> str | None:
    return word if _SLUG.fullmatch(word) else None


def _page(text: str, unknown: list[Unknown]) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= _LAST_PAGE:
        return int(text)
    unknown.append(Unknown("hal", text))
    return 1


def _cursor(words: Mapping[str, str], sort: Sort, unknown: list[Unknown]) -> Cursor | None:
    backward = words.get("sebelum")
    text = backward or words.get("setelah")
    if not text:
        return None
    cursor = _read_cursor(text, sort, is_backward=bool(backward))
    if cursor is None:
        unknown.append(Unknown("setelah", text))
    return cursor


@lru_cache(maxsize=1_000)
def _quoted(word: str) -> str:
    """A word as an address has it; a page writes the same ones into the address of each of its filters."""
    return quote_plus(word)


def _write_cursor(cursor: Cursor) -> str:
    text = f"{cursor.product_id}:{cursor.key}".encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _read_cursor(text: str, sort: Sort, *, is_backward: bool) -> Cursor | None:
    """The place in an order that was written; None for what we never wrote."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None
    product_id, _, key = plain.partition(":")
    if len(text) > _LONGEST_CURSOR or not _NUMBER.fullmatch(product_id) or "\x00" in key:
        return None
    if sort == "name":
        return Cursor(key, int(product_id), is_backward)
    return Cursor(int(key), int(product_id), is_backward) if _NUMBER.fullmatch(key) else None
