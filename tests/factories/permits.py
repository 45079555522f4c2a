"""A UPT that keeps permits, the offices above it, and what its officer writes of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Upt
from inventory.models import Product
from kernel.db import transaction
from tests.factories.accounts import make_membership, make_officer, make_user
from tests.factories.inventory import (
    list_products,
    make_kanwil,
    make_permit,
    make_product,
    make_upt,
    make_variant,
)

NUMBER = "2153205010007-31"


@dataclass(frozen=True)
class Desk:
    """Who works where, by user id; the officer's UPT makes `bread` and `cake`, the neighbour `foreign`."""

    officer: int
    neighbour: int
    kanwil: int
    foreign_kanwil: int
    upt_code: str
    bread: str
    cake: str
    foreign: str

    @property
    def new(self) -> str:
        return f"/staff/izin/baru?upt={self.upt_code}"


def make_desk(session: Session) -> Desk:
    """The UPT with its neighbour, both of one Kanwil, and another Kanwil."""
    kanwil, other = make_kanwil(session), make_kanwil(session)
    upt = make_upt(session, kanwil=kanwil, email="dapur@upt.example")
    neighbour = make_upt(session, kanwil=kanwil)
    bread, cake = (make_product(session, name, makers=(upt,)) for name in ("Roti Tawar", "Kue Kering"))
    foreign = make_product(session, "Keripik Tetangga", makers=(neighbour,))
    make_variant(session, bread)
    list_products(session, bread, cake, foreign)
    reviewer, foreigner = make_user(session), make_user(session)
    make_membership(session, reviewer, "kanwil_officer", kanwil=kanwil)
    make_membership(session, foreigner, "kanwil_officer", kanwil=other)
    return Desk(
        make_officer(session, upt).id,
        make_officer(session, neighbour).id,
        reviewer.id,
        foreigner.id,
        upt.code,
        bread.slug,
        cake.slug,
        foreign.slug,
    )


def paper(desk: Desk, **changes: Any) -> dict[str, Any]:
    """What an officer writes of a right P-IRT."""
    return {
        "kind": "PIRT",
        "number": "2153205 010007 31",
        "title": "",
        "issued_on": "2026-01-31",
        "expires_on": "2031-01-31",
        "products": [desk.bread],
        **changes,
    }


def entered(app: Flask, desk: Desk, **values: Any) -> UUID:
    """A permit of the officer's UPT that covers the bread; until 2031 unless the test says otherwise."""
    with app.app_context(), transaction() as session:
        upt = session.scalars(select(Upt).where(Upt.code == desk.upt_code)).one()
        bread = session.scalars(select(Product).where(Product.slug == desk.bread)).one()
        said = {"number": NUMBER, "expires_on": date(2031, 1, 31), **values}
        return make_permit(session, upt, bread, **said).key
