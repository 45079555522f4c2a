"""Pure rules of goods and stock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from inventory.errors import BatchRefused, PermitNumberInvalid

PRODUCT_KINDS = ("good", "service", "export_commodity")

OPTION_KINDS = ("size", "colour", "motif")
"""In what the variants of one product differ."""

DELIVERY_MODES = ("courier", "cargo", "upt_delivery", "pickup", "on_site")
"""How goods reach the buyer: a parcel, freight, brought by the UPT, fetched there, or used there."""

PERMIT_KINDS = ("PIRT", "HALAL", "BPOM_MD", "MEREK", "HAK_CIPTA", "SNI", "NIB", "other")

LEDGER_KINDS = ("received", "issued", "adjusted", "returned", "moved")

MOST_PIECES_AT_ONCE = 100_000
"""A single receipt or correction of more is a slip of the finger."""

LOW_STOCK = 5
"""So few free pieces of something, and its UPT should make more of it."""

RECEIPT_REASONS = ("made", "bought", "moved_here", "other")
"""Where received pieces come from."""

ADJUSTMENT_REASONS = ("count", "damaged", "expired", "lost", "sample", "sold_offline", "other")
"""Why an officer adds or takes pieces outside of an order."""

HEAVIEST_PIECE_G = 10_000_000
"""Ten tonnes; a heavier piece is a slip of the finger."""

AUDIENCES = ("public", "internal")
"""Whom a service is for; an internal one never appears in the shop."""

LONGEST_OWN_TEXT = 200
"""The most characters of a buyer's own text on any item."""

DRAFT_STATES = ("draft", "proposed", "returned", "archived")
"""What becomes of an officer's words about a product: being written, waiting for the office that publishes,
sent back with a reason, laid aside. Once they are published they are the product.
"""

CATALOGUE = "catalogue"
"""The mark of a transaction that changes what the shop's pages show: products, prices or free pieces."""

IMPORT_STATES = ("reading", "refused", "ready", "applying", "applied", "discarded")
"""The life of a table that was sent in: read and checked, then refused, or looked at and applied."""

IMPORT_KINDS = ("stock", "batches", "prices", "products")
"""What the rows of such a table are: changes of shelves, production batches, prices, words about products."""

MOST_IMPORTED = 50_000
"""Rows of one table of stock; who has more sends two."""

MOST_BOOKED_SINGLY = 1_000
"""Rows of a table of any other kind, which are booked one after the other."""

MOST_READ_AT_ONCE = 3
"""Tables of one sender that wait to be read."""

UNDONE = "undone"
"""The reason of what takes the lines of an imported table back."""

_PIECES = re.compile(r"[0-9]{1,9}")


def parse_pieces(written: str) -> int | None:
    """The count a person typed, in plain digits; None for anything else (signs, fractions, words, 1e3)."""
    text = written.strip()
    return int(text) if _PIECES.fullmatch(text) else None


# --- production batches -------------------------------------------------------------------------------------

LONGEST_BATCH_CODE = 30

MOST_PEOPLE, MOST_HOURS = 500, 10_000
"""Who worked on one batch, and their hours together; more is a slip of the finger."""

BATCH_NOTED_WITHIN = timedelta(days=730)
KEEPS_AT_MOST = timedelta(days=3650)
"""How long ago a batch may have been made, and how long anything keeps."""

ENDS_SOON = timedelta(days=14)
"""So long before its date a batch is pointed out to its UPT."""

_BATCH_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9 ./-]*[A-Z0-9])?")


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """A batch as an officer notes it: pieces by what the quality check found, numbers of people and hours.

    `code` may be empty: then the batch is called by its day.
    """

    code: str
    made_on: date
    expires_on: date | None
    passed: int
    reworked: int
    failed: int
    people: int | None
    hours: int | None


