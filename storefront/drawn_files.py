"""Writes the static files made from the drawings: `python -m storefront.drawn_files` after changing one."""

from __future__ import annotations

from pathlib import Path

from storefront.illustrations import favicon, motif_styles, sprite

STATIC = Path(__file__).parent / "static"


def drawn_files() -> dict[Path, str]:
    """Return path and text of every static file that is made from the drawings."""
    return {
        STATIC / "img" / "sprite.svg": sprite(),
        STATIC / "img" / "favicon.svg": favicon(),
        STATIC / "css" / "motifs.css": motif_styles(),
    }


def write_drawn_files() -> None:
    """Write them in place."""
    for path, text in drawn_files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_drawn_files()
