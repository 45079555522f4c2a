"""Use-cases of carts: filling, changing and merging them, and what happens once they are ordered."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from inventory.errors import NotForSale, OutOfStock, ProductNotFound, QuantityInvalid
from inventory.queries.resting import rests
from orders.errors import PurchaseLimit
from orders.rules.screening import check_own_text
from storefront.errors import CartFull, LineNotFound, NotMadeThere
from storefront.models import Cart, CartLine
from storefront.queries.carts import CartRow
from storefront.rules import CART_LIFE, MOST_LINES, MOST_PIECES

_PURGED_AT_ONCE = 5


def open_cart(session: Session, *, key: str | None, user_id: int | None, at: datetime) -> CartRow:
    """The visitor's cart, made if there is none; its row is locked and marked as used at `at` (UTC).

    A signed-in user has one cart; a guest's is found by `key`. A key we did not hand out opens nothing: the
    new cart gets a key of ours.
    """
    columns = (Cart.id, Cart.key, Cart.user_id, Cart.checkout_key)
    new = {"key": _new_key(), "user_id": user_id, "checkout_key": _new_key(), "updated_at": at}
    made = insert(Cart).values(new)
    if user_id is not None:
        touched = made.on_conflict_do_update(index_elements=["user_id"], set_={"updated_at": at})
        return CartRow(*session.execute(touched.returning(*columns)).one())
    if key:
        known = update(Cart).where(Cart.key == key, Cart.user_id.is_(None)).values(updated_at=at)
        row = session.execute(known.returning(*columns)).one_or_none()
        if row:
            return CartRow(*row)
    purge_carts(session, at=at, most=_PURGED_AT_ONCE)
    return CartRow(*session.execute(made.returning(*columns)).one())


def touch_cart(session: Session, cart_id: int, *, at: datetime) -> None:
    """Lock a cart's row and mark it as used at `at` (UTC)."""
    session.execute(update(Cart).where(Cart.id == cart_id).values(updated_at=at))


def put_in_cart(
    session: Session, cart_id: int, sku: str, quantity: int, *, upt: str | None = None, own_text: str = ""
) -> None:
    """Have `quantity` pieces of a variant in the cart, from the UPT of that slug or from any.

    `own_text` is to be written on each of them; with another text they are another line. It says how many
    there shall be, not how many more: a form sent twice puts nothing in twice. Raises QuantityInvalid,
    ProductNotFound, NotForSale, NotMadeThere, OutOfStock, OwnTextRefused, PurchaseLimit and CartFull.
    """
    _check_quantity(quantity)
    goods = _goods(session, sku, upt)
    _check_stock(goods, quantity)
    _check_own_text(goods, own_text)
    line = {"cart_id": cart_id, "variant_id": goods.variant_id, "upt_id": goods.upt_id, "own_text": own_text}
    session.execute(
        insert(CartLine)
        .values(**line, quantity=quantity)
        .on_conflict_do_update(index_elements=_LINE_KEY, set_={"quantity": quantity})
    )
    _check_limit(session, cart_id, goods)
    lines = session.scalar(select(func.count()).where(CartLine.cart_id == cart_id))
    if lines and lines > MOST_LINES:
        raise CartFull(most=MOST_LINES)


def change_line(
    session: Session, cart_id: int, line_id: int, quantity: int, *, own_text: str | None = None
) -> None:
    """Have `quantity` pieces on a line, and another text on them unless `own_text` is None.

    A line that comes to say the same as another one of its goods is joined with it. Raises QuantityInvalid,
    LineNotFound, NotForSale, OutOfStock, OwnTextRefused and PurchaseLimit.
    """
    _check_quantity(quantity)
    found = session.execute(_LINE, {"cart_id": cart_id, "line_id": line_id}).one_or_none()
    if found is None:
        raise LineNotFound
    goods = _goods(session, found.sku, found.upt)
    written = found.own_text if own_text is None else own_text
    _check_own_text(goods, written)
    twin = {"cart_id": cart_id, "line_id": line_id, "own_text": written}
    joined = session.scalars(_TAKE_TWIN, twin).one_or_none()
    quantity += joined or 0
    _check_quantity(quantity)
    _check_stock(goods, quantity)
    changed = update(CartLine).where(CartLine.id == line_id)
    session.execute(changed.values(quantity=quantity, own_text=written))
    _check_limit(session, cart_id, goods)


