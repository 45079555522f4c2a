"""Batik motifs as repeating tiles: each a square of 40 units whose edges meet themselves."""

# ruff: noqa: E501  (the data of one path stays in one piece)

from __future__ import annotations

from storefront.palette import CREAM

TILE = 40
"""Width and height of a tile, in units of its own view box."""

MOTIFS = {
    # four almonds that meet in the middle: the palm fruit cut across
    "kawung": (
        "<path d='M2 2Q2 14 18 18Q14 2 2 2ZM38 2Q38 14 22 18Q26 2 38 2ZM2 38Q2 26 18 22Q14 38 2 38ZM38 38Q38 26 22 22"
        "Q26 38 38 38Z'/><path d='M20 7v5M20 28v5M7 20h5M28 20h5'/>"
    ),
    # leaning blades between slanted bands
    "parang": (
        "<path d='M-8 12c10 -4 8 14 17 15c-10 3 -10 -11 -17 -15zM2 2c10 -4 8 14 17 15c-10 3 -10 -11 -17 -15zM12 -8c10 -4 8 14 17 15c-10 3 -10 -11 -17 -15zM12 32c10 -4 8 14 17 15c-10 3 -10 -11 -17 -15zM22 22c10 -4 8 14 17 15c-10 3 -10 -11 -17 -15zM32 12c10 -4 8 14 17 15c-10 3 -10 -11 -17 -15z'/>"
        "<path d='M-1 39.5L39.5 -1M.5 41L41 .5M-1 2.5L2.5 -1M37.5 41L41 37.5'/>"
    ),
    # small stars scattered like a night sky
    "truntum": (
        "<circle cx='10' cy='10' r='2.5'/><path d='M10 2v5M10 13v5M2 10h5M13 10h5M4.5 4.5l3 3M12.5 12.5l3 3M15.5 4.5l-3 3M7.5 12.5l-3 3'/>"
        "<circle cx='30' cy='30' r='2.5'/><path d='M30 22v5M30 33v5M22 30h5M33 30h5M24.5 24.5l3 3M32.5 32.5l3 3M35.5 24.5l-3 3M27.5 32.5l-3 3'/>"
        "<circle cx='30' cy='10' r='1'/><circle cx='10' cy='30' r='1'/>"
    ),
    # a rosette in every square
    "ceplok": (
        "<circle cx='20' cy='20' r='5'/><path d='M20 15Q13 8 20 3Q27 8 20 15ZM20 25Q13 32 20 37Q27 32 20 25ZM15 20Q8 13 3 20"
        "Q8 27 15 20ZM25 20Q32 13 37 20Q32 27 25 20Z'/><path d='M0 10L10 0M30 0L40 10M0 30L10 40M30 40L40 30'/>"
    ),
    # clouds of Cirebon, one over the other
    "megamendung": (
        "<path d='M0 20a10 10 0 0 1 20 0a10 10 0 0 1 20 0M4 20a6 6 0 0 1 12 0M24 20a6 6 0 0 1 12 0M-10 40a10 10 0 0 1 20 0"
        "a10 10 0 0 1 20 0a10 10 0 0 1 20 0M-6 40a6 6 0 0 1 12 0M14 40a6 6 0 0 1 12 0M34 40a6 6 0 0 1 12 0'/>"
    ),
    # rows of triangles, as on the end of a sarong
    "tumpal": (
        "<path d='M0 18L10 2L20 18L30 2L40 18M5 18L10 10L15 18M25 18L30 10L35 18M0 38L10 22L20 38L30 22L40 38M5 38L10 30"
        "L15 38M25 38L30 30L35 38M0 18.5h40M0 38.5h40'/>"
    ),
    # lozenges set out in dots
    "nitik": (
        "<path stroke-dasharray='.1 5.05' stroke-width='2.6' d='M20 0L0 20L20 40M20 0L40 20L20 40M20 10L10 20L20 30M20 10"
        "L30 20L20 30'/><circle cx='20' cy='20' r='2.5'/>"
    ),
    # plaited strips, over and under
    "anyaman": (
        "<path d='M0 3h18M0 17h18M22 23h18M22 37h18M3 22v16M17 22v16M23 2v16M37 2v16M0 10h18M22 30h18M10 22v16M30 2v16'/>"
    ),
}


def tile(motif: str, *, size: float = TILE) -> str:
    """Draw one tile as an SVG of `size` pixels, cream lines on nothing. Raises KeyError for an unknown motif."""
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{size:g}' height='{size:g}' viewBox='0 0 {TILE} {TILE}'>"
        f"{lines(motif)}</svg>"
    )


def lines(motif: str) -> str:
    """Return the strokes of a motif as an SVG group. Raises KeyError for an unknown motif."""
    return (
        f"<g fill='none' stroke='{CREAM}' stroke-opacity='.38' stroke-width='1.4' stroke-linecap='round'>"
        f"{MOTIFS[motif]}</g>"
    )
