"""Payments through Stripe's hosted Checkout."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import stripe
from stripe.checkout import Session
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

from kernel.config import Config
from kernel.log import alarm
from orders.adapters.circuit import Circuit
from orders.adapters.stripe_errors import translated
from orders.adapters.stripe_money import to_stripe
from orders.adapters.stripe_snapshots import (
    KINDS,
    intent_of,
    metadata_of,
    notice_of,
    refund_snapshot,
    snapshot_of,
)
from orders.errors import BadSignature, ProviderRejected
from orders.ports import (
    Caps,
    Notice,
    PaymentLine,
    PaymentRequest,
    PaymentStatus,
    RefundRequest,
    RefundSnapshot,
    Snapshot,
    Started,
)

_logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = (1.0, 5.0)
"""To connect, and to wait for an answer: a customer is waiting too."""
_RETRIES = 1
_STRIPE_HOST = "api.stripe.com"
_MOST_LINES = 100
_LONGEST_NAME = 250
_PAGE = 100
_CLOCK_SLACK_SECONDS = 300
_EXPAND = ["payment_intent.latest_charge"]

_CAPS = Caps(
    # USD 0.50 or its equivalent, and twelve digits, as far as is known: to be tried with a real key
    minimum_amount=10_000,
    maximum_amount=9_999_999_999,
    # 30 minutes; one more, because clocks differ
    shortest_expiry_minutes=31,
    longest_expiry_minutes=24 * 60,
    lists_events=True,
    notifies_expiry=True,
)


class StripeProvider:
    """The PaymentProvider of orders/ports.py over a `StripeClient`."""

    name = "stripe"
    caps = _CAPS

    def __init__(self, client: stripe.StripeClient, *, webhook_secret: str, is_live: bool) -> None:
        self._client = client
        self._webhook_secret = webhook_secret
        self._circuit = Circuit()
        self.is_live = is_live

    @classmethod
    def from_config(cls, config: Config) -> StripeProvider:
        """The provider for one process. No global setting of the library but its telemetry is touched."""
        # with it a random id would be written to the user's configuration folder and sent along
        stripe.enable_telemetry = False
        is_elsewhere = urlsplit(config.stripe_api_base).hostname != _STRIPE_HOST
        client = stripe.StripeClient(
            config.stripe_secret_key,
            base_addresses={"api": config.stripe_api_base} if is_elsewhere else None,
            max_network_retries=_RETRIES,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT_SECONDS),
        )
        is_live = not config.stripe_secret_key.startswith(("sk_test_", "rk_test_"))
        return cls(client, webhook_secret=config.stripe_webhook_secret, is_live=is_live)

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """Around every use of the client: its errors become ours, and a dead line is not tried for ever."""
        with self._circuit.guard(), translated():
            yield

    # --- asking for money -----------------------------------------------------------------------------------

    def request_body(self, request: PaymentRequest) -> dict[str, Any]:
        """The parameters of the Checkout Session. Raises ValueError when the lines miss the total."""
        if sum(line.amount for line in request.lines) != request.amount:
            raise ValueError("the lines do not add up to the total")
        currency = request.currency.lower()
        lines = request.lines
        if len(lines) > _MOST_LINES:
            lines = (PaymentLine(request.order_number, request.amount),)
        metadata = {"payment_id": str(request.id), "order_number": request.order_number}
        params: SessionCreateParams = {
            "mode": "payment",
            "ui_mode": "hosted_page",
            "line_items": [_line_item(line, currency) for line in lines],
            "adaptive_pricing": {"enabled": False},
            "client_reference_id": request.order_number,
            "customer_email": request.email,
            "locale": request.locale,
            "metadata": metadata,
            # the session's are not copied to the payment, and refunds and disputes lead back through it
            "payment_intent_data": {"metadata": metadata},
            "success_url": _with_session_id(request.success_url),
            "cancel_url": request.cancel_url,
            "expires_at": int(request.expires_at.timestamp()),
        }
        return dict(params)

    def start(self, body: dict[str, Any], *, idempotency_key: str) -> Started:
        """Open the hosted page."""
        params = cast(SessionCreateParams, body)
        with self._calling():
            session = self._client.v1.checkout.sessions.create(params, {"idempotency_key": idempotency_key})
        if session.url is None:
            raise ProviderRejected(reason="no_page")
        return Started(session.id, session.url, datetime.fromtimestamp(session.expires_at, UTC))

    def find(self, payment_id: UUID, *, since: datetime) -> str | None:
        """Look through the newest sessions for the one that carries our id."""
        created_after = int(since.timestamp()) - _CLOCK_SLACK_SECONDS
        with self._calling():
            sessions = self._client.v1.checkout.sessions.list(
                {"created": {"gte": created_after}, "limit": _PAGE}
            )
            for session in sessions.auto_paging_iter():
                if metadata_of(session).get("payment_id") == str(payment_id):
                    return session.id
        return None

    # --- how it stands --------------------------------------------------------------------------------------

    def look(self, ref: str) -> Snapshot:
        """The session with its payment, refunds and disputes; `ref` is a session's or a payment intent's."""
        with self._calling():
            session = self._session(ref)
            intent = intent_of(session)
            if intent is None or not isinstance(intent.latest_charge, stripe.Charge):
                return snapshot_of(session, (), ())
            refunds = self._client.v1.refunds.list({"payment_intent": intent.id, "limit": _PAGE})
            disputes: list[stripe.Dispute] = []
            if intent.latest_charge.disputed:
                disputes = self._client.v1.disputes.list({"payment_intent": intent.id}).data
            return snapshot_of(session, refunds.auto_paging_iter(), disputes)

    def close(self, ref: str) -> Snapshot:
        """Expire the session, never its payment intent; Stripe refuses when it is paid or being paid."""
        refusal: ProviderRejected | None = None
        try:
            with self._calling():
                self._client.v1.checkout.sessions.expire(ref)
        except ProviderRejected as error:
            refusal = error
        snapshot = self.look(ref)
        if refusal is not None and snapshot.status is PaymentStatus.OPEN:
            raise refusal
        return snapshot

    def refund(self, ref: str, request: RefundRequest, *, idempotency_key: str) -> RefundSnapshot:
        """Give back part or all of a session's payment."""
        with self._calling():
            intent = intent_of(self._session(ref))
            if intent is None:
                raise ProviderRejected(reason="nothing_paid")
            params: RefundCreateParams = {
                "payment_intent": intent.id,
                "amount": to_stripe(request.amount),
                "metadata": {"refund_id": str(request.id), "reason": request.reason},
            }
            made = self._client.v1.refunds.create(params, {"idempotency_key": idempotency_key})
            return refund_snapshot(made)

    def _session(self, ref: str) -> Session:
        sessions = self._client.v1.checkout.sessions
        if ref.startswith("pi_"):
            found = sessions.list({"payment_intent": ref, "limit": 1}).data
            if not found:
                raise ProviderRejected(reason="not_a_checkout")
            ref = found[0].id
        return sessions.retrieve(ref, {"expand": _EXPAND})

    # --- notices --------------------------------------------------------------------------------------------

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Prove a webhook by its signature and read it. Raises BadSignature."""
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            event = self._client.construct_event(
                body, lower.get("stripe-signature", ""), self._webhook_secret
            )
        except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
            # TypeError: a header with other than ASCII; ValueError: a body that is no JSON or no UTF-8
            raise BadSignature from error
        if event.api_version != stripe.api_version:
            alarm(_logger, "stripe sends another version", sent=event.api_version, ours=stripe.api_version)
        return notice_of(json.loads(body))

    def missed(self, after_event_id: str | None) -> Iterator[Notice]:
        """Stripe's own list of events, thirty days back."""
        with self._calling():
            for event in self._events_after(after_event_id):
                notice = notice_of(event.to_dict(for_json=True))
                if notice is not None:
                    yield notice

    def _events_after(self, event_id: str | None) -> Iterator[stripe.Event]:
        events = self._client.v1.events
        kinds = list(KINDS)
        if event_id is not None:
            try:
                newer = events.list({"types": kinds, "ending_before": event_id, "limit": _PAGE})
            except stripe.InvalidRequestError:
                pass  # older than Stripe keeps events: read all there are
            else:
                yield from newer.auto_paging_iter()
                return
        # without a place to stop at Stripe lists the newest first
        yield from reversed(list(events.list({"types": kinds, "limit": _PAGE}).auto_paging_iter()))


def _line_item(line: PaymentLine, currency: str) -> SessionCreateParamsLineItem:
    return {
        "quantity": 1,
        "price_data": {
            "currency": currency,
            "unit_amount": to_stripe(line.amount),
            "product_data": {"name": line.name[:_LONGEST_NAME]},
        },
    }


def _with_session_id(url: str) -> str:
    """Stripe puts the session's id for the braces, which must not be percent-encoded."""
    separator = "&" if urlsplit(url).query else "?"
    return f"{url}{separator}session_id={{CHECKOUT_SESSION_ID}}"
