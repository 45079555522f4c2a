"""Packing slips (A4, in the buyer's language) and address labels (A6, in the courier's) as PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import segno
from flask_babel import gettext
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4, A6
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    KeepInFrame,
    PageBreak,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from inventory.categories import FOOD_CATEGORIES
from kernel.i18n import DEFAULT_LOCALE, speaking
from orders.queries.sheets import ParcelSheet, SheetLine
from orders.rules.handling import FRAGILE_CATEGORIES
from orders.web.paper import BOLD, INK, RULE, SMALL, STRONG, TEXT, TITLE, paragraph, plain

AddressOf = Callable[[str], str]
"""The address of a parcel's page, which the square code leads the officer's phone to."""

_MARGIN, _NARROW_MARGIN = 18 * mm, 7 * mm
_FRAME_PADDING = 6  # points, which the library adds on each side
_WIDTH = A4[0] - 2 * _MARGIN
_LABEL_WIDTH, _LABEL_HEIGHT = A6[0] - 2 * _NARROW_MARGIN, A6[1] - 2 * _NARROW_MARGIN

_COUNT = ParagraphStyle("count", STRONG, alignment=TA_RIGHT, fontSize=12, leading=15)
_RECIPIENT = ParagraphStyle("recipient", TEXT, fontName=BOLD, fontSize=16, leading=20)
_STREET = ParagraphStyle("street", TEXT, fontSize=12.5, leading=16)
_MARK = ParagraphStyle("mark", TEXT, fontName=BOLD, fontSize=12, leading=15, alignment=TA_CENTER)
_NUMBER = ParagraphStyle("number", TEXT, fontName=BOLD, fontSize=12, leading=15)


class _Square(Flowable):
    """A QR code of a text, as wide as its quiet zone asks for."""

    def __init__(self, text: str, side: float) -> None:
        super().__init__()
        self.width = self.height = side
        self._rows = list(segno.make(text, error="m").matrix_iter(border=4))

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Its size, wherever it stands."""
        return self.width, self.height

    def draw(self) -> None:
        """One rectangle a dark module."""
        step = self.width / len(self._rows)
        self.canv.setFillColor(INK)
        for row, modules in enumerate(self._rows):
            for column, is_dark in enumerate(modules):
                if is_dark:
                    self.canv.rect(
                        column * step, self.height - (row + 1) * step, step, step, stroke=0, fill=1
                    )


def slips(sheets: Sequence[ParcelSheet], address_of: AddressOf) -> bytes:
    """A packing slip for each parcel, each from a page of its own; no prices stand on it."""
    pages = []
    for sheet in sheets:
        with speaking(sheet.locale):
            pages.append(_slip(sheet, address_of(sheet.number)))
    return _document(pages, A4, _MARGIN, " ".join(sheet.number for sheet in sheets[:3]))


def labels(sheets: Sequence[ParcelSheet], address_of: AddressOf) -> bytes:
    """An address label for each parcel, each one page however long the address is."""
    with speaking(DEFAULT_LOCALE):
        pages: list[list[Flowable]] = [
            [KeepInFrame(_LABEL_WIDTH, _LABEL_HEIGHT - 1, _label(sheet, address_of(sheet.number)))]
            for sheet in sheets
        ]
        return _document(pages, A6, _NARROW_MARGIN, " ".join(sheet.number for sheet in sheets[:3]))


def _document(pages: Sequence[list[Flowable]], size: tuple[float, float], margin: float, title: str) -> bytes:
    written = io.BytesIO()
    inner = margin - _FRAME_PADDING
    document = SimpleDocTemplate(
        written,
        pagesize=size,
        leftMargin=inner,
        rightMargin=inner,
        topMargin=inner,
        bottomMargin=inner,
        title=title,
        invariant=1,
    )
    story: list[Flowable] = []
    for page in pages:
        story += [PageBreak(), *page] if story else page
    document.build(story)
    return written.getvalue()


def _slip(sheet: ParcelSheet, address: str) -> list[Flowable]:
    head = [
        [paragraph(gettext("Packing slip"), TITLE), paragraph(_number(sheet), _NUMBER), *_marks(sheet, TEXT)],
        _Square(address, 32 * mm),
    ]
    sides = [[_party(gettext("To"), _to(sheet)), _party(gettext("From"), _from(sheet))]]
    parts: list[Flowable] = [
        Table([head], colWidths=(_WIDTH - 34 * mm, 34 * mm), style=plain()),
        Spacer(0, 4 * mm),
        Table(sides, colWidths=(_WIDTH / 2, _WIDTH / 2), style=plain()),
        Spacer(0, 6 * mm),
        _lines(sheet),
        Spacer(0, 6 * mm),
    ]
    if sheet.note:
        parts += [
            paragraph(gettext("Note of the customer: %(note)s", note=sheet.note), TEXT),
            Spacer(0, 4 * mm),
        ]
    parts.append(paragraph(gettext("Thank you for buying what warga binaan make."), TEXT))
    return parts


