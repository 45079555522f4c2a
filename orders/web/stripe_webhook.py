"""Stripe's doorbell: prove the notice, keep it, answer. What it is about is asked later, by the worker."""

from __future__ import annotations

import logging

from flask import Blueprint, current_app, request

from kernel.clock import now
from kernel.db import transaction
from kernel.web import accepts_foreign_posts
from orders.errors import BadSignature
from orders.ports import PaymentProvider
from orders.services.reconciling import take_notice

blueprint = Blueprint("stripe_webhook", __name__)
_logger = logging.getLogger(__name__)


@blueprint.post("/webhooks/stripe")
@accepts_foreign_posts
def receive() -> tuple[str, int]:
    """200 once the notice is kept, a repeat too; 400 and nothing stored for one that Stripe did not send."""
    provider: PaymentProvider = current_app.extensions["payments"]
    try:
        notice = provider.read_notice(request.get_data(cache=False), dict(request.headers))
    except BadSignature:
        _logger.warning("webhook refused", extra={"fields": {"from": request.remote_addr}})
        return "", 400
    if notice is not None:
        with transaction() as session:
            take_notice(session, provider.name, notice, source="webhook", at=now())
    return "", 200
