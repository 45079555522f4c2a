"""Services with slots, and enquiries made as customers make them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import CUSTOMER
from inventory.models import Product, ProductTerms
from kernel.clock import jakarta_day
from orders.models import ServiceSlot
from orders.queries.enquiries import EnquiryView, enquiry_view
from orders.services.enquiring import Ask, WantedSlot, ask
from tests.factories.inventory import list_products, make_product, make_upt

_keys = count(1)


def make_service(session: Session, upt: Upt | None = None, **values: Any) -> Product:
    """A listed service of one UPT."""
    product = make_product(session, makers=(upt or make_upt(session),), kind="service", **values)
    list_products(session, product)
    return product


def make_terms(session: Session, product_id: int, **values: Any) -> ProductTerms:
    """The terms of a product."""
    terms = ProductTerms(product_id=product_id, **values)
    session.add(terms)
    session.flush()
    return terms


def make_slot(
    session: Session, product: Product, upt: Upt, *, weekday: int = 2, capacity: int = 2, **values: Any
) -> ServiceSlot:
    """A slot for two on Tuesdays from nine to ten."""
    defaults = {"starts_at": time(9), "ends_at": time(10)}
    slot = ServiceSlot(
        product_id=product.id,
        upt_id=upt.id,
        weekday=weekday,
        capacity=capacity,
        **{**defaults, **values},
    )
    session.add(slot)
    session.flush()
    return slot


def next_day(slot: ServiceSlot, at: datetime) -> date:
    """The next day of the slot after the shop's day at `at`."""
    first = jakarta_day(at) + timedelta(days=1)
    return first + timedelta(days=(slot.weekday - first.isoweekday()) % 7)


def make_enquiry(
    session: Session,
    *,
    at: datetime,
    product: Product | None = None,
    slot: ServiceSlot | None = None,
    people: int = 1,
    upts: tuple[Upt, ...] = (),
    **values: Any,
) -> EnquiryView:
    """A question about a product, or with `slot` a booking of its next day."""
    defaults: dict[str, Any] = {
        "idempotency_key": f"key-{next(_keys)}",
        "kind": "booking" if slot else "question",
        "product_id": slot.product_id if slot else (product or make_product(session)).id,
        "upt_ids": [upt.id for upt in upts],
        "locale": "id",
        "name": "Sari",
        "email": "sari@example.com",
        "body": "Apakah bisa?",
    }
    if slot:
        day = next_day(slot, at)
        defaults |= {"slot": WantedSlot(slot.id, day, people), "earliest": jakarta_day(at), "latest": day}
    asked = ask(session, Ask(**{**defaults, **values}), actor=CUSTOMER, at=at)
    return enquiry_view(session, asked.number)
