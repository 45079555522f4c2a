"""Products coming into the shop by the offices above, or sent back by them; and leaving it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from accounts.rules import Actor, Permission
from accounts.services.audit import record
from inventory.errors import ProductDecided, ProductIncomplete, ProductNotFound, ProductShared
from inventory.events import ProductReviewed
from inventory.models import Product, ProductDraft
from inventory.queries.drafts import StaffProduct
from inventory.services.applying import apply_sheet
from inventory.services.catalogue import refresh_catalogue
from inventory.services.drafting import hold_own, hold_product
from inventory.services.restocking import announce_return
from kernel.outbox import publish


def publish_product(session: Session, slug: str, *, mark: str, actor: Actor, at: datetime) -> None:
    """Bring what a UPT has put forward into the shop, as it was read.

    Nothing else publishes. Raises ProductNotFound for who has no right over that UPT or works there,
    ProductDecided if it was written anew or decided on meanwhile, ProductIncomplete.
    """
    product = _to_decide(session, slug, mark, "product.publish", actor)
    if product.missing:
        raise ProductIncomplete(fields=product.missing)
    assert product.writer is not None
    session.execute(delete(ProductDraft).where(ProductDraft.product_id == product.id))
    session.execute(
        update(Product)
        .where(Product.id == product.id)
        .values(is_withdrawn=False, published_at=func.coalesce(Product.published_at, at))
    )
    apply_sheet(session, product, product.changes, upt=product.writer)
    announce_return(session, [product.id])
    publish(session, ProductReviewed(product.id, product.writer.id, "", at.isoformat()))
    before = {field: product.live.get(field) for field in product.changes}
    _note(session, product, "product.publish", actor, at, before=before, after=product.changes)


def return_product(
    session: Session, slug: str, refusal: str, *, mark: str, actor: Actor, at: datetime
) -> None:
    """Send what a UPT has put forward back for a reason. Raises what `publish_product` raises."""
    product = _to_decide(session, slug, mark, "product.review", actor)
    draft = session.get_one(ProductDraft, product.id, populate_existing=True)
    draft.state, draft.refusal = "returned", refusal
    session.flush()
    publish(session, ProductReviewed(product.id, draft.upt_id, refusal, at.isoformat()))
    _note(session, product, "product.return", actor, at, before={}, after={"refusal": refusal})


def archive_product(session: Session, slug: str, *, actor: Actor, at: datetime) -> None:
    """Take a product of the actor's UPT out of the shop; what is written of it is kept.

    Orders that were placed are sent as promised. Raises ProductNotFound, ProductShared where other UPTs make
    it too, ProductDecided if it is laid aside already.
    """
    product = hold_own(session, slug, actor)
    if product.standing == "archived":
        raise ProductDecided
    if product.is_shared:
        raise ProductShared
    session.execute(update(Product).where(Product.id == product.id).values(is_withdrawn=True))
    draft = session.scalar(select(ProductDraft).where(ProductDraft.product_id == product.id))
    if draft is not None:
        draft.state, draft.refusal = "archived", ""
    refresh_catalogue(session, [product.id])
    before, after = {"standing": product.standing}, {"standing": "archived"}
    _note(session, product, "product.archive", actor, at, before=before, after=after)


def _to_decide(session: Session, slug: str, mark: str, permission: Permission, actor: Actor) -> StaffProduct:
    product = hold_product(session, slug, actor)
    if product.writer is None:
        raise ProductDecided
    if not product.may(actor, permission):
        raise ProductNotFound
    if product.state != "proposed" or product.mark != mark:
        raise ProductDecided
    return product


def _note(
    session: Session,
    product: StaffProduct,
    action: str,
    actor: Actor,
    at: datetime,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    upt = product.own or product.writer
    upt_id = upt.id if upt else None
    record(session, actor, action, "product", product.slug, at=at, upt_id=upt_id, before=before, after=after)
