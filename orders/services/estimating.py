"""What sending one parcel would cost from each of several UPTs, before anything is ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from accounts.regions import nearness
from orders.errors import NoShippingRate, ParcelTooHeavy
from orders.queries.offers import rates
from orders.rules.shipping import Charge, Packed, promise
from orders.services.quoting import charge_from, origin_codes


@dataclass(frozen=True, slots=True)
class Sender:
    """A UPT that could send, and the regency (dd.dd) it lies in."""

    upt_id: int
    upt_name: str
    regency_code: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the cheapest courier asks from one UPT, and the dates a parcel of today would arrive."""

    upt_id: int
    charge: Charge
    promised_from: date
    promised_until: date


Unsendable = NoShippingRate | ParcelTooHeavy


def estimate_parcels(
    session: Session, senders: Sequence[Sender], contents: Packed, *, regency_code: str, day: date
) -> dict[int, Estimate | Unsendable]:
    """One parcel with `contents` from each sender to a regency, sent on `day` (Jakarta's date); by UPT id.

    A UPT that cannot send it there has the reason instead. The same rates and promises as at the checkout.
    One statement.
    """
    zones = {sender.upt_id: nearness(sender.regency_code, regency_code)[0] for sender in senders}
    origins = {sender.upt_id: origin_codes(sender.regency_code) for sender in senders}
    table = rates(session, (code for codes in origins.values() for code in codes), zones.values())
    found: dict[int, Estimate | Unsendable] = {}
    for sender in senders:
        upt_id = sender.upt_id
        of_zone = [rate for rate in table if rate.zone == zones[upt_id]]
        try:
            charge = charge_from(sender.upt_name, [contents], of_zone, origins[upt_id])
        except (NoShippingRate, ParcelTooHeavy) as refusal:
            found[upt_id] = refusal
        else:
            found[upt_id] = Estimate(upt_id, charge, *promise(day, charge.rate))
    return found
