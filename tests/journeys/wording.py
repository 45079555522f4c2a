"""What the shop says, in the language it says it in."""

from __future__ import annotations

import gettext

from kernel.i18n import DEFAULT_LOCALE
from operations.schema import PROJECT

_CATALOGUE = gettext.translation("messages", PROJECT / "translations", [DEFAULT_LOCALE], fallback=True)


def told(sentence: str, **values: object) -> str:
    """The sentence as a visitor reads it; `values` fill its %(names)s."""
    text = _CATALOGUE.gettext(sentence)
    return text % values if values else text


def told_count(one: str, many: str, num: int, **values: object) -> str:
    """The sentence for so many."""
    return _CATALOGUE.ngettext(one, many, num) % {"num": num, **values}
