"""The webhook: kept and answered, or refused and nothing stored."""

import json
import time
from collections.abc import Iterator

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kernel.db import db
from kernel.outbox import OutboxEvent
from orders.models import ProviderNotice
from tests.fakes import FakeProvider

SECRET = "whsec_0123456789"


@pytest.fixture
def visitor(app: Flask) -> Iterator[FlaskClient]:
    """Stripe: it sends neither cookies nor the headers of a browser."""
    with app.app_context():
        yield app.test_client()


def make_event(event_id: str = "evt_1", kind: str = "checkout.session.completed") -> str:
    event = {
        "id": event_id,
        "object": "event",
        "api_version": stripe.api_version,
        "created": int(time.time()),
        "type": kind,
        "data": {"object": {"id": "cs_test_1", "object": "checkout.session"}},
    }
    return json.dumps(event)


def signed(body: str, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    stamp = int(time.time()) - age
    return {
        "Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret, stamp),
        "Content-Type": "application/json",
    }


def stored() -> tuple[int, int]:
    """How many notices and how many events stand in the database."""
    db.session.rollback()
    counts = [
        db.session.scalar(select(func.count()).select_from(table)) for table in (ProviderNotice, OutboxEvent)
    ]
    return counts[0] or 0, counts[1] or 0


class TestReceive:
    def test_keeps_a_notice_and_says_so(self, visitor: FlaskClient) -> None:
        body = make_event()

        answer = visitor.post("/webhooks/stripe", data=body, headers=signed(body))

        notice = db.session.scalars(select(ProviderNotice)).one()
        event = db.session.scalars(select(OutboxEvent)).one()
        assert answer.status_code == 200
        assert (notice.event_id, notice.kind, notice.ref) == (
            "evt_1",
            "checkout.session.completed",
            "cs_test_1",
        )
        assert notice.body == json.loads(body)
        assert (event.name, event.payload) == ("PaymentReported", {"provider": "stripe", "ref": "cs_test_1"})

    def test_a_repeat_is_welcome_and_changes_nothing(self, visitor: FlaskClient) -> None:
        body = make_event()

        answers = [
            visitor.post("/webhooks/stripe", data=body, headers=signed(body)).status_code for _ in range(3)
        ]

        assert answers == [200, 200, 200]
        assert stored() == (1, 1)

    def test_news_we_do_not_follow_are_answered_and_forgotten(self, visitor: FlaskClient) -> None:
        body = make_event(kind="payment_intent.succeeded")

        assert visitor.post("/webhooks/stripe", data=body, headers=signed(body)).status_code == 200
        assert stored() == (0, 0)

    def test_either_of_two_secrets_signs_while_they_are_changed(self, visitor: FlaskClient) -> None:
        body = make_event()
        old, new = signed(body, secret="whsec_old"), signed(body)
        both = f"{old['Stripe-Signature']},{new['Stripe-Signature'].split(',', 1)[1]}"

        answer = visitor.post("/webhooks/stripe", data=body, headers={**new, "Stripe-Signature": both})

        assert answer.status_code == 200
        assert stored() == (1, 1)

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            pytest.param(make_event(), {}, id="unsigned"),
            pytest.param(make_event(), signed(make_event("evt_2")), id="signed for another body"),
            pytest.param(
                make_event("evt_3"), signed(make_event("evt_3"), secret="whsec_x"), id="wrong secret"
            ),
            pytest.param(make_event("evt_4"), signed(make_event("evt_4"), age=301), id="stale"),
            pytest.param(make_event()[:50], signed(make_event()), id="truncated"),
            pytest.param("[]", signed("no json"), id="no object"),
            pytest.param("no json", signed("no json"), id="no json"),
            pytest.param(make_event(), {"Stripe-Signature": "t=é"}, id="no ascii"),
        ],
    )
    def test_what_stripe_did_not_send_is_refused_and_not_stored(
        self, visitor: FlaskClient, body: str, headers: dict[str, str]
    ) -> None:
        assert visitor.post("/webhooks/stripe", data=body, headers=headers).status_code == 400
        assert stored() == (0, 0)

    def test_bytes_that_are_no_text_are_refused(self, visitor: FlaskClient) -> None:
        answer = visitor.post("/webhooks/stripe", data=b"\xff\xfe", headers=signed("x"))

        assert answer.status_code == 400
        assert stored() == (0, 0)

    def test_a_body_beyond_the_limit_is_refused_unread(self, visitor: FlaskClient) -> None:
        answer = visitor.post("/webhooks/stripe", data="x" * 300_000, headers=signed("x"))

        assert answer.status_code == 413
        assert stored() == (0, 0)

    def test_asks_the_provider_nothing(self, app: Flask, visitor: FlaskClient) -> None:
        provider = FakeProvider()
        real, app.extensions["payments"] = app.extensions["payments"], provider
        try:
            visitor.post("/webhooks/stripe", data=make_event(), headers={"Stripe-Signature": "fake"})
        finally:
            app.extensions["payments"] = real

        assert provider.calls == []

    def test_can_only_be_posted_to(self, visitor: FlaskClient) -> None:
        assert visitor.get("/webhooks/stripe").status_code == 405
