"""The demo's terms and slots: for products that exist, marked as sample, given once."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.rules import system_actor
from inventory.demo_terms import SLOTS, TERMS
from inventory.models import CatalogueEntry, Product, ProductTerms, Variant
from inventory.services.demo import load_demo_goods
from inventory.services.demo_terms import fill_terms
from inventory.services.importing import import_catalogue
from operations.demo import DEMO_PRODUCTS, DEMO_UPTS
from orders.models import ServiceSlot
from orders.services.demo import fill_slots


@pytest.fixture
def demo(session: Session, at: datetime) -> Session:
    import_catalogue(session, DEMO_UPTS, DEMO_PRODUCTS, progress=lambda *_: None)
    load_demo_goods(session, actor=system_actor("demo"), at=at)
    fill_slots(session)
    return session


def test_every_sku_is_one_of_the_catalogue(demo: Session) -> None:
    known = set(demo.scalars(select(Variant.sku)))
    assert set(TERMS) - known == set()
    assert set(SLOTS) - known == set()


def test_all_of_it_is_marked_as_sample_and_given_once(demo: Session) -> None:
    assert demo.scalars(select(ProductTerms.is_sample).distinct()).all() == [True]
    assert demo.scalars(select(ServiceSlot.is_sample).distinct()).all() == [True]
    before = demo.scalar(select(func.count()).select_from(ServiceSlot))
    assert fill_terms(demo) == 0
    assert fill_slots(demo) == 0
    assert demo.scalar(select(func.count()).select_from(ServiceSlot)) == before


def test_what_is_internal_is_not_in_the_catalogue(demo: Session) -> None:
    internal = select(ProductTerms.product_id).where(ProductTerms.audience == "internal")
    assert len(demo.scalars(internal).all()) == 2
    shown = select(CatalogueEntry.product_id).where(CatalogueEntry.product_id.in_(internal))
    assert demo.scalars(shown).all() == []


def test_slots_are_of_services_and_export_terms_of_export_goods(demo: Session) -> None:
    slotted = select(Product.kind).where(Product.id.in_(select(ServiceSlot.product_id))).distinct()
    assert demo.scalars(slotted).all() == ["service"]
    priced = select(ProductTerms.product_id).where(ProductTerms.hs_code != "")
    kinds = select(Product.kind).where(Product.id.in_(priced)).distinct()
    assert demo.scalars(kinds).all() == ["export_commodity"]
