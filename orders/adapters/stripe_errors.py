"""What Stripe's refusals mean for us: wait, refused for good, or nobody knows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from kernel.log import alarm
from orders.errors import ProviderRejected, ProviderUnavailable, ProviderUnclear

_logger = logging.getLogger(__name__)


@contextmanager
def translated() -> Iterator[None]:
    """Raise our errors for Stripe's: ProviderUnavailable, ProviderRejected or ProviderUnclear."""
    try:
        yield
    except stripe.APIConnectionError as error:
        raise ProviderUnavailable(reason="no_answer") from error
    except stripe.RateLimitError as error:
        raise ProviderUnavailable from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        # our key is wrong, not the request: it works again once a person has put the key right
        alarm(_logger, "stripe refuses our key", error=str(error))
        raise ProviderUnavailable from error
    except stripe.IdempotencyError as error:
        alarm(_logger, "stripe saw the key with other values", error=str(error))
        raise ProviderRejected(reason="idempotency_error") from error
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise ProviderRejected(reason=error.code or "invalid_request") from error
    except stripe.StripeError as error:
        raise _of_status(error) from error


def _of_status(error: stripe.StripeError) -> ProviderUnavailable | ProviderUnclear:
    if error.http_status == 409:
        # the same key, or the same payment, is being worked on at this moment
        return ProviderUnavailable()
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    # Stripe keeps its answer to a key, a 500 too: a replayed one says that the work has ended
    return ProviderUnclear(is_final=headers.get("idempotent-replayed") == "true")
