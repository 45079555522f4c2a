"""Stripe's test cards: what each number does."""

from dataclasses import dataclass

from sandbox.stripe.problems import Json


@dataclass(frozen=True)
class Card:
    """A test card: the bank's answer, whether it asks for 3-D Secure first, what happens afterwards."""

    number: str
    brand: str = "visa"
    decline_code: str | None = None
    error_code: str | None = None
    asks_3ds: bool = False
    afterwards: str | None = None

    @property
    def last4(self) -> str:
        """The last four digits, all that may be shown."""
        return self.number[-4:]

    def as_json(self) -> Json:
        """What the simulator keeps while 3-D Secure is asked: the number, which is a test number."""
        return {"number": self.number}


_LISTED = (
    Card("4242424242424242"),
    Card("4000003600000006"),
    Card("4000056655665556"),
    Card("5555555555554444", brand="mastercard"),
    Card("2223003122003222", brand="mastercard"),
    Card("378282246310005", brand="amex"),
    Card("3566002020360505", brand="jcb"),
    Card("4000000000000002", decline_code="generic_decline", error_code="card_declined"),
    Card("4000000000009995", decline_code="insufficient_funds", error_code="card_declined"),
    Card("4000000000009987", decline_code="lost_card", error_code="card_declined"),
    Card("4000000000009979", decline_code="stolen_card", error_code="card_declined"),
    Card("4000000000000069", decline_code="expired_card", error_code="expired_card"),
    Card("4000000000000127", decline_code="incorrect_cvc", error_code="incorrect_cvc"),
    Card("4000000000000119", decline_code="processing_error", error_code="processing_error"),
    Card("4000002500003155", asks_3ds=True),
    Card("4000002760003184", asks_3ds=True),
    Card("4000000000003220", asks_3ds=True),
    Card("4000000000003063", asks_3ds=True),
    Card("4000008400001629", asks_3ds=True, decline_code="generic_decline", error_code="card_declined"),
    Card("4000000000007726", afterwards="refund_pending"),
    Card("4000000000005126", afterwards="refund_fails"),
    Card("4000000000000259", afterwards="dispute"),
)
CARDS = {card.number: card for card in _LISTED}


def find(typed: str) -> Card | None:
    """The test card typed, spaces and dashes allowed; None for any other number: no real card is accepted."""
    return CARDS.get(typed.replace(" ", "").replace("-", ""))
