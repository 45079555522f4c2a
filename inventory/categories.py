"""The shop's categories: the word used in catalogue files, and its Indonesian and English names."""

from __future__ import annotations

CATEGORY_NAMES: dict[str, tuple[str, str]] = {
    "bahan_bangunan": ("Bahan bangunan", "Building materials"),
    "bahan_pangan": ("Bahan pangan", "Food staples"),
    "batik_tekstil": ("Batik dan tekstil", "Batik and textiles"),
    "jasa": ("Jasa", "Services"),
    "kebersihan": ("Kebersihan", "Cleaning and soap"),
    "kerajinan_anyaman": ("Kerajinan anyaman", "Woven crafts"),
    "kerajinan_kayu": ("Kerajinan kayu", "Wooden crafts"),
    "kerajinan_lain": ("Kerajinan lain", "Other crafts"),
    "kopi_teh": ("Kopi dan teh", "Coffee and tea"),
    "lilin_aromaterapi": ("Lilin aromaterapi", "Scented candles"),
    "makanan_ringan": ("Makanan ringan", "Snacks"),
    "mebel": ("Mebel", "Furniture"),
    "minuman": ("Minuman", "Drinks"),
    "minuman_herbal": ("Minuman herbal", "Herbal drinks"),
    "pakaian": ("Pakaian", "Clothing"),
    "perikanan": ("Perikanan", "Fish"),
    "pertanian": ("Pertanian", "Plants and produce"),
    "peternakan": ("Peternakan", "Livestock and eggs"),
    "roti_kue": ("Roti dan kue", "Bread and cakes"),
    "sabut_kelapa": ("Sabut kelapa", "Coconut fibre"),
    "tas_aksesori": ("Tas dan aksesori", "Bags and accessories"),
}

FOOD_CATEGORIES = frozenset(
    {
        *("bahan_pangan", "kopi_teh", "makanan_ringan", "minuman", "minuman_herbal", "perikanan", "roti_kue"),
    }
)
"""What is eaten or drunk: each batch of it says until when it keeps. Plants and livestock are not of them."""
