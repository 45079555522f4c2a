"""What a listing and a search show beside their products: groups of choices, active filters, orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from inventory.queries.facets import PRICE_RANGES, Choice, Facet, Facets, facets
from inventory.queries.listing import COUNT_UP_TO
from inventory.queries.narrowing import Filters
from kernel.clock import now
from kernel.db import reading_session
from kernel.i18n import locale_code
from kernel.money import rupiah
from storefront.catalogue_memory import remembered
from storefront.web.listing_address import (
    ListingAddress,
    availability_word,
    kind_word,
    permit_word,
)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter: its form value, its name, and the products it leaves as a text.

    `url` takes back what is chosen; that of a price range applies it.
    """

    value: str
    name: str
    number: str
    is_chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter and the address without it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Everything around the products of a listing or search."""

    address: ListingAddress
    count: int
    total: str
    options: Mapping[str, Sequence[Option]]
    chips: Sequence[Chip]
    sorts: Sequence[tuple[str, str]]
    clear_url: str
    price_error: str | None
    notices: Sequence[str]

    @property
    def title(self) -> str | None:
        """The names of category, region and UPT, where they are chosen."""
        names = [
            option.name
            for facet in ("category", "kanwil", "upt")
            for option in self.options[facet]
            if option.is_chosen
        ]
        return " · ".join(names) or None


def choices_of(filters: Filters) -> Facets:
    """The choices of a listing in the language at hand, the same for every order and page of it.

    They are counted once for each version of the catalogue, and each day, for permits expire.
    """
    locale = locale_code()
    key = ("facets", filters, locale, now().date())
    return remembered(key, lambda: facets(reading_session(), filters, locale=locale))


def finding(address: ListingAddress, facets: Facets) -> Finding:
    """The choices of this address in the language at hand."""
    chosen = _chosen(address)
    options: dict[str, Sequence[Option]] = {
        facet: _options(address, facets, facet, chosen[facet]) for facet in chosen
    }
    options["price"] = _ranges(address, facets)
    sort_names = _sort_names(locale_code())
    return Finding(
        address=address,
        count=facets.count,
        total=total_text(facets.count),
        options=options,
        chips=_chips(address, options),
        sorts=[(word, sort_names[sort]) for sort, word in address.sorts],
        clear_url=address.cleared().url(),
        price_error=_price_error(address),
        notices=notices(address),
    )


def strangers(address: ListingAddress, facets: Facets) -> Mapping[Facet, Sequence[str]]:
    """The categories, Kanwil and UPT of an address that do not exist, as far as that is known.

    UPTs are known only with their Kanwil: those of one that does not exist are looked at without it.
    """
    slugs = {facet: {choice.slug for choice in choices} for facet, choices in facets.choices.items()}
    chosen = _chosen(address)
    found: dict[Facet, Sequence[str]] = {
        facet: [slug for slug in chosen[facet] if slug not in slugs.get(facet, ())]
        for facet in ("category", "kanwil", "upt")
    }
    if address.filters.kanwil:
        found["upt"] = ()
    return found


def notices(address: ListingAddress) -> list[str]:
    """What the address said that is not understood, a sentence each."""
    if not address.unknown:
        return []
    names = {
        "kategori": _("Category"),
        "kanwil": _("Region (Kanwil)"),
        "upt": _("UPT"),
        "izin": _("Verified permit"),
        "tersedia": _("Availability"),
        "jenis": _("Kind"),
        "urut": _("Sort by"),
    }
    return [
        str(
            _(
                "%(filter)s: the choice “%(word)s” is not known and was left out.",
                filter=names[each.name],
                word=each.word,
            )
        )
        if each.name in names
        else str(_("There is no page “%(word)s” of this list; this is the first page.", word=each.word))
        for each in address.unknown
    ]


def total_text(count: int) -> str:
    """How many products there are, in words; beyond COUNT_UP_TO only that there are more."""
    if count > COUNT_UP_TO:
        return str(_("more than %(count)s products", count=format_decimal(COUNT_UP_TO)))
    return str(ngettext("%(num)s product", "%(num)s products", count))


def price_text(low: int | None, high: int | None) -> str:
    """A range of prices, open at either end."""
    if low is None:
        return str(_("Up to %(price)s", price=rupiah(high or 0)))
    if high is None:
        return str(_("From %(price)s", price=rupiah(low)))
    return f"{rupiah(low)}–{rupiah(high)}"


def _chosen(address: ListingAddress) -> dict[Facet, Sequence[str]]:
    filters = address.filters
    return {
        "category": filters.categories,
        "kanwil": (filters.kanwil,) if filters.kanwil else (),
        "upt": (filters.upt,) if filters.upt else (),
        "permit": filters.permits,
        "availability": (filters.availability,) if filters.availability else (),
        "kind": filters.kinds,
    }


def _options(
    address: ListingAddress, facets: Facets, facet: Facet, chosen: Sequence[str]
) -> Sequence[Option]:
    """The choices that leave something; where products were not counted to the end, any may."""
    choices = facets.choices.get(facet, ())
    if facet in _FIXED:
        counts = {choice.slug: choice.count for choice in choices}
        choices = [
            Choice(word, name, counts.get(word, 0)) for word, name in _names(facet, locale_code()).items()
        ]
    may_be_more = facet in facets.at_least and facet != "permit"
    return tuple(
        Option(
            value=_FIXED[facet](choice.slug) if facet in _FIXED else choice.slug,
            name=choice.name,
            number=_number(facets, facet, choice.count),
            is_chosen=choice.slug in chosen,
            url=address.without(facet, choice.slug).url() if choice.slug in chosen else "",
        )
        for choice in choices
        if choice.count or may_be_more or choice.slug in chosen
    )


_FIXED: Mapping[Facet, Callable[[str], str]] = {
    "permit": permit_word,
    "availability": availability_word,
    "kind": kind_word,
}
"""Filters whose values are ours, not the catalogue's, and how an address says them."""


