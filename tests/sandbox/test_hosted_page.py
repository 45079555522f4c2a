"""The hosted payment page, used as a browser uses it."""

import pytest
from stripe import StripeClient
from stripe.checkout import Session

from tests.sandbox.browser import pay_by_card, visit
from tests.sandbox.orders import checkout, line
from tests.sandbox_client import StripeSimulator


@pytest.fixture
def session(stripe_client: StripeClient) -> Session:
    """An open session."""
    return stripe_client.v1.checkout.sessions.create(checkout())


@pytest.fixture
def url(session: Session) -> str:
    """Its payment page."""
    assert session.url is not None
    return session.url


def status(stripe_client: StripeClient, session: Session) -> tuple[str | None, str]:
    """What the session says of itself now."""
    now = stripe_client.v1.checkout.sessions.retrieve(session.id)
    return now.status, now.payment_status


class TestPage:
    def test_shows_the_order_in_rupiah_and_that_it_is_a_test(self, url: str) -> None:
        page = visit(url)
        assert page.status == 200
        for text in (
            "TEST MODE",
            "LP-7K2M9QXA",
            "Kopi Gayo × 2",
            "Rp25.000",
            "Rp10.000",
            "Rp35.000",
            "Bayar",
        ):
            assert text in page.text
        assert 'href="http://127.0.0.1:9/back"' in page.text
        assert "<script" not in page.text

    def test_escapes_what_the_shop_sent(self, stripe_client: StripeClient) -> None:
        params = checkout(line_items=[line("<script>alert(1)</script>", 3_500_000)])
        session = stripe_client.v1.checkout.sessions.create(params)
        page = visit(session.url or "")
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>" not in page.text

    def test_shows_hundredths_that_should_not_be_there(self, stripe_client: StripeClient) -> None:
        session = stripe_client.v1.checkout.sessions.create(checkout(line_items=[line("x", 3_500_050)]))
        assert "Rp35.000,50" in visit(session.url or "").text

    def test_offers_only_the_methods_left_over(self, stripe_client: StripeClient) -> None:
        params = checkout(excluded_payment_method_types=["customer_balance"])
        session = stripe_client.v1.checkout.sessions.create(params)
        assert 'id="transfer"' not in visit(session.url or "").text
        assert visit(session.url or "", {"method": "bank_transfer"}).status == 402
        assert status(stripe_client, session) == ("open", "unpaid")

    def test_is_gone_once_the_session_expired(
        self, stripe_client: StripeClient, session: Session, url: str
    ) -> None:
        stripe_client.v1.checkout.sessions.expire(session.id)
        page = visit(url)
        assert page.status == 410
        assert "http://127.0.0.1:9/back" in page.text
        assert pay_by_card(url, "4242424242424242").status == 410
        assert status(stripe_client, session) == ("expired", "unpaid")

    def test_of_no_session_is_404(self, simulator: StripeSimulator) -> None:
        assert visit(f"{simulator.url}/pay/cs_test_none").status == 404


class TestCard:
    def test_paid_leads_back_to_the_shop_with_the_sessions_id(
        self, stripe_client: StripeClient, session: Session, url: str
    ) -> None:
        page = pay_by_card(url, "4242 4242 4242 4242")
        assert page.status == 303
        assert page.location == f"http://127.0.0.1:9/done?s={session.id}"
        assert status(stripe_client, session) == ("complete", "paid")

    def test_paying_twice_pays_once(self, stripe_client: StripeClient, session: Session, url: str) -> None:
        pay_by_card(url, "4242424242424242")
        again = pay_by_card(url, "4242424242424242")
        assert "sudah selesai" in again.text
        assert len(stripe_client.v1.payment_intents.list().data) == 1

    @pytest.mark.parametrize(
        ("number", "says"),
        [
            ("4000000000000002", "ditolak"),
            ("4000000000009995", "Saldo kartu tidak cukup"),
            ("4000000000000069", "kedaluwarsa"),
            ("4000000000000127", "CVC"),
            ("4000000000000119", "gangguan"),
            ("4111111111111111", "hanya menerima kartu uji"),
            ("", "hanya menerima kartu uji"),
        ],
    )
    def test_refused_says_why_and_can_be_tried_again(
        self, stripe_client: StripeClient, session: Session, url: str, number: str, says: str
    ) -> None:
        page = pay_by_card(url, number)
        assert page.status == 402
        assert says in page.text
        assert status(stripe_client, session) == ("open", "unpaid")
        assert pay_by_card(url, "4242424242424242").status == 303
        assert status(stripe_client, session) == ("complete", "paid")


