"""A channel without its connection fails as a lost connection does."""

from typing import Any

import pytest
from kombu.connection import Connection
from redis.exceptions import ConnectionError as ConnectionLost

from worker.broker import mend_lost_connections


def test_a_message_cannot_be_acknowledged_over_a_closed_connection(valkey_url: str) -> None:
    mend_lost_connections()
    connection: Any = Connection(valkey_url)  # type: ignore[no-untyped-call]  # kombu has few types
    connection.connect()
    channel = connection.channel()
    channel.connection = None
    with pytest.raises(ConnectionLost):
        channel.qos.ack("a-tag")
    channel.connection = connection.transport
    connection.close()
    assert ConnectionLost in connection.connection_errors
