"""The tables of this room: orders and their money, invoices, and the enquiries that people answer."""

from orders.models.buying import (
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    ProviderCursor,
    ProviderNotice,
    Refund,
    ShippingRate,
)
from orders.models.cartons import Carton, CartonLine
from orders.models.enquiries import Booking, Enquiry, EnquiryMessage, EnquiryUpt, ServiceSlot
from orders.models.invoicing import Invoice, InvoiceSeries, RefundShare
from orders.models.parcels import Fulfilment, FulfilmentLine
from orders.models.problems import Problem, ProblemEntry, ProblemPicture
from orders.models.reviews import Review, ReviewInvitation, ReviewPicture
from orders.models.takeovers import Takeover

__all__ = [
    "Booking",
    "Carton",
    "CartonLine",
    "Enquiry",
    "EnquiryMessage",
    "EnquiryUpt",
    "Fulfilment",
    "FulfilmentLine",
    "Invoice",
    "InvoiceSeries",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "Problem",
    "ProblemEntry",
    "ProblemPicture",
    "ProviderCursor",
    "ProviderNotice",
    "Refund",
    "RefundShare",
    "Review",
    "ReviewInvitation",
    "ReviewPicture",
    "ServiceSlot",
    "ShippingRate",
    "Takeover",
]
