"""What happens to orders: past tense, ids and plain values. worker/subscriptions.py says who listens."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.outbox import Event


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """An order was accepted and its stock reserved; it waits for payment."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    """The money of an order is there: its parcels may be packed."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderEnded(Event):
    """An unpaid order was cancelled by its customer or expired; its stock is free again."""

    order_id: int


@dataclass(frozen=True, slots=True)
class PaymentReported(Event):
    """The provider has news of the payment behind `ref`; its own account is the truth, not the news."""

    provider: str
    ref: str


@dataclass(frozen=True, slots=True)
class PaymentCheckDue(Event):
    """A payment is to be looked at, and closed first when `close` says that its time is over."""

    payment_id: str
    close: bool


@dataclass(frozen=True, slots=True)
class OrderOverdue(Event):
    """An order's time to be paid is over and no payment page is open: it is to end."""

    order_id: int


@dataclass(frozen=True, slots=True)
class NoticesDue(Event):
    """It is time (UTC, ISO 8601) to ask a provider for the notices that did not reach us."""

    provider: str
    due_at: str


@dataclass(frozen=True, slots=True)
class PaymentQuarantined(Event):
    """What the provider holds does not fit what was asked: a person must decide, nothing is shipped."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class PaymentDisputed(Event):
    """The customer's bank disputes a payment: staff are told, nothing more is shipped unseen."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class RefundDue(Event):
    """A refund was decided on; the provider is to be asked, or asked again."""

    refund_id: str


@dataclass(frozen=True, slots=True)
class RefundSettled(Event):
    """The provider has given the money of a refund back."""

    refund_id: str


@dataclass(frozen=True, slots=True)
class RefundFailed(Event):
    """The provider could not give the money back: it is owed still, and a person must act."""

    refund_id: str


@dataclass(frozen=True, slots=True)
class PickupChosen(Event):
    """A customer will fetch a parcel at its UPT instead of having it sent."""

    fulfilment_id: int


@dataclass(frozen=True, slots=True)
class FulfilmentReady(Event):
    """A parcel may be fetched at its UPT, with the code of `code_round`."""

    fulfilment_id: int
    code_round: int


@dataclass(frozen=True, slots=True)
class FulfilmentShipped(Event):
    """A parcel left its UPT: with a courier, or the UPT brings it itself."""

    fulfilment_id: int


@dataclass(frozen=True, slots=True)
class FulfilmentDelivered(Event):
    """A parcel has arrived, as its UPT or its customer says."""

    fulfilment_id: int


@dataclass(frozen=True, slots=True)
class FulfilmentNotDelivered(Event):
    """A parcel came back or is lost; the refund of `refund_id`, if anything was left, is on its way."""

    fulfilment_id: int
    refund_id: str


@dataclass(frozen=True, slots=True)
class TakeoverAsked(Event):
    """A UPT asks another to send pieces in its place."""

    takeover_id: int


@dataclass(frozen=True, slots=True)
class TakeoverAccepted(Event):
    """The other UPT sends the pieces: they are in a parcel of its own now."""

    takeover_id: int


@dataclass(frozen=True, slots=True)
class TakeoverRefused(Event):
    """The other UPT does not send them."""

    takeover_id: int


@dataclass(frozen=True, slots=True)
class TakeoverWithdrawn(Event):
    """The other UPT is asked no longer: the first sends the pieces, or they are not wanted any more."""

    takeover_id: int


@dataclass(frozen=True, slots=True)
class FulfilmentReduced(Event):
    """A UPT could not supply some pieces: they are cancelled, and the refund of `refund_id` is on its way."""

    fulfilment_id: int
    refund_id: str


@dataclass(frozen=True, slots=True)
class OrderCalledOff(Event):
    """A customer called a paid order off before anything was packed: its parcels are cancelled."""

    order_id: int


@dataclass(frozen=True, slots=True)
class ProblemReported(Event):
    """A customer says that something is wrong with a parcel."""

    problem_id: int


@dataclass(frozen=True, slots=True)
class ProblemAnswered(Event):
    """Staff answered a problem, gave money back for it, or closed it."""

    entry_id: int


@dataclass(frozen=True, slots=True)
class ReviewInvited(Event):
    """Everything of an order arrived some days ago: its buyer is asked for reviews."""

    order_id: int


@dataclass(frozen=True, slots=True)
class ReviewPublished(Event):
    """A moderator put a review on its product's page."""

    review_id: int


@dataclass(frozen=True, slots=True)
class ReviewRefused(Event):
    """A moderator refused a review, or took it down; why stands in its row."""

    review_id: int


@dataclass(frozen=True, slots=True)
class ReviewAnswerPublished(Event):
    """The reviewed UPT answered in public."""

    review_id: int


@dataclass(frozen=True, slots=True)
class EnquiryReceived(Event):
    """Somebody asked for a date, an offer or an answer."""

    enquiry_id: int


@dataclass(frozen=True, slots=True)
class EnquiryContinued(Event):
    """A customer wrote once more in the thread of an enquiry."""

    message_id: int


@dataclass(frozen=True, slots=True)
class EnquiryAnswered(Event):
    """Staff answered an enquiry, decided on its booking, closed it or sent a new link."""

    message_id: int
