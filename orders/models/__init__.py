"""The tables of this room: orders and their money, invoices, and the enquiries that people answer."""

from orders.models.buying import (
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    ProviderCursor,
    ProviderNotice,
    Refund,
    ShippingRate,
)
from orders.models.enquiries import Booking, Enquiry, EnquiryMessage, EnquiryUpt, ServiceSlot
from orders.models.invoicing import Invoice, InvoiceSeries, RefundShare

__all__ = [
    "Booking",
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
    "ProviderCursor",
    "ProviderNotice",
    "Refund",
    "RefundShare",
    "ServiceSlot",
    "ShippingRate",
]
