"""An invoice or credit note as PDF: A4, drawn from the frozen data alone, in the language of its order."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from flask_babel import gettext
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from kernel.i18n import long_date, speaking
from kernel.money import rupiah
from orders.queries.invoices import InvoiceView, Party
from orders.rules.invoicing import InvoiceLine
from orders.web.paper import (
    INK,
    REGULAR,
    RULE,
    SMALL,
    SOFT,
    STRONG,
    TEXT,
    TITLE,
    paragraph,
    plain,
)

_MARGIN = 18 * mm
_FRAME_PADDING = 6  # points, which the library adds on each side
_WIDTH = A4[0] - 2 * _MARGIN
_COLUMNS = (_WIDTH * 0.52, _WIDTH * 0.14, _WIDTH * 0.17, _WIDTH * 0.17)

_AMOUNT = ParagraphStyle("amount", TEXT, alignment=TA_RIGHT)
_AMOUNT_STRONG = ParagraphStyle("amount strong", STRONG, alignment=TA_RIGHT)


def render(invoice: InvoiceView) -> bytes:
    """The paper as PDF; the same data give the same bytes."""
    with speaking(invoice.locale):
        return _draw(invoice)


def _draw(invoice: InvoiceView) -> bytes:
    written = io.BytesIO()
    title = f"{_kind(invoice)} {invoice.number}"
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN - _FRAME_PADDING,
        rightMargin=_MARGIN - _FRAME_PADDING,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        author=invoice.issuer.name,
        subject=invoice.order_number,
        lang=invoice.locale,
        invariant=1,
    )

    def foot(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont(REGULAR, 8.5)
        canvas.setFillColor(SOFT)
        canvas.drawString(_MARGIN, _MARGIN / 2, title)
        canvas.drawRightString(A4[0] - _MARGIN, _MARGIN / 2, gettext("Page %(number)s", number=page.page))
        canvas.restoreState()

    document.build([*_head(invoice), _lines(invoice), *_end(invoice)], onFirstPage=foot, onLaterPages=foot)
    return written.getvalue()


def _kind(invoice: InvoiceView) -> str:
    return str(gettext("Credit note") if invoice.kind == "credit_note" else gettext("Invoice"))


def _head(invoice: InvoiceView) -> list[Flowable]:
    """What it is, who sells, who buys."""
    facts = [
        (gettext("Number"), invoice.number),
        (gettext("Date"), long_date(invoice.issued_on)),
        (gettext("Order"), invoice.order_number),
        (gettext("Parcel"), invoice.parcel_number),
    ]
    if invoice.corrects:
        facts.insert(1, (gettext("Corrects invoice"), invoice.corrects))
    sides = [
        [_party(gettext("Seller"), invoice.issuer), _party(gettext("Buyer"), invoice.buyer)],
    ]
    return [
        paragraph(_kind(invoice), TITLE),
        Spacer(0, 3 * mm),
        Table(
            [[paragraph(label, SMALL), paragraph(value, STRONG)] for label, value in facts],
            colWidths=(_WIDTH * 0.24, _WIDTH * 0.76),
            hAlign="LEFT",
            style=plain(),
        ),
        Spacer(0, 6 * mm),
        Table(sides, colWidths=(_WIDTH / 2, _WIDTH / 2), style=plain()),
        Spacer(0, 8 * mm),
    ]


def _party(label: str, party: Party) -> list[Flowable]:
    return [
        paragraph(label, SMALL),
        paragraph(party.name, STRONG),
        *(paragraph(line, TEXT) for line in party.address),
    ]


def _lines(invoice: InvoiceView) -> Table:
    """The goods; the head of the table is repeated on each page."""
    head = [
        paragraph(gettext("Product"), SMALL),
        *(
            Paragraph(escape(text), ParagraphStyle("head", SMALL, alignment=TA_RIGHT))
            for text in (gettext("Quantity"), gettext("Price"), gettext("Sum"))
        ),
    ]
    rows = [[_goods(line), *_figures(line)] for line in invoice.lines]
    if invoice.lump_sum:
        words = gettext("Money returned") if invoice.lines else gettext("Part of the invoice returned")
        rows.append([paragraph(words, TEXT), "", "", paragraph(rupiah(invoice.lump_sum), _AMOUNT)])
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
    return Table([head, *rows], colWidths=_COLUMNS, repeatRows=1, style=style)


def _goods(line: InvoiceLine) -> list[Flowable]:
    about = " · ".join(part for part in (line.variant, line.sku) if part)
    return [paragraph(line.name, TEXT), *([paragraph(about, SMALL)] if about else [])]


def _figures(line: InvoiceLine) -> Iterable[Flowable]:
    return (
        paragraph(str(line.quantity), _AMOUNT),
        paragraph(rupiah(line.unit_price), _AMOUNT),
        paragraph(rupiah(line.total), _AMOUNT),
    )


def _end(invoice: InvoiceView) -> list[Flowable]:
    """What it comes to, and what the law wants said."""
    sums = [(gettext("Goods"), invoice.goods_total)] if invoice.lines else []
    if invoice.discount_total:
        label = gettext("Not returned") if invoice.kind == "credit_note" else gettext("Discount")
        sums.append((label, -invoice.discount_total))
    if invoice.shipping_total:
        sums.append((gettext("Shipping"), invoice.shipping_total))
    total = gettext("Returned in all") if invoice.kind == "credit_note" else gettext("Total")
    rows = [[paragraph(label, TEXT), paragraph(rupiah(amount), _AMOUNT)] for label, amount in sums]
    rows.append([paragraph(total, STRONG), paragraph(rupiah(invoice.total), _AMOUNT_STRONG)])
    style = plain()
    style.add("LINEABOVE", (0, -1), (-1, -1), 0.8, INK)
    table = Table(rows, colWidths=(_WIDTH * 0.33, _WIDTH * 0.2), hAlign="RIGHT", style=style)
    return [
        Spacer(0, 4 * mm),
        KeepTogether([table, Spacer(0, 8 * mm), *(paragraph(text, SMALL) for text in _sentences(invoice))]),
    ]


def _sentences(invoice: InvoiceView) -> list[str]:
    paid = long_date(invoice.paid_on)
    first = (
        gettext("Returned the way the order was paid on %(day)s.", day=paid)
        if invoice.kind == "credit_note"
        else gettext("Paid on %(day)s. Nothing is left to pay.", day=paid)
    )
    return [
        first,
        gettext("The seller does not collect value added tax (PPN). This is no tax invoice (faktur pajak)."),
        gettext("Made by computer and valid without a signature."),
    ]
