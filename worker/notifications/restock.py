"""Mails about goods that were sold out: whether one wants to be told, and that they are back."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.notices import BACK_IN_STOCK
from inventory.events import BackInStock, RestockAsked
from inventory.links import restock_url
from inventory.queries.restock import RestockedGoods, restock_of_id, restocked_goods
from inventory.services.restocking import Waiting, take_waiting
from kernel.i18n import PREFIXES, locale_code
from kernel.money import rupiah
from kernel.outbox import publish
from kernel.web import config
from worker.notifications.writing import Content, Notice, post

PORTION = 200
"""So many are told in one transaction; the others by an event of their own."""


def mail_restock_question(session: Session, event: RestockAsked, *, at: datetime) -> None:
    """Ask whoever owns the address whether they want to be told: anybody may have typed it."""
    request = restock_of_id(session, event.request_id)
    if request is None or request.is_confirmed or request.ended_as:
        return

    def write() -> Content:
        settings = config()
        return Content(
            subject=_("Shall we tell you when %(product)s is back?", product=request.product),
            opening=(
                _("Hello,"),
                _(
                    "Somebody asked with this e-mail address to be told when %(product)s can be bought again."
                    " Was it you? Then please confirm it once.",
                    product=_named(request.product, request.variant),
                ),
            ),
            link=(
                restock_url(
                    settings.base_url, request.key, secret_key=settings.secret_key, locale=locale_code()
                ),
                _("Yes, tell me"),
            ),
            closing=(_("If it was not you, do nothing: without your confirmation no other mail comes."),),
            reason=_("You receive this mail because this address was entered on a product's page."),
        )

    post(
        session,
        write,
        recipient=request.email,
        locale=request.locale,
        cause=f"restock:{event.request_id}:question",
        at=at,
    )


def mail_back_in_stock(session: Session, event: BackInStock, *, at: datetime) -> None:
    """Tell everybody who waits for it, each once; nobody while it is sold out again."""
    waiting = take_waiting(session, event.variant_id, most=PORTION, at=at)
    if not waiting:
        return
    goods = restocked_goods(session, event.variant_id)
    for each in waiting:
        _tell(session, each, goods, at=at)
    if len(waiting) == PORTION:
        publish(session, event)


def _tell(session: Session, waiting: Waiting, goods: RestockedGoods, *, at: datetime) -> None:
    def write() -> Content:
        name = _named(goods.product, goods.variant)
        return Content(
            subject=_("%(product)s is back", product=goods.product),
            opening=(
                _("Hello,"),
                _(
                    "%(product)s can be bought again, for %(price)s. We keep no piece for you: whoever orders"
                    " first gets it.",
                    product=name,
                    price=rupiah(goods.price),
                ),
            ),
            link=(
                f"{config().base_url}{PREFIXES[locale_code()]}/produk/{goods.slug}",
                _("See it in the shop"),
            ),
            closing=(_("This is the only mail about it; your request has ended with it."),),
            reason=_("You receive this mail because you asked to be told when it is back."),
        )

    post(
        session,
        write,
        recipient=waiting.email,
        locale=waiting.locale,
        cause=f"restock:{waiting.request_id}:back",
        at=at,
        notice=Notice(BACK_IN_STOCK, waiting.user_id) if waiting.user_id is not None else None,
    )


def _named(product: str, variant: str) -> str:
    return f"{product} ({variant})" if variant else product
