"""What is refused in texts that people write: ways to reach each other past the shop, and what is no text.

Whoever is held may not be contacted through an order or an enquiry: not by a number carved into a board, nor
by a greeting to be passed on. The rules are coarse on purpose; a refused person is told why and can reword.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from accounts.regions import fold, place_words
from orders.errors import MessageRefused, OwnTextRefused
from orders.rules.given_names import GIVEN_NAME

Fault = Literal["control", "link", "phone"]

_NO_TEXT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of what cannot be printed: controls, invisible marks, unassigned characters."""

_SPACES = re.compile("[ \u00a0\u2000-\u200a\u202f\u3000]+")
_LINK = re.compile(
    r"https?:|www\.|[@＠]\s*\w"
    r"|\b[\w-]{2,}\s?\.\s?(?:com|net|org|id|info|biz|me|ly|io|co|gg|to|app|link|site|online|shop|store|xyz)\b",
    re.IGNORECASE,
)
# nine digits or more in a row, whatever stands between them: dates and years have fewer
_PHONE = re.compile(r"(?:\d[\s().,/_–—-]{0,3}){9,}")

_HELD = (
    r"(?:warga binaan|wbp|napi|narapidana|tahanan|penghuni (?:lapas|rutan)|anak binaan|andikpas"
    r"|inmates?|prisoners?|detainees?)"
)
_FEW = r"(?:\w+ ){0,4}?"
_CONTACT = re.compile(
    r"\b(?:titip\w*|sampaikan|teruskan|kirimkan|kirim|salamkan|pass|forward|deliver|give|send)\b "
    + _FEW
    + r"(?:pesan|salam|surat|uang|foto|kabar|hadiah"
    + r"|message|letter|greetings?|regards|money|photos?|gift|note)\b "
    + _FEW
    + r"(?:untuk|kepada|buat|ke|pada|to|for)\b "
    + r"(?:(?:seorang|para|salah satu|the|an?|my|our|teman|saudara|suami|istri|anak|kakak|adik|saya) ){0,3}"
    + _HELD
    + r"|\b(?:titip\w*|sampaikan|teruskan|kirimkan|salamkan)\b "
    + _FEW
    + r"(?:pesan|salam|surat|uang|kabar|hadiah)\b "
    + _FEW
    + r"(?:di dalam|di blok|di kamar|di sel|yang ditahan|yang dipenjara)\b"
    + r"|\b(?:nomor|no|hp|wa|whatsapp|telepon|kontak|nama|foto|number|phone|contact|name|photo)"
    + r" (?:hp |wa |telepon |asli )?(?:dari |para |seorang |of |of the |of an? |for )?"
    + _HELD
    + r"|\b(?:kenalan|berkenalan|bertemu|ketemu|bicara|ngobrol|menjenguk|jenguk|membesuk|besuk|surat menyurat"
    + r"|meet|talk|speak|visit|write|chat)\b "
    + r"(?:\w+ ){0,2}?(?:dengan |sama |with |to )?(?:\w+ ){0,2}?"
    + _HELD
)


