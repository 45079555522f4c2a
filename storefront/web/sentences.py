"""What is said to a person when something is refused: one sentence a code, from every room."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, object] = {
    "matters_open": _(
        "Something of yours still runs: %(what)s. Please wait until it has arrived or ended, or cancel it;"
        " then delete your account."
    ),
    "take_back_open": _(
        "The address of this account was changed less than a week ago, and the address before can still take"
        " it back. Please delete your account once the week is over."
    ),
    "staff_account": _(
        "Work for the shop was done under this account, and the books must keep who did it."
        " Your office closes such an account."
    ),
    "export_not_found": _("This copy is no longer there. You can have a new one made."),
    "not_found": _("This page does not exist, or it is not yours to see."),
    "link_expired": _("This link has expired. The newest mail about the order has one that works."),
    "forbidden": _("You may not do this."),
    "cross_site": _("This form was sent from another site. Open the page here and try again."),
    "invalid": _("This cannot be done as it was entered."),
    "conflict": _("Things have changed in the meantime. Look again and try once more."),
    "unavailable": _("We cannot do this right now. Please try again in a moment; nothing was lost."),
    "busy": _(
        "Somebody is changing the same thing at this moment, so nothing was changed."
        " Please try again in a few seconds."
    ),
    "crowded": _("Very many people are here at this moment. Please try again in a few seconds."),
    "no_room": _(
        "There is no room for this at this moment, so nothing was changed. Please try again in a few minutes."
    ),
    "files_unavailable": _(
        "Files can be neither kept nor fetched at this moment, so nothing was changed."
        " Please try again in a few minutes."
    ),
    "sheet_empty": _("This file is empty. Choose the table again."),
    "sheet_kind": _("This is no XLSX and no CSV. Save the table in one of these forms and send it again."),
    "sheet_cut": _("This file breaks off in the middle. Save the table anew and send it again."),
    "sheet_broken": _("This workbook cannot be read. Save it as XLSX or CSV anew and send it again."),
    "sheet_too_heavy": _("This file is too heavy: at most %(megabytes)s MB are taken."),
    "sheet_too_many_rows": _("This table has more than %(most)s rows. Send it in several parts."),
    "sheet_unpacks_too_much": _("This workbook holds far more than a table. Copy the table into a new one."),
    "sheet_too_long": _(
        "A workbook of more than %(most)s lines cannot be made."
        " Narrow the list, or take the CSV: it has no end."
    ),
    "cart_full": _("A cart holds %(most)s different things. Order these first, then fill it anew."),
    "wishlist_full": _("A wishlist holds %(most)s products. Take one off first."),
    "cart_line_not_found": _("This is no longer in your cart."),
    "not_made_there": _("This UPT does not sell %(product)s. Choose another one."),
    "total_changed": _("The total is now %(total_rupiah)s, you saw %(seen_rupiah)s. Please look again."),
    "total_out_of_bounds": _("One payment can be from %(minimum_rupiah)s to %(maximum_rupiah)s."),
    "parcel_too_heavy": _(
        "The parcel from %(upt)s weighs %(weight_g)s g; the courier takes at most %(limit_g)s g."
        " Order less at once."
    ),
    "no_shipping_rate": _("No courier goes from %(upt)s to this address."),
    "unknown_postcode": _("The postcode %(postcode)s does not exist or does not hold this village."),
    "order_not_payable": _("This order can no longer be paid."),
    "payment_pending": _("Your payment is on its way; please wait for it."),
    "payment_in_question": _("We are looking into a payment for this order; please do not pay again."),
    "too_many_attempts": _("Paying for this order was tried too often. Please place a new order."),
    "provider_rejected": _("The payment service refused this order. Please write to us."),
    "http_400": _("The request could not be understood."),
    "http_404": _("This page does not exist."),
    "http_405": _("This page cannot be used that way."),
    "http_410": _("What stood here is gone for good."),
    "http_413": _("What was sent is too large."),
    "http_422": _("This could not be taken as it was entered."),
    "http_429": _("Too many tries. Please wait a moment."),
    "http_500": _("Something went wrong on our side. Nothing was lost; we have been told."),
    "http_other": _("The request could not be carried out."),
}
