"""Mails to UPTs about their products: what the offices above decided on what was put forward."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory.events import ProductReviewed
from inventory.queries.drafts import product_notice
from kernel.i18n import DEFAULT_LOCALE
from kernel.web import config
from worker.notifications.writing import Content, post


def mail_product_decided(session: Session, event: ProductReviewed, *, at: datetime) -> None:
    """Tell the UPT whether its product was published or sent back, and why."""
    notice = product_notice(session, event.product_id, event.upt_id)
    base = config().base_url

    def write() -> Content:
        facts: tuple[tuple[str, str], ...] = ((_("Institution"), notice.upt_name),)
        facts = (*facts, (_("Product"), notice.name))
        if event.refusal:
            subject = _("Sent back: %(product)s", product=notice.name)
            opening = _("Your product was sent back. Please put it right and put it forward again.")
            facts = (*facts, (_("What has to be put right"), event.refusal))
            link = (f"{base}/staff/produk/{notice.slug}", _("Open the product"))
        elif notice.rests:
            subject = _("Published: %(product)s", product=notice.name)
            opening = _(
                "Your product was published as you had put it forward. The shop shows it once a permit that"
                " its category asks for is checked."
            )
            link = (f"{base}/staff/produk/{notice.slug}", _("Open the product"))
        else:
            subject = _("Published: %(product)s", product=notice.name)
            opening = _("Your product was published as you had put it forward. The shop shows it now.")
            link = (f"{base}/produk/{notice.slug}", _("Look at it in the shop"))
        return Content(
            subject=subject,
            opening=(opening,),
            link=link,
            facts=facts,
            reason=_("You receive this mail because your institution sells on Lapak."),
        )

    post(
        session,
        write,
        recipient=notice.upt_email or config().alert_mail,
        locale=DEFAULT_LOCALE,
        cause=f"product:{event.product_id}:{event.at}",
        at=at,
    )
