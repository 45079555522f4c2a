"""What is refused in texts that people write: ways to reach each other past the shop, and what is no text.

Whoever is held may not be contacted through an order or an enquiry: not by a number carved into a board, nor
by a greeting to be passed on. The rules are coarse on purpose; a refused person is told why and can reword.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Literal

from accounts.regions import fold
from orders.errors import OwnTextRefused

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