def own_text(written: str) -> str:
    """A buyer's own text as it is kept: composed characters, single spaces, nothing around it."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", written)).strip(" ")


def own_text_fault(written: str) -> Fault | None:
    """Why a text cannot be put on an item; None when it can. One line of print, no way to reach anybody."""
    if holds_control(written):
        return "control"
    plain = unicodedata.normalize("NFKC", written)
    if _LINK.search(plain):
        return "link"
    return "phone" if _PHONE.search(plain) else None


def check_own_text(written: str, *, product: str, most: int | None, is_required: bool) -> None:
    """Refuse a text that cannot stand on a product that takes `most` characters, none when empty.

    Raises OwnTextRefused.
    """
    about: dict[str, Any] = {"product": product, "most": most or 0}
    if not written:
        if is_required and most is not None:
            raise OwnTextRefused("own_text_missing", **about)
        return
    if most is None:
        raise OwnTextRefused(**about)
    if len(written) > most:
        raise OwnTextRefused("own_text_too_long", **about)
    fault = own_text_fault(written)
    if fault is not None:
        raise OwnTextRefused(f"own_text_{fault}", **about)
    if seeks_contact(written):
        raise OwnTextRefused("message_seeks_contact", **about)


def holds_control(written: str, *, lines: bool = False) -> bool:
    """Whether a text holds what cannot be printed; `lines` allows line breaks and tabs."""
    allowed = "\n\t" if lines else ""
    return any(unicodedata.category(sign) in _NO_TEXT and sign not in allowed for sign in written)


def seeks_contact(written: str) -> bool:
    """Whether a text asks the shop to bring somebody in touch with a person who is held."""
    return _CONTACT.search(fold(written)) is not None


# --- messages to a UPT and reviews --------------------------------------------------------------------------

_LONGEST_FOUND = 60

_NAME = r"[A-Z\u00c0-\u00de][\w'\u2019]{1,30}"
_ADDRESSED = r"(?:(?:[Pp]ak|[Bb]apak|[Ii]bu|[Bb]u|[Mm]as|[Mm]bak|[Ss]audara|[Ss]dr\.?|[Mm]rs?\.?) )?"
_CALLED = rf"(?i:{_HELD})[ ,:]{{0,3}}(?i:(?:yang )?(?:bernama|namanya|atas nama|a\.? ?n\.?|named|called)) \w+"
_HELD_NAME = rf"(?i:{_HELD})[ ,:]{{1,3}}{_ADDRESSED}(?P<name>{_NAME})(?: {_NAME}){{0,3}}"
_DESCENT = rf"{_NAME}(?: {_NAME}){{0,2}} (?:[Bb]in|[Bb]inti|[Aa]lias|[Aa]ls\.?) {_NAME}"

# the same in small letters, where only a given name tells a person from a word
_TITLE = r"(?:(?:pak|bapak|ibu|bu|mas|mbak|kang|teh|bang|si|sdr|saudara) )?"
_OF_HELD = r"(?:wbp|napi|narapidana|tahanan|inmate|prisoner)"
_KIN = r"(?:suami|istri|anak|kakak|adik|ayah|paman|keponakan|saudara|teman|pacar|husband|wife|son|brother)"
_FULL_NAME = rf"{GIVEN_NAME}\b(?: {GIVEN_NAME}\b)?"
_WHO_IS = r"(?:,? (?:(?:yang|seorang|adalah|sedang|masih|kini|is|an?) ){0,2})"
_KEPT = rf"(?:{_HELD}|ditahan|dipenjara|di dalam (?:lapas|rutan|penjara)|menjalani hukuman|in prison)"
_MADE_BY = (
    r"(?:(?:dibuat|dijahit|dirajut|dianyam|diukir|dibatik|dikerjakan) oleh|buatan|made by|sewn by|carved by)"
)
_NAMED_PLAINLY = tuple(
    re.compile(each)
    for each in (
        # a word of virtue, not a name: budi pekerti, budi daya, budi luhur
        rf"\b{_HELD}[ ,:]{{1,3}}{_TITLE}{GIVEN_NAME}\b(?! (?:pekerti|daya|luhur))(?: {GIVEN_NAME}\b){{0,2}}",
        rf"\b{GIVEN_NAME}(?: [a-z]+)? (?:(?:yang|seorang|itu|adalah|is an?|the) ){{1,2}}{_OF_HELD}\b",
        rf"\b{GIVEN_NAME}(?: [a-z]+)? {_OF_HELD} (?:di|lapas|rutan|blok|kamar|at|in)\b",
        rf"\b{_KIN}(?:ku|nya| saya| kami)? (?:(?:yang )?(?:bernama|namanya) )?{_FULL_NAME}{_WHO_IS}{_KEPT}\b",
        rf"\b{_MADE_BY} {_TITLE}{GIVEN_NAME}\b(?! (?:pekerti|daya|luhur))",
        rf"\b{GIVEN_NAME} (?:bin(?:ti)?|alias|als) [a-z]+|\b[a-z]+ (?:bin(?:ti)?|alias|als) {GIVEN_NAME}\b",
    )
)
_PERSONS = tuple(re.compile(rf"\b{each}") for each in (_CALLED, _DESCENT))
_HELD_PERSON = re.compile(rf"\b{_HELD_NAME}")
_INSTITUTIONS = frozenset(
    {"lapas", "rutan", "lpka", "bapas", "kanwil", "ditjen", "ditjenpas", "upt", "kelas", "unit"}
    | {"indonesia", "wni", "wna", "perempuan", "pria", "wanita"}
)

# as registers are kept: BI 123/2024, B.IIa.45/2023, A.III/N 12/24, or "nomor register" with digits
_REGISTER = re.compile(
    r"\b[AB][ ./-]?(?:I{1,3}|IV|V)[ab]?(?:[ ./-]{0,2}[A-Z]{1,4})?[ ./-]{0,3}\d{1,5} ?/ ?\d{2,4}\b"
    rf"|\b(?i:no(?:mor|\.)?|number) ?(?i:reg(?:ister|istrasi|\.)?)[^\n]{{0,12}}?(?i:{_HELD})[^\n]{{0,12}}\d"
    r"|\b(?i:register|reg\.?)(?: (?i:no(?:mor|\.)?))? ?:? ?[AB][ ./-]?I[^\n]{0,12}\d"
)

_DATE_OR_SUM = re.compile(
    r"(?<![\d.,/-])(?:[0-3]?\d[./ -][01]?\d[./ -](?:19|20)\d\d|(?:19|20)\d\d-[01]\d-[0-3]\d)(?![\d/-])"
    r"|\bRp ?\.?\d{1,3}(?:[.,]\d{3})+(?!\d)|(?<![\d.,])\d{1,2}[.:]\d\d(?: ?[-–] ?\d{1,2}[.:]\d\d)?(?![\d.,])",
    re.IGNORECASE,
)
_DIGIT_WORDS = re.compile(
    r"(?:\b(?:nol|kosong|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan"
    r"|zero|one|two|three|four|five|six|seven|eight|nine|\d) ?){8,}"
)
# a full stop ends a sentence: an address is what is written in one piece, or with a gap before the dot
_ADDRESS = re.compile(
    r"https?:\S{0,60}|www\.\S{0,60}|\S{0,40}[@＠] ?(?!rp ?\d|\d)\w\S{0,40}"
    r"|\b[\w-]{2,40}\.(?:com|net|org|id|info|biz|me|ly|io|co|gg|app|link|site|online|shop|store|xyz)\b\S{0,40}"
    r"|\b[\w-]{2,40} \. ?(?:com|net|org|co|id)\b"
    r"|\b(?:gmail|yahoo|hotmail|icloud)\b"
    r"|\b(?:ig|instagram|tiktok|telegram|facebook|fb|line|wa|whatsapp) ?[:=] ?\S+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a text may not hold, and the words in which it does (empty for invisible signs)."""

    kind: Literal["unprintable", "seeks_contact", "names_person", "register", "link", "phone"]
    words: str = ""


