"""What officers read of a parcel: why something was done with it, and what."""

from __future__ import annotations

from flask_babel import lazy_gettext

from orders.rules.handling import NOT_FETCHED

REASONS = {
    "not_found": lazy_gettext("Not to be found"),
    "damaged": lazy_gettext("Damaged"),
    "expired": lazy_gettext("Past its date"),
    "keeps_too_short": lazy_gettext("Would not keep until it arrives"),
    "not_made": lazy_gettext("Could not be made in time"),
    "other": lazy_gettext("Another reason"),
    "too_busy": lazy_gettext("Too much to do"),
    NOT_FETCHED: lazy_gettext("The customer does not fetch it"),
    "nobody_there": lazy_gettext("Nobody took it in"),
    "refused": lazy_gettext("The customer did not want it"),
    "address_wrong": lazy_gettext("The address is wrong"),
    "damaged_on_way": lazy_gettext("Damaged on the way"),
    "courier_failed": lazy_gettext("The courier could not deliver it"),
}

HISTORY = {
    "fulfilment_new": lazy_gettext("Ordered"),
    "fulfilment_accepted": lazy_gettext("Accepted"),
    "fulfilment_packed": lazy_gettext("Packed"),
    "fulfilment_pickup_chosen": lazy_gettext("The customer will fetch it"),
    "fulfilment_ready": lazy_gettext("May be fetched"),
    "fulfilment_code_renewed": lazy_gettext("New code sent"),
    "fulfilment_shipped": lazy_gettext("Handed to the courier"),
    "fulfilment_carton_added": lazy_gettext("One more carton"),
    "fulfilment_carton_undone": lazy_gettext("One carton fewer"),
    "fulfilment_carton_shipped": lazy_gettext("A carton handed to the courier"),
    "fulfilment_renumbered": lazy_gettext("Tracking number corrected"),
    "fulfilment_delivered": lazy_gettext("Delivered"),
    "fulfilment_returned": lazy_gettext("Came back"),
    "fulfilment_lost": lazy_gettext("Lost"),
    "fulfilment_takeover_asked": lazy_gettext("Another UPT asked for pieces"),
    "fulfilment_takeover_withdrawn": lazy_gettext("Request to another UPT withdrawn"),
    "fulfilment_takeover_refused": lazy_gettext("The other UPT refused"),
    "fulfilment_taken_over": lazy_gettext("Taken over by another UPT"),
    "fulfilment_part_taken_over": lazy_gettext("Some pieces taken over by another UPT"),
    "fulfilment_cancelled": lazy_gettext("Cancelled"),
    "fulfilment_reduced": lazy_gettext("Some pieces cancelled"),
}
