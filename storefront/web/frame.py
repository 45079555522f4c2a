"""What pages have in common: the frame round each of them, and components that are written once for all."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache, lru_cache
from typing import cast

from flask import Flask
from markupsafe import Markup

from inventory.categories import CATEGORY_NAMES
from kernel.i18n import address_locale, locale_code

_COMPONENTS_KEPT = 2_000


def init_frame(app: Flask) -> None:
    """Give templates `menu_categories()`, `by_language(template)` and `once(template, macro, *values)`.

    The first is slug and name of each category, by name, without a query. The second is a template that says
    the same on each page of a language: it is rendered once for all of them. The third is what a macro makes
    of these values: everything it shows lies in them, so what has changed is written anew.
    """

    @cache
    def rendered(_language: str, template: str) -> Markup:
        return Markup(app.jinja_env.get_template(template).render())  # noqa: S704 -- rendered with its escapes

    @lru_cache(maxsize=_COMPONENTS_KEPT)
    def written(_language: str, template: str, macro: str, values: tuple[Hashable, ...]) -> Markup:
        return cast("Markup", getattr(app.jinja_env.get_template(template).module, macro)(*values))

    def once(template: str, macro: str, *values: Hashable) -> Markup:
        return written(locale_code(), template, macro, values)

    app.jinja_env.globals.update(
        menu_categories=lambda: _menu_categories(address_locale()),
        by_language=lambda template: rendered(address_locale(), template),
        once=once,
    )


@cache
def _menu_categories(language: str) -> tuple[tuple[str, str], ...]:
    in_english = language == "en"
    names = ((slug, english if in_english else name) for slug, (name, english) in CATEGORY_NAMES.items())
    return tuple(sorted(names, key=lambda pair: pair[1].casefold()))
