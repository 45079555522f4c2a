"""Looking into the shop's database: what a story left there, and what it starts from."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import select, text, update

from accounts.models import SecondFactor, User
from accounts.rules import system_actor
from accounts.services.members import add_user, grant
from accounts.services.passwords import Passwords
from accounts.services.second_factors import Sealer, give_sample_factors
from inventory.models import Product, ProductTerms, Variant
from inventory.services.catalogue import refresh_catalogue
from inventory.services.stock import adjust
from kernel.clock import now
from tests.sandbox_client import PATIENCE_SECONDS
from tests.shop import RunningShop

_ACTOR = system_actor("journey")


def column(shop: RunningShop, query: str, **values: Any) -> list[Any]:
    """The first column of what the query finds."""
    with shop.engine.connect() as connection:
        return list(connection.execute(text(query), values).scalars())


def parcel_of(shop: RunningShop, order_number: str, upt_code: str) -> str:
    """The number of the parcel that a UPT packs for an order."""
    (number,) = column(
        shop,
        "SELECT f.number FROM fulfilments f JOIN orders o ON o.id = f.order_id JOIN upts u ON u.id = f.upt_id"
        " WHERE o.number = :number AND u.code = :upt",
        number=order_number,
        upt=upt_code,
    )
    return str(number)


def open_session(shop: RunningShop, order_number: str) -> str:
    """The provider's name for the newest payment of an order."""
    found = column(
        shop,
        "SELECT p.ref FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = :number"
        " ORDER BY p.created_at DESC",
        number=order_number,
    )
    return str(found[0])


def shelf(shop: RunningShop, sku: str, upt_code: str) -> tuple[int, int]:
    """Pieces on a UPT's shelf, and those of them that orders hold."""
    with shop.engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT s.on_hand, s.reserved FROM stocks s JOIN variants v ON v.id = s.variant_id"
                " JOIN upts u ON u.id = s.upt_id WHERE v.sku = :sku AND u.code = :upt"
            ),
            {"sku": sku, "upt": upt_code},
        ).one()
    return int(row[0]), int(row[1])


def leave_on_shelves(shop: RunningShop, sku: str, pieces: int) -> None:
    """Somebody counts anew: so many free pieces are left of the variant at each UPT that has it."""
    with shop.transaction() as session:
        shelves = session.execute(
            text(
                "SELECT s.id, s.on_hand - s.reserved FROM stocks s JOIN variants v ON v.id = s.variant_id"
                " WHERE v.sku = :sku ORDER BY s.id"
            ),
            {"sku": sku},
        ).all()
        for stock_id, free in shelves:
            if free != pieces:
                adjust(session, stock_id, pieces - free, reason="count", actor=_ACTOR, at=now())


def withdraw(shop: RunningShop, slug: str) -> None:
    """The product is taken off the shelf."""
    with shop.transaction() as session:
        product = session.scalars(select(Product).filter_by(slug=slug)).one()
        product.is_withdrawn = True
        session.flush()
        refresh_catalogue(session, [product.id])


def change_price(shop: RunningShop, sku: str, price: int) -> None:
    """The product costs so many rupiah from now on."""
    with shop.transaction() as session:
        variant = session.scalars(select(Variant).filter_by(sku=sku)).one()
        variant.price = price
        session.flush()
        refresh_catalogue(session, [variant.product_id])


def give_terms(shop: RunningShop, slug: str, **terms: Any) -> None:
    """A product is had on these terms from now on: columns of `ProductTerms`."""
    with shop.transaction() as session:
        product_id = session.scalars(select(Product.id).filter_by(slug=slug)).one()
        session.merge(ProductTerms(product_id=product_id, **terms))
        session.flush()
        refresh_catalogue(session, [product_id])


def employ(shop: RunningShop, email: str, upt_code: str, password: str) -> None:
    """A UPT has an officer more, unless that one works there already."""
    with shop.transaction() as session:
        if session.scalar(select(User.id).filter_by(email=email)) is None:
            add_user(
                session,
                email,
                "Petugas",
                password,
                passwords=Passwords(),
                actor=_ACTOR,
                at=now(),
                is_sample=True,
            )
            grant(session, email, "upt_officer", upt_code, actor=_ACTOR, at=now())
            give_sample_factors(session, sealer=Sealer(shop.config.secret_key), at=now())


def forget_used_codes(shop: RunningShop) -> None:
    """Codes of authenticator apps count once more: who just signed in need not wait half a minute."""
    with shop.transaction() as session:
        session.execute(update(SecondFactor).values(last_step=0))


def settle_down(shop: RunningShop) -> None:
    """Wait until no event and no mail is on its way."""
    waiting = (
        "SELECT (SELECT count(*) FROM outbox_events WHERE dispatched_at IS NULL)"
        " + (SELECT count(*) FROM outbox_deliveries WHERE state = 'pending')"
        " + (SELECT count(*) FROM mails WHERE state = 'queued')"
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while column(shop, waiting) != [0]:
        assert time.monotonic() < deadline, "events or mails are still on their way"
        time.sleep(0.2)
