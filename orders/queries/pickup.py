"""Whether a parcel may be fetched at its UPT: the one place that decides it."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

# a product of which nobody has said how it is handed out goes as its office does
FETCHABLE = """
    (u.is_open_for_pickup AND NOT EXISTS (
        SELECT FROM fulfilment_lines held JOIN order_lines bought ON bought.id = held.order_line_id
        JOIN variants sort ON sort.id = bought.variant_id JOIN products made ON made.id = sort.product_id
        WHERE held.fulfilment_id = f.id AND made.delivery_modes <> '{}'
          AND NOT 'pickup' = ANY(made.delivery_modes)))
"""
"""The SQL condition, of a parcel `f` and its UPT `u`."""

_MAY_BE_FETCHED = text(
    f"SELECT {FETCHABLE} FROM fulfilments f JOIN upts u ON u.id = f.upt_id WHERE f.id = :id"  # noqa: S608
)


def may_be_fetched(session: Session, fulfilment_id: int) -> bool:
    """Whether the UPT is open for it, and all the parcel's goods are handed out that way."""
    return bool(session.execute(_MAY_BE_FETCHED, {"id": fulfilment_id}).scalar_one())
