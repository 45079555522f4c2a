"""Words of the trade: which of them mean the same, and which only look like a longer form of another."""

from __future__ import annotations

from collections.abc import Mapping

UNSTEMMED = frozenset(
    {
        "durian",
        "keladi",
        "kelapa",
        "kemasan",
        "kemeja",
        "kemiri",
        "kenari",
        "kepiting",
        "keranjang",
        "ketapang",
        "pepaya",
        "perempuan",
    }
)
"""Words that begin or end like an affix and have none: a stemmer would make a table of a shirt."""

UNSTEMMED_MARK = "0"
"""What follows such a word among stems; a stemmer leaves a word with a digit as it is."""

_GROUPS = (
    ("tas", "bag"),
    ("roti", "bread"),
    ("kue", "cake"),
    ("kopi", "coffee"),
    ("teh", "tea"),
    ("gula", "sugar"),
    ("jahe", "ginger"),
    ("madu", "honey"),
    ("telur", "telor", "egg"),
    ("ikan", "fish"),
    ("lele", "catfish"),
    ("kelapa", "coconut"),
    ("sabut kelapa", "coir", "cocofiber"),
    ("cocopeat", "serbuk sabut"),
    ("kursi", "bangku", "chair"),
    ("meja", "table"),
    ("lemari", "cupboard", "wardrobe"),
    ("mebel", "meubel", "furnitur", "furniture"),
    ("bambu", "bamboo"),
    ("kayu", "wood", "wooden"),
    ("rotan", "rattan"),
    ("anyaman", "woven"),
    ("kaus", "kaos", "tshirt", "t shirt"),
    ("kemeja", "hem", "shirt"),
    ("sandal", "sendal", "slippers"),
    ("sepatu", "shoes"),
    ("peci", "kopiah", "songkok"),
    ("kain", "cloth", "fabric"),
    ("sarung", "sarong"),
    ("tenun", "weaving"),
    ("rajut", "knitted", "crochet"),
    ("keset", "doormat"),
    ("sapu", "broom"),
    ("sabun", "soap"),
    ("lilin", "candle"),
    ("keripik", "kripik", "chips"),
    ("kerupuk", "krupuk", "crackers"),
    ("tempe", "tempeh"),
    ("tahu", "tofu"),
    ("batako", "bata beton", "brick"),
    ("paving", "conblock", "konblok"),
    ("lukisan", "painting"),
    ("ukiran", "carving"),
    ("mainan", "toy"),
    ("miniatur", "model kapal"),
    ("dompet", "wallet", "purse"),
    ("bunga", "flower"),
    ("bibit", "seedling"),
    ("pupuk", "fertiliser", "fertilizer", "compost"),
    ("minyak", "oil"),
    ("hadiah", "oleh oleh", "souvenir", "suvenir", "gift"),
    ("cuci mobil", "car wash"),
    ("pangkas rambut", "cukur rambut", "barbershop", "haircut"),
    ("laundry", "londri", "binatu"),
)


def _by_word() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    return {
        word: tuple(tuple(other.split()) for other in group if other != word)
        for group in _GROUPS
        for word in group
    }


_SYNONYMS = _by_word()


def synonyms(word: str) -> tuple[tuple[str, ...], ...]:
    """Other ways to say a folded word, each as the words that must all occur; an English plural counts."""
    singular = word.removesuffix("s") if len(word) > 3 else word
    return _SYNONYMS.get(word) or _SYNONYMS.get(singular, ())
