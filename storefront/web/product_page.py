"""What the product's page shows, put together from what the rooms below say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy.orm import Session

from inventory.photos import Photo
from inventory.queries.product_rows import MakerRow, OptionRow, PermitRow, ProductRow, VariantRow
from inventory.rules import PermitStanding, capacity_left, month_of, permit_standing, ready_on
from inventory.web.permit_words import KIND_NAMES
from kernel.clock import JAKARTA, jakarta_day
from kernel.i18n import locale_code, long_date
from kernel.web import to
from orders.queries.capacity import pieces_taken
from orders.queries.reviews import ShownReview
from orders.rules.shipping import PACKING_DAYS
from storefront.gallery import View, ground_of, motif_of, views_of
from storefront.web.estimates import Estimates
from storefront.web.structured import MakersOffer, Rating, SaidReview, Thing, product_thing, service_thing

_LARGE = 1600  # pixels of a photograph in the dialog and for search engines

DELIVERY_MODES: Mapping[str, tuple[str, object, object]] = {
    "courier": ("truck", lazy_gettext("Courier"), lazy_gettext("a parcel to your door")),
    "cargo": ("box", lazy_gettext("Cargo"), lazy_gettext("for heavy and large pieces")),
    "upt_delivery": ("home", lazy_gettext("Brought by the UPT"), lazy_gettext("near the UPT, by agreement")),
    "pickup": ("pin", lazy_gettext("Pick up at the UPT"), lazy_gettext("by agreement")),
    "on_site": ("check", lazy_gettext("At the UPT"), lazy_gettext("you come to the place")),
}
"""Icon, name and explanation of each way of delivery."""

OPTION_KINDS: Mapping[str, object] = {
    "size": lazy_gettext("Size"),
    "colour": lazy_gettext("Colour"),
    "motif": lazy_gettext("Motif"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One variant as a radio: its words within the group, and which picture shows it."""

    variant: VariantRow
    label: str
    picture: str
    swatch: str


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Variants that share their first option (a motif, a colour); `swatch` are classes that show it."""

    label: str
    swatch: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the gallery; `text` says what it shows to those who do not see it.

    `photo` is None for a drawn one.
    """

    name: str
    address: str
    text: str
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class ShownPermit:
    """A permit and how much it is worth today."""

    permit: PermitRow
    standing: PermitStanding

    @property
    def name(self) -> str:
        """What kind of permit it is, and of what."""
        kind = str(KIND_NAMES[self.permit.kind])
        return f"{kind}: {self.permit.title}" if self.permit.title else kind

    @property
    def short_name(self) -> str:
        """Its kind alone."""
        return str(KIND_NAMES[self.permit.kind])

    @property
    def earns_badge(self) -> bool:
        """Whether the page may show it as a badge: it is verified, and says something of the goods."""
        return self.standing == "verified" and self.permit.kind != "MEREK"


@dataclass(frozen=True, slots=True)
class PermitBadges:
    """Names of permits: those that every maker holds, and by the slug of each maker those of its own."""

    shared: Sequence[str]
    own: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class MakerStand:
    """One UPT's row: what it has, when it is ready, when it arrives if that is known, what sending costs.

    `is_paused` says that only a pause keeps it from selling any.
    """

    maker: MakerRow
    url: str
    available: int
    is_to_order: bool
    is_paused: bool
    ready: str
    promise: str
    left_text: str
    shipping: str
    problem: str

    @property
    def pieces(self) -> dict[int, int]:
        """The free pieces of each variant, by variant id."""
        return self.maker.available


def choice_groups(variants: Sequence[VariantRow]) -> list[ChoiceGroup]:
    """The variants as radios: grouped by motif or colour where they differ in something else besides."""
    if not all(len(variant.options) > 1 for variant in variants):
        return [ChoiceGroup(_only_option(variants), "", [_choice(v, v.label, v.options) for v in variants])]
    groups: dict[str, ChoiceGroup] = {}
    for variant in variants:
        first, *others = variant.options
        group = groups.get(first.key)
        if group is None:
            label = f"{OPTION_KINDS[first.kind]}: {first.value.text}"
            group = groups[first.key] = ChoiceGroup(label, _swatch(first.kind, first.key), [])
        group.choices.append(_choice(variant, ", ".join(option.value.text for option in others), others))
    return list(groups.values())


