"""Carts as plain values: whose, and each line with its price, weight and what is left of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from accounts.models import Upt
from inventory.models import Category, Pause, Product, ProductTerms, Stock, Variant
from inventory.queries.pauses import ToldPause, pause_json, told_pause
from inventory.queries.resting import product_lacks_permits_at, product_rests, product_rests_at, today
from storefront.models import Cart, CartLine
from storefront.rules import Wanted, left_for_each

Problem = Literal[
    "withdrawn", "rests", "paused", "not_for_sale", "sold_out", "too_few", "own_text", "too_many"
]


@dataclass(frozen=True, slots=True)
class CartRow:
    """One cart; `checkout_key` is the idempotency key of the order it becomes."""

    id: int
    key: str
    user_id: int | None
    checkout_key: str


@dataclass(frozen=True, slots=True)
class Place:
    """A UPT that has free pieces of a line's variant."""

    upt_id: int
    upt_name: str
    available: int


@dataclass(frozen=True, slots=True)
class CartLineRow:
    """One line of a cart: rupiah, grams and millimetres a piece.

    `upt_id` is set when the pieces must come from that UPT; `available` are the pieces this line can have,
    `where` says which UPTs have some; what `rests` may not be sold today for want of a permit. `pause` is
    told when a UPT that has some, and may send them, pauses. `own_text` is to be written on each,
    `own_text_most` how long it may be; `in_cart` counts the product's pieces on all lines, `limit_pieces` how
    many one person gets.
    """

    line_id: int
    variant_id: int
    product_id: int
    upt_id: int | None
    upt_name: str | None
    quantity: int
    product: str
    variant: str
    sku: str
    slug: str
    category: str
    unit: str
    price: int | None
    weight_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    kind: str
    is_withdrawn: bool
    rests: bool
    pause: ToldPause | None
    is_sample: bool
    own_text: str
    own_text_label_id: str
    own_text_label_en: str
    own_text_most: int | None
    own_text_required: bool
    limit_pieces: int | None
    limit_days: int | None
    available: int
    in_cart: int
    where: tuple[Place, ...]

    @property
    def is_for_sale(self) -> bool:
        """Whether it can be bought by cart at all, however many are left."""
        return (
            self.kind == "good"
            and not self.is_withdrawn
            and not self.rests
            and self.price is not None
            and self.weight_g is not None
        )

    @property
    def problem(self) -> Problem | None:
        """What keeps this line from being ordered as it stands."""
        if not self.is_for_sale or self.available == 0:
            return self._why_not_sold
        if self.available < self.quantity:
            return "too_few"
        if self.limit_pieces is not None and self.in_cart > self.limit_pieces:
            return "too_many"
        return None if self.is_own_text_right else "own_text"

    @property
    def _why_not_sold(self) -> Problem:
        if self.is_withdrawn:
            return "withdrawn"
        if self.pause:
            return "paused"
        if self.rests:
            return "rests"
        return "sold_out" if self.is_for_sale else "not_for_sale"

    @property
    def is_own_text_right(self) -> bool:
        """Whether the text fits what the product takes now: this may have changed since it was typed."""
        if not self.own_text:
            return self.own_text_most is None or not self.own_text_required
        return self.own_text_most is not None and len(self.own_text) <= self.own_text_most

    @property
    def total(self) -> int:
        """What the line costs, in rupiah; 0 without a price."""
        return (self.price or 0) * self.quantity


def guest_cart(session: Session, key: str) -> CartRow | None:
    """The cart of a visitor who is not signed in; None for an unknown key or a user's cart."""
    return _cart(session.execute(_GUEST_CART, {"key": key}).one_or_none())


def user_cart(session: Session, user_id: int) -> CartRow | None:
    """The cart of a signed-in user, or None."""
    return _cart(session.execute(_USER_CART, {"user_id": user_id}).one_or_none())


def lock_cart(session: Session, cart_id: int) -> CartRow | None:
    """The cart, its row locked until the transaction ends; None when it is gone.

    Taken before order and stock, so that two tabs of one visitor queue up here.
    """
    return _cart(session.execute(_LOCKED_CART, {"cart_id": cart_id}).one_or_none())


def piece_count(session: Session, cart_id: int) -> int:
    """How many pieces the cart holds."""
    return session.scalars(_PIECES, {"cart_id": cart_id}).one()


