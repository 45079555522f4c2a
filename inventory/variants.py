"""The files a page needs of one photograph: four widths in three formats, from the redrawn picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from inventory.rules import PHOTOGRAPH_KINDS, PHOTOGRAPH_WIDTHS

_SAVED: dict[str, tuple[str, dict[str, Any]]] = {
    "avif": ("AVIF", {"quality": 55, "speed": 8, "max_threads": 1}),
    "webp": ("WEBP", {"quality": 76, "method": 4}),
    "jpg": ("JPEG", {"quality": 80, "optimize": True, "progressive": True}),
}


@dataclass(frozen=True, slots=True)
class VariantFile:
    """One file: its format (`kind` is its ending) and its width in pixels."""

    kind: str
    width: int
    content: bytes


def widths_of(width: int) -> list[int]:
    """The widths made of a picture so wide: none wider than itself, so nothing is blown up."""
    return sorted({min(each, width) for each in PHOTOGRAPH_WIDTHS})


def variants(original: bytes) -> Iterator[VariantFile]:
    """The files, the widest last; always the same bytes for the same picture."""
    with Image.open(BytesIO(original), formats=("JPEG",)) as picture:
        picture.load()
        for width in widths_of(picture.width):
            height = max(round(picture.height * width / picture.width), 1)
            smaller = picture.resize((width, height), Image.Resampling.LANCZOS)
            for kind in PHOTOGRAPH_KINDS:
                name, options = _SAVED[kind]
                out = BytesIO()
                smaller.save(out, name, **options)
                yield VariantFile(kind, width, out.getvalue())
