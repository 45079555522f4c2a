"""Listing events: order, filters, both cursors, and the thirty days."""

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.orders import checkout
from tests.sandbox_client import StripeSimulator


def expire_some(stripe_client: StripeClient, count: int) -> list[str]:
    """Make that many events of one type; their ids, oldest first."""
    for _ in range(count):
        params = checkout()
        del params["expires_at"]  # the simulator's clock may be elsewhere
        stripe_client.v1.checkout.sessions.expire(stripe_client.v1.checkout.sessions.create(params).id)
    return [event.id for event in stripe_client.v1.events.list({"limit": 100}).data][::-1]


class TestPaging:
    def test_goes_back_with_starting_after(self, stripe_client: StripeClient) -> None:
        ids = expire_some(stripe_client, 5)
        page = stripe_client.v1.events.list({"starting_after": ids[3], "limit": 2})
        assert [event.id for event in page.data] == [ids[2], ids[1]]
        assert page.has_more is True
        assert [event.id for event in page.auto_paging_iter()] == [ids[2], ids[1], ids[0]]

    def test_goes_forward_with_ending_before_oldest_first(self, stripe_client: StripeClient) -> None:
        ids = expire_some(stripe_client, 6)
        page = stripe_client.v1.events.list({"ending_before": ids[0], "limit": 2})
        assert [event.id for event in page.data] == [ids[2], ids[1]]
        assert [event.id for event in page.auto_paging_iter()] == ids[1:]

    def test_refuses_both_cursors_unknown_ones_and_wild_limits(self, stripe_client: StripeClient) -> None:
        (event_id,) = expire_some(stripe_client, 1)
        with pytest.raises(InvalidRequestError, match="only specify one"):
            stripe_client.v1.events.list({"starting_after": event_id, "ending_before": event_id})
        with pytest.raises(InvalidRequestError, match="No such"):
            stripe_client.v1.events.list({"starting_after": "evt_none"})
        with pytest.raises(InvalidRequestError, match="between 1 and 100"):
            stripe_client.v1.events.list({"limit": 101})

    def test_takes_as_cursor_an_event_the_filter_leaves_out(
        self, stripe_client: StripeClient, simulator: StripeSimulator
    ) -> None:
        (first,) = expire_some(stripe_client, 1)
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id)
        page = stripe_client.v1.events.list({"types": ["checkout.session.completed"], "ending_before": first})
        assert [event.type for event in page.auto_paging_iter()] == ["checkout.session.completed"]


class TestFilters:
    def test_by_types_and_pattern(self, stripe_client: StripeClient, simulator: StripeSimulator) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(session.id)
        events = stripe_client.v1.events
        assert {event.type for event in events.list({"type": "payment_intent.*"}).data} == {
            "payment_intent.created",
            "payment_intent.succeeded",
        }
        assert len(events.list({"types": ["checkout.session.completed", "refund.failed"]}).data) == 1
        with pytest.raises(InvalidRequestError, match="only specify one"):
            events.list({"type": "a", "types": ["b"]})

    def test_by_time(self, stripe_client: StripeClient, simulator: StripeSimulator) -> None:
        expire_some(stripe_client, 1)
        later = simulator.advance(hours=1)
        expire_some(stripe_client, 1)
        assert len(stripe_client.v1.events.list({"created": {"gte": later}}).data) == 1
        assert len(stripe_client.v1.events.list({"created": {"lt": later}}).data) == 1

    def test_names_the_request_that_caused_it(self, stripe_client: StripeClient) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout())
        expired = stripe_client.v1.checkout.sessions.expire(session.id, options={"idempotency_key": "k-9"})
        event = stripe_client.v1.events.list().data[0]
        assert event.request is not None
        assert event.request.idempotency_key == "k-9"
        assert expired.last_response is not None
        assert event.request.id == expired.last_response.request_id

    def test_forgets_after_thirty_days(self, stripe_client: StripeClient, simulator: StripeSimulator) -> None:
        (event_id,) = expire_some(stripe_client, 1)
        simulator.advance(hours=24 * 31)
        assert stripe_client.v1.events.list().data == []
        assert stripe_client.v1.events.retrieve(event_id).id == event_id
