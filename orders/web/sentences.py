"""What is said to a person when the orders room refuses: one sentence a code."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, object] = {
    "fulfilment_not_found": _("This parcel does not exist, or it is not yours to see."),
    "invoice_not_found": _("This invoice does not exist, or it is not yours to see."),
    "cannot_call_off": _(
        "This order can no longer be cancelled: a parcel is packed or on its way."
        " Once it has arrived, you can report on this page what is wrong with it."
    ),
    "problem_not_found": _("This report does not exist, or it is not yours to see."),
    "problem_not_yours": _("You may read this report, but only its own UPT and the directorate answer it."),
    "problem_open": _(
        "A report about this parcel is open already. Its answer comes to this page and by mail."
    ),
    "too_many_problems": _("So many reports about one parcel are not taken; please ask the UPT instead."),
    "problem_too_late": _(
        "The time to report a problem with this parcel is over; please ask the UPT instead."
    ),
    "problem_closed": _("This report is closed; nothing can be added to it."),
    "wrong_state": _("This step is not possible now. Below is how things stand."),
    "piece_count_wrong": _("Enter a whole number from 0 to %(most)s."),
    "past_date_not_good": _(
        "At most %(most)s of these pieces can be good: the batches of the others have ended. Do not count"
        " what is past its date."
    ),
    "tracking_number_invalid": _(
        "Enter %(least)s to %(most)s letters and digits, as printed on the receipt."
    ),
    "no_such_carton": _("This parcel has no such carton."),
    "first_carton_empty": _("Leave at least one piece in the first carton."),
    "parcel_in_cartons": _(
        "The parcel lies in several cartons. Put everything into one again first; what has left cannot be"
        " changed any more."
    ),
    "cartons_left": _("Carton %(position)s has not left yet: the first carton leaves last."),
    "tracking_number_used": _(
        "Another parcel was sent with %(courier)s under this number already. Look at the receipt again."
        " If this number is right, search for it among your parcels and correct it there; if you do not find"
        " it, tell the directorate, so that the other office corrects theirs."
    ),
    "courier_unknown": _("Choose a courier from the list."),
    "pickup_not_offered": _("This parcel cannot be fetched at the UPT; it is sent to you."),
    "receiver_missing": _("Write the name of who took the parcel in, with at most %(most)s letters."),
    "return_reason_missing": _("Choose a reason from the list."),
    "takeover_not_found": _("This request does not exist, or it is not yours to see."),
    "takeover_not_possible": _(
        "That UPT cannot send all of it now: it has too few free pieces, does not make it, or sends a parcel"
        " of this order already."
    ),
    "takeover_open": _(
        "Another UPT is asked for pieces of this parcel. Wait for its answer, or withdraw that."
    ),
    "takeover_over": _("This request was answered or withdrawn already; nothing was changed."),
    "shortage_reason_missing": _("Choose a reason from the list."),
    "parcel_changed": _(
        "The parcel has changed since you opened this page. Look at it again before you go on."
    ),
    "parcel_not_yours": _("You may look at this parcel, but only its own UPT works on it."),
    "own_order": _(
        "You bought this order yourself. About its money a colleague of your office decides, or the office"
        " above, by stepping in for yours."
    ),
    "own_text_control": _("Your text holds signs that cannot be written. Please type it on one line."),
    "own_text_link": _("Please leave out web addresses, e-mail addresses and account names."),
    "own_text_phone": _("Please leave out telephone numbers and other long numbers."),
    "own_text_too_long": _("Please write at most %(most)s characters."),
    "own_text_missing": _("Please write the text for %(product)s."),
    "own_text_not_offered": _("No text is written on %(product)s. Please leave it empty."),
    "purchase_limit": _("One person gets at most %(most)s of %(product)s in %(days)s days."),
    "enquiry_not_found": _("This request does not exist, or it is not yours to see."),
    "enquiry_link_void": _(
        "A newer link to this request was sent to you by mail; this one no longer works."
        " Open the newest mail."
    ),
    "enquiry_link_expired": _(
        "This link has expired. Please send a new request and name the number of the old one."
    ),
    "enquiry_not_yours": _("You may read this request, but only its own UPT and the directorate answer it."),
    "enquiry_closed": _("This request is closed. Open it again before you write."),
    "thread_full": _(
        "This conversation holds %(most)s messages; please go on by telephone or a new request."
    ),
    "thread_busy": _(
        "You can send at most %(most)s messages within an hour."
        " Please write the rest together, a little later."
    ),
    "message_seeks_contact": _(
        "We pass on no messages, money or visits to persons who are held, and no names or numbers of theirs."
        " Please ask about the goods or the service only; the institution itself answers about visits."
    ),
    "message_names_person": _(
        "“%(found)s” looks like the name of a person who is held. Names of warga binaan are never passed on"
        " or shown; please leave it out."
    ),
    "message_register": _(
        "“%(found)s” looks like the register number of a person who is held. Such numbers are never passed on"
        " or shown; please leave it out."
    ),
    "message_link": _(
        "“%(found)s” looks like an address or account name. Please leave it out and write here only:"
        " the answer comes to this page and by mail."
    ),
    "message_phone": _(
        "“%(found)s” looks like a telephone number. Please leave it out and write here only:"
        " the answer comes to this page and by mail."
    ),
    "message_unprintable": _("The text holds invisible signs. Please type it anew instead of pasting it."),
    "slot_unknown": _("This time cannot be booked. Please choose one from the list."),
    "slot_full": _("Only %(left)s places are left at that time; choose another one or fewer people."),
    "order_line_not_found": _("This order has no such goods."),
    "review_not_found": _("This review does not exist, or it is not yours to see."),
    "review_not_yours": _(
        "You may read this review. An office above the UPT decides on it, and only the UPT itself answers."
    ),
    "review_too_soon": _("You can review this as soon as it has been delivered."),
    "review_exists": _("You have reviewed this product already, with another order. Thank you."),
    "review_settled": _("Your review is published and can no longer be changed."),
    "review_changed": _("This review was changed or decided on since you opened it. Please read it again."),
    "review_answered": _("Your UPT has answered this review already; it can do so once."),
    "stars_invalid": _("Please choose one to five stars."),
    "refund_too_large": _("The payment does not hold %(amount)s any more; ask the directorate."),
}
