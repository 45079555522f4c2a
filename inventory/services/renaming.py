"""New names with new addresses: the old address stays known and leads to the new one in a single step.

A product and a UPT keep their address when an import changes their name. Here a person gives them another
name *and* its address; whoever has the old link still arrives, since every old address points at the thing
itself and not at the address that came after it. A taken address, present or past, is another's for good.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from accounts.errors import NameInvalid, UptNotFound
from accounts.importing import LONGEST_TEXT
from accounts.models import OldUptSlug, Upt
from accounts.regions import fold
from accounts.rules import Actor
from accounts.services import audit
from accounts.upt_file import slug_of
from inventory.errors import ProductNotFound
from inventory.models import Maker, OldProductSlug, Product, Variant
from inventory.rules import CATALOGUE
from inventory.services.catalogue import refresh_catalogue
from kernel.db import mark_changed


def rename_product(session: Session, slug: str, name: str, *, actor: Actor, at: datetime) -> str:
    """Give a product another name and its address; gives the address, which is audited with the name.

    Raises ProductNotFound and NameInvalid.
    """
    name = _checked(name)
    product = session.scalar(select(Product).where(Product.slug == slug).with_for_update())
    if product is None:
        raise ProductNotFound
    before = {"name": product.name, "slug": product.slug}
    wanted, old = slug_of(name), OldProductSlug
    has_it = select(Product.slug).where(Product.slug == wanted, Product.id != product.id)
    had_it = select(old.slug).where(old.slug == wanted, old.product_id != product.id)
    if session.scalar(has_it) or session.scalar(had_it):
        sku = session.scalar(select(Variant.sku).where(Variant.product_id == product.id).order_by(Variant.id))
        wanted = f"{wanted}--{slug_of(sku or str(product.id))}"
    if wanted != product.slug:
        session.execute(delete(old).where(old.slug == wanted))
        session.add(old(slug=product.slug, product_id=product.id, at=at))
    product.name, product.slug = name, wanted
    refresh_catalogue(session, [product.id])
    after = {"name": name, "slug": wanted}
    audit.record(session, actor, "product.rename", "product", wanted, at=at, before=before, after=after)
    return wanted


def rename_upt(session: Session, code: str, name: str, *, actor: Actor, at: datetime) -> str:
    """Give a UPT another name and its address; gives the address, which is audited with the name.

    Raises UptNotFound and NameInvalid.
    """
    name = _checked(name)
    upt = session.scalar(select(Upt).where(Upt.code == code).with_for_update())
    if upt is None:
        raise UptNotFound(upt_code=code)
    before = {"name": upt.name, "slug": upt.slug}
    wanted, old = slug_of(name), OldUptSlug
    has_it = select(Upt.slug).where(Upt.slug == wanted, Upt.id != upt.id)
    had_it = select(old.slug).where(old.slug == wanted, old.upt_id != upt.id)
    if session.scalar(has_it) or session.scalar(had_it):
        wanted = f"{wanted}--{code.lower()}"
    if wanted != upt.slug:
        session.execute(delete(old).where(old.slug == wanted))
        session.add(old(slug=upt.slug, upt_id=upt.id, at=at))
    upt.name, upt.slug = name, wanted
    session.flush()
    made = session.scalars(select(Maker.product_id).where(Maker.upt_id == upt.id)).all()
    refresh_catalogue(session, made)
    mark_changed(session, CATALOGUE)
    after = {"name": name, "slug": wanted}
    audit.record(session, actor, "upt.rename", "upt", code, at=at, upt_id=upt.id, before=before, after=after)
    return wanted


def _checked(name: str) -> str:
    """The name with its spaces put in order. Raises NameInvalid."""
    name = " ".join(name.split())
    if not fold(name) or len(name) > LONGEST_TEXT:
        raise NameInvalid(most=LONGEST_TEXT)
    return name
