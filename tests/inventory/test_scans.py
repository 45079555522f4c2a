"""Scans of papers: what is taken in, and what is turned away before anything is kept."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from inventory.errors import PictureRefused
from inventory.images import MOST_BYTES
from inventory.scans import take_in_scan
from tests.inventory.pictures import jpeg, pdf


def test_a_picture_is_drawn_anew() -> None:
    sent = jpeg(60, 40, comment=b"Jalan Kenari 8")
    taken = take_in_scan(sent, name="izin.jpg", claimed="image/jpeg")
    assert taken.ending == "jpg"
    assert b"Kenari" in sent
    assert b"Kenari" not in taken.content
    with Image.open(BytesIO(taken.content)) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (60, 40))


def test_a_pdf_of_pages_is_kept_as_it_is() -> None:
    taken = take_in_scan(pdf(), name="Izin Roti.PDF", claimed="application/pdf")
    assert (taken.ending, taken.content) == ("pdf", pdf())


@pytest.mark.parametrize(
    ("content", "name", "claimed", "code"),
    [
        (b"", "izin.pdf", "", "picture_empty"),
        (b"<html><script>alert(1)</script>", "izin.pdf", "application/pdf", "scan_kind"),
        (b"<html>" + pdf(), "izin.pdf", "application/pdf", "scan_kind"),
        (b"PK\x03\x04" + bytes(40), "izin.docx", "", "scan_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "izin.svg", "image/svg+xml", "scan_kind"),
        (pdf(), "izin.html", "application/pdf", "scan_name"),
        (pdf(), "izin.pdf", "text/html", "scan_name"),
        (jpeg(9, 7), "izin.pdf", "image/jpeg", "picture_name"),
        (pdf()[:-8], "izin.pdf", "application/pdf", "scan_broken"),
        (pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "izin.pdf", "", "scan_active"),
        (pdf(b"/OpenAction << /S /J#61vaScript /JS (x) >>"), "izin.pdf", "", "scan_active"),
        (pdf(b"/AA << /O << /S /Launch /F (cmd.exe) >> >>"), "izin.pdf", "", "scan_active"),
        (pdf(b"/Names << /EmbeddedFiles 9 0 R >>"), "izin.pdf", "", "scan_active"),
        (pdf(b"/AcroForm << /XFA 9 0 R >>"), "izin.pdf", "", "scan_active"),
        (pdf(b"/Encrypt 9 0 R"), "izin.pdf", "", "scan_active"),
        (pdf(b" " * MOST_BYTES), "izin.pdf", "", "picture_too_heavy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_scan_is_refused(content: bytes, name: str, claimed: str, code: str) -> None:
    with pytest.raises(PictureRefused) as refusal:
        take_in_scan(content, name=name, claimed=claimed)
    assert refusal.value.code == code
