"""Plausible terms for what the sources do not state: slots, export terms, texts on items, limits a person.

Audiences follow what was published: the salon of one UPT serves its own staff only. Everything else is
invented for the demo shop and marked as sample wherever it is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any


@dataclass(frozen=True, slots=True)
class DemoSlots:
    """The same hours on several days of the week (1 is Monday), for so many people each."""

    weekdays: tuple[int, ...]
    hours: tuple[tuple[time, time], ...]
    capacity: int


_HAIRCUT = DemoSlots((1, 2, 3, 4, 5), ((time(9), time(10)), (time(10), time(11))), 2)
_WEEKEND = DemoSlots((6, 7), ((time(9), time(11)), (time(13), time(15))), 4)
_SALON = DemoSlots((2, 4), ((time(9), time(10, 30)), (time(13), time(14, 30))), 2)
_WORKSHOP = DemoSlots((1, 3, 5), ((time(8), time(11)),), 3)
_WASH = DemoSlots((5, 6), ((time(8), time(10)), (time(10), time(12))), 6)

SLOTS: dict[str, tuple[DemoSlots, ...]] = {
    "LPN-BANGLI.CUKUR-RAMBUT-LAPAS-NARKOTIKA-BANGLI": (_HAIRCUT,),
    "LPN-CIREBON.BARBERSHOP-LAPAS-NARKOTIKA-CIREBON": (_HAIRCUT,),
    "LPP-MALANG.POTONG-RAMBUT-SALON-AN-NISA": (_HAIRCUT, _WEEKEND),
    "LPP-MALANG.SMOOTHING-RAMBUT-SALON-AN-NISA": (_SALON,),
    "LPP-PALEMBANG.SALON-B-RIAS": (_SALON,),
    "LPP-SEMARANG.CREAMBATH-SALON-PUTRI-MANDIRI": (_SALON,),
    "LPP-SEMARANG.REFLEKSI-KAKI-SALON-PUTRI-MANDIRI": (_SALON,),
    "LPP-TANGERANG.SALON-LA-PUAN-TANGERANG": (_HAIRCUT, _WEEKEND),
    "LPS-AMBON.BARBERSHOP-SAE-LAPAS-AMBON": (_HAIRCUT,),
    "LPS-AMBON.CUCI-MOBIL-SAE-LAPAS-AMBON": (_WASH,),
    "LPS-BANDUNG.BARBERSHOP-LAPAS-BANDUNG": (_HAIRCUT,),
    "LPS-BANDUNG.NAIL-ART-LAPAS-BANDUNG": (_SALON,),
    "LPS-BANDUNG.SALON-LAPAS-BANDUNG": (_SALON, _WEEKEND),
    "LPS-BONTANG.BENGKEL-MOBIL-LAPAS-BONTANG": (_WORKSHOP,),
}
"""When a service is given, by the sku of its variant; the other services are agreed one by one."""

_ON_THE_GROUNDS = {
    "place_id": "Di halaman depan lapas; lapor dahulu di pos penjagaan.",
    "place_en": "In the front yard of the institution; please report at the gate first.",
    "notice_days": 3,
}
_OPEN_AREA = {
    "place_id": "Di area Sarana Asimilasi dan Edukasi (SAE), di luar tembok lapas.",
    "place_en": "On the assimilation and education site (SAE), outside the walls.",
    "notice_days": 1,
}
_FOB = {
    "incoterm_id": "FOB pelabuhan terdekat (Incoterms 2020); CIF atas permintaan.",
    "incoterm_en": "FOB nearest port (Incoterms 2020); CIF on request.",
}
_INTERNAL = {"audience": "internal", "notice_days": 3}


def _export(quantity: int, unit: str, hs_code: str) -> dict[str, Any]:
    return _FOB | {"least_quantity": quantity, "least_unit": unit, "hs_code": hs_code}


TERMS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(SLOTS, _ON_THE_GROUNDS),
    "LPS-AMBON.BARBERSHOP-SAE-LAPAS-AMBON": _OPEN_AREA,
    "LPS-AMBON.CUCI-MOBIL-SAE-LAPAS-AMBON": _OPEN_AREA,
    "LPP-MALANG.POTONG-RAMBUT-SALON-AN-NISA": _INTERNAL,
    "LPP-MALANG.SMOOTHING-RAMBUT-SALON-AN-NISA": _INTERNAL,
    "LPN-CIREBON.COIR-NET-LAPAS-NARKOTIKA-CIREBON": _export(400, "gulung", "5608.90"),
    "LPN-KASONGAN.GANTUNGAN-KUNCI-GETAH-NYATU": _export(500, "buah", "9602.00"),
    "LPP-SEMARANG.TAS-PAYET-EKSPOR-LPP-SEMARANG": _export(100, "buah", "4202.22"),
    "LPS-AMBARAWA.SARUNG-TANGAN-SOFTBALL-AMBARAWA": _export(300, "pasang", "4203.21"),
    "LPS-BANDARLAMPUNG.COCOSHEET-LEMBARAN-SABUT-KELAPA": _export(1_000, "lembar", "5305.00"),
    "LPS-BANYUWANGI.KERAJINAN-KAYU-EKSPOR-BANYUWANGI": _export(250, "buah", "4420.90"),
    "LPS-CIAMIS.COCO-SHADE-CIAMIS": _export(750, "unit", "5608.90"),
    "LPS-CIAMIS.COIR-NET-JARING-SABUT-KELAPA": _export(5_400, "pak", "5608.90"),
    "LPS-CILACAP.TIKAR-PANDAN-CILACAP": _export(7_000, "lembar", "4601.29"),
    "LPS-CIREBON.BOLA-KAKI-LAPAS-CIREBON": _export(500, "buah", "9506.62"),
    "LPS-CIREBON.COIR-NET-LAPAS-CIREBON": _export(2_000, "unit", "5608.90"),
    "LPS-CIREBON.ROTAN-SINTETIS-LAPAS-CIREBON": _export(60, "set", "9403.70"),
    "LPS-GARUT.COIR-NET-GARUT": _export(811, "unit", "5608.90"),
    "LPS-GARUT.COIR-SHADE-PENEDUH-SABUT-KELAPA": _export(750, "unit", "5608.90"),
    "LPS-GARUT.ROLL-BINDER-SABUT-KELAPA": _export(1_000, "gulung", "5607.90"),
    "LPS-INDRAMAYU.COIR-SHADE-INDRAMAYU": _export(800, "unit", "5608.90"),
    "LPS-SUMEDANG.COIR-NET-GULUNG": _export(400, "gulung", "5608.90"),
    "LPS-MUARATEWEH.PAPAN-NAMA-UKIR-MUARA-TEWEH": {
        "own_text_label_id": "Nama yang diukir",
        "own_text_label_en": "Name to be carved",
        "own_text_most": 30,
        "own_text_required": True,
    },
    "LPS-SINGARAJA.PATUNG-UKIR-SINGARAJA": {
        "own_text_label_id": "Tulisan di alas patung",
        "own_text_label_en": "Words on the base",
        "own_text_most": 40,
    },
    "LPS-TAKALAR.SONGKOK-ANYAM-CORAK-EMAS": {"limit_pieces": 2, "limit_days": 30},
    "LPS-BANJARBARU.SABUN-BATANG-JELANTAH": {"limit_pieces": 6, "limit_days": 7},
}
"""The terms of products, by the sku of a variant: columns of `ProductTerms`."""
