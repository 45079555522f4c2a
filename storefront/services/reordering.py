"""Buying again: what is still sold goes into the cart, and of the rest is said why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.errors import NotForSale, OutOfStock, ProductNotFound
from inventory.models import Variant
from kernel.errors import DomainError
from orders.errors import OwnTextRefused, PurchaseLimit
from orders.queries.history import BoughtLine
from storefront.errors import CartFull
from storefront.models import CartLine
from storefront.rules import MOST_PIECES
from storefront.services.carts import put_in_cart

_REFUSALS = (ProductNotFound, NotForSale, OutOfStock, OwnTextRefused, PurchaseLimit, CartFull)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line: so many pieces lie in the cart now, and why not all of them, if so."""

    line: BoughtLine
    pieces: int
    refusal: DomainError | None

    @property
    def is_whole(self) -> bool:
        """Whether at least as many pieces as were bought then are in the cart."""
        return self.refusal is None

    @property
    def has_other_price(self) -> bool:
        """Whether a piece costs more or less than it did then."""
        return self.line.price_now is not None and self.line.price_now != self.line.unit_price


def buy_again(session: Session, cart_id: int, lines: Sequence[BoughtLine]) -> list[Outcome]:
    """Have at least the pieces of these lines in a cart; of fewer that are left, those.

    More that lie in the cart already stay. A line that is refused leaves the others and the cart alone.
    """
    return [_again(session, cart_id, line) for line in lines]


def _again(session: Session, cart_id: int, line: BoughtLine) -> Outcome:
    held = _held(session, cart_id, line)
    wanted = min(max(line.quantity, held), MOST_PIECES)
    refusal = _put(session, cart_id, line, wanted)
    if refusal is None:
        return Outcome(line, wanted, None)
    left = int(refusal.parameters["left"]) if isinstance(refusal, OutOfStock) else 0
    if left > held and _put(session, cart_id, line, left) is None:
        return Outcome(line, left, refusal)
    return Outcome(line, held, refusal)


def _put(session: Session, cart_id: int, line: BoughtLine, quantity: int) -> DomainError | None:
    try:
        with session.begin_nested():
            put_in_cart(session, cart_id, line.sku, quantity, own_text=line.own_text)
    except _REFUSALS as refusal:
        return refusal
    return None


def _held(session: Session, cart_id: int, line: BoughtLine) -> int:
    """The pieces of it that lie in the cart already, from whichever UPT has them."""
    query = (
        select(CartLine.quantity)
        .join(Variant, Variant.id == CartLine.variant_id)
        .where(
            CartLine.cart_id == cart_id,
            CartLine.upt_id.is_(None),
            CartLine.own_text == line.own_text,
            Variant.sku == line.sku,
        )
    )
    return session.scalar(query) or 0
