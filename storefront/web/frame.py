"""The frame round every customer page: what its menu leads to, and what is always the same of it."""

from __future__ import annotations

from functools import cache

from flask import Flask
from markupsafe import Markup

from inventory.categories import CATEGORY_NAMES
from kernel.i18n import address_locale


def init_frame(app: Flask) -> None:
    """Give templates `menu_categories()` and `by_language(template)`.

    The first is slug and name of each category, by name, without a query. The second is a template that says
    the same on each page of a language: it is rendered once for all of them.
    """

    @cache
    def rendered(_language: str, template: str) -> Markup:
        return Markup(app.jinja_env.get_template(template).render())  # noqa: S704 -- rendered with its escapes

    app.jinja_env.globals.update(
        menu_categories=lambda: _menu_categories(address_locale()),
        by_language=lambda template: rendered(address_locale(), template),
    )


@cache
def _menu_categories(language: str) -> tuple[tuple[str, str], ...]:
    in_english = language == "en"
    names = ((slug, english if in_english else name) for slug, (name, english) in CATEGORY_NAMES.items())
    return tuple(sorted(names, key=lambda pair: pair[1].casefold()))
