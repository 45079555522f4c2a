"""Plausible values for what the sources do not state: prices, weights, sizes, lead times, further makers.

Each follows from the sku alone, so a demo shop is the same every time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high` in whole steps."""

    low: int
    high: int
    step: int

    def pick(self, seed: str) -> int:
        """One value of the span; the same for the same seed."""
        number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
        return self.low + number % ((self.high - self.low) // self.step + 1) * self.step


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in a category: rupiah, grams packed, millimetres packed, days until a piece is ready."""

    price: Span
    weight_g: Span
    size_mm: tuple[int, int, int]
    lead_days: Span


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """Values for one variant: rupiah, grams and millimetres as packed for the courier."""

    price: int
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True)
class SharedGood:
    """A good that several UPTs make and no single source states as one."""

    sku: str
    slug: str
    name: str
    category: str
    unit: str
    description_id: str
    description_en: str
    variant: DemoVariant
    upt_codes: tuple[str, ...]


_DAYS_FRESH, _DAYS_FOOD = Span(1, 2, 1), Span(1, 4, 1)
_DAYS_CRAFT, _DAYS_SLOW = Span(3, 10, 1), Span(7, 21, 1)

USUAL: dict[str, Usual] = {
    "bahan_bangunan": Usual(Span(3_000, 9_000, 500), Span(2_500, 6_000, 100), (400, 200, 100), Span(2, 7, 1)),
    "bahan_pangan": Usual(Span(12_000, 45_000, 500), Span(200, 600, 50), (200, 150, 60), _DAYS_FOOD),
    "batik_tekstil": Usual(Span(110_000, 450_000, 5_000), Span(250, 500, 50), (320, 240, 40), _DAYS_CRAFT),
    "kebersihan": Usual(Span(8_000, 35_000, 500), Span(300, 1_000, 50), (250, 100, 100), _DAYS_FOOD),
    "kerajinan_anyaman": Usual(
        Span(25_000, 150_000, 2_500), Span(200, 900, 50), (350, 300, 150), _DAYS_CRAFT
    ),
    "kerajinan_kayu": Usual(
        Span(60_000, 450_000, 5_000), Span(400, 2_500, 100), (350, 250, 200), Span(5, 14, 1)
    ),
    "kerajinan_lain": Usual(Span(20_000, 200_000, 2_500), Span(150, 1_500, 50), (250, 200, 150), _DAYS_CRAFT),
    "kopi_teh": Usual(Span(15_000, 60_000, 1_000), Span(100, 300, 50), (200, 120, 60), _DAYS_FOOD),
    "lilin_aromaterapi": Usual(Span(20_000, 65_000, 1_000), Span(150, 400, 50), (100, 100, 110), _DAYS_FOOD),
    "makanan_ringan": Usual(Span(10_000, 35_000, 500), Span(100, 300, 50), (250, 180, 80), _DAYS_FOOD),
    "mebel": Usual(Span(450_000, 2_500_000, 25_000), Span(6_000, 30_000, 500), (900, 550, 250), _DAYS_SLOW),
    "minuman": Usual(Span(8_000, 30_000, 500), Span(300, 700, 50), (230, 80, 80), _DAYS_FRESH),
    "minuman_herbal": Usual(Span(15_000, 50_000, 500), Span(150, 350, 50), (200, 120, 60), _DAYS_FOOD),
    "pakaian": Usual(Span(45_000, 225_000, 2_500), Span(150, 450, 50), (300, 220, 50), _DAYS_CRAFT),
    "pertanian": Usual(Span(10_000, 40_000, 500), Span(1_000, 5_000, 500), (400, 300, 100), _DAYS_FRESH),
    "roti_kue": Usual(Span(12_000, 85_000, 500), Span(150, 800, 50), (240, 160, 100), _DAYS_FRESH),
    "sabut_kelapa": Usual(Span(20_000, 95_000, 2_500), Span(300, 1_500, 100), (250, 250, 200), _DAYS_CRAFT),
    "tas_aksesori": Usual(Span(40_000, 275_000, 2_500), Span(150, 700, 50), (350, 280, 120), _DAYS_CRAFT),
}
"""Categories whose goods a courier takes; livestock, fish and services are asked for instead."""

NOT_SENT_UNITS = frozenset({"ekor", "gelas", "papan", "ikat", "kerat", "bibit"})
"""Units of goods that spoil or live: no courier takes them."""

NOT_SENT_SKUS = frozenset({"LPS-MARTAPURA-OKU.PARANG-HIAS"})
"""Blades, which couriers refuse."""

FURTHER_MAKERS: dict[str, tuple[str, ...]] = {
    "LPS-GARUT.POT-TANAMAN-SABUT-KELAPA": ("LPS-CIAMIS", "LPS-KUNINGAN"),
    "LPS-TASIKMALAYA.SANDAL-HOTEL": ("LPS-GARUT", "LPS-SUKAMISKIN"),
    "LPS-PURWAKARTA.JAM-DINDING-UKIR-KAYU": ("LPS-SUMEDANG",),
    "LPS-CIKARANG.DODOL-MANGROVE": ("LPS-INDRAMAYU",),
    "LPP-TANGERANG.KERIPIK-BAWANG": ("LPS-TANGERANG", "LPS-SERANG"),
    "LPP-TANGERANG.MAKARONI-KEJU": ("LPKA-TANGERANG",),
    "LPS-SERANG.KERANJANG-BUAH-LIDI": ("LPS-RANGKASBITUNG",),
    "LPS-PURWOKERTO.SAPU-GLAGAH-OSHINE": ("LPS-CILACAP", "LPS-BATANG"),
    "LPP-PALEMBANG.ECOENZYME": ("LPS-MUARAENIM",),
    "LPS-LAHAT.GULA-SEMUT-JAHE-MERAH": ("LPS-MUARAENIM", "LPS-TANJUNGRAJA"),
    "LPS-BANJARBARU.TAS-PURUN": ("LPS-BANJARMASIN", "LPS-TANJUNG"),
}
"""UPT codes that make a good besides the one its source names."""

FLAGSHIPS: dict[str, str] = {
    "LPS-LAHAT.GULA-SEMUT-JAHE-MERAH": "LPS-LAHAT",
    "LPP-YOGYAKARTA.BATIK-TULIS-LPP-YOGYAKARTA": "LPP-YOGYAKARTA",
    "JABAR.COIR-NET": "LPS-GARUT",
    "LPS-TAKALAR.TAS-TALI-KUR": "LPS-TAKALAR",
    "LPS-CURUP.KOPI-ADIREJO": "LPS-CURUP",
    "LPS-PURWAKARTA.JAM-DINDING-UKIR-KAYU": "LPS-PURWAKARTA",
    "LPS-BANJARBARU.TAS-PURUN": "LPS-BANJARBARU",
    "LPS-CIKARANG.DODOL-MANGROVE": "LPS-CIKARANG",
    "LPS-MUARATEWEH.PAPAN-NAMA-UKIR-MUARA-TEWEH": "LPS-MUARATEWEH",
    "LPS-PURWOKERTO.SAPU-GLAGAH-OSHINE": "LPS-PURWOKERTO",
}
"""Goods that stand for the flagships of these UPT codes; the first truly was designated, in November 2025."""

FLAGSHIPS_SINCE = date(2025, 11, 11)
"""The day of the briefing from which flagships are listed."""

SHARED_GOODS: tuple[SharedGood, ...] = (
    SharedGood(
        sku="JABAR.COIR-NET",
        slug="coir-net-jawa-barat",
        name="Coir Net Jawa Barat",
        category="sabut_kelapa",
        unit="gulung",
        description_id=(
            "Jaring sabut kelapa 1 × 10 meter dalam gulungan, dipintal dan disimpul dengan tangan untuk"
            " menahan erosi lereng, reklamasi dan kebun. Dibuat di tujuh UPT di Jawa Barat."
        ),
        description_en=(
            "Coconut-fibre netting, 1 by 10 metres on a roll, spun and knotted by hand against erosion of"
            " slopes, for reclamation and gardens. Made by seven institutions in West Java."
        ),
        variant=DemoVariant(price=95_000, weight_g=4_000, length_mm=1_000, width_mm=220, height_mm=220),
        upt_codes=(
            "LPS-GARUT",
            "LPS-CIREBON",
            "LPN-CIREBON",
            "LPS-INDRAMAYU",
            "LPS-CIAMIS",
            "LPS-SUMEDANG",
            "LPS-KUNINGAN",
        ),
    ),
)


def demo_variant(sku: str, category: str, unit: str) -> DemoVariant | None:
    """The values of a good; None for one no courier takes."""
    usual = USUAL.get(category)
    if usual is None or unit in NOT_SENT_UNITS or sku in NOT_SENT_SKUS:
        return None
    return DemoVariant(usual.price.pick(f"{sku} price"), usual.weight_g.pick(f"{sku} weight"), *usual.size_mm)


def demo_lead_days(sku: str, category: str, upt_code: str) -> int:
    """The days one UPT needs to have a piece ready to hand over."""
    usual = USUAL.get(category)
    return usual.lead_days.pick(f"{sku} {upt_code} lead") if usual else 3


def demo_pieces(sku: str, upt_code: str) -> int:
    """The pieces on one UPT's shelf."""
    return Span(4, 60, 1).pick(f"{sku} {upt_code} pieces")
