"""Pictures that go with a shared link: 1200 × 630 PNG, a name on the shop's band beside its drawing.

An SVG is put together from the same motifs and drawings as the pages use, drawn by resvg, and reduced to a
few dozen colours, so that a picture is some 30 kB. Lines are broken here, measured with the very font that
draws them, because SVG does not wrap text.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

import font_source_serif_pro as serif
import resvg_py
from PIL import Image, ImageFont

from storefront.drawings import DRAWINGS
from storefront.icons import LOGO
from storefront.illustrations import DISC, artwork, figure
from storefront.motifs import TILE, lines
from storefront.palette import CREAM, GINGER, GROUNDS, SAND, SOGAN

WIDTH, HEIGHT = 1200, 630

_DESIGN = "1"  # another number for another drawing of the same texts
_BAND = "#4a2913"
_SOFT = "#e6c9a0"
_FONT = "Source Serif Pro"
_LEFT, _TEXT_WIDTH = 72, 540
_PICTURE_LEFT = 660
_COLOURS = 64
_MOST_LINES = 4
_TITLE_SIZES = (76, 64, 54)
_MOST_TITLE, _MOST_LINE = 140, 90  # characters


@dataclass(frozen=True, slots=True)
class ShareCard:
    """What one picture says and shows: a title, a line under it, one to four drawings, and what the pattern
    is chosen by."""

    title: str
    line: str
    categories: tuple[str, ...]
    seed: str

    @property
    def digest(self) -> str:
        """Changes with everything that can be seen."""
        words = "\0".join((_DESIGN, self.title, self.line, self.seed, *self.categories))
        return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()


def share_picture(card: ShareCard) -> bytes:
    """Draw the picture as a PNG. It takes a quarter of a second of one core, however long the texts."""
    png = resvg_py.svg_to_bytes(
        svg_string=share_svg(card),
        skip_system_fonts=True,
        font_files=[serif.font_files_ttf["SourceSerifProSemibold"], serif.font_files_ttf["SourceSerifPro"]],
        font_family=_FONT,
    )
    reduced = io.BytesIO()
    with Image.open(io.BytesIO(bytes(png))) as drawn:
        few = drawn.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(reduced, "PNG")
    return reduced.getvalue()


def share_svg(card: ShareCard) -> str:
    """The picture before it becomes pixels."""
    work = artwork(card.categories[0] if card.categories else "plain", card.seed)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="{_FONT}">'
        f'<defs><pattern id="m" width="120" height="120" patternUnits="userSpaceOnUse">'
        f'<g transform="scale({120 / TILE:g})">{lines(work.motif)}</g></pattern></defs>'
        f'<path fill="{GROUNDS[work.ground]}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
        f'<path fill="url(#m)" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
        f'<path fill="{_BAND}" d="M0 0h{_PICTURE_LEFT}v{HEIGHT}H0z"/>{_border()}'
        f"{_drawings(card.categories or ('plain',))}{_words(card)}</svg>"
    )


def _border() -> str:
    """A row of tumpal down the edge of the band, as on the end of a sarong."""
    triangles = "".join(
        f'<path fill="{SAND}" d="M{_PICTURE_LEFT} {top}l18 21l-18 21z"/>'
        f'<path fill="{SOGAN}" d="M{_PICTURE_LEFT} {top + 10.5}l9 10.5l-9 10.5z"/>'
        for top in range(0, HEIGHT, 42)
    )
    return f'<path fill="{GINGER}" d="M{_PICTURE_LEFT} 0h18v{HEIGHT}h-18z"/>{triangles}'


def _drawings(categories: tuple[str, ...]) -> str:
    if len(categories) < 4:
        return _disc(categories[0], _PICTURE_LEFT + 34, 70, 490)
    places = ((0, 0), (250, 0), (0, 290), (250, 290))
    return "".join(
        _disc(category, _PICTURE_LEFT + 24 + x, 40 + y, 260)
        for category, (x, y) in zip(categories, places, strict=False)
    )


def _disc(category: str, x: int, y: int, size: int) -> str:
    drawing = DRAWINGS.get(category, DRAWINGS["plain"])
    return f'<g transform="translate({x} {y}) scale({size / 120:g})">{figure(DISC + drawing)}</g>'


def _words(card: ShareCard) -> str:
    size, title = _fitting(_cleaned(card.title, _MOST_TITLE))
    line = _wrapped(_cleaned(card.line, _MOST_LINE), "SourceSerifPro", 36)[:2]
    height = len(title) * size * 1.14 + (24 + len(line) * 44 if line else 0)
    top = 120 + max(0.0, (HEIGHT - 150 - height) / 2)
    parts = [
        f'<g transform="translate({_LEFT - 6} 48) scale(1.35)">{LOGO}</g>',
        f'<text x="{_LEFT + 70}" y="96" font-size="46" font-weight="600" fill="{CREAM}">Lapak</text>',
    ]
    baseline = top + size * 0.8
    for words in title:
        parts.append(_text(words, baseline, size, 600, CREAM))
        baseline += size * 1.14
    baseline += 40 - size * 0.3
    for words in line:
        parts.append(_text(words, baseline, 36, 400, _SOFT))
        baseline += 44
    return "".join(parts)


def _text(words: str, y: float, size: int, weight: int, colour: str) -> str:
    return (
        f'<text x="{_LEFT}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def _cleaned(text: str, most: int) -> str:
    """One line of signs that an XML document may hold, at most so many."""
    shown = " ".join("".join(each if each.isprintable() else " " for each in text[: most * 4]).split())
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def _fitting(title: str) -> tuple[int, list[str]]:
    """The largest size in which the title takes few enough lines, and those lines."""
    for size in _TITLE_SIZES:
        wrapped = _wrapped(title, "SourceSerifProSemibold", size)
        if len(wrapped) <= _MOST_LINES - (size == _TITLE_SIZES[0]):
            return size, wrapped
    return size, [*wrapped[: _MOST_LINES - 1], wrapped[_MOST_LINES - 1].rstrip("….,") + "…"]


def _wrapped(text: str, face: str, size: int) -> list[str]:
    """The text in lines that fit beside the drawing; a word that is too long alone is cut."""
    measure = _font(face, size).getlength
    wrapped: list[str] = []
    line = ""
    for word in text.split():
        if line and measure(f"{line} {word}") > _TEXT_WIDTH:
            wrapped.append(line)
            line = ""
        rest = f"{line} {word}" if line else word
        while measure(rest) > _TEXT_WIDTH:
            fits = next(end for end in range(len(rest), 0, -1) if measure(rest[:end]) <= _TEXT_WIDTH)
            wrapped.append(rest[:fits])
            rest = rest[fits:]
        line = rest
    return [*wrapped, line] if line else wrapped


@cache
def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(serif.font_files_ttf[face], size)
