"""A shop with something in it, committed, so that the pages of the real app show it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from kernel.db import transaction
from tests.factories.inventory import (
    list_products,
    make_category,
    make_kanwil,
    make_maker,
    make_product,
    make_ready_good,
    make_stock,
    make_upt,
)


@dataclass(frozen=True, slots=True)
class Shop:
    """What the pages are about: bread of two UPTs, a service, and something to ask for."""

    bread: str
    bread_sku: str
    bread_id: int
    service: str
    priceless: str
    withdrawn: str
    here: str
    there: str
    kanwil: str


@pytest.fixture
def shop(app: Flask) -> Shop:
    """Bread: 5 pieces here, 3 there, Rp8.000; a car wash; a chair without a price; a withdrawn mat."""
    with app.app_context(), transaction() as session:
        kanwil = make_kanwil(session, "Kanwil Ditjenpas Jawa Barat")
        food = make_category(session, "roti_kue", name_id="Roti dan kue", name_en="Bread and cakes")
        here = make_upt(session, "Lapas Kelas IIA Bandung", kanwil=kanwil)
        there = make_upt(session, "Lapas Kelas IIB Ciamis", kanwil=kanwil, city="Kabupaten Ciamis")
        bread, variant, _ = make_ready_good(
            session, "Roti Manis", upt=here, category=food, pieces=5, price=8_000
        )
        make_maker(session, bread, there)
        make_stock(session, variant, there, 3)
        service = make_product(session, "Cuci Mobil", kind="service", makers=(here,), category=food)
        priceless = make_ready_good(session, "Kursi Ukir", upt=there, price=None, category=food)[0]
        withdrawn = make_ready_good(session, "Keset Lama", upt=there, category=food, is_withdrawn=True)[0]
        list_products(session, bread, service)
        return Shop(
            bread=bread.slug,
            bread_sku=variant.sku,
            bread_id=variant.id,
            service=service.slug,
            priceless=priceless.slug,
            withdrawn=withdrawn.slug,
            here=here.slug,
            there=there.slug,
            kanwil=kanwil.slug,
        )
