"""A small shop and orders placed in it through the real use-case: nothing here breaks an invariant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import CUSTOMER, system_actor
from inventory.models import Variant
from inventory.services.stock import receive
from kernel.clock import jakarta_day
from orders.rules.allocation import Wish
from orders.services.placing import Contact, Destination, PlaceOrder, place_order
from orders.services.quoting import quote
from tests.factories.inventory import make_product, make_upt, make_variant
from tests.factories.shipping import make_rates

BANDUNG = Destination("Jalan Asia Afrika 8", "32.73.19.1001", "40111")

_keys = count(1)


@dataclass(frozen=True)
class Shop:
    """Nets from Garut and Ciamis, bread from Garut alone; every piece received through the ledger."""

    garut: Upt
    ciamis: Upt
    net: Variant
    bread: Variant


def make_shop(session: Session, *, at: datetime, nets: tuple[int, int] = (4, 5), breads: int = 3) -> Shop:
    """Two UPTs of West Java: nets at Rp90.000 (so many at Garut and Ciamis), bread at Rp15.000."""
    make_rates(session)
    garut = make_upt(session, "Lapas Kelas IIA Garut", regency_code="32.05", city="Kabupaten Garut")
    ciamis = make_upt(session, "Lapas Kelas IIB Ciamis", regency_code="32.07", city="Kabupaten Ciamis")
    net = make_variant(session, make_product(session, "Coir Net", makers=(garut, ciamis)), price=90_000)
    bread = make_variant(session, make_product(session, "Roti", makers=(garut,)), price=15_000)
    keeper = system_actor("test")
    for variant, upt, pieces in ((net, garut, nets[0]), (net, ciamis, nets[1]), (bread, garut, breads)):
        if pieces:
            receive(session, variant.id, upt.id, pieces, reason="test", actor=keeper, at=at)
    return Shop(garut, ciamis, net, bread)


def make_command(*wishes: Wish, **changes: Any) -> PlaceOrder:
    """An order by Sari to Bandung under a key of its own; the total seen is still to be set."""
    command = PlaceOrder(
        idempotency_key=f"key-{next(_keys)}",
        wishes=wishes,
        contact=Contact("sari@example.com", "Sari", "081234567890"),
        destination=BANDUNG,
        note="",
        locale="id",
        seen_total=0,
        minimum_total=10_000,
        maximum_total=100_000_000,
    )
    return replace(command, **changes)


def with_seen_total(session: Session, command: PlaceOrder, *, at: datetime) -> PlaceOrder:
    """The same command by a buyer who has seen the right total."""
    regency_code = command.destination.village_code[:5]
    total = quote(session, command.wishes, regency_code=regency_code, day=jakarta_day(at)).total
    return replace(command, seen_total=total)


def make_placed_order(session: Session, *wishes: Wish, at: datetime, **changes: Any) -> str:
    """An order that waits for payment; gives its number."""
    command = with_seen_total(session, make_command(*wishes, **changes), at=at)
    return place_order(session, command, actor=CUSTOMER, at=at)
