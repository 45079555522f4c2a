"""The estimate of postage on a product's page: a postcode typed there, and what each UPT would ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.regions import Village, find_postcode
from inventory.errors import QuantityInvalid
from inventory.queries.product_rows import MakerRow, VariantRow
from kernel.i18n import long_date
from kernel.money import rupiah
from kernel.web import sentence
from orders.rules.shipping import Packed
from orders.services.estimating import Estimate, Sender, estimate_parcels
from storefront.rules import quantity_of

POSTCODE = "kode_pos"
VARIANT = "sku"
QUANTITY = "jumlah"
_LONGEST_ECHO = 20


@dataclass(frozen=True, slots=True)
class Estimates:
    """What was asked and what came of it: per UPT id the cost, the arrival, or why it cannot send.

    `error`, `variant_error` and `quantity_error` say what is wrong with what was asked, `place` where the
    postcode lies, `variant` and `quantity` what the parcel would hold.
    """

    typed: str = ""
    error: str = ""
    variant_error: str = ""
    quantity_error: str = ""
    place: str = ""
    variant: VariantRow | None = None
    quantity: int = 1
    cost: dict[int, str] = field(default_factory=dict)
    arrival: dict[int, str] = field(default_factory=dict)
    problem: dict[int, str] = field(default_factory=dict)

    @property
    def is_asked(self) -> bool:
        """Whether the visitor asked for an estimate: such a page is their own."""
        return bool(self.typed or self.error)

    @property
    def is_refused(self) -> bool:
        """Whether something that was asked makes no sense: then there is no estimate."""
        return bool(self.error or self.variant_error or self.quantity_error)


NOT_ASKED = Estimates()


def read_estimates(
    session: Session,
    args: Mapping[str, Any],
    offered: Sequence[VariantRow],
    makers: Sequence[MakerRow],
    *,
    day: date,
) -> Estimates:
    """Work out the estimate that the address asks for; NOT_ASKED without a postcode in it or anything ready.

    Where it names no variant or quantity it is the first one, one piece; a wrong one is refused. At most one
    statement.
    """
    ready = [variant for variant in offered if variant.available]
    if POSTCODE not in args or not ready:
        return NOT_ASKED
    typed = args[POSTCODE].strip()
    villages = find_postcode(typed)
    variant = _chosen(args.get(VARIANT), ready)
    quantity, quantity_error = _quantity(args.get(QUANTITY))
    estimates = Estimates(
        typed=typed[:_LONGEST_ECHO],
        error="" if villages else str(_("There is no such postcode. It has five digits, like 40111.")),
        variant_error=""
        if variant
        else str(_("This variant is not for sale here, or is sold out. Choose another one above.")),
        quantity_error=quantity_error,
        place=_place(villages[0]) if villages else "",
        variant=variant,
        quantity=quantity,
    )
    if estimates.is_refused or variant is None:
        return estimates
    senders = [
        Sender(maker.upt_id, maker.name, maker.regency_code)
        for maker in makers
        if maker.available.get(variant.id, 0)
    ]
    contents = Packed(variant.weight_g or 0, variant.volume_mm3 or 0, estimates.quantity)
    found = estimate_parcels(session, senders, contents, regency_code=villages[0].regency_code, day=day)
    for upt_id, estimate in found.items():
        if isinstance(estimate, Estimate):
            rate = estimate.charge.rate
            estimates.cost[upt_id] = f"{rate.courier} {rate.service} {rupiah(estimate.charge.cost)}"
            estimates.arrival[upt_id] = _arrival(estimate)
        else:
            estimates.problem[upt_id] = sentence(estimate)
    return estimates


def _chosen(sku: str | None, ready: Sequence[VariantRow]) -> VariantRow | None:
    """The variant of that sku, the first where none is named; None for one that is not there."""
    if not sku:
        return ready[0]
    return next((variant for variant in ready if variant.sku == sku), None)


def _quantity(written: str | None) -> tuple[int, str]:
    """The pieces, one where none are named; with what is wrong with them."""
    if not written:
        return 1, ""
    try:
        return quantity_of([written]), ""
    except QuantityInvalid as refusal:
        return 1, sentence(refusal)


def _place(village: Village) -> str:
    return f"{village.regency}, {village.province}"


def _arrival(estimate: Estimate) -> str:
    first, last = estimate.promised_from, estimate.promised_until
    return str(_("Arrives %(first)s to %(last)s", first=long_date(first), last=long_date(last)))
