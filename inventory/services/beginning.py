"""Products as they begin: with a name alone, or with what is written of another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, null, or_, select
from sqlalchemy.orm import Session

from accounts.rules import Actor
from accounts.services.audit import record
from accounts.upt_file import slug_of
from inventory.errors import ProductNotFound
from inventory.models import Category, Maker, OldProductSlug, Product, ProductDraft
from inventory.product_sheet import Sheet, Value, part_of
from inventory.queries.drafts import MakingUpt, writing_upts
from inventory.services.drafting import UNSAID, hold_own, refuse_faults, save_changes

_NAMING = 7_214_026  # advisory: one product at a time is given its address


def add_product(
    session: Session, upt_code: str, *, name: str, category: str, kind: str, actor: Actor, at: datetime
) -> str:
    """Begin a product of a UPT of the actor's; gives its address, under which nothing is shown yet.

    Raises ProductNotFound for another's UPT, ProductRefused.
    """
    upt = next((each for each in writing_upts(session, actor) if each.code == upt_code), None)
    if upt is None or not actor.may_at("product.work", upt.id):
        raise ProductNotFound
    wanted: Sheet = {"name": name, "category": category, "kind": kind}
    refuse_faults(session, wanted)
    slug = begin(session, upt, wanted)
    note_begun(session, upt, slug, wanted, actor=actor, at=at)
    return slug


def note_begun(
    session: Session, upt: MakingUpt, slug: str, wanted: Mapping[str, Value], *, actor: Actor, at: datetime
) -> None:
    """Tell the audit log that a UPT has begun a product."""
    record(session, actor, "product.add", "product", slug, at=at, upt_id=upt.id, after=wanted)


def copy_product(session: Session, slug: str, name: str, *, actor: Actor, at: datetime) -> str:
    """Begin another product from what is written of one, under a name of its own; gives its address.

    Photographs, permits and stock stay with the first. Raises ProductNotFound, ProductRefused.
    """
    product = hold_own(session, slug, actor)
    assert product.own is not None
    refuse_faults(session, {"name": name})
    sheet = {**product.sheet, "name": name}
    copied = begin(session, product.own, sheet)
    copy = hold_own(session, copied, actor)
    keys = {variant: f"new-{place}" for place, variant in enumerate(product.variants, start=1)}
    rest = {field: value for field, value in sheet.items() if not part_of(field)[0]}
    for field, value in sheet.items():
        variant, name_of = part_of(field)
        if variant:
            rest[f"{keys[variant]}/{name_of}"] = value
    save_changes(
        session, copy, {name: rest[name] for name in rest if rest[name] != copy.sheet.get(name, UNSAID)}
    )
    after = {"from": slug, "name": name}
    record(session, actor, "product.copy", "product", copied, at=at, upt_id=product.own.id, after=after)
    return copied


def begin(session: Session, upt: MakingUpt, wanted: Mapping[str, Value]) -> str:
    """Write a product that nobody can see, with an empty draft; gives its address."""
    category_id = session.scalars(select(Category.id).where(Category.slug == wanted["category"])).one()
    product = Product(
        slug=_free_slug(session, str(wanted["name"]), upt.code),
        name=str(wanted["name"]),
        category_id=category_id,
        kind=str(wanted["kind"]),
        description_id="",
        description_en="",
        unit="",
        is_withdrawn=True,
        published_at=null(),
    )
    session.add(product)
    session.flush()
    session.add(Maker(product_id=product.id, upt_id=upt.id))
    session.add(ProductDraft(product_id=product.id, upt_id=upt.id, changes={}))
    session.flush()
    return product.slug


def _free_slug(session: Session, name: str, upt_code: str) -> str:
    """The address of a name, or the next one that no product has or had; one asks at a time.

    It is numbered, for the catalogue's import gives "name--code" out without looking (services.importing);
    two hyphens stand in no name and no code.
    """
    wanted = slug_of(name)
    session.execute(select(func.pg_advisory_xact_lock(_NAMING)))
    taken = _taken(session, wanted)
    numbered = (f"{wanted}--{upt_code.lower()}--{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (wanted, *numbered) if each not in taken)


def _taken(session: Session, wanted: str) -> Collection[str]:
    old = OldProductSlug.slug
    present = select(Product.slug).where(
        or_(Product.slug == wanted, Product.slug.startswith(f"{wanted}--", autoescape=True))
    )
    past = select(old).where(or_(old == wanted, old.startswith(f"{wanted}--", autoescape=True)))
    return {*session.scalars(present), *session.scalars(past)}
