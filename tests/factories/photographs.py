"""Photographs of products, as an officer sends them and an office reviews them."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from itertools import count
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from accounts.rules import Actor
from inventory.models import Maker, Photograph, Product
from inventory.rules import PHOTOGRAPH_KINDS, PHOTOGRAPH_WIDTHS
from inventory.services.photographs import (
    MadeFile,
    NewPhotograph,
    add_photograph,
    finish_photograph,
    review_photograph,
)
from tests.factories.accounts import make_officer, make_user

_numbers = count(1)


def make_photograph(
    session: Session, product: Product, *, at: datetime, state: str = "published", alt_en: str = ""
) -> UUID:
    """A photograph of a product, sent in by its first maker, with rows but no files; its key."""
    upt_id = session.scalar(select(Maker.upt_id).where(Maker.product_id == product.id).order_by(Maker.upt_id))
    upt = session.get_one(Upt, upt_id)
    officer = make_officer(session, upt)
    actor = Actor("officer", officer.id, frozenset({"upt_officer"}), frozenset({upt.id}))
    number, key = next(_numbers), uuid4()
    new = NewPhotograph(
        key=key,
        original=f"photographs/{key}/original.jpg",
        content_hash=sha256(str(number).encode()).hexdigest(),
        width=2000,
        height=1500,
        alt_id=f"Foto nomor {number}",
        alt_en=alt_en,
    )
    add_photograph(session, product.slug, new, actor=actor, at=at)
    if state == "making":
        return key
    made = [
        MadeFile(kind, width, f"photographs/{key}/{number:032x}-{width}.{kind}", 1000)
        for kind in PHOTOGRAPH_KINDS
        for width in PHOTOGRAPH_WIDTHS
    ]
    photograph = session.scalars(select(Photograph).where(Photograph.key == key)).one()
    finish_photograph(session, photograph.id, made)
    session.flush()
    if state == "published":
        reviewer = Actor.holding("office", make_user(session).id, [("directorate", None, None)])
        review_photograph(session, key, refusal="", actor=reviewer, at=at)
    return key
