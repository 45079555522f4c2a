"""Checkout Sessions: creating them by Stripe's rules, expiring them, reading their line items."""

from sandbox.stripe import metadata, session_rules
from sandbox.stripe.events import emit
from sandbox.stripe.problems import Json, StripeProblem, not_simulated
from sandbox.stripe.world import World, new_id


def create(world: World, params: Json, page_root: str) -> Json:
    """Open a session whose hosted page is below page_root; raises StripeProblem for what Stripe refuses."""
    session_rules.check(params)
    now = world.now()
    expires_at = session_rules.expiry(params.get("expires_at"), now)
    currency = session_rules.currency(params)
    items = [_line_item(line, n, currency, now) for n, line in enumerate(params["line_items"])]
    total = sum(item["amount_total"] for item in items)
    session_rules.check_total(total, currency)
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
    session["metadata"] = metadata.merged(session["metadata"], params.get("metadata"))
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
        "payment_method_types": session_rules.methods(params),
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
