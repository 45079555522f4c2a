"""What the head of a page says to search engines and to those who share it: texts, addresses, robots."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, request
from markupsafe import Markup

from kernel.i18n import DEFAULT_LOCALE, PREFIXES
from kernel.web import config, to

LONGEST_TITLE = 60
LONGEST_DESCRIPTION = 160
"""What a search engine shows of a title and of a description, in characters; the rest would be cut."""

SHOP_NAME = "Lapak"

_SIGN = f" · {SHOP_NAME}"
_CLASS = re.compile(r" Kelas I{1,3}[AB]?\b")
_SHORTEST_NAME = 20


@dataclass(frozen=True, slots=True)
class PageAddresses:
    """Where a page stands: its own address, the same page in each language, and the picture for sharing."""

    canonical: str
    alternates: tuple[tuple[str, str], ...]
    default: str
    picture: str


def init_head(app: Flask) -> None:
    """Give templates what components/head.html is made of."""
    app.jinja_env.globals.update(page_addresses=page_addresses, title_of_product=title_of_product)
    app.jinja_env.filters.update(
        page_title=page_title, share_title=share_title, page_description=page_description
    )


def page_addresses(canonical_path: str | None, share: tuple[str, str]) -> PageAddresses:
    """The whole addresses of the page at hand; `canonical_path` has no language and is ready for a link.

    `share` is the kind and slug of the picture that goes with it.
    """
    path = canonical_path or quote(request.path, safe="/")
    base_url = config().base_url
    return PageAddresses(
        canonical=base_url + to(path),
        alternates=tuple((locale, base_url + prefix + path) for locale, prefix in PREFIXES.items()),
        default=base_url + PREFIXES[DEFAULT_LOCALE] + path,
        picture=base_url + to(f"/bagikan/{share[0]}/{quote(share[1])}.png"),
    )


def page_title(text: str) -> str:
    """The title as the browser shows it: signed with the shop's name where there is room for that."""
    title = share_title(text)
    return title + _SIGN if len(title) + len(_SIGN) <= LONGEST_TITLE else title


def share_title(text: str) -> str:
    """The title without the shop's name, which stands beside it where pages are shared."""
    return shorten(plain(text), LONGEST_TITLE)


def title_of_product(name: str, makers: Sequence[str]) -> str:
    """A product's title: many UPTs make a thing of the same name, so the one maker stands beside it.

    The maker goes without its class ("Lapas Garut"); a name is cut rather than its maker.
    """
    if len(makers) != 1:
        return name
    maker = _CLASS.sub("", makers[0])
    if plain(maker).lower() in name.lower():
        return name
    return f"{shorten(name, max(LONGEST_TITLE - len(maker) - 2, _SHORTEST_NAME))}, {maker}"


def page_description(text: str) -> str:
    """The description, in one line and not longer than what is shown of it."""
    return shorten(plain(text), LONGEST_DESCRIPTION)


def plain(text: str) -> str:
    """The text in one line, without the escapes that a template has put into it."""
    return " ".join((text.unescape() if isinstance(text, Markup) else text).split())


def shorten(text: str, most: int) -> str:
    """The text, or its first whole words and an ellipsis: `most` characters in all."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    words, _, _ = head.rpartition(" ")
    return (words if len(words) > most // 2 else head).rstrip(" ,.;:·–-") + "…"
