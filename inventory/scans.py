"""Scans of papers: bytes in, a picture of our own making or a plain PDF out, or a refusal and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from inventory.errors import PictureRefused
from inventory.images import MOST_BYTES, take_in

_PDF_TYPES = frozenset({"", "application/pdf", "application/x-pdf"})
_END_WITHIN = 1024
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|Encrypt)\b"
)
"""Names in a PDF of what is no page: scripts, programs, attachments, forms that send; and what is locked."""


@dataclass(frozen=True, slots=True)
class TakenScan:
    """What is kept of a scan, and what its name ends with."""

    content: bytes
    ending: Literal["jpg", "pdf"]


def take_in_scan(content: bytes, *, name: str, claimed: str = "") -> TakenScan:
    """Check a scan that was sent: a picture is drawn anew, a PDF kept as it is if it holds pages alone.

    What is packed inside a PDF is not unpacked: it is handed out as a file, and no page of ours shows it.
    `name` and `claimed` as for `take_in`. Raises PictureRefused.
    """
    if content.startswith(b"%PDF-"):
        _check_pdf(content, name, claimed)
        return TakenScan(content, "pdf")
    try:
        return TakenScan(take_in(content, name=name, claimed=claimed).content, "jpg")
    except PictureRefused as refusal:
        if refusal.code == "picture_kind":
            raise PictureRefused("scan_kind") from refusal
        raise


def _check_pdf(content: bytes, name: str, claimed: str) -> None:
    if len(content) > MOST_BYTES:
        raise PictureRefused("picture_too_heavy", megabytes=MOST_BYTES // 1_000_000)
    if PurePath(name).suffix.lower() != ".pdf" or claimed.lower() not in _PDF_TYPES:
        raise PictureRefused("scan_name")
    if b"%%EOF" not in content[-_END_WITHIN:]:
        raise PictureRefused("scan_broken")
    if _ACTIVE.search(_ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), content)):
        raise PictureRefused("scan_active")
