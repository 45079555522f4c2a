"""Plausible facts for what the sources do not tell: options, capacity, care, ingredients, permits.

They are written for the demo shop and marked as sample wherever they are stored; no number is a real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from inventory.demo_values import NOT_SENT_SKUS, NOT_SENT_UNITS, USUAL


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages."""

    id: str = ""
    en: str = ""


NOTHING = Bilingual()


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """What `ProductFacts` holds, for one product or as usual in a category."""

    net_content: str = ""
    shelf_life_days: int | None = None
    ingredients: Bilingual = NOTHING
    allergens: Bilingual = NOTHING
    storage: Bilingual = NOTHING
    care: Bilingual = NOTHING
    story: Bilingual = NOTHING


@dataclass(frozen=True, slots=True)
class DemoOption:
    """One option value of a variant."""

    kind: str
    value: Bilingual


@dataclass(frozen=True, slots=True)
class DemoSister:
    """A variant beside the one of the catalogue: so much dearer (rupiah) and heavier (grams) than that one.

    The first sister of a list *is* the catalogue's own variant and has no `suffix`. `is_sold_out` leaves its
    shelves empty.
    """

    suffix: str
    name: str
    options: tuple[DemoOption, ...]
    price_more: int = 0
    weight_more: int = 0
    is_sold_out: bool = False


@dataclass(frozen=True, slots=True)
class DemoPermit:
    """A permit of one UPT for some goods (skus); verified ones are marked as checked by the demo."""

    kind: str
    number: str
    upt_code: str
    skus: tuple[str, ...]
    title: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    is_verified: bool = True


def demo_delivery_modes(kind: str, category: str, unit: str, sku: str) -> tuple[str, ...]:
    """How a product of that kind usually reaches its buyer."""
    if kind == "service":
        return ("on_site",)
    if kind == "export_commodity":
        return ("cargo", "pickup")
    if sku in MADE_TO_ORDER:
        return ("cargo", "upt_delivery", "pickup")
    if category not in USUAL or unit in NOT_SENT_UNITS or sku in NOT_SENT_SKUS:
        return ("upt_delivery", "pickup")
    return ("courier", "cargo", "pickup") if category in _BULKY else ("courier", "pickup")


def demo_facts(sku: str, category: str) -> DemoFacts:
    """The facts of one product: its own where there are some, else what is usual in its category."""
    usual = _USUAL_FACTS.get(category, DemoFacts())
    own = _OWN_FACTS.get(sku)
    if own is None:
        return usual
    return DemoFacts(
        own.net_content,
        own.shelf_life_days,
        own.ingredients,
        own.allergens,
        own.storage if own.storage.id else usual.storage,
        own.care if own.care.id else usual.care,
        own.story if own.story.id else usual.story,
    )


MADE_TO_ORDER: dict[str, int] = {
    "LPS-JAILOLO.GAZEBO-KAYU-JAILOLO": 2,
    "LPS-MERAUKE.MEJA-TAMU-UKIR-ASMAT": 6,
    "LPS-RANGKASBITUNG.SET-MEBEL-KAYU-RANGKASBITUNG": 4,
    "LPS-TASIKMALAYA.SET-KURSI-ROTAN-SINTETIS": 12,
    "LPS-LHOKSEUMAWE.LEMARI-PAKAIAN-GALERI-KARYNA": 5,
}
"""What no shelf holds, by sku: the pieces each maker can make in a month."""

_BULKY = frozenset({"mebel", "bahan_bangunan", "pertanian"})


def _option(kind: str, value_id: str, value_en: str) -> DemoOption:
    return DemoOption(kind, Bilingual(value_id, value_en))


def _cloth(motif: str, suffix: str, *, price_more: int, sold_out: bool = False) -> tuple[DemoSister, ...]:
    """A motif in both sizes; the longer cloth costs more."""
    of_motif = _option("motif", motif, motif)
    short, long = _option("size", "2 m", "2 m"), _option("size", "2,5 m", "2.5 m")
    return (
        DemoSister(suffix, f"{motif}, 2 m", (of_motif, short), price_more),
        DemoSister(
            f"{suffix}-PANJANG".lstrip("-"),
            f"{motif}, 2,5 m",
            (of_motif, long),
            price_more + 45_000,
            80,
            is_sold_out=sold_out,
        ),
    )


