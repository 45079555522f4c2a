"""A browser of a few lines: one keep-alive connection that costs the machine as little as it can."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

HOST = "127.0.0.1"
_END_OF_HEAD = b"\r\n\r\n"
_MOST_SECONDS = 30.0


class ConnectionBroken(Exception):
    """The server closed the connection in the middle of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; cookies as they were set. The body is unpacked only for those who read it."""

    status: int
    location: str
    cookies: dict[str, str]
    is_packed: bool
    body: bytes

    @property
    def text(self) -> str:
        """The page."""
        return (gzip.decompress(self.body) if self.is_packed else self.body).decode()


class Connection(asyncio.Protocol):
    """One connection, opened when first used and again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._received = bytearray()

    async def ask(
        self, path: str, *, form: Mapping[str, str] | None = None, cookies: Mapping[str, str]
    ) -> Answer:
        """Send a GET, or a POST when there is a form, as our own page would, and wait for its answer.

        A connection that the server closed while it was idle is opened anew, as browsers do. Raises
        ConnectionBroken, or TimeoutError after half a minute.
        """
        request = _request(path, self._port, form, cookies)
        was_idle = self._transport is not None
        try:
            return await self._exchange(request)
        except ConnectionBroken:
            if not was_idle:
                raise
            return await self._exchange(request)

    async def _exchange(self, request: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if self._transport is None:
            await loop.create_connection(lambda: self, HOST, self._port)
        assert self._transport is not None
        self._waiting = loop.create_future()
        self._transport.write(request)
        async with asyncio.timeout(_MOST_SECONDS):
            return await self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """asyncio: a part of an answer."""
        self._received += data
        answer = _whole_answer(self._received)
        if answer is not None and self._waiting is not None:
            self._received.clear()
            self._waiting.set_result(answer)
            self._waiting = None

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the server hung up, as it may between two requests."""
        self._transport = None
        self._received.clear()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionBroken())


def _request(path: str, port: int, form: Mapping[str, str] | None, cookies: Mapping[str, str]) -> bytes:
    method = "GET" if form is None else "POST"
    lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{port}", "Accept-Encoding: gzip"]
    body = b""
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    if form is not None:
        body = urlencode(form).encode()
        lines += [
            "Sec-Fetch-Site: same-origin",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
    return "\r\n".join(lines).encode() + _END_OF_HEAD + body


def _whole_answer(received: bytearray) -> Answer | None:
    """The answer, once all of it is there; every page of the shop says how long it is."""
    head_length = received.find(_END_OF_HEAD)
    if head_length < 0:
        return None
    first, *lines = received[:head_length].decode("latin-1").split("\r\n")
    location, length, is_packed, cookies = "", 0, False, {}
    for line in lines:
        name, _, value = line.partition(": ")
        match name.lower():
            case "content-length":
                length = int(value)
            case "content-encoding":
                is_packed = value == "gzip"
            case "location":
                location = value
            case "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                cookies[cookie] = content
    begin = head_length + len(_END_OF_HEAD)
    if len(received) < begin + length:
        return None
    body = bytes(received[begin : begin + length])
    return Answer(int(first.split()[1]), location, cookies, is_packed, body)
