"""Asking to be told when a variant is back, confirming it, stopping it, and taking who is to be told.

Whoever asks holds the variant's shelves still for the moment: a piece that comes in is either seen by the
question, or sees it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from inventory.errors import BackAlready, NotForSale, ProductNotFound, RestockGone, WaitsForTooMuch
from inventory.events import BackInStock, RestockAsked
from inventory.models import RestockRequest
from inventory.queries.resting import rests
from inventory.rules import MOST_UNCONFIRMED, MOST_WAITED_FOR
from kernel.outbox import publish

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody to be told; `user_id` is empty for a visitor."""

    request_id: int
    user_id: int | None
    email: str
    locale: str


def ask_restock(
    session: Session, sku: str, *, user_id: int | None, email: str, locale: str, at: datetime
) -> None:
    """Note that somebody waits for a variant that is sold out; asked twice it is noted once.

    A user's request counts at once, a visitor's once they have confirmed it by the mail that goes out now. An
    address with many open requests gets no more of them: its owner who is signed in is told so by
    WaitsForTooMuch, a visitor is not, for the address may be anybody's. Raises also ProductNotFound,
    NotForSale and BackAlready.
    """
    variant_id = _hold_sold_out(session, sku)
    address = email.strip().lower()
    if not _may_wait(session, address, variant_id, is_confirmed=user_id is not None):
        if user_id is not None:
            raise WaitsForTooMuch(most=MOST_WAITED_FOR)
        _logger.warning("restock request left out", extra={"fields": {"variant_id": variant_id}})
        return
    values = {"variant_id": variant_id, "email": address, "locale": locale, "asked_at": at, "key": uuid4()}
    row = insert(RestockRequest).values(
        **values, user_id=user_id, confirmed_at=at if user_id is not None else None
    )
    if user_id is None:
        statement = row.on_conflict_do_nothing(index_elements=_OPEN, index_where=_IS_OPEN)
    else:
        statement = row.on_conflict_do_update(
            index_elements=_OPEN,
            index_where=_IS_OPEN,
            set_={
                "user_id": user_id,
                "confirmed_at": func.coalesce(RestockRequest.confirmed_at, row.excluded.confirmed_at),
            },
        )
    request_id = session.scalars(statement.returning(RestockRequest.id)).one_or_none()
    if request_id is not None and user_id is None:
        publish(session, RestockAsked(request_id))


def confirm_restock(session: Session, key: UUID, *, at: datetime) -> None:
    """The address is its owner's: the request counts from now on. A second time changes nothing.

    Raises RestockGone when the request has ended, BackAlready when there are pieces again.
    """
    request = _open_request(session, key)
    _hold_sold_out(session, request.sku)
    confirmed = update(RestockRequest).where(
        RestockRequest.id == request.id, RestockRequest.confirmed_at.is_(None)
    )
    session.execute(confirmed.values(confirmed_at=at))


def stop_restock(session: Session, key: UUID, *, at: datetime) -> None:
    """Tell nobody. What has ended already stays as it ended. Raises RestockGone for a key that is none."""
    stopped = update(RestockRequest).where(RestockRequest.key == key, RestockRequest.ended_at.is_(None))
    session.execute(stopped.values(ended_at=at, ended_as="stopped"))
    if session.scalar(select(RestockRequest.id).where(RestockRequest.key == key)) is None:
        raise RestockGone


def stop_own_restock(session: Session, key: UUID, *, user_id: int, at: datetime) -> None:
    """The same for a user's own request. Raises RestockGone for one that is not theirs."""
    own = select(RestockRequest.id).where(RestockRequest.key == key, RestockRequest.user_id == user_id)
    if session.scalar(own) is None:
        raise RestockGone
    stop_restock(session, key, at=at)


def take_waiting(session: Session, variant_id: int, *, most: int, at: datetime) -> Sequence[Waiting]:
    """Up to `most` of those who wait for a variant, the longest waiting first; each is taken once.

    Nobody while there is no free piece that can be bought: they go on waiting.
    """
    rows = session.execute(_TAKE, {"variant_id": variant_id, "most": most, "at": at})
    return sorted((Waiting(*row) for row in rows), key=lambda waiting: waiting.request_id)