def check_batch(entry: BatchEntry, *, day: date, must_expire: bool) -> None:
    """Refuse a batch that cannot be, as of `day` at its UPT. Raises BatchRefused."""
    pieces = (("passed", entry.passed), ("reworked", entry.reworked), ("failed", entry.failed))
    for field, count in pieces:
        if not 0 <= count <= MOST_PIECES_AT_ONCE:
            raise BatchRefused("batch_pieces", field=field, most=MOST_PIECES_AT_ONCE)
    if not any(count for _, count in pieces):
        raise BatchRefused("batch_empty", field="passed")
    if entry.passed + entry.reworked > MOST_PIECES_AT_ONCE:
        raise BatchRefused("batch_too_many", field="passed", most=MOST_PIECES_AT_ONCE)
    if not day - BATCH_NOTED_WITHIN <= entry.made_on <= day:
        raise BatchRefused("batch_in_future" if entry.made_on > day else "batch_long_ago", field="made_on")
    if entry.expires_on is None:
        if must_expire:
            raise BatchRefused("batch_needs_expiry", field="expires_on")
    elif not day <= entry.expires_on <= day + KEEPS_AT_MOST:
        too_early = entry.expires_on < day
        raise BatchRefused("batch_expired" if too_early else "batch_keeps_too_long", field="expires_on")
    for field, number, most in (("people", entry.people, MOST_PEOPLE), ("hours", entry.hours, MOST_HOURS)):
        if number is not None and not 0 < number <= most:
            raise BatchRefused("batch_work", field=field, most=most)


def batch_code(written: str, made_on: date, known: Sequence[str]) -> str:
    """What a batch is called: as written, in capitals, or by its day ("251103", then "251103-2").

    `known` are the codes on the same shelf. Raises BatchRefused.
    """
    code = " ".join(written.upper().split())
    if not code:
        day = f"{made_on:%y%m%d}"
        numbered = (f"{day}-{number}" for number in range(2, len(known) + 3))
        return next(each for each in (day, *numbered) if each not in known)
    if len(code) > LONGEST_BATCH_CODE or not _BATCH_CODE.fullmatch(code):
        raise BatchRefused("batch_code", field="code", most=LONGEST_BATCH_CODE)
    if code in known:
        raise BatchRefused("batch_code_taken", field="code")
    return code


@dataclass(frozen=True, slots=True)
class Lot:
    """Pieces on one shelf that share a date: those of a batch, or the loose ones that no batch tells of."""

    batch_id: int | None
    pieces: int
    made_on: date | None = None
    expires_on: date | None = None


def first_expired_first_out(
    lots: Sequence[Lot], wanted: int, *, good_until: date | None
) -> list[tuple[int | None, int]]:
    """From which lots to take `wanted` pieces: the first to expire first, then loose ones, then the oldest.

    Lots that do not keep until `good_until` are passed over, so it may give fewer pieces than wanted.
    """
    taken = []
    for lot in sorted(lots, key=_out_first):
        keeps = good_until is None or lot.expires_on is None or lot.expires_on >= good_until
        pieces = min(lot.pieces, wanted) if keeps else 0
        if pieces:
            taken.append((lot.batch_id, pieces))
            wanted -= pieces
    return taken


def _out_first(lot: Lot) -> tuple[date, date, int]:
    # loose pieces lay there before their kind came in batches
    return (lot.expires_on or date.max, lot.made_on or date.min, lot.batch_id or 0)


# --- permits ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PermitNumber:
    """A permit's number as it is stored and shown, and what looks odd in it (codes; never a refusal)."""

    number: str
    doubts: tuple[str, ...] = ()


_SEPARATORS = re.compile(r"[\s.\-/]+")
_LONGEST_FREE_NUMBER = 40
_FREE_NUMBER = re.compile(r"(?=.*[0-9])[A-Z0-9][A-Z0-9 ./:\-]*[A-Z0-9]")
_PACKAGINGS = "12345678"
_PROVINCES = range(11, 97)
_MONTHS = range(1, 13)


def permit_number(kind: str, written: str, *, expires_on: date | None = None) -> PermitNumber:
    """Read a permit's number of a kind (PERMIT_KINDS) as a person wrote it.

    Length and characters are strict, for they are what the authority's rule says; the structure inside is
    told differently in different places, so what does not fit it is only a doubt. Raises
    PermitNumberInvalid.
    """
    text = " ".join(written.upper().split())
    if kind in _FIXED_FORMS:
        text = _SEPARATORS.sub("", text)
        if not _FIXED_FORMS[kind].fullmatch(text):
            raise PermitNumberInvalid(kind=kind)
        return PermitNumber(_as_shown(kind, text), tuple(_doubts(kind, text, expires_on)))
    if not 3 <= len(text) <= _LONGEST_FREE_NUMBER or not _FREE_NUMBER.fullmatch(text):
        raise PermitNumberInvalid(kind=kind)
    is_odd = kind == "MEREK" and not re.fullmatch(r"IDM[0-9]{9}", text)
    return PermitNumber(text, ("not_idm",) if is_odd else ())


