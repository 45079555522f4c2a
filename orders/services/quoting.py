"""What an order would be: which UPT sends what, for how much, until when. Nothing is changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from accounts.regions import nearness
from inventory.errors import NotForSale, OutOfStock
from orders.errors import NoShippingRate, ParcelTooHeavy
from orders.queries.offers import Offer, offers, open_parcels, rates
from orders.rules.allocation import NotEnough, Share, Standing, Wish, allocate
from orders.rules.shipping import (
    ZONE_RANK,
    Charge,
    Packed,
    Rate,
    TooHeavy,
    cheapest_charge,
    promise,
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One UPT's part: its pieces, what the courier asks (rupiah), and the dates promised."""

    upt_id: int
    upt_name: str
    shares: tuple[Share, ...]
    charge: Charge
    promised_from: date
    promised_until: date


@dataclass(frozen=True, slots=True)
class Quote:
    """A whole order before it is one; totals in rupiah. `goods` says what each line's variant is."""

    wishes: tuple[Wish, ...]
    goods: Mapping[int, Offer]
    stock_ids: Mapping[tuple[int, int], int]
    parcels: tuple[Parcel, ...]
    goods_total: int
    shipping_total: int

    @property
    def total(self) -> int:
        """What the buyer pays, in rupiah."""
        return self.goods_total + self.shipping_total


def quote(session: Session, wishes: Sequence[Wish], *, regency_code: str, day: date) -> Quote:
    """Work out parcels and totals for an address in a regency (dd.dd), ordered on `day` (Jakarta's date).

    Raises NotForSale, OutOfStock (with what is left and where), NoShippingRate, ParcelTooHeavy.
    """
    found = offers(session, {wish.variant_id for wish in wishes}, day=day)
    goods = {offer.variant_id: offer for offer in found}
    for wish in wishes:
        offer = goods.get(wish.variant_id)
        if offer is None or not offer.is_buyable:
            name = offer.product_name if offer else ""
            raise NotForSale(variant_id=wish.variant_id, product=name, line=wish.line)
    stocked = [offer for offer in found if offer.upt_id is not None]
    by_upt = {offer.upt_id: offer for offer in stocked if offer.upt_id is not None}
    distances = {upt_id: nearness(offer.regency_code, regency_code) for upt_id, offer in by_upt.items()}
    shares = _allocate(session, wishes, stocked, distances, goods)
    parcels = _parcels(session, shares, goods, by_upt, distances, day)
    return Quote(
        wishes=tuple(wishes),
        goods=goods,
        stock_ids={
            (offer.variant_id, offer.upt_id): offer.stock_id
            for offer in stocked
            if offer.upt_id is not None and offer.stock_id is not None
        },
        parcels=parcels,
        goods_total=sum(goods[wish.variant_id].price * wish.quantity for wish in wishes),
        shipping_total=sum(parcel.charge.cost for parcel in parcels),
    )


def _allocate(
    session: Session,
    wishes: Sequence[Wish],
    stocked: Sequence[Offer],
    distances: Mapping[int, tuple[str, int]],
    goods: Mapping[int, Offer],
) -> tuple[Share, ...]:
    available = {
        (offer.variant_id, offer.upt_id): offer.available for offer in stocked if offer.upt_id is not None
    }
    # how busy a UPT is only matters where there is a choice
    busy = open_parcels(session, distances) if _has_choice(wishes, stocked) else {}
    standings = {
        upt_id: Standing(ZONE_RANK[zone], km, busy.get(upt_id, 0)) for upt_id, (zone, km) in distances.items()
    }
    try:
        return allocate(wishes, available, standings)
    except NotEnough as refusal:
        shortage = refusal.shortages[0]
        names = {offer.upt_id: offer.upt_name for offer in stocked}
        wish = next(wish for wish in wishes if wish.line == shortage.line)
        raise OutOfStock(
            line=shortage.line,
            lines=[(short.line, short.left) for short in refusal.shortages],
            product=goods[wish.variant_id].product_name,
            wanted=shortage.wanted,
            left=shortage.left,
            where=[(names[upt_id], pieces) for upt_id, pieces in shortage.where.items()],
        ) from refusal


def _has_choice(wishes: Sequence[Wish], stocked: Sequence[Offer]) -> bool:
    """Whether a line that may come from anywhere could come from more than one UPT."""
    places = Counter(offer.variant_id for offer in stocked if offer.available > 0)
    return any(places[wish.variant_id] > 1 for wish in wishes if wish.upt_id is None)


def _parcels(
    session: Session,
    shares: Sequence[Share],
    goods: Mapping[int, Offer],
    by_upt: Mapping[int, Offer],
    distances: Mapping[int, tuple[str, int]],
    day: date,
) -> tuple[Parcel, ...]:
    by_sender: defaultdict[int, list[Share]] = defaultdict(list)
    for share in shares:
        by_sender[share.upt_id].append(share)
    origins = {upt_id: origin_codes(by_upt[upt_id].regency_code) for upt_id in by_sender}
    table = rates(
        session,
        (code for codes in origins.values() for code in codes),
        (distances[upt_id][0] for upt_id in by_sender),
    )
    return tuple(
        _parcel(
            by_upt[upt_id],
            tuple(by_sender[upt_id]),
            goods,
            [rate for rate in table if rate.zone == distances[upt_id][0]],
            origins[upt_id],
            day,
        )
        for upt_id in sorted(by_sender)
    )


def _parcel(
    sender: Offer,
    shares: tuple[Share, ...],
    goods: Mapping[int, Offer],
    table: Sequence[Rate],
    origins: Sequence[str],
    day: date,
) -> Parcel:
    contents = [
        Packed(goods[share.variant_id].weight_g, goods[share.variant_id].volume_mm3, share.quantity)
        for share in shares
    ]
    charge = charge_from(sender.upt_name, contents, table, origins)
    assert sender.upt_id is not None
    promised_from, promised_until = promise(day, charge.rate)
    return Parcel(sender.upt_id, sender.upt_name, shares, charge, promised_from, promised_until)


def charge_from(
    upt_name: str, contents: Sequence[Packed], table: Iterable[Rate], origins: Sequence[str]
) -> Charge:
    """The cheapest charge for a parcel from a UPT with these origins (`origin_codes`), of the zone's rates.

    Raises NoShippingRate and ParcelTooHeavy.
    """
    possible = [rate for rate in table if rate.origin_code in origins]
    if not possible:
        raise NoShippingRate(upt=upt_name)
    try:
        return cheapest_charge(contents, possible, origins)
    except TooHeavy as refusal:
        raise ParcelTooHeavy(upt=upt_name, weight_g=refusal.weight_g, limit_g=refusal.limit_g) from refusal


def origin_codes(regency_code: str) -> tuple[str, ...]:
    """A regency's origins in the rate table, the most exact first."""
    return (regency_code, regency_code[:2], "")
