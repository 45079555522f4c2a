"""The cartons of parcels: what lies in each, and under which number it goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from orders.errors import NoSuchCarton
from orders.models import Carton


@dataclass(frozen=True, slots=True)
class PackedCarton:
    """One box of a parcel: how many pieces by order line position; courier and number once it has left."""

    position: int
    pieces: Mapping[int, int]
    courier: str | None
    tracking_number: str | None

    @property
    def has_left(self) -> bool:
        """Whether the courier has it; the number of a customer who was forgotten is empty."""
        return self.tracking_number is not None


_CARTONS = text(
    """
    SELECT c.fulfilment_id, c.position, jsonb_object_agg(l.position, cl.pieces) AS pieces,
           c.shipped_courier, c.tracking_number
    FROM cartons c
    JOIN carton_lines cl ON cl.carton_id = c.id
    JOIN fulfilment_lines fl ON fl.id = cl.fulfilment_line_id
    JOIN order_lines l ON l.id = fl.order_line_id
    WHERE c.fulfilment_id = ANY(:fulfilment_ids)
    GROUP BY c.id ORDER BY c.fulfilment_id, c.position
    """
)


def cartons_of(session: Session, fulfilment_ids: Sequence[int]) -> defaultdict[int, list[PackedCarton]]:
    """The cartons of parcels besides their first, by parcel and position; one statement."""
    found = defaultdict[int, list[PackedCarton]](list)
    for row in session.execute(_CARTONS, {"fulfilment_ids": list(fulfilment_ids)}):
        pieces = {int(position): count for position, count in row.pieces.items()}
        carton = PackedCarton(row.position, pieces, row.shipped_courier, row.tracking_number)
        found[row.fulfilment_id].append(carton)
    return found


def later_carton(session: Session, fulfilment_id: int, position: int) -> Carton:
    """A carton besides the first, as it is now, of a parcel that the caller holds. Raises NoSuchCarton."""
    query = select(Carton).where(Carton.fulfilment_id == fulfilment_id, Carton.position == position)
    carton = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if carton is None:
        raise NoSuchCarton
    return carton


def left_in_first(sent: Mapping[int, int], cartons: Sequence[PackedCarton]) -> dict[int, int]:
    """What lies in the first carton: the pieces sent, by line position, less those in the others."""
    left = {
        position: count - sum(carton.pieces.get(position, 0) for carton in cartons)
        for position, count in sent.items()
    }
    return {position: count for position, count in left.items() if count}
