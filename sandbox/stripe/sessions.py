"""Checkout Sessions: creating them by Stripe's rules, expiring them, reading their line items."""

import fnmatch
from typing import Any
from urllib.parse import urlsplit

from sandbox.stripe.events import emit
from sandbox.stripe.problems import Json, StripeProblem, missing, not_simulated
from sandbox.stripe.world import World, new_id

MIN_LIFE_SECONDS = 30 * 60
MAX_LIFE_SECONDS = 24 * 3600
MAX_LINE_ITEMS = 100
MAX_REFERENCE = 200
MAX_METADATA_KEYS, MAX_METADATA_KEY, MAX_METADATA_VALUE = 50, 40, 500
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


def create(world: World, params: Json, page_root: str) -> Json:
    """Open a session whose hosted page is below page_root; raises StripeProblem for what Stripe refuses."""
    _check_simulated(params)
    _check_mode(params)
    check_metadata(params.get("metadata"), "metadata")
    check_metadata(params.get("payment_intent_data", {}).get("metadata"), "payment_intent_data[metadata]")
    now = world.now()
    expires_at = _expiry(params.get("expires_at"), now)
    currency = _currency(params)
    items = [_line_item(line, n, currency, now) for n, line in enumerate(params["line_items"])]
    total = sum(item["amount_total"] for item in items)
    _check_total(total, currency)
    session_id = new_id("cs_test")
    session = {
        **_new_session(params, now, expires_at),
        "id": session_id,
        "amount_subtotal": total,
        "amount_total": total,
        "currency": currency,
        "url": f"{page_root}/pay/{session_id}",
    }
    world.add(session)
    world.private[session_id] = {
        "line_items": items,
        "payment_intent_data": params.get("payment_intent_data", {}),
    }
    return session


def update(world: World, session: Json, params: Json) -> Json:
    """Change the metadata, the one thing of a hosted session that may change."""
    for name in params.keys() - {"metadata", "expand"}:
        raise not_simulated(name)
    session["metadata"] = merged_metadata(session["metadata"], params.get("metadata"))
    world.dirty = True
    return session


def expire(world: World, session: Json) -> Json:
    """Expire an open session; raises StripeProblem for any other: so the caller learns of a payment."""
    if session["status"] != "open":
        raise StripeProblem(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`.",
            param="session",
            kept=True,
        )
    session.update(status="expired", url=None)
    intent_id = session["payment_intent"]
    if intent_id is not None:
        intent = world.payment_intents[intent_id]
        intent.update(
            status="canceled", canceled_at=world.now(), cancellation_reason="expired", next_action=None
        )
        emit(world, "payment_intent.canceled", intent)
    emit(world, "checkout.session.expired", session)
    return session


def expire_due(world: World) -> None:
    """Expire every open session whose moment has come."""
    now = world.now()
    for session in list(world.sessions.values()):
        if session["status"] == "open" and session["expires_at"] <= now:
            expire(world, session)


def line_items(world: World, session: Json) -> list[Json]:
    """What the session sells."""
    items: list[Json] = world.private[session["id"]]["line_items"]
    return items


def check_metadata(metadata: Any, param: str) -> None:
    """Raise StripeProblem when the metadata passes Stripe's limits."""
    if not metadata:
        return
    if len(metadata) > MAX_METADATA_KEYS:
        raise StripeProblem(f"You can only have up to {MAX_METADATA_KEYS} metadata keys.", param=param)
    for key, value in metadata.items():
        if len(key) > MAX_METADATA_KEY or len(value) > MAX_METADATA_VALUE:
            raise StripeProblem(
                f"Metadata keys can have up to {MAX_METADATA_KEY} characters, values {MAX_METADATA_VALUE}.",
                param=f"{param}[{key}]",
            )


def merged_metadata(old: Json, change: Any) -> Json:
    """Metadata after an update: empty values unset a key, an empty string unsets all."""
    if change is None:
        return old
    if change == "":
        return {}
    check_metadata(change, "metadata")
    return {key: value for key, value in {**old, **change}.items() if value != ""}


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
    if not _methods(params):
        raise StripeProblem(
            "No valid payment method types for this Checkout Session.", param="payment_method_types"
        )


def _check_url(url: str | None, param: str) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(url) > MAX_URL or " " in url:
        raise StripeProblem("Not a valid URL", code="url_invalid", param=param)


def _methods(params: Json) -> list[str]:
    allowed = params.get("allowed_payment_method_types", METHODS)
    excluded = params.get("excluded_payment_method_types", ())
    return [method for method in METHODS if method in allowed and method not in excluded]


def _expiry(asked: int | None, now: int) -> int:
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


def _currency(params: Json) -> str:
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


def _check_total(total: int, currency: str) -> None:
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


def _line_item(line: Json, n: int, currency: str, now: int) -> Json:
    price, where = line["price_data"], f"line_items[{n}]"
    quantity, unit_amount = line.get("quantity"), price.get("unit_amount")
    if "product_data" not in price or unit_amount is None or quantity is None:
        name = next(
            name
            for name, value in (
                ("[price_data][product_data]", price.get("product_data")),
                ("[price_data][unit_amount]", unit_amount),
                ("[quantity]", quantity),
            )
            if value is None
        )
        raise StripeProblem(
            f"Missing required param: {where}{name}.", code="parameter_missing", param=where + name
        )
    for name, value, least in (("[price_data][unit_amount]", unit_amount, 0), ("[quantity]", quantity, 1)):
        if value < least:
            raise StripeProblem(
                f"This value must be greater than or equal to {least}.",
                code="parameter_invalid_integer",
                param=where + name,
            )
    amount = unit_amount * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": price["product_data"]["name"],
        "metadata": line.get("metadata", {}),
        "price": _price(price, currency, now),
        "quantity": quantity,
    }


def _price(price: Json, currency: str, now: int) -> Json:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod"),
        "recurring": None,
        "tax_behavior": price.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": price["unit_amount"],
        "unit_amount_decimal": str(price["unit_amount"]),
    }


def _new_session(params: Json, now: int, expires_at: int) -> Json:
    email = params.get("customer_email")
    return {
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled", False)},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": None,
        "customer_email": email,
        "discounts": [],
        "expires_at": expires_at,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": None,
        "payment_method_types": _methods(params),
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }


def unknown_session(id: str) -> StripeProblem:
    """No such session, as Stripe says it."""
    return missing("checkout session", id, param="session")
