"""What a product's page reads, as plain values: the product, what is told of it, its variants, its makers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from inventory.photos import Photo
from inventory.queries.pauses import ToldPause
from inventory.queries.texts import Told


@dataclass(frozen=True, slots=True)
class PermitRow:
    """A permit that covers the product; `is_verified` says that somebody has checked it."""

    kind: str
    number: str
    title: str
    holder: str
    holder_slug: str
    expires_on: date | None
    is_verified: bool
    is_sample: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of a product beyond its description; what nobody has told is empty."""

    net_content: str
    shelf_life_days: int | None
    ingredients: Told
    allergens: Told
    storage: Told
    care: Told
    story: Told
    is_sample: bool


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What a product's page says about the product itself, in the language at hand."""

    id: int
    slug: str
    name: str
    kind: str
    told: Told
    unit: str
    certificates: tuple[str, ...]
    export_markets: tuple[str, ...]
    delivery_modes: tuple[str, ...]
    source_url: str
    is_withdrawn: bool
    rests: bool
    is_sample: bool
    category: str
    category_name: str
    facts: Facts
    permits: tuple[PermitRow, ...]
    has_terms: bool
    rating_count: int
    rating_total: int
    photographs: tuple[Photo, ...] = ()

    @property
    def description(self) -> str:
        """The description as plain text, whichever language there is."""
        return self.told.text


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One thing in which a variant differs: `kind` is one of OPTION_KINDS; `key` is the Indonesian value."""

    kind: str
    key: str
    value: Told


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One variant: price in rupiah, grams and cubic millimetres a piece; each may be unknown."""

    id: int
    sku: str
    name: str
    price: int | None
    weight_g: int | None
    volume_mm3: int | None
    is_sample: bool
    available: int
    options: tuple[OptionRow, ...] = ()

    @property
    def is_for_sale(self) -> bool:
        """Whether it can be put in a cart at all."""
        return self.price is not None and self.weight_g is not None

    @property
    def label(self) -> str:
        """What tells it from its sisters, in the language at hand; its stored name where no option does."""
        return ", ".join(option.value.text for option in self.options) or self.name


@dataclass(frozen=True, slots=True)
class MakerRow:
    """A UPT that makes the product; `available` counts the pieces it can send, by variant id.

    While it has a `pause` it sends none, and those it has are `held`.
    """

    upt_id: int
    slug: str
    name: str
    city: str
    regency_code: str
    lead_days: int | None
    monthly_capacity: int | None
    is_sample: bool
    available: dict[int, int]
    held: dict[int, int] = field(default_factory=dict)
    pause: ToldPause | None = None

    @property
    def total(self) -> int:
        """The pieces of all variants together."""
        return sum(self.available.values())

    @property
    def makes_to_order(self) -> bool:
        """Whether one can order from it what does not lie on its shelf: it says how long and how many."""
        return self.pause is None and self.states_capacity

    @property
    def states_capacity(self) -> bool:
        """Whether it would make some to order if it did not pause."""
        return self.lead_days is not None and self.monthly_capacity is not None

    def holds_back(self, variant_ids: Iterable[int]) -> bool:
        """Whether it would have some of these to sell if it did not pause."""
        return self.pause is not None and (
            self.states_capacity or any(self.held.get(variant_id) for variant_id in variant_ids)
        )
