"""The SMTP server on loopback, and the faults a test can give it."""

import asyncio
import fnmatch
import socket
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.inbox.mailbox import Mailbox

MAX_BYTES = 20 * 1024 * 1024


@dataclass
class Faults:
    """What goes wrong until it is cleared.

    `refuse`: nobody listens. `reject`: address patterns answered with 550. `busy`: so many mails get a 451.
    `drop_after`: so many mails are kept and the connection dropped before the reply (the sender cannot know);
    `drop_before`: dropped and not kept. `delay_seconds`: how long each reply to a mail takes.
    """

    refuse: bool = False
    reject: list[str] = field(default_factory=list)
    busy: int = 0
    drop_after: int = 0
    drop_before: int = 0
    delay_seconds: float = 0.0


def _check_free(host: str, port: int) -> None:
    """Raise OSError when the port is taken; the controller would wait for seconds before saying so."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


class Receiver:
    """Listens for mail and puts it into the mailbox."""

    def __init__(self, mailbox: Mailbox, host: str, port: int) -> None:
        self._mailbox = mailbox
        self._host = host
        self._port = port
        self._controller: Controller | None = None
        self._lock = threading.Lock()
        self.faults = Faults()

    def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        with self._lock:
            if self._controller is None:
                _check_free(self._host, self._port)
                controller = Controller(
                    self,
                    hostname=self._host,
                    port=self._port,
                    data_size_limit=MAX_BYTES,
                    ident="Lapak sandbox",
                )
                controller.start()
                self._controller = controller

    def stop(self) -> None:
        """Stop listening."""
        with self._lock:
            if self._controller is not None:
                self._controller.stop()
                self._controller = None

    def set_faults(self, faults: Faults) -> None:
        """Let these faults hold from now on."""
        self.faults = faults
        if faults.refuse:
            self.stop()
        else:
            self.start()

    def state(self) -> dict[str, Any]:
        """The faults that hold."""
        return asdict(self.faults)

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd names it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient unless a fault rejects the address."""
        if any(fnmatch.fnmatchcase(address.lower(), pattern.lower()) for pattern in self.faults.reject):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail, or do to it what the faults say."""
        faults = self.faults
        if faults.delay_seconds:
            await asyncio.sleep(faults.delay_seconds)
        if faults.busy > 0:
            faults.busy -= 1
            return "451 4.3.0 Try again later"
        if faults.drop_before > 0:
            faults.drop_before -= 1
            return self._hang_up(server)
        content = envelope.original_content or b""
        self._mailbox.store(content, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos)
        if faults.drop_after > 0:
            faults.drop_after -= 1
            return self._hang_up(server)
        return "250 2.0.0 Kept"

    @staticmethod
    def _hang_up(server: SMTP) -> str:
        if isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "421 4.3.2 Gone"  # nobody hears it
