"""Kanwil, UPT, categories, products, variants and stock for tests.

Each maker adds one row to the session and flushes it, so ids are known; nothing is committed. What a test
does not say gets a running number, so that two rows never collide.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import null
from sqlalchemy.orm import Session

from accounts.models import Kanwil, Upt
from accounts.regions import fold
from inventory.models import (
    Category,
    Maker,
    Pause,
    Permit,
    PermitProduct,
    Product,
    ProductDraft,
    Stock,
    Variant,
)
from inventory.services.catalogue import refresh_catalogue
from kernel.clock import now
from kernel.db import Base

Row = TypeVar("Row", bound=Base)

_numbers = count(1)


def make_kanwil(session: Session, name: str | None = None, **values: Any) -> Kanwil:
    """A regional office."""
    name = name or f"Kanwil Ditjenpas {next(_numbers)}"
    return _add(session, Kanwil(**{"name": name, "slug": slug_of(name), **values}))


def make_upt(session: Session, name: str | None = None, **values: Any) -> Upt:
    """A UPT in Kota Bandung (32.73) unless the test says otherwise; without a Kanwil it gets its own."""
    number = next(_numbers)
    name = name or f"Lapas Kelas IIA Contoh {number}"
    if "kanwil" not in values and "kanwil_id" not in values:
        values["kanwil"] = make_kanwil(session)
    regency_code = values.setdefault("regency_code", "32.73")
    defaults = {
        "name": name,
        "slug": slug_of(name),
        "code": f"UPT-{number}",
        "kind": "lapas",
        "province_code": regency_code[:2],
        "province": "Jawa Barat",
        "city": "Kota Bandung",
    }
    return _add(session, Upt(**{**defaults, **values}))


def make_category(session: Session, slug: str | None = None, **values: Any) -> Category:
    """A category; its names follow from the slug."""
    slug = slug or f"kategori_{next(_numbers)}"
    name = slug.replace("_", " ").capitalize()
    return _add(session, Category(**{"slug": slug, "name_id": name, "name_en": name, **values}))


def make_product(
    session: Session, name: str | None = None, *, makers: tuple[Upt, ...] | None = None, **values: Any
) -> Product:
    """A good without a variant, made by `makers` (one new UPT if none is given)."""
    name = name or f"Produk {next(_numbers)}"
    if "category" not in values and "category_id" not in values:
        values["category"] = make_category(session)
    defaults = {
        "name": name,
        "slug": slug_of(name),
        "kind": "good",
        "description_id": f"{name} buatan warga binaan.",
        "description_en": f"{name} made by inmates.",
        "unit": "buah",
    }
    product = _add(session, Product(**{**defaults, **values}))
    for upt in (make_upt(session),) if makers is None else makers:
        make_maker(session, product, upt)
    return product


def make_maker(session: Session, product: Product, upt: Upt, **values: Any) -> Maker:
    """Let a UPT make a product, ready within three days."""
    return _add(session, Maker(**{"product_id": product.id, "upt_id": upt.id, "lead_days": 3, **values}))


def make_draft(session: Session, upt: Upt, name: str, *, state: str = "proposed", **changes: Any) -> Product:
    """A product that was never published, with one new variant, as its UPT has put it forward."""
    product = make_product(session, name, makers=(upt,), is_withdrawn=True, published_at=null())
    said = {"name": name, "description_id": f"{name} buatan warga binaan.", "unit": "buah", **changes}
    variant = {"price": 30_000, "weight_g": 400, "cost_material": 9_000, "cost_work": 8_000}
    variant |= {"cost_packaging": 1_000}
    said |= {f"new-1/{field}": value for field, value in variant.items()}
    _add(session, ProductDraft(product_id=product.id, upt_id=upt.id, changes=said, state=state))
    return product


def make_permit(session: Session, upt: Upt, *products: Product, **values: Any) -> Permit:
    """A permit of a UPT that covers these products; a P-IRT nobody has checked unless the test says so."""
    number = f"21516040{next(_numbers):05}-31"
    permit = _add(session, Permit(**{"kind": "PIRT", "number": number, "upt_id": upt.id, **values}))
    for product in products:
        _add(session, PermitProduct(permit_id=permit.id, product_id=product.id))
    return permit


def make_pause(session: Session, upt: Upt, *, until: date, **values: Any) -> Pause:
    """A pause of a UPT, or with `product_id` of one product there."""
    said = {"key": uuid4(), "text_id": "Alat diperbaiki.", "actor_label": "Asep", "at": now()}
    return _add(session, Pause(**{**said, "upt_id": upt.id, "until": until, **values}))


def make_variant(session: Session, product: Product | None = None, **values: Any) -> Variant:
    """A variant that can be bought: Rp25.000, 500 g, 200 x 150 x 100 mm."""
    product = product or make_product(session)
    defaults = {
        "product_id": product.id,
        "sku": f"SKU-{next(_numbers)}",
        "price": 25_000,
        "weight_g": 500,
        "length_mm": 200,
        "width_mm": 150,
        "height_mm": 100,
    }
    return _add(session, Variant(**{**defaults, **values}))


def make_stock(session: Session, variant: Variant, upt: Upt, on_hand: int = 10, **values: Any) -> Stock:
    """`on_hand` pieces of a variant on a UPT's shelf, none reserved."""
    return _add(session, Stock(**{"variant_id": variant.id, "upt_id": upt.id, "on_hand": on_hand, **values}))


def list_products(session: Session, *products: Product) -> None:
    """Put products into the catalogue as they are now: listing and search find them from here on."""
    refresh_catalogue(session, [product.id for product in products])


def make_ready_good(
    session: Session, name: str | None = None, *, pieces: int = 10, price: int | None = 25_000, **values: Any
) -> tuple[Product, Variant, Upt]:
    """A listed good with one variant and `pieces` of it at the one UPT that makes it."""
    upt = values.pop("upt", None) or make_upt(session)
    product = make_product(session, name, makers=(upt,), **values)
    variant = make_variant(session, product, price=price)
    if pieces:
        make_stock(session, variant, upt, pieces)
    list_products(session, product)
    return product, variant, upt


def slug_of(name: str) -> str:
    """The address word of a name."""
    return fold(name).replace(" ", "-")


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
