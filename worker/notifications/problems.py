"""Mails about reported problems: to the customer in the language of their order, and to the parcel's UPT."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel.i18n import DEFAULT_LOCALE, PREFIXES, moment, province_zone
from kernel.money import rupiah
from kernel.web import config
from orders.events import ProblemAnswered, ProblemReported
from orders.links import order_token
from orders.queries.problems import ProblemView, problem_of, problem_of_entry
from worker.notifications.writing import Content, post


def mail_problem_received(session: Session, event: ProblemReported, *, at: datetime) -> None:
    """Tell the customer that the report has arrived, and until when it is answered."""
    problem = problem_of(session, event.problem_id)

    def write() -> Content:
        due = moment(problem.answer_due_at, province_zone(problem.upt_province_code))
        return Content(
            subject=_("Your report about parcel %(number)s has arrived", number=problem.parcel_number),
            opening=(
                _("Dear %(name)s,", name=problem.customer),
                _(
                    "We are sorry that something is wrong. %(upt)s answers by %(due)s at the latest.",
                    upt=problem.upt_name,
                    due=due,
                ),
            ),
            link=(_link(problem), _("Look at the report")),
            facts=((_("Report"), problem.number),),
        )

    _to_customer(session, problem, write, "received", at)


def announce_problem(session: Session, event: ProblemReported, *, at: datetime) -> None:
    """Tell the UPT what is to be answered, and by when; those on duty for a UPT without an address."""
    problem = problem_of(session, event.problem_id)
    settings = config()

    def write() -> Content:
        due = moment(problem.answer_due_at, province_zone(problem.upt_province_code))
        return Content(
            subject=_("A customer reports a problem: parcel %(number)s", number=problem.parcel_number),
            opening=(_("Please answer by %(due)s at the latest.", due=due),),
            link=(f"{settings.base_url}/staff/masalah/{problem.number}", _("Open the report")),
            facts=((_("Customer"), problem.customer), (_("Message"), problem.entries[0].body)),
            reason=_("You receive this mail because your institution sells on Lapak."),
        )

    post(
        session,
        write,
        recipient=problem.upt_email or settings.alert_mail,
        locale=DEFAULT_LOCALE,
        cause=f"problem:{problem.number}:announced",
        at=at,
    )


def mail_problem_answered(session: Session, event: ProblemAnswered, *, at: datetime) -> None:
    """Tell the customer what staff wrote or did."""
    problem = problem_of_entry(session, event.entry_id)
    entry = problem.entries[-1]

    def write() -> Content:
        sentences = {
            "answered": _("%(upt)s has answered your report.", upt=problem.upt_name),
            "refunded": _("%(amount)s is returned to you the way you paid.", amount=rupiah(entry.amount)),
            "closed": _("%(upt)s has closed your report.", upt=problem.upt_name),
        }
        return Content(
            subject=_("An answer to your report about parcel %(number)s", number=problem.parcel_number),
            opening=(_("Dear %(name)s,", name=problem.customer), sentences[entry.kind]),
            link=(_link(problem), _("Look at the report")),
            facts=((problem.upt_name, entry.body),),
            closing=(_("If this does not put it right, ask the institution on the order's page."),),
        )

    _to_customer(session, problem, write, f"entry:{event.entry_id}", at)


def _to_customer(
    session: Session, problem: ProblemView, write: Callable[[], Content], what: str, at: datetime
) -> None:
    cause = f"problem:{problem.number}:{what}"
    post(session, write, recipient=problem.email, locale=problem.locale, cause=cause, at=at)


def _link(problem: ProblemView) -> str:
    """The page of the problem in the order's language."""
    settings = config()
    token = order_token(problem.order_number, secret_key=settings.secret_key)
    page = f"/pesanan/{problem.order_number}/{token}/masalah/{problem.parcel_number}"
    return f"{settings.base_url}{PREFIXES[problem.locale]}{page}"
