"""Why the orders room refuses."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class OrderNotFound(NotFound):
    """No such order, or not the actor's to see."""

    code = "order_not_found"


class FulfilmentNotFound(NotFound):
    """No such parcel, or not one of the actor's UPTs."""

    code = "fulfilment_not_found"


class InvoiceNotFound(NotFound):
    """No such invoice or credit note, or not one the reader may see."""

    code = "invoice_not_found"


class TotalChanged(Conflict):
    """The total is not the one the buyer saw. Parameters: seen, total (rupiah)."""

    code = "total_changed"


class ParcelTooHeavy(Invalid):
    """No courier takes the parcel. Parameters: upt, weight_g, limit_g."""

    code = "parcel_too_heavy"


class NoShippingRate(Invalid):
    """No courier goes from the UPT to the address. Parameters: upt."""

    code = "no_shipping_rate"


class UnknownPostcode(Invalid):
    """There is no such postcode, or the village does not lie in it. Parameters: postcode."""

    code = "unknown_postcode"


class TotalOutOfBounds(Invalid):
    """The total is below or above what a payment may be. Parameters: minimum, maximum (rupiah)."""

    code = "total_out_of_bounds"


class WrongState(Conflict):
    """The thing is no longer in a state that allows this. Parameters: state."""

    code = "wrong_state"


class CannotCallOff(Conflict):
    """A paid order can no longer be called off: something is packed. Code too: "payment_in_question"."""

    code = "cannot_call_off"


class ProblemNotFound(NotFound):
    """No such problem or photograph of one, or not one the reader may see."""

    code = "problem_not_found"


class ProblemNotYours(Forbidden):
    """The actor may read the problem but not answer it."""

    code = "problem_not_yours"


class ProblemOpen(Conflict):
    """Another problem of the parcel is open. Code too: "too_many_problems"."""

    code = "problem_open"


class ProblemTooLate(Conflict):
    """The time after the delivery in which a problem may be reported is over."""

    code = "problem_too_late"


class ProblemClosed(Conflict):
    """The problem is closed: nothing is added to it."""

    code = "problem_closed"


class OrderNotPayable(Conflict):
    """The order is paid, cancelled, expired, or its time is over.

    Codes too: "payment_pending" (money is on its way), "payment_in_question" (a person must decide first),
    "too_many_attempts".
    """

    code = "order_not_payable"


class UnknownPayment(Unavailable):
    """The provider knows a payment of ours that we do not; it may have been restored or not yet arrived."""

    code = "unknown_payment"


class PieceCountWrong(Invalid):
    """More pieces than the parcel still holds, or none. Parameters: most."""

    code = "piece_count_wrong"


class PastDateNotGood(Invalid):
    """Pieces of a batch that has ended are not good any more. Parameters: position, most."""

    code = "past_date_not_good"


class TrackingNumberInvalid(Invalid):
    """Not a tracking number: letters, digits and hyphens only. Parameters: least, most (characters)."""

    code = "tracking_number_invalid"


class TrackingNumberUsed(Invalid):
    """The courier carries another parcel under this number. Parameters: courier."""

    code = "tracking_number_used"


class NoSuchCarton(Conflict):
    """The parcel has no such carton besides its first: it may have been taken apart meanwhile."""

    code = "no_such_carton"


class FirstCartonEmpty(Invalid):
    """Everything would be put into another carton."""

    code = "first_carton_empty"


class ParcelInCartons(Conflict):
    """What is missing of a parcel in several cartons is said once they are put into one again."""

    code = "parcel_in_cartons"


class CartonsLeft(Conflict):
    """The first carton leaves last. Parameters: position (of a carton that has not left)."""

    code = "cartons_left"


class CourierUnknown(Invalid):
    """Not a courier of the list, nor the one the customer was shown."""

    code = "courier_unknown"


class PickupNotOffered(Conflict):
    """The parcel cannot be fetched: its UPT is not open for it, or some of its goods are not handed out."""

    code = "pickup_not_offered"


class ReceiverMissing(Invalid):
    """What the UPT brought itself was taken in by somebody with a name. Parameters: most (characters)."""

    code = "receiver_missing"


class ReturnReasonMissing(Invalid):
    """A parcel that came back needs a reason from the list."""

    code = "return_reason_missing"


class TakeoverNotFound(NotFound):
    """No such request to take pieces over, or not one of the actor's UPTs."""

    code = "takeover_not_found"


class TakeoverNotPossible(Conflict):
    """The UPT does not make all of it, has too few free pieces, or sends a parcel of this order already."""

    code = "takeover_not_possible"