def remove_line(session: Session, cart_id: int, line_id: int) -> None:
    """Take a line out of the cart; a line that is gone already is no matter."""
    session.execute(delete(CartLine).where(CartLine.cart_id == cart_id, CartLine.id == line_id))


def take_ordered(session: Session, cart_id: int, line_ids: Collection[int]) -> str:
    """Take the lines that were ordered out of the cart; gives the key of the next order.

    What another tab has put in meanwhile stays.
    """
    values = {"cart_id": cart_id, "line_ids": list(line_ids), "checkout_key": _new_key()}
    next_key: str = session.execute(_TAKE_ORDERED, values).scalar_one()
    return next_key


def merge_carts(session: Session, guest_key: str, user_id: int, *, at: datetime) -> None:
    """Give what a guest has gathered to the user who has just signed in; the guest's cart is gone then.

    Of what is in both carts the larger quantity stays; lines beyond MOST_LINES are left out, newest last.
    """
    guest_id = session.scalar(
        select(Cart.id).where(Cart.key == guest_key, Cart.user_id.is_(None)).with_for_update()
    )
    if guest_id is None:
        return
    cart = open_cart(session, key=None, user_id=user_id, at=at)
    session.execute(_MERGE, {"guest_id": guest_id, "cart_id": cart.id, "most": MOST_LINES})
    session.execute(delete(Cart).where(Cart.id == guest_id))


