"""The page an officer opens every morning: what waits, the late first, and what is about to run out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from accounts.queries.officers import handovers_for
from accounts.rules import Actor
from accounts.web.guards import staff_frame, staff_page
from accounts.web.session import current_actor
from inventory.queries.batches import ending_batches_for
from inventory.queries.counts import differences_waiting
from inventory.queries.pauses import pause_count
from inventory.queries.permits import Show, permit_counts
from inventory.queries.product_list import draft_counts
from inventory.queries.staff import low_shelves_for
from inventory.queries.transfers import transfers_waiting
from inventory.rules import ENDS_SOON
from kernel.clock import jakarta_day, now
from kernel.db import reading_session
from orders.queries.enquiries import enquiries_waiting
from orders.queries.parcels import Narrowing, WorkCounts, count_to_be_fetched, parcels_for, work_counts
from orders.queries.problems import problems_waiting
from orders.queries.reviews import reviews_waiting
from orders.queries.takeovers import count_asked
from orders.rules.handling import OPEN_STATES

blueprint = Blueprint("today", __name__)
blueprint.context_processor(staff_frame)

MOST_PARCELS, MOST_SHELVES = 6, 6
"""So many of each are named; the lists behind them hold the rest."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Something that waits: how much of it, in words, and where it is done; `is_late` when it is overdue."""

    count: int
    words: str
    url: str
    is_late: bool = False


@blueprint.get("/staff")
@staff_page("parcel.see")
def show() -> str:
    """Where an officer begins."""
    session, actor, at = reading_session(), current_actor(), now()
    today = jakarta_day(at)
    counts = work_counts(session, actor, today=today)
    page = parcels_for(session, actor, Narrowing(OPEN_STATES), sort="urgent", today=today, most=MOST_PARCELS)
    may_see_stock = actor.may("stock.see")
    ending, ends_soon = (
        ending_batches_for(session, actor, until=today + ENDS_SOON, most=MOST_SHELVES)
        if may_see_stock
        else ((), 0)
    )
    shelves, low = low_shelves_for(session, actor, most=MOST_SHELVES) if may_see_stock else ((), 0)
    return render_template(
        "orders/today.html",
        today=today,
        notes=handovers_for(session, actor),
        tiles=list(_tiles(counts)),
        parcels=page.rows,
        has_more=page.has_next,
        errands=[errand for errand in _errands(session, actor, at, today) if errand.count],
        ending=ending,
        ends_soon=ends_soon,
        shelves=shelves,
        low=low,
        shows_upt=not actor.has_one_upt,
    )


def _tiles(counts: WorkCounts) -> Iterator[Errand]:
    """The steps of a parcel, each with how many stand before it."""
    late = url_for("parcels.listed", status="late")
    yield Errand(counts.late, gettext("late"), late, is_late=counts.late > 0)
    words = {"new": gettext("to accept"), "accepted": gettext("to pack"), "packed": gettext("to hand over")}
    for state in OPEN_STATES:
        url = url_for("parcels.listed", status=state)
        yield Errand(counts.states.get(state, 0), words[state], url)


def _errands(session: Session, actor: Actor, at: datetime, today: date) -> Iterator[Errand]:
    """What else waits for somebody of the actor's offices."""
    url = url_for("parcels.listed", status="ready")
    yield Errand(count_to_be_fetched(session, actor), gettext("parcels that customers fetch"), url)
    url = url_for("takeovers.listed")
    yield Errand(count_asked(session, actor), gettext("parcels that other UPTs ask you to take over"), url)
    if actor.may("problem.see"):
        waiting, overdue = problems_waiting(session, actor, at=at)
        yield Errand(
            waiting - overdue, gettext("reported problems to answer"), url_for("staff_problems.problems")
        )
        yield Errand(
            overdue,
            gettext("reported problems whose time to answer is over"),
            url_for("staff_problems.problems"),
            is_late=True,
        )
    if actor.may("enquiry.see"):
        url = url_for("staff_enquiries.enquiries")
        yield Errand(enquiries_waiting(session, actor), gettext("questions and requests to answer"), url)
    if actor.may("review.moderate"):
        url = url_for("staff_reviews.reviews", status="waiting")
        yield Errand(reviews_waiting(session, actor), gettext("reviews to decide on"), url)
    if actor.may("stock.see"):
        paused = pause_count(session, actor, day=today)
        yield Errand(paused, gettext("pauses: the shop does not sell these"), url_for("pauses.pauses"))
    if actor.may("stock.change"):
        coming = transfers_waiting(session, actor)
        yield Errand(coming, gettext("transfers on the way to you"), url_for("transfers.transfers"))
    if actor.may("stock.approve"):
        url = url_for("counts.counts", show="waiting")
        said = gettext("differences of a stock-take to approve")
        yield Errand(differences_waiting(session, actor), said, url)
    if actor.may("permit.see"):
        yield from _permits(session, actor, today)
    if actor.may("product.see"):
        yield from _products(session, actor)


def _products(session: Session, actor: Actor) -> Iterator[Errand]:
    counts = draft_counts(session, actor)
    if actor.may("product.publish"):
        url = url_for("products.products", show="proposed")
        yield Errand(counts["proposed"], gettext("products to publish or send back"), url)
    if actor.may("product.work"):
        url = url_for("products.products", show="returned")
        yield Errand(counts["returned"], gettext("products sent back to you"), url)


def _permits(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    counts = permit_counts(session, actor, today=today)
    words: dict[Show, str] = {
        "ended": gettext("permits that have ended"),
        "ending": gettext("permits that end soon"),
    }
    if actor.may("permit.verify"):
        words["unchecked"] = gettext("permits to check")
    if actor.may("permit.work"):
        words["returned"] = gettext("permits sent back to you")
    for show, said in words.items():
        yield Errand(counts[show], said, url_for("permits.permits", show=show), is_late=show == "ended")
