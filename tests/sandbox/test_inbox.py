"""The mail inbox over real SMTP: what it keeps and shows, and the faults it can be given."""

import smtplib
import time
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.sandbox_client import ControlError, Inbox, call, running_inbox

LINK = "http://127.0.0.1:5000/pesanan/LP-7K2M9QXA/abc?x=1&y=2"


def mail(to: str = "ibu@example.id", subject: str = "Pesanan Anda – diterima") -> EmailMessage:
    """A mail with a text and an HTML body."""
    message = EmailMessage()
    message["From"] = "Lapak <toko@example.id>"
    message["To"] = to
    message["Subject"] = subject
    message["X-Order"] = "LP-7K2M9QXA"
    message.set_content(f"Terima kasih.\n{LINK}\n")
    message.add_alternative(f'<p>Terima <b>kasih</b></p><a href="{LINK}">Bayar</a><script>1</script>', "html")
    return message


def send(inbox: Inbox, message: EmailMessage, *, to: list[str] | None = None) -> None:
    """Send by SMTP as a mail client does."""
    with smtplib.SMTP("127.0.0.1", inbox.smtp_port, timeout=5) as smtp:
        smtp.send_message(message, to_addrs=to)


def page(inbox: Inbox, path: str) -> tuple[int, str, dict[str, str]]:
    """A page's status, text and headers."""
    connection = HTTPConnection(urlsplit(inbox.url).netloc, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode(), dict(response.getheaders())
    finally:
        connection.close()


class TestReceiving:
    def test_keeps_text_html_headers_and_envelope(self, inbox: Inbox) -> None:
        send(inbox, mail(), to=["ibu@example.id", "arsip@example.id"])
        received = inbox.wait_for(to="arsip@example.id")
        assert received.subject == "Pesanan Anda – diterima"
        assert received.recipients == ("ibu@example.id", "arsip@example.id")
        assert received.sender == "toko@example.id"
        assert received.header("x-order") == "LP-7K2M9QXA"
        assert LINK in received.text
        assert "<b>kasih</b>" in received.html

    def test_lists_the_newest_first_and_filters(self, inbox: Inbox) -> None:
        for n in range(3):
            send(inbox, mail(to=f"u{n % 2}@example.id", subject=f"Surat {n}"))
        assert [found.subject for found in inbox.mails()] == ["Surat 2", "Surat 1", "Surat 0"]
        assert [found.subject for found in inbox.mails(to="U0@example.id")] == ["Surat 2", "Surat 0"]
        assert [found.subject for found in inbox.mails(subject="surat 1")] == ["Surat 1"]

    def test_clears(self, inbox: Inbox) -> None:
        send(inbox, mail())
        inbox.clear()
        assert inbox.mails() == []

    def test_keeps_the_mails_over_a_restart(self, tmp_path: Path) -> None:
        with running_inbox(folder=tmp_path) as first:
            send(first, mail(subject="Tetap ada"))
        with running_inbox(folder=tmp_path) as second:
            assert [found.subject for found in second.mails()] == ["Tetap ada"]
        assert [path.suffix for path in tmp_path.iterdir()] == [".eml"]


class TestPages:
    def test_list_and_mail_are_readable_with_links_to_click(self, inbox: Inbox) -> None:
        send(inbox, mail(subject="<i>Aneh</i>"))
        received = inbox.wait_for()
        _, listed, _ = page(inbox, "/")
        assert f'<a href="/mails/{received.id}">&lt;i&gt;Aneh&lt;/i&gt;</a>' in listed
        status, shown, _ = page(inbox, f"/mails/{received.id}")
        assert status == 200
        assert f'<a href="{LINK.replace("&", "&amp;")}"' in shown
        assert 'sandbox="allow-popups' in shown
        assert "<script>" not in shown

    def test_html_can_run_nothing_and_opens_links_in_a_new_tab(self, inbox: Inbox) -> None:
        send(inbox, mail())
        received = inbox.wait_for()
        _, html, headers = page(inbox, f"/mails/{received.id}/html")
        assert '<base target="_blank">' in html
        assert "<b>kasih</b>" in html
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "allow-scripts" not in policy

    def test_of_a_mail_that_is_not_there_is_404(self, inbox: Inbox) -> None:
        assert page(inbox, "/mails/none")[0] == 404
        assert page(inbox, "/mails/..%2f..%2fetc")[0] == 404


class TestFaults:
    def test_refusing_connections_until_cleared(self, inbox: Inbox) -> None:
        inbox.faults(refuse=True)
        with pytest.raises(ConnectionRefusedError):
            send(inbox, mail())
        inbox.clear_faults()
        send(inbox, mail())
        assert len(inbox.mails()) == 1

    def test_rejecting_an_address(self, inbox: Inbox) -> None:
        inbox.faults(reject=["*@salah.id"])
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            send(inbox, mail(to="a@salah.id"))
        assert refusal.value.recipients["a@salah.id"][0] == 550
        send(inbox, mail(to="a@benar.id"))
        assert [found.recipients for found in inbox.mails()] == [("a@benar.id",)]

    def test_busy_once(self, inbox: Inbox) -> None:
        inbox.faults(busy=1)
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            send(inbox, mail())
        assert refusal.value.smtp_code == 451
        send(inbox, mail())
        assert len(inbox.mails()) == 1

    def test_dropping_the_connection_after_the_mail_is_kept(self, inbox: Inbox) -> None:
        inbox.faults(drop_after=1)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(inbox, mail())
        assert len(inbox.mails()) == 1

    def test_dropping_the_connection_before_the_mail_is_kept(self, inbox: Inbox) -> None:
        inbox.faults(drop_before=1)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(inbox, mail())
        assert inbox.mails() == []

    def test_delay(self, inbox: Inbox) -> None:
        inbox.faults(delay_seconds=0.4)
        began = time.monotonic()
        send(inbox, mail())
        assert time.monotonic() - began >= 0.4

    def test_nobody_knows_is_refused(self, inbox: Inbox) -> None:
        with pytest.raises(ControlError, match="send a JSON object"):
            call(inbox.url, "POST", "/_control/faults", {"explode": True})
