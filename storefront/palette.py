"""The colours of the drawings, the same as the raw tokens at the top of static/css/lapak.css."""

from __future__ import annotations

INK = "#2b1a10"
CREAM = "#fff3dc"
SAND = "#ecc98f"
TAN = "#c98a4b"
SOGAN = "#6b3d1c"
INDIGO = "#2c4480"
SKY = "#a9bce6"
GINGER = "#b8381f"
ROSE = "#e9a08a"
LEAF = "#4f7436"
SPROUT = "#a9c27a"
WHITE = "#fffdf8"

GROUNDS = {
    "sogan": SOGAN,
    "indigo": INDIGO,
    "ginger": "#96301c",
    "leaf": "#3f5a2c",
    "night": INK,
    "gold": "#a8732a",
}
"""What lies under a pattern: name of the CSS class (ground-sogan) and its colour."""
