"""What all papers made as PDF share: fonts, colours, styles of text, and how a text gets onto paper."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import font_source_serif_pro as serif
from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, TableStyle

REGULAR, BOLD = "SourceSerifPro-Regular", "SourceSerifPro-Semibold"
INK, SOFT, RULE = HexColor("#2b1a10"), HexColor("#6b5646"), HexColor("#cbb79f")

TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=10, leading=13.5, textColor=INK)
SMALL = ParagraphStyle("small", TEXT, fontSize=8.5, leading=11.5, textColor=SOFT)
STRONG = ParagraphStyle("strong", TEXT, fontName=BOLD)
TITLE = ParagraphStyle("title", TEXT, fontName=BOLD, fontSize=20, leading=25)

_FILES = {serif.SourceSerifPro: REGULAR, serif.SourceSerifProSemibold: BOLD}


@cache
def _register_fonts() -> None:
    """Read the fonts once a process; each PDF embeds the glyphs it uses."""
    for path, name in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(Path(path).with_suffix(".ttf"))))


def plain() -> TableStyle:
    """A table without lines whose cells begin at the margin."""
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ]
    )


def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """Text that wraps, long words too; a line's end becomes a space, and what no font prints is left out."""
    _register_fonts()
    spaced = " ".join(text.split())
    return Paragraph(escape("".join(sign for sign in spaced if unicodedata.category(sign)[0] != "C")), style)
