"""Pictures and papers for tests, honest and hostile ones, made when they are needed."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image


def drawn(width: int = 900, height: int = 700) -> Image.Image:
    """A picture with something on it: three gradients."""
    ramp = Image.linear_gradient("L").resize((width, height))
    return Image.merge(
        "RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), Image.new("L", ramp.size, 90))
    )


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a file of `kind` ("JPEG")."""
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 900, height: int = 700, **options: Any) -> bytes:
    """An honest photograph."""
    return saved(drawn(width, height), "JPEG", **options)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(chunk: bytes, png: bytes) -> bytes:
    """A PNG with a chunk after its header."""
    header = 8 + 25
    return png[:header] + chunk + png[header:]


def png_bomb(side: int) -> bytes:
    """A small file that would be decoded to `side` times `side` pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(side + 1) * side, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    )


def moving(kind: str, frames: int) -> bytes:
    """A picture of `frames` frames."""
    pages = [Image.new("L", (8, 8), n % 2 * 255) for n in range(frames)]
    return saved(pages[0], kind, save_all=True, append_images=pages[1:], duration=1)


def pdf(extra: bytes = b"") -> bytes:
    """A PDF of one empty page, with something more in its catalogue."""
    return (
        b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R " + extra + b" >> endobj\n"
        b"2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n"
        b"3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >> endobj\n"
        b"trailer << /Root 1 0 R /Size 4 >>\n%%EOF\n"
    )
