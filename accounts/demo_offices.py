"""What a demo shop tells of a UPT's office: every value follows from its code, and none is anybody's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_HOURS = (
    "Mo-Th 08:30-15:00; Fr 08:30-11:00",
    "Mo-Fr 09:00-14:00",
    "Mo-Th 09:00-15:00; Fr 09:00-11:30; Sa 09:00-12:00",
)
_ABOUT = (
    (
        (
            "{name} di {city} membuka bengkel kerja dari Senin sampai Sabtu. Yang dijual di sini dibuat,"
            " diperiksa dan dikemas di tempat yang sama, lalu dikirim langsung kepada pembeli."
        ),
        (
            "{name} in {city} runs its workshop from Monday to Saturday. What is sold here is made,"
            " checked and packed in one place, and sent straight to the buyer."
        ),
    ),
    (
        (
            "Di {name}, warga binaan belajar satu keterampilan sampai mahir sebelum barangnya dijual."
            " Pesanan besar untuk kantor, hotel dan toko dapat dibicarakan dengan petugas kerja."
        ),
        (
            "At {name}, warga binaan learn one craft until they master it before anything is sold."
            " Large orders for offices, hotels and shops can be agreed with the workshop's officers."
        ),
    ),
    (
        (
            "Bengkel {name} bekerja dengan bahan dari sekitar {city}. Setiap pembelian membayar bahan"
            " baku, premi bagi yang mengerjakan, dan pelatihan berikutnya."
        ),
        "",
    ),
)
_LOWEST_NUMBER = 62_800_000_000  # 0800 is no mobile telephone's, so nobody has such a number on WhatsApp


@dataclass(frozen=True, slots=True)
class DemoOffice:
    """The columns of a UPT that no source states."""

    address: str
    about_id: str
    about_en: str | None
    whatsapp: str
    pickup_hours: str
    is_open_for_pickup: bool


def demo_office(code: str, name: str, city: str) -> DemoOffice:
    """The office of one UPT; the same every time."""
    digest = hashlib.sha256(f"{code} office".encode()).digest()
    about_id, about_en = _ABOUT[digest[0] % len(_ABOUT)]
    return DemoOffice(
        address=f"Jalan Contoh No. {digest[1] % 90 + 1}",
        about_id=about_id.format(name=name, city=city),
        about_en=about_en.format(name=name, city=city) or None,
        whatsapp=str(_LOWEST_NUMBER + int.from_bytes(digest[2:4])),
        pickup_hours=_HOURS[digest[4] % len(_HOURS)],
        is_open_for_pickup=digest[5] % 4 > 0,
    )