def _colour(suffix: str, value_id: str, value_en: str, price_more: int = 0) -> DemoSister:
    return DemoSister(suffix, value_id, (_option("colour", value_id, value_en),), price_more)


def _shirt(suffix: str, size: str, price_more: int = 0, *, sold_out: bool = False) -> DemoSister:
    return DemoSister(suffix, size, (_option("size", size, size),), price_more, is_sold_out=sold_out)


SISTERS: dict[str, tuple[DemoSister, ...]] = {
    "LPP-YOGYAKARTA.BATIK-TULIS-LPP-YOGYAKARTA": (
        *_cloth("Kawung", "", price_more=0),
        *_cloth("Parang", "PARANG", price_more=35_000, sold_out=True),
        *_cloth("Truntum", "TRUNTUM", price_more=60_000),
    ),
    "LPS-TAKALAR.TAS-TALI-KUR": (
        _colour("", "Merah jahe", "Ginger red"),
        _colour("NILA", "Biru nila", "Indigo blue"),
        _colour("SOGAN", "Cokelat sogan", "Sogan brown", 5_000),
        _colour("DAUN", "Hijau daun", "Leaf green", 5_000),
    ),
    "LPS-TASIKMALAYA.SANDAL-HOTEL": (
        _shirt("", "38–40"),
        _shirt("SEDANG", "41–42"),
        _shirt("BESAR", "43–45", 1_000, sold_out=True),
    ),
}
"""The variants of a good, by the sku of the one the catalogue states; that one comes first."""

SOLD_OUT_SKUS = frozenset(
    f"{sku}.{sister.suffix}" for sku, sisters in SISTERS.items() for sister in sisters if sister.is_sold_out
)

_DRY = Bilingual(
    "Simpan di tempat kering dan sejuk; tutup rapat setelah dibuka.",
    "Keep dry and cool; close tightly once opened.",
)