def purge_carts(session: Session, *, at: datetime, most: int) -> int:
    """Forget up to `most` carts that nobody has touched for CART_LIFE before `at` (UTC); gives their number.

    Each new cart does so for a few, so the table keeps its size without a job of its own.
    """
    old = (
        select(Cart.id)
        .where(Cart.updated_at < at - CART_LIFE)
        .order_by(Cart.updated_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return len(session.scalars(delete(Cart).where(Cart.id.in_(old)).returning(Cart.id)).all())


# --- checks ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Goods:
    variant_id: int
    product: str
    is_for_sale: bool
    upt_id: int | None
    is_made_there: bool
    places: list[dict[str, Any]]
    product_id: int
    own_text_most: int | None
    own_text_required: bool
    limit_pieces: int | None
    limit_days: int | None

    @property
    def available(self) -> int:
        return sum(place["available"] for place in self.places if self.upt_id in (None, place["upt_id"]))


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MOST_PIECES:
        raise QuantityInvalid(most=MOST_PIECES)


def _check_stock(goods: _Goods, quantity: int) -> None:
    if not goods.is_for_sale:
        raise NotForSale(variant_id=goods.variant_id, product=goods.product)
    if not goods.is_made_there:
        raise NotMadeThere(product=goods.product)
    if goods.available < quantity:
        raise OutOfStock(
            product=goods.product,
            wanted=quantity,
            left=goods.available,
            where=[(place["name"], place["available"]) for place in goods.places],
        )


def _check_own_text(goods: _Goods, own_text: str) -> None:
    check_own_text(
        own_text, product=goods.product, most=goods.own_text_most, is_required=goods.own_text_required
    )


def _check_limit(session: Session, cart_id: int, goods: _Goods) -> None:
    """What nobody gets is refused in the cart; what this buyer has had already is known when they order."""
    if goods.limit_pieces is None:
        return
    pieces = session.scalars(_PIECES_OF, {"cart_id": cart_id, "product_id": goods.product_id}).one()
    if pieces > goods.limit_pieces:
        raise PurchaseLimit(
            product=goods.product,
            most=goods.limit_pieces,
            days=goods.limit_days,
            left=goods.limit_pieces,
        )


def _goods(session: Session, sku: str, upt: str | None) -> _Goods:
    row = session.execute(_GOODS, {"sku": sku, "upt": upt}).one_or_none()
    if row is None:
        raise ProductNotFound
    return _Goods(*row)


def _new_key() -> str:
    return secrets.token_urlsafe(24)


# Everything that decides whether a variant can be put in a cart, from one UPT or from any, in one look.
_PRODUCT = {"product": "p.id", "category": "p.category_id"}
_GOODS = text(
    f"""
    SELECT v.id, p.name,
           p.kind = 'good' AND NOT p.is_withdrawn AND v.price IS NOT NULL AND v.weight_g IS NOT NULL
           AND NOT {rests(**_PRODUCT)},
           u.id,
           CAST(:upt AS text) IS NULL OR EXISTS (
               SELECT FROM stocks s WHERE s.variant_id = v.id AND s.upt_id = u.id
           ),
           coalesce((
               SELECT jsonb_agg(
                   jsonb_build_object('upt_id', s.upt_id, 'name', su.name, 'available', s.available)
                   ORDER BY s.available DESC, su.name
               )
               FROM stocks s JOIN upts su ON su.id = s.upt_id
               WHERE s.variant_id = v.id AND s.available > 0 AND NOT {rests(**_PRODUCT, upt="s.upt_id")}
           ), '[]'),
           p.id, t.own_text_most, coalesce(t.own_text_required, false), t.limit_pieces, t.limit_days
    FROM variants v JOIN products p ON p.id = v.product_id
    LEFT JOIN product_terms t ON t.product_id = p.id
    LEFT JOIN upts u ON u.slug = CAST(:upt AS text)
    WHERE v.sku = :sku
    """  # noqa: S608  our own column names
)

_LINE = text(
    """
    SELECT v.sku, u.slug AS upt, l.own_text
    FROM cart_lines l JOIN variants v ON v.id = l.variant_id LEFT JOIN upts u ON u.id = l.upt_id
    WHERE l.cart_id = :cart_id AND l.id = :line_id
    """
)

_LINE_KEY = ["cart_id", "variant_id", "upt_id", "own_text"]

_TAKE_ORDERED = text(
    """
    WITH ordered AS (DELETE FROM cart_lines WHERE cart_id = :cart_id AND id = ANY(:line_ids))
    UPDATE carts SET checkout_key = :checkout_key WHERE id = :cart_id RETURNING checkout_key
    """
)
_TAKE_TWIN = text(
    """
    DELETE FROM cart_lines twin USING cart_lines line
    WHERE line.id = :line_id AND line.cart_id = :cart_id AND twin.id <> line.id
      AND twin.cart_id = line.cart_id AND twin.variant_id = line.variant_id
      AND twin.upt_id IS NOT DISTINCT FROM line.upt_id AND twin.own_text = :own_text
    RETURNING twin.quantity
    """
)

_PIECES_OF = text(
    """
    SELECT coalesce(sum(l.quantity), 0)::bigint FROM cart_lines l JOIN variants v ON v.id = l.variant_id
    WHERE l.cart_id = :cart_id AND v.product_id = :product_id
    """
)

_MERGE = text(
    """
    INSERT INTO cart_lines AS line (cart_id, variant_id, upt_id, own_text, quantity)
    SELECT :cart_id, g.variant_id, g.upt_id, g.own_text, g.quantity
    FROM (
        SELECT g.*, m.id IS NULL AS is_new,
               count(*) FILTER (WHERE m.id IS NULL) OVER (ORDER BY g.id) AS new_lines
        FROM cart_lines g
        LEFT JOIN cart_lines m ON m.cart_id = :cart_id AND m.variant_id = g.variant_id
                              AND m.upt_id IS NOT DISTINCT FROM g.upt_id AND m.own_text = g.own_text
        WHERE g.cart_id = :guest_id
    ) g
    WHERE NOT g.is_new
       OR g.new_lines <= :most - (SELECT count(*) FROM cart_lines WHERE cart_id = :cart_id)
    ORDER BY g.id
    ON CONFLICT (cart_id, variant_id, upt_id, own_text)
    DO UPDATE SET quantity = greatest(line.quantity, excluded.quantity)
    """
)
