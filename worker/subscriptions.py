"""Who listens to which event: one line per handler; what nobody listens to is named as silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from accounts import events as account_events
from inventory.events import (
    BackInStock,
    PermitEnding,
    PermitReviewed,
    PhotographAdded,
    PhotographDropped,
    ProductReviewed,
    RestockAsked,
    SheetConfirmed,
    SheetSent,
)
from kernel.files import FilesToForget
from kernel.outbox import Event
from orders import events
from orders.services import expiring, invoicing, reconciling, refunding, settling
from privacy import events as privacy_events
from privacy.services import exporting
from worker import forgetting, photographs, sweeping, tables
from worker.deliveries import Subscription
from worker.events import FileSweepDue
from worker.notifications import (
    accounts,
    alerts,
    customers,
    enquiries,
    handing_over,
    my_data,
    news,
    permits,
    problems,
    products,
    restock,
    reviews,
    takeovers,
    upts,
)

_look_up, _give_back, _fetch = settling.look_up, refunding.give_back, reconciling.fetch_missed

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    # money: what the provider is asked, and what its answer does
    Subscription(
        events.PaymentReported, "settle_reported", settling.apply_reported, settling.ask_reported, _look_up
    ),
    Subscription(events.PaymentCheckDue, "settle_check", settling.apply_check, settling.ask_check, _look_up),
    Subscription(events.RefundDue, "refund", refunding.apply_refund, refunding.ask_refund, _give_back),
    Subscription(
        events.NoticesDue, "collect_notices", reconciling.store_missed, reconciling.ask_missed, _fetch
    ),
    Subscription(events.OrderOverdue, "expire", expiring.apply_overdue),
    # papers
    Subscription(events.OrderPaid, "issue_invoices", invoicing.issue_invoices),
    Subscription(events.TakeoverAccepted, "issue_takeover_papers", invoicing.issue_takeover_papers),
    Subscription(events.RefundSettled, "issue_credit_notes", invoicing.issue_credit_notes),
    # customers
    Subscription(events.OrderPlaced, "mail_received", customers.mail_received),
    Subscription(events.OrderPaid, "mail_paid", customers.mail_paid),
    Subscription(events.OrderEnded, "mail_ended", customers.mail_ended),
    Subscription(events.OrderCalledOff, "mail_called_off", customers.mail_called_off),
    Subscription(events.FulfilmentShipped, "mail_shipped", customers.mail_shipped),
    Subscription(events.FulfilmentReady, "mail_ready", handing_over.mail_ready),
    Subscription(events.FulfilmentNotDelivered, "mail_not_delivered", handing_over.mail_not_delivered),
    Subscription(events.FulfilmentDelivered, "mail_delivered", customers.mail_delivered),
    Subscription(events.TakeoverAccepted, "mail_moved", takeovers.mail_moved),
    Subscription(events.FulfilmentReduced, "mail_reduced", customers.mail_reduced),
    Subscription(events.RefundSettled, "mail_refunded", customers.mail_refunded),
    # problems: the customer first, then those who answer
    Subscription(events.ProblemReported, "mail_problem_received", problems.mail_problem_received),
    Subscription(events.ProblemReported, "announce_problem", problems.announce_problem),
    Subscription(events.ProblemAnswered, "mail_problem_answered", problems.mail_problem_answered),
    # enquiries: the customer first, then those who answer
    Subscription(events.EnquiryReceived, "mail_enquiry_received", enquiries.mail_enquiry_received),
    Subscription(events.EnquiryReceived, "announce_enquiry", enquiries.announce_enquiry),
    Subscription(events.EnquiryContinued, "announce_continuation", enquiries.announce_continuation),
    Subscription(events.EnquiryAnswered, "mail_enquiry_answered", enquiries.mail_enquiry_answered),
    # news, to those who consented
    Subscription(account_events.NewsReleased, "mail_news", news.mail_news),
    # accounts
    Subscription(account_events.LinkAsked, "mail_link", accounts.mail_link),
    Subscription(account_events.LinkAsked, "mail_link_notice", accounts.mail_link_notice),
    Subscription(account_events.AccountChanged, "mail_changed", accounts.mail_changed),
    Subscription(account_events.AccountTakenBack, "mail_taken_back", accounts.mail_taken_back),
    # what is held about people
    Subscription(
        privacy_events.DataExportAsked, "pack_export", exporting.finish, exporting.gather, exporting.store
    ),
    Subscription(privacy_events.DataExportReady, "mail_export_ready", my_data.mail_export_ready),
    Subscription(privacy_events.AccountErased, "mail_account_erased", my_data.mail_account_erased),
    Subscription(
        FilesToForget,
        "forget_files",
        forgetting.note_deleted,
        forgetting.name_files,
        forgetting.delete_files,
    ),
    # who waits for goods
    Subscription(RestockAsked, "mail_restock_question", restock.mail_restock_question),
    Subscription(BackInStock, "mail_back_in_stock", restock.mail_back_in_stock),
    # reviews
    Subscription(events.ReviewInvited, "mail_review_invitation", reviews.mail_invitation),
    Subscription(events.ReviewPublished, "mail_review_published", reviews.mail_published),
    Subscription(events.ReviewPublished, "announce_review", reviews.announce_published),
    Subscription(events.ReviewRefused, "mail_review_refused", reviews.mail_refused),
    Subscription(events.ReviewAnswerPublished, "mail_review_answered", reviews.mail_answered),
    # UPTs
    Subscription(events.OrderPaid, "mail_packing", upts.mail_packing),
    Subscription(events.OrderCalledOff, "mail_not_to_pack", upts.mail_called_off),
    Subscription(events.TakeoverAsked, "mail_takeover_asked", takeovers.mail_takeover_asked),
    Subscription(events.TakeoverAccepted, "mail_takeover_accepted", takeovers.mail_takeover_accepted),
    Subscription(events.TakeoverRefused, "mail_takeover_refused", takeovers.mail_takeover_refused),
    Subscription(events.TakeoverWithdrawn, "mail_takeover_withdrawn", takeovers.mail_takeover_withdrawn),
    Subscription(events.PickupChosen, "mail_to_be_fetched", handing_over.mail_to_be_fetched),
    Subscription(PermitEnding, "mail_permit_ending", permits.mail_permit_ending),
    Subscription(PermitReviewed, "mail_permit_reviewed", permits.mail_permit_reviewed),
    Subscription(ProductReviewed, "mail_product_decided", products.mail_product_decided),
    # photographs: made and dropped outside any transaction
    Subscription(
        PhotographAdded, "make_files", photographs.apply_made, photographs.ask_make, photographs.make_files
    ),
    Subscription(
        PhotographDropped,
        "drop_files",
        photographs.apply_nothing,
        photographs.ask_drop,
        photographs.drop_files,
    ),
    # tables that officers send in: read outside any transaction, booked in one
    Subscription(
        SheetSent,
        "read_table",
        tables.apply_read,
        tables.ask_read,
        tables.read_table,
        is_long=True,
    ),
    Subscription(SheetConfirmed, "book_table", tables.apply_confirmed, is_long=True),
    # files nobody owns
    Subscription(
        FileSweepDue, "sweep_files", sweeping.apply_nothing, sweeping.ask_sweep, sweeping.sweep_files
    ),
    # staff on duty
    Subscription(events.PaymentQuarantined, "alert_quarantined", alerts.alert_quarantined),
    Subscription(events.PaymentDisputed, "alert_disputed", alerts.alert_disputed),
    Subscription(events.RefundFailed, "alert_refund_failed", alerts.alert_refund_failed),
)

SILENT: tuple[type[Event], ...] = ()
"""Events kept for the record alone."""


def by_handler(subscriptions: Iterable[Subscription]) -> dict[str, Subscription]:
    """The subscriptions by the name their deliveries carry. Raises ValueError for a name used twice."""
    found: dict[str, Subscription] = {}
    for subscription in subscriptions:
        if subscription.name in found:
            raise ValueError(f"two handlers are called {subscription.name}")
        found[subscription.name] = subscription
    return found


def handlers_by_event(
    subscriptions: Iterable[Subscription], silent: Iterable[type[Event]] = ()
) -> Mapping[str, list[str]]:
    """Handler names by the name of their event; a silent event has none."""
    names: dict[str, list[str]] = {event.__name__: [] for event in silent}
    for subscription in subscriptions:
        names.setdefault(subscription.event.__name__, []).append(subscription.name)
    return names
