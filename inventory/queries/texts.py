"""Texts of the catalogue, which has two languages of unequal length: what is missing is told in the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A text as it can be told, and the language it is in ("id" or "en"); false when there is nothing."""

    text: str
    language: str

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


def told_in(locale: str, indonesian: str, english: str) -> Told:
    """The text in the language at hand; Indonesian where there is no English."""
    return Told(english, "en") if locale == "en" and english else Told(indonesian, "id")
