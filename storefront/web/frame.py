"""The frame round every customer page: what its menu leads to."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask

from inventory.categories import CATEGORY_NAMES
from kernel.i18n import locale_code


def init_frame(app: Flask) -> None:
    """Give templates `menu_categories()`: slug and name of each category, by name, without a query."""
    app.jinja_env.globals["menu_categories"] = lambda: _menu_categories(locale_code())


@lru_cache
def _menu_categories(language: str) -> tuple[tuple[str, str], ...]:
    in_english = language == "en"
    names = ((slug, english if in_english else name) for slug, (name, english) in CATEGORY_NAMES.items())
    return tuple(sorted(names, key=lambda pair: pair[1].casefold()))
