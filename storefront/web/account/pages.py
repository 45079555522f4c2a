"""What the customer's home is made of: its blueprints, and the sections of its menu."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask_babel import lazy_gettext as _

from storefront.web.account import (
    addresses,
    my_data,
    notices,
    orders,
    overview,
    recover,
    register,
    security,
    sign_in,
    two_factor,
    wishlist,
)

BLUEPRINTS = (
    sign_in.blueprint,
    register.blueprint,
    recover.blueprint,
    overview.blueprint,
    orders.blueprint,
    notices.blueprint,
    addresses.blueprint,
    wishlist.blueprint,
    my_data.blueprint,
    security.blueprint,
    two_factor.blueprint,
)


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the menu: its words, the address without the language, an icon of components/art.html."""

    label: object
    path: str
    icon: str


SECTIONS = (
    Section(_("Overview"), "/akun", "home"),
    Section(_("Orders"), "/akun/pesanan", "box"),
    Section(_("Addresses"), "/akun/alamat", "pin"),
    Section(_("Wishlist"), "/akun/keinginan", "heart"),
    Section(_("Notices"), "/akun/pemberitahuan", "bell"),
    Section(_("Security"), "/akun/keamanan", "lock"),
    Section(_("My data"), "/akun/data-saya", "file"),
)


def init_account(app: Flask) -> None:
    """Register the pages, and give templates `account_sections()`: those sections that have a page."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    there_is = {str(rule) for rule in app.url_map.iter_rules()}
    shown = tuple(section for section in SECTIONS if section.path in there_is)
    app.jinja_env.globals["account_sections"] = lambda: shown
