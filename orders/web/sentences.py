"""What is said to a person when the orders room refuses: one sentence a code."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, object] = {
    "fulfilment_not_found": _("This parcel does not exist, or it is not yours to see."),
    "wrong_state": _("This step is not possible now. Below is how things stand."),
    "piece_count_wrong": _("Enter a whole number from 0 to %(most)s."),
    "tracking_number_invalid": _(
        "Enter %(least)s to %(most)s letters and digits, as printed on the receipt."
    ),
    "courier_unknown": _("Choose a courier from the list."),
    "shortage_reason_missing": _("Choose a reason from the list."),
    "parcel_changed": _(
        "The parcel has changed since you opened this page. Look at it again before you go on."
    ),
    "parcel_not_yours": _("You may look at this parcel, but only its own UPT works on it."),
    "refund_too_large": _("The payment does not hold %(amount)s any more; ask the directorate."),
}