@cache
def _names(facet: Facet, _language: str) -> Mapping[str, str]:
    if facet == "availability":
        return {"ready": _("Ready to send"), "to_order": _("Made to order")}
    if facet == "kind":
        return {"good": _("Goods"), "service": _("Services"), "export_commodity": _("Bulk and export")}
    return {
        "PIRT": "P-IRT",
        "HALAL": _("Halal"),
        "BPOM_MD": "BPOM MD",
        "SNI": "SNI",
        "MEREK": _("Registered trade mark"),
        "HAK_CIPTA": _("Registered copyright"),
        "NIB": "NIB",
        "other": _("Another permit"),
    }


def _ranges(address: ListingAddress, facets: Facets) -> Sequence[Option]:
    counts = {choice.slug: choice.count for choice in facets.choices.get("price", ())}
    chosen = (address.filters.price_from, address.filters.price_to)
    names = _range_names(locale_code())
    return tuple(
        Option(
            value="",
            name=names[place],
            number=_number(facets, "price", counts.get(str(place), 0)),
            is_chosen=chosen == (low, high),
            url=address.narrowed(price_from=low, price_to=high).url(),
        )
        for place, (low, high) in enumerate(PRICE_RANGES)
        if counts.get(str(place)) or "price" in facets.at_least
    )


@cache
def _range_names(_language: str) -> Sequence[str]:
    return [price_text(low, high) for low, high in PRICE_RANGES]


def _number(facets: Facets, facet: Facet, count: int) -> str:
    """The count; with a plus where it is only a lower bound, and nothing where it says nothing."""
    if facet not in facets.at_least:
        return str(count)
    return f"{count}+" if count else ""


def _chips(address: ListingAddress, options: Mapping[str, Sequence[Option]]) -> Sequence[Chip]:
    chips = [
        Chip(option.name, option.url)
        for facet, choices in options.items()
        for option in choices
        if option.is_chosen and facet != "price"
    ]
    low, high = address.filters.price_from, address.filters.price_to
    if low is not None or high is not None:
        chips.append(Chip(price_text(low, high), address.without("price").url()))
    return chips


@cache
def _sort_names(_language: str) -> Mapping[str, str]:
    return {
        "best": _("Best match"),
        "newest": _("Newest first"),
        "name": _("Name"),
        "cheapest": _("Lowest price first"),
        "dearest": _("Highest price first"),
        "rated": _("Best rated first"),
    }


def _price_error(address: ListingAddress) -> str | None:
    if address.price_problem is None:
        return None
    if address.price_problem == "reversed":
        return str(_("The lowest price is above the highest. Change one of them."))
    return str(_("Write a price in rupiah, like 25.000 or Rp 25.000."))
