"""Every string of the interface has its Indonesian translation, and no other is kept."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

PROJECT = Path(__file__).resolve().parent.parent
INDONESIAN = PROJECT / "translations" / "id" / "LC_MESSAGES" / "messages.po"
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
SAID_IN_EVERY_LANGUAGE = {"Lapak", "Rp"}
TEMPLATES = [
    path
    for path in sorted((PROJECT / "templates").rglob("*.html"))
    if "styleguide" not in path.as_posix()  # for developers, in the language of the code
]
PLACEHOLDER = re.compile(r"%\((\w+)\)")


@pytest.fixture(scope="module")
def source() -> Catalog:
    """The strings as they stand in code and templates."""
    with (PROJECT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalog = Catalog()
    for _file, _line, message, _comments, context in extract_from_dir(
        PROJECT, methods, options, keywords=DEFAULT_KEYWORDS | {"lazy_gettext": None, "_l": None}
    ):
        catalog.add(message, context=context)
    return catalog


@pytest.fixture(scope="module")
def indonesian() -> Catalog:
    """The translations as they are kept."""
    with INDONESIAN.open("rb") as file:
        return read_po(file, locale="id")


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def strings(message: Message) -> tuple[str, ...]:
    found = message.string or ""
    return (found,) if isinstance(found, str) else tuple(found)


class Bare(HTMLParser):
    """The words of a template that no translation reaches: texts, and what attributes tell."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(JINJA.sub(" ", template))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [
            found
            for name, value in attrs
            if name in ("alt", "aria-label", "placeholder", "title")
            for found in WORD.findall(value or "")
        ]

    def handle_data(self, data: str) -> None:
        self.words += WORD.findall(data)


class TestTemplates:
    @pytest.mark.parametrize(
        "path", TEMPLATES, ids=lambda path: path.relative_to(PROJECT / "templates").as_posix()
    )
    def test_say_nothing_past_the_translations(self, path: Path) -> None:
        assert set(Bare(path.read_text(encoding="utf-8")).words) - SAID_IN_EVERY_LANGUAGE == set()

    def test_bare_words_are_found(self) -> None:
        assert Bare("{% if x %}<p title='More'>{{ _('Cart') }} Buy</p>{% endif %}").words == ["More", "Buy"]


class TestIndonesian:
    def test_has_every_string_of_the_interface_and_no_other(
        self, source: Catalog, indonesian: Catalog
    ) -> None:
        wanted = {key(message) for message in source if message.id}
        there = {key(message) for message in indonesian if message.id}
        assert wanted - there == set()
        assert there - wanted == set()

    def test_translates_each_one(self, indonesian: Catalog) -> None:
        missing = [key(message) for message in indonesian if message.id and not all(strings(message))]
        assert missing == []
        assert [key(message) for message in indonesian if message.id and message.fuzzy] == []

    def test_keeps_the_placeholders(self, indonesian: Catalog) -> None:
        for message in indonesian:
            if message.id:
                wanted = set(PLACEHOLDER.findall(str(message.id)))
                for string in strings(message):
                    assert set(PLACEHOLDER.findall(string)) <= wanted, key(message)

    def test_is_not_glued_to_another_string(self, indonesian: Catalog) -> None:
        """Merging the file line by line can tear two entries apart and leave the rest of one in the other."""
        sentences = {key(message) for message in indonesian if message.id and len(key(message)) > 25}
        glued = [
            key(message)
            for message in indonesian
            if message.id
            for string in strings(message)
            if any(sentence in string and sentence not in key(message) for sentence in sentences)
        ]
        assert glued == []

    def test_never_says_napi(self, indonesian: Catalog) -> None:
        assert [
            s for message in indonesian for s in strings(message) if re.search(r"\bnapi\b", s, re.I)
        ] == []