_USUAL_FACTS: dict[str, DemoFacts] = {
    "batik_tekstil": DemoFacts(
        care=Bilingual(
            "Cuci dengan tangan memakai lerak atau sampo, jangan diperas, jemur di tempat teduh, setrika suhu"
            " sedang dari sisi dalam.",
            "Wash by hand with soapnut or shampoo, do not wring, dry in the shade, iron warm on the inside.",
        ),
        story=Bilingual(
            "Setiap lembar melewati tangan yang sama berkali-kali: malam digoreskan, kain dicelup, malam"
            " dilorod, lalu diulang untuk warna berikutnya. Garis yang sedikit bergetar adalah tanda buatan"
            " tangan.",
            "Each cloth passes the same hands again and again: wax is drawn, the cloth is dyed, the wax is"
            " boiled out, and all of it once more for the next colour. A line that trembles a little is the"
            " sign of the hand.",
        ),
    ),
    "tas_aksesori": DemoFacts(
        care=Bilingual(
            "Lap dengan kain lembap, angin-anginkan; jangan direndam atau dikeringkan dengan mesin.",
            "Wipe with a damp cloth and let it air; do not soak or tumble dry.",
        ),
        story=Bilingual(
            "Dirangkai simpul demi simpul di bengkel kerja UPT. Satu orang mengerjakan satu tas dari awal"
            " sampai tali terakhir dipotong.",
            "Knotted and sewn by hand in the unit's workshop. One maker stays with one bag from the first"
            " knot until the last cord is cut.",
        ),
    ),
    "mebel": DemoFacts(
        care=Bilingual(
            "Lap dengan kain kering; hindari sinar matahari langsung dan air yang tergenang. Oleskan minyak"
            " kayu dua kali setahun.",
            "Wipe with a dry cloth; keep out of direct sun and standing water. Oil the wood twice a year.",
        ),
        story=Bilingual(
            "Kayu dipilih, diserut dan disambung dengan purus di bengkel kerja, bukan sekadar dipaku. Karena"
            " itu pengerjaannya butuh waktu, dan umurnya panjang.",
            "The wood is chosen, planed and joined with tenons in the workshop rather than merely nailed."
            " That takes time, and lasts.",
        ),
    ),
    "kerajinan_kayu": DemoFacts(
        care=Bilingual(
            "Bersihkan dengan kuas halus; jauhkan dari air.", "Dust with a soft brush; keep away from water."
        ),
        story=Bilingual(
            "Diukir dengan pahat dan palu kayu; bekas pahat sengaja tidak dihaluskan sampai hilang.",
            "Carved with chisel and mallet; the marks of the chisel are left to be seen.",
        ),
    ),
    "kerajinan_anyaman": DemoFacts(
        care=Bilingual("Angin-anginkan bila lembap; jangan dicuci.", "Air it when damp; do not wash."),
        story=Bilingual(
            "Serat dibelah, dikeringkan dan dianyam selang-seling; kerapatannya diukur dengan jari.",
            "Fibres are split, dried and plaited over and under; fingers measure how close they lie.",
        ),
    ),
    "sabut_kelapa": DemoFacts(
        care=Bilingual(
            "Serat alami: terurai sendiri dalam beberapa tahun di tanah.",
            "Natural fibre: it decays in the soil by itself within a few years.",
        ),
        story=Bilingual(
            "Sabut yang dulu dibakar kini dipintal menjadi tali dan disimpul menjadi jaring.",
            "Husks that used to be burnt are spun into rope and knotted into nets.",
        ),
    ),
    "pakaian": DemoFacts(
        care=Bilingual("Cuci dengan warna senada, maksimal 30 °C.", "Wash with like colours, at most 30 °C.")
    ),
    "kopi_teh": DemoFacts(storage=_DRY),
    "minuman_herbal": DemoFacts(storage=_DRY),
    "makanan_ringan": DemoFacts(storage=_DRY),
    "bahan_pangan": DemoFacts(storage=_DRY),
    "roti_kue": DemoFacts(
        storage=Bilingual(
            "Simpan di suhu ruang, habiskan sebelum tanggal pada kemasan.",
            "Keep at room temperature and finish before the date on the pack.",
        )
    ),
    "minuman": DemoFacts(storage=Bilingual("Simpan dingin setelah dibuka.", "Keep cold once opened.")),
    "lilin_aromaterapi": DemoFacts(
        care=Bilingual(
            "Potong sumbu hingga 5 mm sebelum dinyalakan; jangan ditinggal saat menyala.",
            "Trim the wick to 5 mm before lighting; never leave it burning alone.",
        )
    ),
}

_OWN_FACTS: dict[str, DemoFacts] = {
    "LPS-LAHAT.GULA-SEMUT-JAHE-MERAH": DemoFacts(
        net_content="125 g",
        shelf_life_days=365,
        ingredients=Bilingual("Gula aren, sari jahe merah (12%).", "Palm sugar, red-ginger extract (12%)."),
        story=Bilingual(
            "Nira aren direbus bersama sari jahe merah sampai mengkristal, lalu digerus dan diayak menjadi"
            " butiran halus. Tinggal diseduh dengan air panas.",
            "Palm sap is boiled with red-ginger juice until it turns to crystals, then ground and sieved"
            " fine. Just add hot water.",
        ),
    ),
    "LPP-TANGERANG.KERIPIK-BAWANG": DemoFacts(
        net_content="80 g",
        shelf_life_days=90,
        ingredients=Bilingual(
            "Tepung terigu, bawang merah, telur, minyak nabati, garam.",
            "Wheat flour, shallots, egg, vegetable oil, salt.",
        ),
        allergens=Bilingual("Gandum (gluten), telur.", "Wheat (gluten), egg."),
    ),
    "LPS-PALU.KERIPIK-PAKPAS-TUNA": DemoFacts(
        net_content="150 g",
        shelf_life_days=120,
        ingredients=Bilingual(
            "Singkong, tuna kering, cabai, minyak nabati, garam.",
            "Cassava, dried tuna, chilli, vegetable oil, salt.",
        ),
        allergens=Bilingual("Ikan.", "Fish."),
    ),
    "LPS-CURUP.KOPI-ADIREJO": DemoFacts(
        net_content="200 g",
        shelf_life_days=365,
        ingredients=Bilingual("100% kopi robusta Rejang Lebong.", "100% Rejang Lebong robusta coffee."),
        story=Bilingual(
            "Biji dipetik merah, dijemur, lalu disangrai dalam kuali di atas api kecil sampai harum.",
            "Cherries are picked red, dried in the sun and roasted in a pan over a small fire until the scent"
            " comes out.",
        ),
    ),
    "LPS-BANGKINANG.ABON-IKAN-KRESNA": DemoFacts(
        net_content="250 g",
        shelf_life_days=180,
        ingredients=Bilingual(
            "Ikan patin, santan, bawang merah, ketumbar, gula aren, garam.",
            "Catfish, coconut milk, shallots, coriander, palm sugar, salt.",
        ),
        allergens=Bilingual("Ikan.", "Fish."),
    ),
    "LPS-KOLONODALE.AIR-MINUM-KEMASAN-MOIKO": DemoFacts(net_content="330 ml", shelf_life_days=365),
}

