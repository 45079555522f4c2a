"""The logo and the small line icons, drawn for this shop; icons take the colour of the text beside them."""

# ruff: noqa: E501  (the data of one path stays in one piece)

from __future__ import annotations

from storefront.palette import CREAM, GINGER, INK, SAND, TAN

ICONS = {
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
    "cart": '<path d="M3 8h18l-2 12H5zM8 8l3-5M16 8l-3-5M9 12v4M12 12v4M15 12v4"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "pin": '<path d="M12 21c-5-6-7-8-7-12a7 7 0 0 1 14 0c0 4-2 6-7 12z"/><circle cx="12" cy="9" r="2.5"/>',
    "truck": '<path d="M2 6h12v11H2zM14 10h4l4 4v3h-8z"/><circle cx="7" cy="18" r="2"/><circle cx="17.5" cy="18" r="2"/>',
    "box": '<path d="M3 7.5L12 3l9 4.5v9L12 21l-9-4.5zM3 7.5l9 4.5l9-4.5M12 12v9M7.5 5.2l9 4.5"/>',
    "check": '<path d="M4 12.5l5.5 5.5L20 6.5"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2.5"/>',
    "cross": '<path d="M6 6l12 12M18 6L6 18"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7v.5"/>',
    "warn": '<path d="M12 3L2.5 20h19zM12 9.5v5M12 17v.5"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "whatsapp": '<path d="M3.5 20.5l1.3-4.6A8.5 8.5 0 1 1 8.2 19.3zM9 8c-.5 4 3 7.5 7 7l.5-2l-2.5-1l-1 1c-1-.5-1.5-1-2-2l1-1l-1-2.5z"/>',
    "arrow": '<path d="M5 12h14M13 6l6 6l-6 6"/>',
    "print": '<path d="M7 9V3h10v6M7 17H3V9h18v8h-4M7 14h10v7H7z"/>',
    "home": '<path d="M3 11l9-8l9 8M6 9v11h12V9M10 20v-6h4v6"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c0-5 4-7 8-7s8 2 8 7"/>',
    "heart": '<path d="M12 20C3 14 3 9 4.5 6.8C6.3 4 10.3 4.3 12 7.5C13.7 4.3 17.7 4 19.5 6.8C21 9 21 14 12 20z"/>',
    "bell": '<path d="M5 17c2-2 1-7 2.5-9.5a5.2 5.2 0 0 1 9 0C18 10 17 15 19 17zM10 20h4M12 3v2"/>',
    "lock": '<path d="M5 11h14v10H5zM8 11V8a4 4 0 0 1 8 0v3M12 15v2"/>',
    "file": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>',
}
"""Icon name -> the strokes inside a box of 24 units."""

LOGO = (
    f'<path fill="{GINGER}" d="M6 8h36l4 11a6 6 0 0 1-11 2a6 6 0 0 1-11 0a6 6 0 0 1-11 0a6 6 0 0 1-11-2z"/>'
    f'<path fill="{CREAM}" d="M14 8h10v13a6 6 0 0 1-11 0zM34 8h8l4 11a6 6 0 0 1-11 2z" fill-opacity=".92"/>'
    f'<path fill="{SAND}" d="M8 28h32v12H8z"/>'
    f'<path fill="{INK}" d="M24 34q-8 0-8-4q5-1 8 4q3-5 8-4q0 4-8 4q8 0 8 4q-5 1-8-4q-3 5-8 4q0-4 8-4z"/>'
    f'<path fill="{TAN}" d="M8 24h4v18H8zM36 24h4v18h-4z"/>'
)
"""A stall with its awning, a kawung flower on the board; a box of 48 units, for a dark ground."""
