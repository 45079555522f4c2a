"""Cards of a shelf: written once, and anew as soon as anything they show is different."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from markupsafe import Markup

from storefront.web.shelves import Card

BREAD = Card(
    url="/produk/roti",
    name="Roti <manis>",
    slug="roti",
    category="roti_kue",
    kind="good",
    price=15_000,
    starting=False,
    unit="bungkus",
    maker="Lapas Kelas IIA Garut",
    place="Kabupaten Garut",
    available=100,
    is_made_to_order=False,
    is_sample=False,
)


def written(app: Flask, card: Card, level: int = 3) -> Markup:
    with app.test_request_context("/"):
        html: Markup = app.jinja_env.globals["once"]("components/card.html", "card", card, level)  # type: ignore[operator]
        return html


def test_a_card_is_written_once_for_all_pages(app: Flask) -> None:
    first = written(app, BREAD)
    assert written(app, replace(BREAD)) is first
    assert "Roti &lt;manis&gt;" in first
    assert "Rp15.000" in first


def test_whatever_changes_on_a_card_is_shown(app: Flask) -> None:
    for change in ({"price": 16_000}, {"available": 0}, {"available": 3}, {"place": "Kabupaten Ciamis"}):
        assert written(app, replace(BREAD, **change)) != written(app, BREAD), change
    assert written(app, BREAD, 2) != written(app, BREAD)
