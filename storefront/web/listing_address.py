"""The address of a listing or search: its query words, read and written.

What a person may type wrong (a price) is said in place; a word that no link or form of ours has is no page.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from inventory.queries.facets import Facet
from inventory.queries.listing import Cursor, Filters, Sort
from inventory.queries.narrowing import Availability
from inventory.queries.search import MOST_RANKED, PAGE_SIZE
from inventory.rules import PERMIT_KINDS
from kernel.errors import NotFound
from kernel.money import parse_rupiah
from kernel.web import to

PriceProblem = Literal["from_unreadable", "to_unreadable", "reversed"]

_SORT_WORDS: Mapping[Sort, str] = {
    "newest": "terbaru",
    "name": "nama",
    "cheapest": "termurah",
    "dearest": "termahal",
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
_LAST_PAGE = -(-MOST_RANKED // PAGE_SIZE)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ListingAddress:
    """What a listing shows: filters, order and place in it; with a `query` it is a search.

    `sort` None is the order of its own: the best match of a search, the newest of a listing. `page` counts
    from 1 and is used where there is no cursor, with best matches. `typed_from` and `typed_to` are prices as
    they were typed, wrong ones too.
    """

    filters: Filters = _EVERYTHING
    sort: Sort | None = None
    cursor: Cursor | None = None
    query: str | None = None
    page: int = 1
    typed_from: str = ""
    typed_to: str = ""
    price_problem: PriceProblem | None = None

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
        return is_first and is_plain and self.price_problem is None and len(places) <= 1

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
        return f"{self._page}?{urlencode(given)}" if given else self._page

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


def read_listing_address(words: MultiDict[str, str], *, is_search: bool = False) -> ListingAddress:
    """What the query words ask for. Raises NotFound for a value that no link of ours has."""
    sort = _read_sort(words.get("urut"), is_search=is_search)
    price_from, typed_from = _price(words.get("dari", ""))
    price_to, typed_to = _price(words.get("sampai", ""))
    problem = _price_problem(price_from, typed_from, price_to, typed_to)
    filters = Filters(
        categories=_values(words.getlist("kategori"), None),
        kanwil=_slug(words.get("kanwil")),
        upt=_slug(words.get("upt")),
        price_from=None if problem else price_from,
        price_to=None if problem else price_to,
        permits=_values(words.getlist("izin"), _PERMITS),
        availability=_one_of(words.get("tersedia"), _AVAILABILITIES),
        kinds=_values(words.getlist("jenis"), _KINDS),
    )
    return ListingAddress(
        filters,
        sort,
        _cursor(words, sort or "newest") if sort or not is_search else None,
        query=" ".join(words.get("q", "").split())[:_LONGEST_QUERY] if is_search else None,
        page=_page(words.get("hal", "1")) if is_search and sort is None else 1,
        typed_from=typed_from,
        typed_to=typed_to,
        price_problem=problem,
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


def _read_sort(word: str | None, *, is_search: bool) -> Sort | None:
    if not word or (is_search and word == _BEST) or (not is_search and word == _SORT_WORDS["newest"]):
        return None
    if word not in _SORTS:
        raise NotFound
    return _SORTS[word]


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


def _values(words: Sequence[str], known: Mapping[str, str] | None) -> tuple[str, ...]:
    given = sorted({word for word in words if word})
    if len(given) > _MOST_VALUES:
        raise NotFound
    if known is None:
        return tuple(slug for slug in map(_slug, given) if slug)
    return tuple(value for value in (_one_of(word, known) for word in given) if value)


def _one_of(word: str | None, known: Mapping[str, Value]) -> Value | None:
    if not word:
        return None
    if word not in known:
        raise NotFound
    return known[word]


def _slug(word: str | None) -> str | None:
    if not word:
        return None
    if not _SLUG.fullmatch(word):
        raise NotFound
    return word


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= _LAST_PAGE):
        raise NotFound
    return int(text)


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