def pictures(product: ProductRow, variants: Sequence[VariantRow]) -> list[Picture]:
    """What the gallery shows: photographs where there are any, else drawn views of the product.

    Each motif and colour of the variants is drawn once besides.
    """
    keys = {
        kind: list(dict.fromkeys(o.key for v in variants for o in v.options if o.kind == kind))
        for kind in ("motif", "colour")
    }
    photographs = [
        Picture(f"foto-{number}", photo.address(_LARGE), photo.alt(locale_code()), photo)
        for number, photo in enumerate(product.photographs, start=1)
    ]
    drawings = [
        Picture(
            name=view.name,
            address=f"/gambar/{product.category}/{product.slug}/{view.name}.svg",
            text=_view_text(view, product),
        )
        for view in views_of(keys["motif"], keys["colour"])
        if not photographs or view.shows in ("motif", "colour")
    ]
    return photographs + drawings


def shown_permits(permits: Sequence[PermitRow], *, day: date) -> list[ShownPermit]:
    """The product's permits in words: what holds comes first."""
    shown = [
        ShownPermit(
            permit, permit_standing(is_verified=permit.is_verified, expires_on=permit.expires_on, day=day)
        )
        for permit in permits
    ]
    return sorted(shown, key=lambda permit: permit.standing == "expired")


def permit_badges(permits: Sequence[ShownPermit], makers: Sequence[MakerRow]) -> PermitBadges:
    """Which permits are badges, and where: a permit is its holder's, not the product's."""
    held: dict[str, list[str]] = {maker.slug: [] for maker in makers}
    for permit in permits:
        names = held.get(permit.permit.holder_slug)
        if names is not None and permit.earns_badge and permit.short_name not in names:
            names.append(permit.short_name)
    every = list(held.values())
    shared = [name for name in every[0] if all(name in names for names in every)] if every else []
    own = {slug: [name for name in names if name not in shared] for slug, names in held.items()}
    return PermitBadges(shared, own)


def taken_this_month(
    session: Session, product: ProductRow, makers: Sequence[MakerRow], day: date
) -> dict[int, int]:
    """What each UPT has taken on this month, by UPT id; asked only where something is made to order."""
    if product.kind != "good" or not any(maker.makes_to_order for maker in makers):
        return {}
    since, until = (datetime.combine(edge, time(), JAKARTA) for edge in month_of(day))
    return pieces_taken(session, product.id, since=since, until=until)


def maker_stands(
    makers: Sequence[MakerRow],
    offered: Sequence[VariantRow],
    taken: Mapping[int, int],
    estimates: Estimates,
    *,
    day: date,
) -> list[MakerStand]:
    """A row for each UPT, in their order."""
    return [_stand(maker, offered, taken.get(maker.upt_id, 0), estimates, day) for maker in makers]


def product_for_machines(
    product: ProductRow,
    offered: Sequence[VariantRow],
    makers: Sequence[MakerRow],
    reviews: Sequence[ShownReview] = (),
) -> Thing | None:
    """The product as search engines read it: an offer of each UPT, or the service it gives."""
    about = {
        "name": product.name,
        "path": to(f"/produk/{product.slug}"),
        "description": product.description,
        "category": product.category_name,
    }
    if product.kind == "service":
        return service_thing(**about, providers=[(maker.name, to(f"/upt/{maker.slug}")) for maker in makers])
    offers = [_makers_offer(maker, offered) for maker in makers] if offered else []
    pictures = [photo.address(_LARGE) for photo in product.photographs]
    drawn = to(f"/bagikan/produk/{product.slug}.png")
    sku = offered[0].sku if len(offered) == 1 else None
    return product_thing(
        **about, pictures=pictures or [drawn], sku=sku, offers=offers, rating=_rating(product, reviews)
    )


