"""Pictures for goods without a photograph: the drawing of a category on a batik ground chosen by the product.

A page with 24 cards must stay small (80 kB and 12 requests in all). Therefore a card carries no image file:
it is a `<div>` whose CSS classes choose motif and ground (eight motifs and the disc as data URIs in
motifs.css, so no request each and drawn once by the browser), and in it an `<svg>` of one line that
`<use>`s the drawing from sprite.svg. One style sheet and one sprite, both cacheable for ever, serve every
card of every page, and nothing needs an inline style. SVG `<pattern>`s would have to stand in each page,
since references to them do not cross files in every browser. `illustration` draws the same picture as a
file of its own, for share pictures and places without our style sheet.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from storefront.drawings import DRAWINGS
from storefront.icons import ICONS, LOGO
from storefront.motifs import MOTIFS, TILE, lines, tile
from storefront.palette import CREAM, GROUNDS, INK, SAND

TURNS = 4
"""How many sizes and shifts of a motif there are (CSS classes turn-0 to turn-3)."""

_SPANS = (20, 24, 30, 40)
"""Width of a tile for each turn, in the 120 units of a picture (a card is 160 units wide)."""

_PLAIN = " '=/:,()"
"""Signs that may stand as they are in a data URI between double quotes."""

_SCALLOPS = """76.1 21.2,89.7 30.3,98.8 43.9,102 60,98.8 76.1,89.7 89.7,76.1 98.8,60 102,43.9 98.8,30.3 89.7,
21.2 76.1,18 60,21.2 43.9,30.3 30.3,43.9 21.2,60 18""".replace("\n", "").replace(",", " 8.4 8.4 0 0 1 ")

DISC = (
    f'<path fill="{CREAM}" stroke="none" d="M60 18A8.4 8.4 0 0 1 {_SCALLOPS}Z"/>'
    f'<circle cx="60" cy="60" r="40.5" stroke="{SAND}" stroke-width="1.2"/>'
)


@dataclass(frozen=True, slots=True)
class Artwork:
    """How one picture is put together: names of a drawing, a motif and a ground, the turn of the motif."""

    drawing: str
    motif: str
    ground: str
    turn: int


def artwork(category: str, seed: str) -> Artwork:
    """Choose the picture of one product: always the same for the same seed (its slug).

    A category without a drawing gets the plain parcel.
    """
    digest = hashlib.blake2b(seed.encode(), digest_size=4).digest()
    motifs, grounds = sorted(MOTIFS), sorted(GROUNDS)
    return Artwork(
        drawing=category if category in DRAWINGS else "plain",
        motif=motifs[digest[0] % len(motifs)],
        ground=grounds[digest[1] % len(grounds)],
        turn=digest[2] % TURNS,
    )


def illustration(category_slug: str, seed: str, size: int = 480) -> str:
    """Draw the picture of one product as an SVG file of its own, `size` pixels wide and high, under 4 kB."""
    return drawn(artwork(category_slug, seed), size)


def drawn(work: Artwork, size: int) -> str:
    """Draw a picture as an SVG file of its own, `size` pixels wide and high."""
    span = _SPANS[work.turn]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 120 120">'
        f'<defs><pattern id="m" width="{span}" height="{span}" patternUnits="userSpaceOnUse">'
        f'<g transform="scale({span / TILE:g})">{lines(work.motif)}</g></pattern></defs>'
        f'<path fill="{GROUNDS[work.ground]}" d="M0 0h120v120H0z"/><path fill="url(#m)" d="M0 0h120v120H0z"/>'
        f"{figure(DISC + DRAWINGS[work.drawing])}</svg>"
    )


def sprite() -> str:
    """Draw every category, icon and the logo as symbols of one file, served as /static/img/sprite.svg."""
    symbols = [
        f'<symbol id="{name}" viewBox="0 0 120 120">{figure(drawing)}</symbol>'
        for name, drawing in DRAWINGS.items()
    ]
    symbols += [
        f'<symbol id="icon-{name}" viewBox="0 0 24 24"><g fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{strokes}</g></symbol>'
        for name, strokes in ICONS.items()
    ]
    symbols.append(f'<symbol id="logo" viewBox="0 0 48 48">{LOGO}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def favicon() -> str:
    """Draw the logo on its brown ground as a file of its own."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">'
        f'<rect width="48" height="48" rx="10" fill="{GROUNDS["sogan"]}"/>'
        f'<g transform="translate(4 4) scale(.833)">{LOGO}</g></svg>\n'
    )


def app_icon() -> str:
    """Draw the logo on a square ground with room round it, for phones to cut to their shape."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">'
        f'<path fill="{GROUNDS["sogan"]}" d="M0 0h48v48H0z"/>'
        f'<g transform="translate(8.5 8) scale(.65)">{LOGO}</g></svg>\n'
    )


def motif_styles() -> str:
    """Write the style sheet of motifs, grounds and turns: the classes that `artwork` names."""
    disc = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120"><g fill="none">{DISC}</g></svg>'
    rules = ["/* Written by storefront.drawn_files: batik motifs as tiles, their grounds and sizes. */"]
    rules.append("@layer components {")
    rules += [f'.motif-{name} {{ background-image: url("{_data_uri(tile(name))}"); }}' for name in MOTIFS]
    rules += [f".ground-{name} {{ background-color: {colour}; }}" for name, colour in GROUNDS.items()]
    rules += [
        f".turn-{turn} {{ background-size: {span / 1.6:g}% auto; }}" for turn, span in enumerate(_SPANS)
    ]
    rules.append(f'.disc {{ background: url("{_data_uri(disc)}") center / contain no-repeat; }}')
    rules.append("}")
    return "\n".join(rules) + "\n"


def figure(content: str) -> str:
    """Draw with lines of ink."""
    return (
        f'<g fill="none" stroke="{INK}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">'
        f"{content}</g>"
    )


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml," + quote(svg.replace('"', "'"), safe=_PLAIN)
