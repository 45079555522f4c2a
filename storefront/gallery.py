"""The pictures of a product's gallery: today drawn, each as a file of its own; later photographs too.

A page shows whatever list of `Picture` it is given, so a photograph needs no other page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.regions import fold
from storefront.drawings import DRAWINGS
from storefront.illustrations import artwork, illustration
from storefront.motifs import MOTIFS, TILE, lines
from storefront.palette import CREAM, GINGER, GROUNDS, INK, SAND

SIZE = 800
"""Width and height of a drawn picture in pixels; it is drawn in lines, so any size is sharp."""

_COLOUR_WORDS = {
    "merah": "ginger",
    "biru": "indigo",
    "nila": "indigo",
    "cokelat": "sogan",
    "coklat": "sogan",
    "hijau": "leaf",
    "hitam": "night",
    "kuning": "gold",
    "emas": "gold",
}
_CLOTH_SPAN = 24
_BORDER = "tumpal"


@dataclass(frozen=True, slots=True)
class View:
    """One drawn view of a product: `name` is in its address, `shows` says what one sees.

    `shows` is "scene", "drawing", "cloth", "motif" or "colour"; `key` is the option value of a motif or
    colour.
    """

    name: str
    shows: str
    key: str = ""


def views_of(motifs: Iterable[str], colours: Iterable[str]) -> list[View]:
    """What can be seen of a product with variants in these motifs and colours (Indonesian values).

    A motif or colour we cannot draw has no view.
    """
    views = [View("gambar", "scene")]
    views += [View(f"motif-{motif_of(value)}", "motif", value) for value in motifs if motif_of(value)]
    views += [View(f"warna-{ground_of(value)}", "colour", value) for value in colours if ground_of(value)]
    views.append(View("dekat", "drawing"))
    if not any(view.shows == "motif" for view in views):
        views.append(View("corak", "cloth"))
    return views


def draw(category: str, slug: str, view: str) -> str | None:
    """The SVG file of one view; None for a view there is none of."""
    work = artwork(category, slug)
    kind, _, value = view.partition("-")
    if view == "gambar":
        return illustration(category, slug, SIZE)
    if view == "dekat":
        return _portrait(work.drawing)
    if view == "corak":
        return _cloth(work.motif, work.ground)
    if kind == "motif" and value in MOTIFS:
        return _cloth(value, work.ground)
    if kind == "warna" and value in GROUNDS:
        return _scene(work.drawing, work.motif, value)
    return None


def motif_of(value: str) -> str | None:
    """The motif of ours that a value names, or None."""
    words = fold(value).split()
    return next((word for word in words if word in MOTIFS), None)


def ground_of(value: str) -> str | None:
    """The ground whose colour a value names (Indonesian), or None."""
    words = fold(value).split()
    return next((_COLOUR_WORDS[word] for word in words if word in _COLOUR_WORDS), None)


def _scene(drawing: str, motif: str, ground: str) -> str:
    """A drawing on a plain disc over a pattern in a chosen colour."""
    return _file(
        _pattern("m", motif, _CLOTH_SPAN)
        + f'<path fill="{GROUNDS[ground]}" d="M0 0h120v120H0z"/><path fill="url(#m)" d="M0 0h120v120H0z"/>'
        f'<circle cx="60" cy="60" r="43" fill="{CREAM}"/>'
        f'<circle cx="60" cy="60" r="43" fill="{GROUNDS[ground]}" fill-opacity=".16"/>' + _figure(drawing)
    )


def _portrait(drawing: str) -> str:
    """The drawing alone, as large as the picture lets it be."""
    return _file(
        f'<path fill="{CREAM}" d="M0 0h120v120H0z"/>'
        f'<path fill="none" stroke="{SAND}" stroke-width="1" d="M5 5h110v110H5z"/>'
        f'<ellipse cx="60" cy="98" rx="34" ry="4" fill="{SAND}" fill-opacity=".6"/>'
        f'<g transform="translate(-24 -22) scale(1.4)">{_figure(drawing)}</g>'
    )


def _cloth(motif: str, ground: str) -> str:
    """A hanging cloth of one motif: soft folds, and a border of triangles at its foot."""
    folds = "".join(
        f'<path fill="{INK}" fill-opacity=".13" d="M{x} 0q5 60 0 120h9q5-60 0-120z"/>'
        for x in (14, 44, 72, 101)
    )
    return _file(
        _pattern("m", motif, _CLOTH_SPAN)
        + _pattern("b", _BORDER, 20)
        + f'<path fill="{GROUNDS[ground]}" d="M0 0h120v120H0z"/><path fill="url(#m)" d="M0 0h120v98H0z"/>'
        f'<path fill="{GINGER}" d="M0 100h120v20H0z"/><path fill="url(#b)" d="M0 100h120v20H0z"/>'
        f'<path stroke="{SAND}" stroke-width="1.2" d="M0 99h120"/>{folds}'
    )


def _pattern(name: str, motif: str, span: int) -> str:
    return (
        f'<defs><pattern id="{name}" width="{span}" height="{span}" patternUnits="userSpaceOnUse">'
        f'<g transform="scale({span / TILE:g})">{lines(motif)}</g></pattern></defs>'
    )


def _figure(drawing: str) -> str:
    return (
        f'<g fill="none" stroke="{INK}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">'
        f"{DRAWINGS[drawing]}</g>"
    )


def _file(content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 120 120">'
        f"{content}</svg>"
    )