class TakeoverOpen(Conflict):
    """Another UPT is asked for pieces of the parcel: it answers first, or the request is withdrawn."""

    code = "takeover_open"


class TakeoverOver(Conflict):
    """The request was answered or withdrawn already. Parameters: state."""

    code = "takeover_over"


class ShortageReasonMissing(Invalid):
    """Pieces that cannot be supplied need a reason from the list."""

    code = "shortage_reason_missing"


class ParcelChanged(Conflict):
    """The parcel is no longer what the officer's page showed; the same form may have been sent twice."""

    code = "parcel_changed"


class ParcelNotYours(Forbidden):
    """The actor may see the parcel but not work on it."""

    code = "parcel_not_yours"


class OwnOrder(Forbidden):
    """The actor bought this order: about its money somebody else of the office decides, or the one above."""

    code = "own_order"


class RefundTooLarge(Conflict):
    """The refund is more than what is left of the payment. Parameters: amount (rupiah)."""

    code = "refund_too_large"


class ProviderUnavailable(Unavailable):
    """The payment provider does not answer or asks us to wait; the same call may work later."""

    code = "provider_unavailable"


class ProviderUnclear(Unavailable):
    """The provider answered in a way that leaves open what it did; look before asking again.

    Parameters: is_final (bool): this answer is all that ever comes for the key, the work has ended.
    """

    code = "provider_unclear"


class ProviderRejected(Invalid):
    """The provider refused for good. Parameters: reason (its own code)."""

    code = "provider_rejected"


class BadSignature(Invalid):
    """A webhook that the provider did not send."""

    code = "bad_signature"


class OwnTextRefused(Invalid):
    """The buyer's own text cannot be put on the item. Parameters: product, most (characters).

    Codes: "own_text_control", "own_text_link", "own_text_phone", "own_text_too_long", "own_text_missing",
    "own_text_not_offered", "message_seeks_contact".
    """

    code = "own_text_not_offered"


class PurchaseLimit(Conflict):
    """More than one person gets within a period.

    Parameters: product, most (pieces), days, left (pieces they may still have). Never when something was
    bought: whoever types a stranger's address would learn it.
    """

    code = "purchase_limit"


class EnquiryNotFound(NotFound):
    """No such enquiry, or not the actor's to see."""

    code = "enquiry_not_found"


class EnquiryLinkVoid(NotFound):
    """The customer's link was replaced by a newer one."""

    code = "enquiry_link_void"


class EnquiryLinkExpired(NotFound):
    """The customer's link is older than it may live."""

    code = "enquiry_link_expired"


class EnquiryNotYours(Forbidden):
    """The actor may see the enquiry but not answer it."""

    code = "enquiry_not_yours"


class EnquiryClosed(Conflict):
    """The enquiry is closed: it is opened again before anything is added."""

    code = "enquiry_closed"


class ThreadFull(Conflict):
    """The thread has as many messages as one holds. Parameters: most."""

    code = "thread_full"


class ThreadBusy(Conflict):
    """The customer wrote as much within an hour as one may. Parameters: most."""

    code = "thread_busy"


class MessageRefused(Invalid):
    """A text that is not passed on. Parameters: found (the words it is refused for, may be empty).

    Codes: "message_seeks_contact", "message_names_person", "message_register", "message_link",
    "message_phone", "message_unprintable".
    """

    code = "message_seeks_contact"


class SlotUnknown(Invalid):
    """There is no such time at that service on that day, or it is too soon or too far away."""

    code = "slot_unknown"


class SlotFull(Conflict):
    """The slot has not so many places left on that day. Parameters: left, people."""

    code = "slot_full"


class OrderLineNotFound(NotFound):
    """The order has no such line."""

    code = "order_line_not_found"


class ReviewNotFound(NotFound):
    """No such review, or not the actor's to see."""

    code = "review_not_found"


class ReviewNotYours(Forbidden):
    """The actor may see the review but not decide on it or answer it."""

    code = "review_not_yours"


class ReviewTooSoon(Conflict):
    """Nothing of the order line has been delivered yet."""

    code = "review_too_soon"


class ReviewExists(Conflict):
    """The buyer has reviewed the product already, with another order."""

    code = "review_exists"


class ReviewSettled(Conflict):
    """The review is published and cannot be reworded any more."""

    code = "review_settled"


class ReviewChanged(Conflict):
    """The review was reworded or decided on since the moderator read it."""

    code = "review_changed"


class ReviewAnswered(Conflict):
    """The UPT has answered the review; it does so once."""

    code = "review_answered"


class StarsInvalid(Invalid):
    """Not one to five stars."""

    code = "stars_invalid"
