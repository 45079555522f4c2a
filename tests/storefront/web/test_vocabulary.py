"""Units and countries in both languages: whatever the catalogue says has an English word."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest
from flask import Flask
from markupsafe import Markup

from kernel.i18n import speaking
from operations.schema import PROJECT
from storefront.web.vocabulary import UNITS, country_name, unit_name


@pytest.fixture
def english(app: Flask) -> Iterator[None]:
    """English is spoken."""
    with app.app_context(), speaking("en"):
        yield


def column(name: str) -> set[str]:
    """Every word in a column of the catalogue's file."""
    with (PROJECT / "data" / "products.csv").open(encoding="utf-8", newline="") as file:
        return {word for row in csv.DictReader(file) for word in row[name].split(";") if word}


class TestUnits:
    def test_every_unit_of_the_catalogue_has_english(self) -> None:
        assert column("unit") - UNITS.keys() == set()

    @pytest.mark.usefixtures("english")
    def test_is_english_on_an_english_page(self) -> None:
        assert (unit_name("buah"), unit_name("toples")) == ("piece", "jar")

    def test_is_as_kept_on_an_indonesian_page(self, app: Flask) -> None:
        with app.app_context():
            assert (unit_name("buah"), unit_name("gantang")) == ("buah", "gantang")

    @pytest.mark.usefixtures("english")
    def test_without_english_it_is_marked_and_escaped(self) -> None:
        assert unit_name("<gantang>") == Markup('<span lang="id">&lt;gantang&gt;</span>')


@pytest.mark.usefixtures("english")
class TestCountries:
    def test_every_market_of_the_catalogue_has_english(self) -> None:
        assert [word for word in column("export_markets") if isinstance(country_name(word), Markup)] == []

    def test_a_country_is_called_as_the_english_do(self) -> None:
        assert country_name("Korea Selatan") == "South Korea"
        assert country_name("Timur Tengah") == "the Middle East"

    def test_without_english_it_is_marked(self) -> None:
        assert country_name("Negeri Dongeng") == Markup('<span lang="id">Negeri Dongeng</span>')
