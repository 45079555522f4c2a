"""What is said to a person when the inventory room refuses: one sentence a code."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

SENTENCES: Mapping[str, object] = {
    "product_not_found": _("This product does not exist, or it is no longer sold."),
    "stock_not_found": _("There is no such stock, or it is not yours to see."),
    "stock_not_yours": _("You may look at this stock, but only its own UPT changes it."),
    "not_for_sale": _("%(product)s cannot be ordered here."),
    "out_of_stock": _("Only %(left)s of %(product)s are left."),
    "stock_too_low": _("Only %(available)s pieces can be taken away: the others belong to orders."),
    "quantity_invalid": _("Enter a whole number from 1 to %(most)s."),
    "reason_missing": _("Choose a reason from the list."),
}
