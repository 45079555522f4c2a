"""Catalogues of any size for measurements: invented goods of the real UPTs, the same each time."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

from inventory.categories import CATEGORY_NAMES
from inventory.product_file import COLUMNS
from operations.demo import DEMO_UPTS

_THINGS = (
    "Batik Tulis", "Tas Anyam", "Kursi Rotan", "Meja Lipat", "Kopi Bubuk", "Keripik Pisang", "Sabun Batang",
    "Roti Manis", "Sandal Kulit", "Kemeja Lengan Pendek", "Miniatur Kapal", "Lampu Hias", "Keset Serat",
    "Madu Hutan", "Teh Herbal", "Bingkai Foto", "Vas Keramik", "Selimut Rajut", "Topi Pandan", "Rak Buku",
)  # fmt: skip
_MATERIALS = (
    "Bambu", "Jati", "Pandan", "Mendong", "Katun", "Linen", "Kelapa", "Kayu Ulin", "Tembaga", "Sutra",
    "Purun", "Lidi", "Kulit", "Jahe Merah", "Gula Aren",
)  # fmt: skip
_SYLLABLES = ("ba", "ci", "da", "ga", "ja", "ka", "la", "ma", "na", "pa", "ra", "sa", "ta", "wa", "lu", "mu")
_CATEGORIES = tuple(category for category in CATEGORY_NAMES if category != "jasa")
_GOODS_A_MOTIF = 20


def synthetic_catalogue(count: int, folder: Path) -> tuple[Path, Path]:
    """Write a file of UPTs and one of `count` goods, each with price and weight, for import-catalogue.

    Words for things come again and again, a motif's only some twenty times, as in a real catalogue.
    """
    folder.mkdir(parents=True, exist_ok=True)
    upts, products = folder / "upts.csv", folder / "products.csv"
    shutil.copyfile(DEMO_UPTS, upts)
    with DEMO_UPTS.open(encoding="utf-8", newline="") as source:
        makers = [row["name"] for row in csv.DictReader(source) if row["type"] != "bapas"]
    with products.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(count, makers))
    return upts, products


def _rows(count: int, makers: list[str]) -> Iterator[list[str | int]]:
    for number in range(count):
        thing = _THINGS[number % len(_THINGS)]
        material = _MATERIALS[number * 7 % len(_MATERIALS)]
        motif = _motif(number * 31 % max(count // _GOODS_A_MOTIF, 1))
        maker = makers[number * 13 % len(makers)]
        yield [
            f"{thing} {material} {motif} {number + 1}",
            _CATEGORIES[number % len(_CATEGORIES)],
            "good",
            maker,
            f"{thing} dari {material.lower()} bermotif {motif}, buatan tangan di bengkel kerja {maker}.",
            f"Hand-made in the workshop of {maker}.",
            "buah",
            5_000 + number * 7_919 % 500 * 1_000,
            100 + number * 104_729 % 5_000,
            "",
            "",
            "",
        ]


def _motif(number: int) -> str:
    """An invented word for a number, a different one for each."""
    word = ""
    for _ in range(4):
        number, syllable = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[syllable]
    return word.capitalize()
