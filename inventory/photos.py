"""A photograph as a page shows it: plain values that come from one JSON column, and its addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PUBLIC = "/foto"
"""Where the files of published photographs are; officers see theirs under an address of their own."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph with all its files: `names` are theirs below <base>/<key>/, as `<hash>-<width>.<kind>`.

    `x` and `y` are the focal point in per cent; `width` and `height` the pixels of the redrawn picture.
    """

    key: str
    alt_id: str
    alt_en: str
    x: int
    y: int
    width: int
    height: int
    names: tuple[str, ...]

    def alt(self, locale: str) -> str:
        """What the photograph shows, in the language at hand or else in Indonesian."""
        return (self.alt_en if locale == "en" else "") or self.alt_id

    def alt_language(self, locale: str) -> str:
        """The language `alt` answers in."""
        return "en" if locale == "en" and self.alt_en else "id"

    def sources(self, kind: str, base: str = PUBLIC) -> str:
        """The files of a kind as a `srcset`, the narrowest first."""
        return ", ".join(f"{base}/{self.key}/{name} {width}w" for width, name in self._files(kind))

    def address(self, least_width: int, base: str = PUBLIC) -> str:
        """The JPEG that is so wide, or the widest there is."""
        found = self._files("jpg")
        name = next((name for width, name in found if width >= least_width), found[-1][1])
        return f"{base}/{self.key}/{name}"

    @property
    def focus(self) -> str:
        """The style classes that keep the focal point in view where the picture is cut."""
        return f"fx-{round(self.x / 10)} fy-{round(self.y / 10)}"

    def _files(self, kind: str) -> list[tuple[int, str]]:
        ending = f".{kind}"
        return sorted(
            (int(name.removesuffix(ending).rpartition("-")[2]), name)
            for name in self.names
            if name.endswith(ending)
        )


def photo_of(values: Mapping[str, Any] | None) -> Photo | None:
    """The photograph a JSON value stands for."""
    if values is None:
        return None
    return Photo(**{**values, "names": tuple(values["names"])})
