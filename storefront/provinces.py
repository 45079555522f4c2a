"""The 38 provinces as the shop names them, and their places on the tile map.

The map has two halves of the same width, Sumatra to Bali and Sulawesi to Papua: side by side on a wide
screen, one under the other on a phone, where all in one row the tiles would be too small for a finger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Half = Literal["west", "east"]


@dataclass(frozen=True, slots=True)
class Province:
    """A province: its code of two digits, name, address word, and its tile (`column` and `row` from 0)."""

    code: str
    name: str
    short: str
    half: Half
    column: int
    row: int

    @property
    def slug(self) -> str:
        """The word of its address."""
        return self.name.lower().replace(" ", "-")


COLUMNS = 7
"""Tiles beside each other in one half."""

_WEST = """
11 Aceh Aceh 0 0
12 Sumut Sumatera Utara 0 1
13 Sumbar Sumatera Barat 0 2
14 Riau Riau 1 1
15 Jambi Jambi 1 2
16 Sumsel Sumatera Selatan 1 3
17 Bkulu Bengkulu 0 3
18 Lampung Lampung 1 4
19 Babel Kepulauan Bangka Belitung 2 2
21 Kepri Kepulauan Riau 2 1
31 Jakarta Jakarta 3 4
32 Jabar Jawa Barat 3 5
33 Jateng Jawa Tengah 4 5
34 Yogya Yogyakarta 4 6
35 Jatim Jawa Timur 5 5
36 Banten Banten 2 5
51 Bali Bali 6 5
61 Kalbar Kalimantan Barat 4 1
62 Kalteng Kalimantan Tengah 4 2
63 Kalsel Kalimantan Selatan 5 2
64 Kaltim Kalimantan Timur 5 1
65 Kaltara Kalimantan Utara 5 0
"""
_EAST = """
52 NTB Nusa Tenggara Barat 0 5
53 NTT Nusa Tenggara Timur 1 5
71 Sulut Sulawesi Utara 2 0
72 Sulteng Sulawesi Tengah 1 1
73 Sulsel Sulawesi Selatan 0 2
74 Sultra Sulawesi Tenggara 1 2
75 Gtalo Gorontalo 1 0
76 Sulbar Sulawesi Barat 0 1
81 Maluku Maluku 3 2
82 Malut Maluku Utara 3 1
91 Papua Papua 6 1
92 Pabar Papua Barat 5 1
93 Pasel Papua Selatan 6 3
94 Pateng Papua Tengah 5 2
95 Papeg Papua Pegunungan 6 2
96 PBD Papua Barat Daya 4 1
"""


def _read(half: Half, lines: str) -> list[Province]:
    provinces = []
    for line in lines.split("\n"):
        if line:
            code, short, *name, column, row = line.split()
            provinces.append(Province(code, " ".join(name), short, half, int(column), int(row)))
    return provinces


PROVINCES: tuple[Province, ...] = (*_read("west", _WEST), *_read("east", _EAST))
"""All of them, from west to east."""

BY_SLUG = {province.slug: province for province in PROVINCES}
BY_CODE = {province.code: province for province in PROVINCES}