def announce_return(session: Session, product_ids: Collection[int]) -> None:
    """Have those told who wait for a variant of goods that may be sold again; only if there are pieces."""
    for variant_id in session.scalars(_WAITED_FOR, {"product_ids": sorted(product_ids)}).all():
        publish(session, BackInStock(variant_id))


def _hold_sold_out(session: Session, sku: str) -> int:
    """The id of a variant that can be bought but is sold out, its shelves held until the transaction ends."""
    row = session.execute(_HOLD, {"sku": sku}).one_or_none()
    if row is None:
        raise ProductNotFound
    if not row.is_for_sale:
        raise NotForSale(variant_id=row.id, product=row.name)
    if any(session.scalars(_FREE, {"variant_id": row.id}).all()):
        raise BackAlready(product=row.name)
    variant_id: int = row.id
    return variant_id


def _may_wait(session: Session, address: str, variant_id: int, *, is_confirmed: bool) -> bool:
    """Whether an address may wait for this variant beside the others it waits for."""
    query = select(func.count(), func.count().filter(RestockRequest.confirmed_at.is_(None))).where(
        RestockRequest.email == address,
        RestockRequest.ended_at.is_(None),
        RestockRequest.variant_id != variant_id,
    )
    waiting, unconfirmed = session.execute(query).one()
    return waiting < MOST_WAITED_FOR and (is_confirmed or unconfirmed < MOST_UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class _Open:
    id: int
    sku: str


def _open_request(session: Session, key: UUID) -> _Open:
    row = session.execute(_REQUEST, {"key": key}).one_or_none()
    if row is None:
        raise RestockGone
    return _Open(*row)


_OPEN = ["variant_id", "email"]
_IS_OPEN = RestockRequest.ended_at.is_(None)

# A new shelf of the variant waits for this lock by its foreign key, a known one for that of its own row.
_PRODUCT = {"product": "p.id", "category": "p.category_id"}
_CAN_BE_BOUGHT = "p.kind = 'good' AND NOT p.is_withdrawn AND v.price IS NOT NULL AND v.weight_g IS NOT NULL"
_HOLD = text(
    f"""
    SELECT v.id, p.name,
           {_CAN_BE_BOUGHT} AND NOT {rests(**_PRODUCT)} AS is_for_sale
    FROM variants v JOIN products p ON p.id = v.product_id WHERE v.sku = :sku FOR UPDATE OF v
    """  # noqa: S608  our own column names
)
_WAITED_FOR = text(
    """
    SELECT v.id FROM variants v
    WHERE v.product_id = ANY(:product_ids)
      AND EXISTS (SELECT FROM stocks s WHERE s.variant_id = v.id AND s.available > 0)
      AND EXISTS (SELECT FROM restock_requests r WHERE r.variant_id = v.id AND r.ended_at IS NULL
                  AND r.confirmed_at IS NOT NULL)
    ORDER BY v.id
    """
)
_FREE = text(
    f"""
    SELECT s.available > 0 AND NOT {rests(**_PRODUCT, upt="s.upt_id")}
    FROM stocks s JOIN variants v ON v.id = s.variant_id JOIN products p ON p.id = v.product_id
    WHERE s.variant_id = :variant_id ORDER BY s.id FOR SHARE OF s
    """  # noqa: S608  our own column names
)
_REQUEST = text(
    """
    SELECT r.id, v.sku FROM restock_requests r JOIN variants v ON v.id = r.variant_id
    WHERE r.key = :key AND r.ended_at IS NULL
    """
)
_TAKE = text(
    f"""
    WITH due AS (
        SELECT id FROM restock_requests
        WHERE variant_id = :variant_id AND ended_at IS NULL AND confirmed_at IS NOT NULL
          AND EXISTS (
              SELECT FROM stocks s JOIN variants v ON v.id = s.variant_id
              JOIN products p ON p.id = v.product_id
              WHERE v.id = :variant_id AND s.available > 0 AND {_CAN_BE_BOUGHT}
                AND NOT {rests(**_PRODUCT, upt="s.upt_id")}
          )
        ORDER BY id LIMIT :most FOR UPDATE
    )
    UPDATE restock_requests r SET ended_at = :at, ended_as = 'told' FROM due
    WHERE r.id = due.id
    RETURNING r.id, r.user_id,
              coalesce((SELECT u.email FROM users u WHERE u.id = r.user_id AND u.is_active), r.email),
              r.locale
    """  # noqa: S608  our own column names
)