_FIXED_FORMS = {
    "PIRT": re.compile(r"[0-9]{15}|[0-9]{12}"),
    "HALAL": re.compile(r"ID[0-9]{17}"),
    "BPOM_MD": re.compile(r"M[DL][0-9]{12}"),
    "NIB": re.compile(r"[0-9]{13}"),
}


def _as_shown(kind: str, text: str) -> str:
    return f"{text[:13]}-{text[13:]}" if kind == "PIRT" and len(text) == 15 else text


def _doubts(kind: str, text: str, expires_on: date | None) -> list[str]:
    """What does not look as usual; P-IRT: packaging, type, region, product, producer, year of its end."""
    if kind == "BPOM_MD":
        return ["imported"] if text.startswith("ML") else []
    if kind == "HALAL":
        is_odd = int(text[2:4]) not in _PROVINCES or int(text[-4:-2]) not in _MONTHS
        return ["unusual_structure"] if is_odd else []
    if kind != "PIRT":
        return []
    if len(text) == 12:
        return ["older_form"]
    doubts = []
    if text[0] not in _PACKAGINGS or int(text[3:5]) not in _PROVINCES:
        doubts.append("unusual_structure")
    if expires_on and expires_on.year % 100 != int(text[13:]):
        doubts.append("other_expiry_year")
    return doubts


PermitStanding = Literal["verified", "unverified", "expired"]


def permit_standing(*, is_verified: bool, expires_on: date | None, day: date) -> PermitStanding:
    """How much a permit is worth on a day: only "verified" earns the mark; it still holds on its last day."""
    if expires_on is not None and expires_on < day:
        return "expired"
    return "verified" if is_verified else "unverified"


PERMIT_WARNINGS = (90, 30, 7)
"""So many days before its end the holder of a permit is told, each time once."""

COVERING_NOTHING = ("NIB",)
"""Kinds that belong to the institution, not to its products."""

ENDING_KINDS = ("PIRT", "BPOM_MD")
"""Kinds an authority gives for some years, never for good."""

SELLING_KINDS = ("PIRT", "BPOM_MD", "HALAL", "SNI", "other")
"""Kinds that goods can be required to have before they are sold."""

LONGEST_PERMIT_TITLE = 120


def due_warning(days_left: int, warned: int | None) -> int | None:
    """Which of PERMIT_WARNINGS is due so many days before the end, after `warned` was the last; else None."""
    passed = [days for days in PERMIT_WARNINGS if 0 <= days_left <= days]
    return min(passed) if passed and (warned is None or min(passed) < warned) else None


# --- what is made to order ----------------------------------------------------------------------------------


def month_of(day: date) -> tuple[date, date]:
    """The first day of the calendar month of `day`, and the first of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def capacity_left(monthly_capacity: int, taken: int) -> int:
    """The pieces a UPT can still take on this month: never less than none."""
    return max(0, monthly_capacity - taken)


def ready_on(day: date, lead_days: int, *, left: int) -> date:
    """When a piece ordered on `day` is ready: its lead time begins next month when this one is full."""
    begin = day if left else month_of(day)[1]
    return begin + timedelta(days=lead_days)


# --- who waits for what is sold out -------------------------------------------------------------------------

RESTOCK_ENDS = ("told", "stopped")

MOST_WAITED_FOR = 50
"""So many variants one address may wait for at once."""

MOST_UNCONFIRMED = 3
"""So many mails an address gets that ask whether it wants this: whoever typed it may be anybody."""


# --- photographs --------------------------------------------------------------------------------------------

PHOTOGRAPH_STATES = ("making", "waiting", "published", "refused")
"""The life of a photograph: its files are made, an office looks at it, it is shown or not."""

PHOTOGRAPH_KINDS = ("avif", "webp", "jpg")
PHOTOGRAPH_WIDTHS = (320, 640, 1080, 1600)
"""The formats and widths (pixels) each photograph is offered in."""

LEAST_PHOTOGRAPH_SIDE = 500
"""Pixels of the shorter side below which a photograph is too small for a page."""

MOST_PHOTOGRAPHS = 8
"""Photographs a product may have."""

LONGEST_ALT = 200
LONGEST_REFUSAL = 300
"""Characters of what a photograph shows, in each language, and of why it was refused."""