PERMITS: tuple[DemoPermit, ...] = (
    DemoPermit(
        "PIRT",
        "2151604000000-31",
        "LPS-LAHAT",
        ("LPS-LAHAT.GULA-SEMUT-JAHE-MERAH",),
        issued_on=date(2026, 2, 2),
        expires_on=date(2031, 2, 1),
    ),
    DemoPermit(
        "HALAL",
        "ID16110000000001025",
        "LPS-LAHAT",
        ("LPS-LAHAT.GULA-SEMUT-JAHE-MERAH",),
        issued_on=date(2025, 10, 6),
    ),
    DemoPermit(
        "PIRT",
        "2063671000000-25",
        "LPP-TANGERANG",
        ("LPP-TANGERANG.KERIPIK-BAWANG",),
        issued_on=date(2020, 8, 3),
        expires_on=date(2025, 8, 2),
    ),
    DemoPermit(
        "HALAL",
        "ID72110000000000624",
        "LPS-PALU",
        ("LPS-PALU.KERIPIK-PAKPAS-TUNA",),
        issued_on=date(2024, 6, 7),
    ),
    DemoPermit(
        "PIRT",
        "2041408000000-30",
        "LPS-BANGKINANG",
        ("LPS-BANGKINANG.ABON-IKAN-KRESNA",),
        issued_on=date(2025, 5, 5),
        expires_on=date(2030, 5, 4),
        is_verified=False,
    ),
    DemoPermit(
        "BPOM_MD",
        "MD000000000000",
        "LPS-KOLONODALE",
        ("LPS-KOLONODALE.AIR-MINUM-KEMASAN-MOIKO",),
        issued_on=date(2024, 3, 4),
        expires_on=date(2029, 3, 3),
    ),
    DemoPermit(
        "SNI",
        "SNI 3553:2015",
        "LPS-KOLONODALE",
        ("LPS-KOLONODALE.AIR-MINUM-KEMASAN-MOIKO",),
        is_verified=False,
    ),
    DemoPermit(
        "HAK_CIPTA",
        "EC00000000000",
        "LPS-BANYUWANGI",
        ("LPS-BANYUWANGI.BATIK-JERUJI-GANDRUNG",),
        title="Motif Gandrung Jeruji",
    ),
    DemoPermit(
        "MEREK", "IDM000000000", "RTN-MEDAN", ("RTN-MEDAN.TAS-RAGUSTAS",), title="RAGUSTAS", is_verified=False
    ),
    DemoPermit("NIB", "0000000000000", "LPS-LAHAT", ()),
)
"""Numbers nobody has been given: the running parts are zeros."""

RULED_CATEGORIES = ("makanan_ringan", "minuman_herbal")
"""Packed food that keeps: it needs a permit here. What has none above, not even one that ended, gets one."""

RULED_KINDS = ("PIRT", "BPOM_MD")
RULED_SINCE = date(2026, 1, 1)
PIRT_ISSUED, PIRT_EXPIRES = date(2026, 3, 2), date(2031, 3, 1)


def demo_pirt(regency_code: str, number: int) -> str:
    """A P-IRT nobody has been given: packaging 2, a type, the regency (dd.dd); the rest is naught."""
    return f"2{number % 100:02}{regency_code.replace('.', '')}000000-{PIRT_EXPIRES.year % 100}"
