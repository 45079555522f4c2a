"""Rows of products as the card component wants them, and how to write to whoever answers for a UPT."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import quote

from flask_babel import format_decimal, ngettext

from inventory.photos import Photo
from inventory.queries.shelf import ShelfItem
from kernel.web import config, to


@dataclass(frozen=True, slots=True)
class Card:
    """One product of a shelf, as components/card.html describes it."""

    url: str
    name: str
    slug: str
    category: str
    kind: str
    price: int | None
    starting: bool
    unit: str
    maker: str
    place: str | None
    available: int
    is_made_to_order: bool
    is_sample: bool
    rating: str | None = None
    rating_count: int = 0
    photo: Photo | None = None
    is_paused: bool = False


def cards(items: Iterable[ShelfItem]) -> list[Card]:
    """The cards of these products."""
    return [_card(item) for item in items]


def letter_to_office(subject: str) -> str:
    """A mailto link to the shop's office, which passes questions on to the UPT."""
    address = parseaddr(config().mail_from)[1]
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject)}"


def weight_text(grams: int) -> str:
    """A weight as people write it: 500 g, 1,5 kg; in the language at hand."""
    if grams < 1000:
        return f"{grams} g"
    return f"{format_decimal(grams / 1000)} kg"


def rating_text(total: int, count: int) -> str | None:
    """An average of stars with one decimal, in the language at hand: 4,8; None where nobody has rated."""
    return str(format_decimal(round(total / count, 1), "0.0")) if count else None


def _card(item: ShelfItem) -> Card:
    several = item.maker_count > 1
    return Card(
        url=to(f"/produk/{item.slug}"),
        name=item.name,
        slug=item.slug,
        category=item.category,
        kind=item.kind,
        price=item.price,
        starting=item.is_starting,
        unit=item.unit,
        maker=ngettext("%(num)s unit", "%(num)s units", item.maker_count) if several else item.maker_name,
        place=None if several else item.maker_city,
        available=item.available,
        is_made_to_order=item.is_made_to_order,
        is_paused=item.is_paused,
        is_sample=item.is_sample,
        rating=rating_text(item.rating_total, item.rating_count),
        rating_count=item.rating_count,
        photo=item.photograph,
    )
