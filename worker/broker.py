"""What kombu's transport for Redis lacks: a word for a connection that is gone."""

from __future__ import annotations

from typing import Any

from kombu.transport import redis as transport
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(transport.Channel):
    """A channel that fails over a lost connection with the error Celery expects of one.

    kombu's own fails with AttributeError. A worker that lost its broker while a task was at work meets it
    when it acknowledges the task or hands it back, takes it for a fault of the program, and ends.
    """

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise ConnectionLost("the connection of this channel is closed")
        return super()._connparams(asynchronous)  # type: ignore[no-any-return, no-untyped-call]  # kombu has few types


def mend_lost_connections() -> None:
    """Have every connection to the broker use such channels, in this process."""
    transport.Transport.Channel = Channel
