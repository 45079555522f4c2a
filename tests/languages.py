"""What a page says of the interface, and whether any of it is in another language than its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser

from babel.messages.pofile import read_po

from operations.schema import PROJECT

_SAID_IN_ATTRIBUTES = ("alt", "aria-label", "content", "label", "placeholder", "title", "value")
_UNSEEN = ("script", "style", "svg")
_EMPTY = (
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
)
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_FEWEST_WORDS = 3
"""A shorter string is looked for only where it stands alone: "Item" may be part of a word."""


class Texts(HTMLParser):
    """Everything a page says in the language it claims to be in: texts, and what attributes tell."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language = ""
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []  # the elements around, and whether they say something
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "html":
            self.language = attributes.get("lang") or ""
        is_ours = attributes.get("lang") in (None, self.language) and tag not in _UNSEEN
        says = is_ours and all(says for _, says in self._open)
        if tag not in _EMPTY:
            self._open.append((tag, is_ours))
        if says:
            self.texts += [_clean(attributes.get(name) or "") for name in _SAID_IN_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        while self._open and any(name == tag for name, _ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if all(says for _, says in self._open):
            self.texts.append(_clean(data))


def strangers(page: str, language: str) -> list[str]:
    """The interface strings of the other language that a page of `language` shows."""
    texts = {text for text in Texts(page).texts if text}
    everything = "\n".join(texts)
    return [
        fragment
        for fragment, is_long in _foreign(language).items()
        if fragment in texts or (is_long and fragment in everything)
    ]


@cache
def _foreign(language: str) -> Mapping[str, bool]:
    """What a page of `language` must not say, and whether that is long enough to look for within a text."""
    other = "id" if language == "en" else "en"
    strings = {code: {each for pair in _pairs() for each in _fragments(pair[code])} for code in ("en", "id")}
    foreign = strings[other] - strings[language]
    return {each: len(each.split()) >= _FEWEST_WORDS for each in foreign}


@cache
def _pairs() -> tuple[Mapping[str, str], ...]:
    """Each string in both languages, plural forms on their own."""
    with (PROJECT / "translations/id/LC_MESSAGES/messages.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="id") if message.id]
    return tuple(
        {"en": english, "id": indonesian}
        for message in messages
        for english in _forms(message.id)
        for indonesian in _forms(message.string)
    )


def _forms(string: str | Sequence[str] | None) -> Sequence[str]:
    return [string] if isinstance(string, str) else string or []


def _fragments(string: str) -> Iterator[str]:
    """A string without what is filled in: whole, or the long pieces between."""
    pieces = [_clean(piece) for piece in _PLACEHOLDER.split(string)]
    if len(pieces) == 1:
        yield pieces[0]
    else:
        yield from (piece for piece in pieces if len(piece.split()) >= _FEWEST_WORDS)


def _clean(text: str) -> str:
    return " ".join(text.split())
