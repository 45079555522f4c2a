"""Invoices and credit notes as PDF: for the customer of the order, and for the parcel's own offices."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from accounts.web.guards import staff_page
from accounts.web.session import current_actor
from kernel.db import reading_session
from kernel.web import keep_private
from orders.queries.invoices import InvoiceView, invoice_for, invoice_of_order
from orders.web import invoice_pdf
from orders.web.order_access import check_order_link

blueprint = Blueprint("invoices", __name__)


@blueprint.get("/pesanan/<number>/<token>/faktur/<uuid:key>")
def of_order(number: str, token: str, key: UUID) -> Response:
    """A paper of the order that the link opens."""
    check_order_link(number, token)
    return _download(invoice_of_order(reading_session(), number, key))


@blueprint.get("/staff/faktur/<uuid:key>")
@staff_page("parcel.see")
def for_staff(key: UUID) -> Response:
    """A paper of a parcel in the reader's scope."""
    return _download(invoice_for(reading_session(), current_actor(), key))


def _download(invoice: InvoiceView) -> Response:
    answer = Response(invoice_pdf.render(invoice), mimetype="application/pdf")
    name = invoice.number.replace("/", "-")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return keep_private(answer)
