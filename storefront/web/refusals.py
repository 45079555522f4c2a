"""A refusal in words, with what is left and where."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import ngettext

from inventory.errors import OutOfStock
from kernel.errors import DomainError
from kernel.web import sentence
from orders.errors import PurchaseLimit


def refusal_text(refusal: DomainError) -> str:
    """What to tell the visitor about a refusal, in one or two sentences."""
    if isinstance(refusal, PurchaseLimit):
        return _limit_text(refusal)
    if not isinstance(refusal, OutOfStock):
        return sentence(refusal)
    left, where = refusal.parameters["left"], refusal.parameters["where"]
    if not where:
        return str(_("%(product)s is sold out.", product=refusal.parameters["product"]))
    return " ".join(
        [
            _("That many pieces are not there.") if left else _("It is sold out at this UPT."),
            where_text(where),
        ]
    )


def refusal_text_far_from(refusal: DomainError) -> str:
    """The same for a place where the product is not beside the sentence: it is named."""
    text = refusal_text(refusal)
    if isinstance(refusal, OutOfStock) and refusal.parameters["where"]:
        return f"{refusal.parameters['product']}: {text}"
    return text


def _limit_text(refusal: PurchaseLimit) -> str:
    """How many one person gets within which period, and how many are left of them."""
    left, most = refusal.parameters["left"], refusal.parameters["most"]
    if left == most:
        return sentence(refusal)
    return " ".join([sentence(refusal), _("Left for you in this period: %(left)s.", left=left)])


def where_text(where: Iterable[tuple[str, int]]) -> str:
    """Which UPT has how many pieces left."""
    places = [
        _("%(upt)s: %(pieces)s", upt=name, pieces=ngettext("%(num)s piece", "%(num)s pieces", pieces))
        for name, pieces in where
    ]
    return str(_("Left: %(places)s.", places="; ".join(places)))