class TestThreeDSecure:
    @pytest.mark.parametrize("number", ["4000002500003155", "4000000000003220"])
    def test_completed_pays(
        self, stripe_client: StripeClient, session: Session, url: str, number: str
    ) -> None:
        asked = pay_by_card(url, number)
        assert (asked.status, asked.location) == (303, f"/pay/{session.id}/3ds")
        assert status(stripe_client, session) == ("open", "unpaid")
        assert "Rp35.000" in visit(f"{url}/3ds").text
        done = visit(f"{url}/3ds", {"action": "complete"})
        assert done.location == f"http://127.0.0.1:9/done?s={session.id}"
        assert status(stripe_client, session) == ("complete", "paid")

    def test_failed_leaves_it_open(self, stripe_client: StripeClient, session: Session, url: str) -> None:
        pay_by_card(url, "4000002500003155")
        failed = visit(f"{url}/3ds", {"action": "fail"})
        assert failed.status == 402
        assert "3-D Secure gagal" in failed.text
        assert status(stripe_client, session) == ("open", "unpaid")
        assert visit(f"{url}/3ds").location == f"/pay/{session.id}"

    def test_completed_can_still_be_declined(
        self, stripe_client: StripeClient, session: Session, url: str
    ) -> None:
        pay_by_card(url, "4000008400001629")
        assert visit(f"{url}/3ds", {"action": "complete"}).status == 402
        assert status(stripe_client, session) == ("open", "unpaid")

    def test_left_undone_expires_with_the_session(
        self, stripe_client: StripeClient, simulator: StripeSimulator, session: Session, url: str
    ) -> None:
        pay_by_card(url, "4000002500003155")
        simulator.advance(hours=2)
        assert visit(f"{url}/3ds", {"action": "complete"}).status == 410
        assert stripe_client.v1.payment_intents.list().data[0].status == "canceled"


class TestBankTransfer:
    @pytest.mark.parametrize(("action", "paid"), [("arrive", "paid"), ("fail", "unpaid")])
    def test_is_chosen_now_and_settled_later(
        self, stripe_client: StripeClient, session: Session, url: str, action: str, paid: str
    ) -> None:
        chosen = visit(url, {"method": "bank_transfer"})
        assert (chosen.status, chosen.location) == (303, f"/pay/{session.id}/transfer")
        assert status(stripe_client, session) == ("complete", "unpaid")
        assert f"http://127.0.0.1:9/done?s={session.id}" in visit(f"{url}/transfer").text
        assert visit(f"{url}/transfer", {"action": action}).status == 303
        assert status(stripe_client, session) == ("complete", paid)
        assert "Perankan bank" not in visit(f"{url}/transfer").text

    def test_can_arrive_by_itself(
        self, stripe_client: StripeClient, simulator: StripeSimulator, session: Session, url: str
    ) -> None:
        simulator.post("/settings", {"bank_transfer_seconds": 600})
        visit(url, {"method": "bank_transfer"})
        simulator.advance(seconds=590)
        assert status(stripe_client, session) == ("complete", "unpaid")
        simulator.advance(seconds=20)
        assert status(stripe_client, session) == ("complete", "paid")


class TestIndex:
    def test_lists_payments_with_their_next_step(
        self, stripe_client: StripeClient, simulator: StripeSimulator, session: Session
    ) -> None:
        waiting = stripe_client.v1.checkout.sessions.create(checkout())
        simulator.pay(waiting.id, method="bank_transfer")
        page = visit(f"{simulator.url}/")
        assert f'href="/pay/{session.id}"' in page.text
        assert f'href="/pay/{waiting.id}/transfer"' in page.text
