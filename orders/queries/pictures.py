"""Photographs that customers sent in, as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PictureView:
    """A photograph; `key` names it in addresses, the size is in pixels."""

    key: UUID
    width: int
    height: int