def _lines(sheet: ParcelSheet) -> Table:
    """What lies in the box; the head, with the parcel's number, is repeated on each page."""
    head = [
        paragraph(f"{gettext('Product')} · {_number(sheet)}", SMALL),
        paragraph(gettext("Pieces"), ParagraphStyle("head", SMALL, alignment=TA_RIGHT)),
    ]
    rows = [[_goods(line), paragraph(f"{line.pieces} ×", _COUNT)] for line in sheet.lines]
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return Table([head, *rows], colWidths=(_WIDTH * 0.8, _WIDTH * 0.2), repeatRows=1, style=style)


def _goods(line: SheetLine) -> list[Flowable]:
    about = " · ".join(part for part in (line.variant, line.sku) if part)
    own_text = gettext("Text on it: “%(text)s”", text=line.own_text)
    return [
        paragraph(line.name, STRONG),
        *([paragraph(about, SMALL)] if about else []),
        *([paragraph(own_text, TEXT)] if line.own_text else []),
    ]


def _label(sheet: ParcelSheet, address: str) -> list[Flowable]:
    carrier = [_carrier(sheet)]
    if sheet.tracking_number:
        carrier.append(sheet.tracking_number)
    foot = [
        [
            paragraph(_number(sheet), _NUMBER),
            *(paragraph(line, TEXT) for line in carrier),
            *(paragraph(line, SMALL) for line in _weight(sheet)),
        ],
        _Square(address, 34 * mm),
    ]
    framed = TableStyle([("BOX", (0, 0), (-1, -1), 1, INK), ("BOTTOMPADDING", (0, 0), (-1, -1), 4)])
    marks = [Table([[mark]], colWidths=(_LABEL_WIDTH,), style=framed) for mark in _marks(sheet, _MARK)]
    return [
        *_party(gettext("From"), _from(sheet)[:2]),
        Spacer(0, 4 * mm),
        paragraph(gettext("To"), SMALL),
        paragraph(sheet.recipient, _RECIPIENT),
        *(paragraph(line, _STREET) for line in (*sheet.address, sheet.phone)),
        Spacer(0, 4 * mm),
        *marks,
        Spacer(0, 3 * mm),
        Table([foot], colWidths=(_LABEL_WIDTH - 36 * mm, 36 * mm), style=plain()),
    ]


def _number(sheet: ParcelSheet) -> str:
    """The parcel's number; of one in several cartons also which this is."""
    if sheet.carton is None:
        return sheet.number
    position, count = sheet.carton
    return f"{sheet.number} · {gettext('Carton %(position)s/%(count)s', position=position, count=count)}"


def _weight(sheet: ParcelSheet) -> list[str]:
    if sheet.weight_g is None:
        return []
    if sheet.carton:
        return [gettext("%(grams)s g of goods", grams=sheet.weight_g)]
    return [gettext("%(grams)s g charged", grams=sheet.weight_g)]


def _marks(sheet: ParcelSheet, style: ParagraphStyle) -> list[Flowable]:
    """How the box wants to be handled, by what lies in it."""
    held = {line.category for line in sheet.lines}
    marks: list[Flowable] = []
    if held & FRAGILE_CATEGORIES:
        marks.append(paragraph(gettext("FRAGILE: do not throw or press"), style))
    if held & FOOD_CATEGORIES:
        marks.append(paragraph(gettext("FOOD: keep dry and cool, deliver quickly"), style))
    return marks


def _party(label: str, lines: Sequence[str]) -> list[Flowable]:
    name, *rest = lines
    return [
        paragraph(label, SMALL),
        paragraph(name, STRONG),
        *(paragraph(line, TEXT) for line in rest),
    ]


def _to(sheet: ParcelSheet) -> list[str]:
    return [sheet.recipient, *sheet.address, sheet.phone]


def _from(sheet: ParcelSheet) -> list[str]:
    tracking = [sheet.tracking_number] if sheet.tracking_number else []
    return [sheet.upt_name, sheet.upt_place, _carrier(sheet), *tracking]


def _carrier(sheet: ParcelSheet) -> str:
    """The courier, or how it goes without one."""
    words = {"pickup": gettext("The customer fetches it"), "upt_delivery": gettext("The UPT brings it")}
    return str(words.get(sheet.hand_over, sheet.courier))
