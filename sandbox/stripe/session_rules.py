"""What Stripe refuses when a Checkout Session is created, and what this simulator does."""

import fnmatch
from urllib.parse import urlsplit

from sandbox.stripe import metadata
from sandbox.stripe.problems import Json, StripeProblem, not_simulated

MIN_LIFE_SECONDS = 30 * 60
MAX_LIFE_SECONDS = 24 * 3600
MAX_LINE_ITEMS = 100
MAX_REFERENCE = 200
MAX_URL = 5000
MIN_AMOUNT = {"usd": 50, "idr": 800_000}
"""Minor units. Stripe states USD 0.50 or the equivalent; for rupiah that is taken as Rp8.000."""
MAX_AMOUNT = {"idr": 999_999_999_999}
DEFAULT_MAX_AMOUNT = 99_999_999
METHODS = ("card", "customer_balance")
"""What the hosted page offers: cards, and bank transfer under Stripe's name for it."""

_SIMULATED = {
    "adaptive_pricing",
    "allowed_payment_method_types",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer_creation",
    "customer_email",
    "excluded_payment_method_types",
    "expand",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "submit_type",
    "success_url",
    "ui_mode",
}
_SIMULATED_INTENT = {"description", "metadata", "receipt_email"}
_SIMULATED_LINE = {"price_data", "quantity", "metadata"}
_SIMULATED_PRICE = {"currency", "product_data", "unit_amount", "tax_behavior"}
_SIMULATED_PRODUCT = {"name", "description", "images", "metadata"}


def check(params: Json) -> None:
    """Raise StripeProblem for parameters that no session can have."""
    _check_simulated(params)
    _check_mode(params)
    metadata.check(params.get("metadata"), "metadata")
    metadata.check(params.get("payment_intent_data", {}).get("metadata"), "payment_intent_data[metadata]")


def _check_simulated(params: Json) -> None:
    for name in params.keys() - _SIMULATED:
        if params[name] not in ({"enabled": False}, False):  # switched off is what the simulator does anyway
            raise not_simulated(name)
    for name in params.get("payment_intent_data", {}).keys() - _SIMULATED_INTENT:
        raise not_simulated(f"payment_intent_data[{name}]")
    for n, line in enumerate(params.get("line_items", [])):
        for name in line.keys() - _SIMULATED_LINE:
            raise not_simulated(f"line_items[{n}][{name}]")
        price = line.get("price_data", {})
        for name in price.keys() - _SIMULATED_PRICE:
            raise not_simulated(f"line_items[{n}][price_data][{name}]")
        for name in price.get("product_data", {}).keys() - _SIMULATED_PRODUCT:
            raise not_simulated(f"line_items[{n}][price_data][product_data][{name}]")


def _check_mode(params: Json) -> None:
    for name in ("mode", "success_url", "line_items"):
        if not params.get(name):
            raise StripeProblem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if params["mode"] != "payment":
        raise not_simulated("mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_simulated("ui_mode")
    for name in ("success_url", "cancel_url"):
        _check_url(params.get(name), name)
    if len(params.get("client_reference_id", "")) > MAX_REFERENCE:
        raise StripeProblem(
            f"client_reference_id must be at most {MAX_REFERENCE} characters.", param="client_reference_id"
        )
    email = params.get("customer_email")
    if email is not None and not fnmatch.fnmatchcase(email, "?*@?*.?*"):
        raise StripeProblem(f"Invalid email address: {email}", code="email_invalid", param="customer_email")
    if not methods(params):
        raise StripeProblem(
            "No valid payment method types for this Checkout Session.", param="payment_method_types"
        )


def _check_url(url: str | None, param: str) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(url) > MAX_URL or " " in url:
        raise StripeProblem("Not a valid URL", code="url_invalid", param=param)


def methods(params: Json) -> list[str]:
    """The payment methods the page will offer."""
    allowed = params.get("allowed_payment_method_types", METHODS)
    excluded = params.get("excluded_payment_method_types", ())
    return [method for method in METHODS if method in allowed and method not in excluded]


def expiry(asked: int | None, now: int) -> int:
    """When a session asked for now ends; raises StripeProblem outside 30 minutes to 24 hours."""
    if asked is None:
        return now + MAX_LIFE_SECONDS
    if asked < now + MIN_LIFE_SECONDS:
        raise StripeProblem(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if asked > now + MAX_LIFE_SECONDS:
        raise StripeProblem(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return asked


def currency(params: Json) -> str:
    """The one currency of the lines; raises StripeProblem when there are several."""
    lines = params["line_items"]
    if len(lines) > MAX_LINE_ITEMS:
        raise StripeProblem(
            f"Checkout Sessions can have at most {MAX_LINE_ITEMS} line items.", param="line_items"
        )
    for n, line in enumerate(lines):
        if "price_data" not in line:
            raise StripeProblem(
                f"You must provide one of `price` or `price_data` for line_items[{n}].",
                code="parameter_missing",
                param=f"line_items[{n}]",
            )
    found: list[str] = sorted({line["price_data"]["currency"].lower() for line in lines})
    if len(found) > 1 or params.get("currency", found[0]).lower() != found[0]:
        raise StripeProblem(
            f"All prices must be in one currency; got {', '.join(found)}.", param="line_items"
        )
    if len(found[0]) != 3 or not found[0].isalpha():
        raise StripeProblem(f"Invalid currency: {found[0]}", param="line_items[0][price_data][currency]")
    return found[0]


def check_total(total: int, currency: str) -> None:
    """Raise StripeProblem when the total (minor units) is too small or too large."""
    least, most = MIN_AMOUNT.get(currency, 50), MAX_AMOUNT.get(currency, DEFAULT_MAX_AMOUNT)
    if total < least:
        raise StripeProblem(
            "The Checkout Session's total amount due must add up to at least $0.50 USD or its equivalent.",
            code="amount_too_small",
            param="line_items",
        )
    if total > most:
        raise StripeProblem(
            f"The Checkout Session's total amount must be no more than {most}.",
            code="amount_too_large",
            param="line_items",
        )