def lines_of(session: Session, cart_id: int, *, locale: str = "id") -> list[CartLineRow]:
    """The lines of a cart in the order they were added. One statement."""
    rows = session.execute(_LINES, {"cart_id": cart_id}).all()
    wanted = [Wanted(row.variant_id, row.quantity, row.upt_id) for row in rows]
    free = {row.variant_id: {place["upt_id"]: place["available"] for place in row.places} for row in rows}
    left = left_for_each(wanted, free)
    in_cart: Counter[int] = Counter()
    for row in rows:
        in_cart[row.product_id] += row.quantity
    return [
        _line(row, available, in_cart[row.product_id], locale)
        for row, available in zip(rows, left, strict=True)
    ]


def _cart(row: Row[int, str, int | None, str] | None) -> CartRow | None:
    return CartRow(*row) if row else None


def _line(row: Any, available: int, in_cart: int, locale: str) -> CartLineRow:
    values = dict(row._mapping)
    places = values.pop("places")
    values["pause"] = told_pause(values["pause"], locale=locale)
    return CartLineRow(
        **values, available=available, in_cart=in_cart, where=tuple(Place(**place) for place in places)
    )


_CART = select(Cart.id, Cart.key, Cart.user_id, Cart.checkout_key)
_GUEST_CART = _CART.where(Cart.key == bindparam("key"), Cart.user_id.is_(None))
_USER_CART = _CART.where(Cart.user_id == bindparam("user_id"))
_LOCKED_CART = _CART.where(Cart.id == bindparam("cart_id")).with_for_update()

_PIECES = select(func.coalesce(func.sum(CartLine.quantity), 0)).where(
    CartLine.cart_id == bindparam("cart_id")
)

_shelf_upt = Upt.__table__.alias("shelf_upt")
_place = func.jsonb_build_object(
    "upt_id", Stock.upt_id, "upt_name", _shelf_upt.c.name, "available", Stock.available
)
_places = (
    select(func.coalesce(func.jsonb_agg(_place).filter(Stock.id.is_not(None)), func.jsonb_build_array()))
    .select_from(Stock)
    .join(_shelf_upt, _shelf_upt.c.id == Stock.upt_id)
    .where(Stock.variant_id == CartLine.variant_id, Stock.available > 0, ~product_rests_at("stocks.upt_id"))
    .correlate(CartLine)
    .scalar_subquery()
)
_holders = select(Stock.upt_id).where(
    Stock.variant_id == CartLine.variant_id,
    Stock.available > 0,
    or_(CartLine.upt_id.is_(None), Stock.upt_id == CartLine.upt_id),
    ~product_lacks_permits_at("stocks.upt_id"),
)
_pause = pause_json(Product.id, Pause.upt_id.in_(_holders.correlate(CartLine, Product)), day=today())
_LINES = (
    select(
        CartLine.id.label("line_id"),
        CartLine.variant_id,
        Product.id.label("product_id"),
        CartLine.upt_id,
        Upt.name.label("upt_name"),
        CartLine.quantity,
        Product.name.label("product"),
        Variant.name.label("variant"),
        Variant.sku,
        Product.slug,
        Category.slug.label("category"),
        Product.unit,
        Variant.price,
        Variant.weight_g,
        Variant.length_mm,
        Variant.width_mm,
        Variant.height_mm,
        Product.kind,
        Product.is_withdrawn,
        case(
            (CartLine.upt_id.is_(None), product_rests()),
            else_=product_lacks_permits_at("cart_lines.upt_id"),
        ).label("rests"),
        _pause.label("pause"),
        (Product.is_sample | Variant.is_sample).label("is_sample"),
        CartLine.own_text,
        func.coalesce(ProductTerms.own_text_label_id, "").label("own_text_label_id"),
        func.coalesce(ProductTerms.own_text_label_en, "").label("own_text_label_en"),
        ProductTerms.own_text_most,
        func.coalesce(ProductTerms.own_text_required, False).label("own_text_required"),
        ProductTerms.limit_pieces,
        ProductTerms.limit_days,
        _places.label("places"),
    )
    .join(Variant, Variant.id == CartLine.variant_id)
    .join(Product, Product.id == Variant.product_id)
    .join(Category, Category.id == Product.category_id)
    .outerjoin(Upt, Upt.id == CartLine.upt_id)
    .outerjoin(ProductTerms, ProductTerms.product_id == Product.id)
    .where(CartLine.cart_id == bindparam("cart_id"))
    .order_by(CartLine.id)
)