def finding(written: str, *, known: Collection[str] = (), addresses: bool = False) -> Finding | None:
    """The first thing in a text that is not passed on; None when there is none.

    `known` are numbers of our own (an order's, a parcel's) that are no telephone numbers; with `addresses`
    telephone numbers and web addresses may stand, as in an answer of an office or in a buyer's enquiry.
    """
    if holds_control(written, lines=True):
        return Finding("unprintable")
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", written))
    sought = _CONTACT.search(fold(plain))
    if sought:
        return _found("seeks_contact", sought[0])
    named = _register(plain) or _person(" ".join(plain.split()))
    if named or addresses:
        return named
    for number in known:
        plain = plain.replace(number, " · ")
    address = _ADDRESS.search(plain)
    if address:
        return _found("link", address[0])
    plain = _DATE_OR_SUM.sub(" · ", plain)
    phone = _PHONE.search(plain) or _DIGIT_WORDS.search(fold(plain))
    return _found("phone", phone[0]) if phone else None


def check_message(written: str, *, known: Collection[str] = (), addresses: bool = True) -> None:
    """Refuse what is not passed on and say what it is. Raises MessageRefused."""
    found = finding(written, known=known, addresses=addresses)
    if found is not None:
        raise MessageRefused(f"message_{found.kind}", found=found.words)


def check_line(written: str) -> None:
    """The same for what is written on one line: a line break in it is refused too. Raises MessageRefused."""
    if holds_control(written):
        raise MessageRefused("message_unprintable")
    check_message(written)


def _register(plain: str) -> Finding | None:
    register = _REGISTER.search(plain)
    return _found("register", register[0]) if register else None


def _person(plain: str) -> Finding | None:
    """A person who is held, by name: "warga binaan Garut" names a place, "Asep bin Ujang" somebody."""
    for pattern in _PERSONS:
        person = pattern.search(plain)
        if person:
            return _found("names_person", person[0])
    for person in _HELD_PERSON.finditer(plain):
        first = fold(person["name"])
        if first not in _INSTITUTIONS and first not in place_words():
            return _found("names_person", person[0])
    small = plain.casefold()
    for pattern in _NAMED_PLAINLY:
        person = pattern.search(small)
        if person:
            return _found("names_person", person[0])
    return None


def _found(kind: Any, words: str) -> Finding:
    return Finding(kind, words.strip(" .,:;-·")[:_LONGEST_FOUND])
