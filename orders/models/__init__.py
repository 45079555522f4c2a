"""The tables of this room: orders and their money, and the enquiries that are answered by people."""

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

__all__ = [
    "Booking",
    "Enquiry",
    "EnquiryMessage",
    "EnquiryUpt",
    "Fulfilment",
    "FulfilmentLine",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "ProviderCursor",
    "ProviderNotice",
    "Refund",
    "ServiceSlot",
    "ShippingRate",
]