def _rating(product: ProductRow, reviews: Sequence[ShownReview]) -> Rating:
    said = [
        SaidReview(each.author or _("A buyer"), each.stars, each.body, jakarta_day(each.at))
        for each in reviews
        if each.body
    ]
    return Rating(product.rating_count, product.rating_total, said)


def _makers_offer(maker: MakerRow, offered: Sequence[VariantRow]) -> MakersOffer:
    """What one UPT sells: the prices of the variants it has, of all when it has none."""
    ready = [variant for variant in offered if maker.available.get(variant.id)]
    prices = [variant.price for variant in ready or offered if variant.price is not None]
    return MakersOffer(
        upt_name=maker.name,
        upt_path=to(f"/upt/{maker.slug}"),
        lowest=min(prices),
        highest=max(prices),
        is_available=bool(ready),
        is_made_to_order=maker.makes_to_order,
    )


def _view_text(view: View, product: ProductRow) -> str:
    """What one sees on a picture, for those who do not see it."""
    if view.shows == "scene":
        return str(_("Drawing for %(product)s", product=product.name))
    if view.shows == "motif":
        return str(_("Drawn cloth with the motif %(motif)s", motif=view.key))
    if view.shows == "colour":
        return str(_("Drawing in the colour %(colour)s", colour=view.key))
    if view.shows == "drawing":
        return str(_("The same drawing, larger"))
    return str(_("The batik ground of the drawing"))


def _stand(
    maker: MakerRow, offered: Sequence[VariantRow], taken: int, estimates: Estimates, day: date
) -> MakerStand:
    available = sum(maker.available.get(variant.id, 0) for variant in offered)
    is_to_order = bool(offered) and not available and maker.makes_to_order
    ready = left_text = ""
    if available:
        ready = str(_("Sent by %(day)s", day=long_date(day + timedelta(days=PACKING_DAYS[1]))))
    elif is_to_order:
        ready, left_text = _to_order_words(maker, taken, day)
    return MakerStand(
        maker=maker,
        url=to(f"/upt/{maker.slug}"),
        available=available,
        is_to_order=is_to_order,
        is_paused=maker.holds_back(variant.id for variant in offered),
        ready=ready,
        promise=estimates.arrival.get(maker.upt_id, ready),
        left_text=left_text,
        shipping=estimates.cost.get(maker.upt_id, ""),
        problem=estimates.problem.get(maker.upt_id, ""),
    )


def _to_order_words(maker: MakerRow, taken: int, day: date) -> tuple[str, str]:
    assert maker.lead_days is not None
    assert maker.monthly_capacity is not None
    left = capacity_left(maker.monthly_capacity, taken)
    ready = long_date(ready_on(day, maker.lead_days, left=left))
    words = (
        ngettext("room for %(num)s more piece this month", "room for %(num)s more pieces this month", left)
        if left
        else _("this month is full; counted from next month")
    )
    return str(_("Ready around %(day)s", day=ready)), str(words)


def _choice(variant: VariantRow, label: str, shown: Sequence[OptionRow]) -> Choice:
    """A radio; `shown` are the options its own swatch may show."""
    names = (_view_name(option.kind, option.key) for option in variant.options)
    swatches = (_swatch(option.kind, option.key) for option in shown)
    return Choice(variant, label, next(filter(None, names), ""), next(filter(None, swatches), ""))


def _only_option(variants: Sequence[VariantRow]) -> str:
    """In what alone the variants differ ("Colour"), or nothing."""
    kinds = {tuple(option.kind for option in variant.options) for variant in variants}
    (first,) = kinds if len(kinds) == 1 else ((),)
    return str(OPTION_KINDS[first[0]]) if len(first) == 1 else ""


def _view_name(kind: str, key: str) -> str:
    if kind == "motif" and (motif := motif_of(key)):
        return f"motif-{motif}"
    if kind == "colour" and (ground := ground_of(key)):
        return f"warna-{ground}"
    return ""


def _swatch(kind: str, key: str) -> str:
    if kind == "motif" and (motif := motif_of(key)):
        return f"motif-{motif} ground-sogan turn-1"
    if kind == "colour" and (ground := ground_of(key)):
        return f"ground-{ground}"
    return ""
