"""The mails received, each a file in a folder, so that they outlive the process."""

import email
import email.policy
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Any

_SENDER, _RECIPIENT = "X-MailFrom", "X-RcptTo"


@dataclass(frozen=True)
class Mail:
    """A mail received: who it was really for (the envelope), what it says, and its headers."""

    id: str
    at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For the JSON API; `at` in ISO form (UTC)."""
        return {**asdict(self), "at": self.at.isoformat()}


class Mailbox:
    """The folder of mails, oldest first by name."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, making it if need be; raises OSError if that fails."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._read: dict[str, Mail] = {}
        self._lock = threading.Lock()

    def store(self, content: bytes, *, sender: str, recipients: Sequence[str]) -> str:
        """Keep a mail and its envelope; the id it got."""
        envelope = [f"{_SENDER}: {sender}", *(f"{_RECIPIENT}: {recipient}" for recipient in recipients)]
        body = "\r\n".join(envelope).encode() + b"\r\n" + content
        mail_id = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        fresh = self._folder / f"{mail_id}.new"
        fresh.write_bytes(body)
        fresh.rename(self._folder / f"{mail_id}.eml")
        return mail_id

    def mails(self, *, to: str = "", subject: str = "") -> list[Mail]:
        """Newest first; those to an address and with words in the subject, if given."""
        found = [self._mail(path.stem) for path in sorted(self._folder.glob("*.eml"), reverse=True)]
        return [
            mail
            for mail in found
            if mail is not None
            and (not to or to.lower() in (recipient.lower() for recipient in mail.recipients))
            and subject.lower() in mail.subject.lower()
        ]

    def mail(self, mail_id: str) -> Mail | None:
        """One mail, None if there is none of that id."""
        known = {path.stem for path in self._folder.glob("*.eml")}
        return self._mail(mail_id) if mail_id in known else None

    def clear(self) -> int:
        """Throw every mail away; how many there were."""
        paths = list(self._folder.glob("*.eml"))
        with self._lock:
            self._read.clear()
        for path in paths:
            path.unlink(missing_ok=True)
        return len(paths)

    def _mail(self, mail_id: str) -> Mail | None:
        with self._lock:
            if mail_id in self._read:
                return self._read[mail_id]
        try:
            content = (self._folder / f"{mail_id}.eml").read_bytes()
        except FileNotFoundError:  # cleared meanwhile
            return None
        mail = parsed(mail_id, content)
        with self._lock:
            self._read[mail_id] = mail
        return mail


def parsed(mail_id: str, content: bytes) -> Mail:
    """Read a stored mail; the id begins with its time in nanoseconds."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    headers = tuple((name, str(value)) for name, value in message.items())
    recipients = tuple(value for name, value in headers if name == _RECIPIENT)
    return Mail(
        id=mail_id,
        at=datetime.fromtimestamp(int(mail_id.split("-", 1)[0]) / 1e9, UTC),
        sender=next((value for name, value in headers if name == _SENDER), ""),
        recipients=recipients or tuple(a for _, a in getaddresses([str(message.get("To", ""))])),
        subject=str(message.get("Subject", "")),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=tuple(header for header in headers if header[0] not in {_SENDER, _RECIPIENT}),
        attachments=tuple(
            part.get_filename() or part.get_content_type() for part in message.iter_attachments()
        ),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    content: str = part.get_content()
    return content
