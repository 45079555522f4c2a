"""One flat drawing per product category, drawn for this shop inside a disc of radius 40 round (60, 60)."""

# ruff: noqa: E501  (the data of one path stays in one piece)

from __future__ import annotations

from storefront.palette import CREAM, GINGER, INDIGO, INK, LEAF, ROSE, SAND, SKY, SOGAN, SPROUT, TAN, WHITE

DRAWINGS = {
    "bahan_bangunan": (
        f'<path fill="{ROSE}" d="M34 70h24v14H34zM62 70h24v14H62zM48 53h24v14H48z"/>'
        f'<path fill="{GINGER}" d="M34 70l5-5h24l-5 5zM62 70l5-5h24l-5 5zM48 53l5-5h24l-5 5zM72 53l5-5v14l-5 5zM86 70l5-5v14l-5 5z"/>'
        f'<path fill="{SKY}" d="M52 36l18 -6l5 8l-19 6z"/><path d="M56 40l-10 5"/><path fill="{TAN}" d="M36 46l10-4l2 5l-10 4z"/>'
    ),
    "bahan_pangan": (
        f'<path fill="{WHITE}" d="M43 46h34c5 4 6 8 6 13v19c0 5-3 8-8 8H45c-5 0-8-3-8-8V59c0-5 1-9 6-13z"/>'
        f'<path fill="{SAND}" d="M37 62h46v15H37z"/><path fill="{GINGER}" d="M41 36h38v10H41z"/><path d="M49 36v10M60 36v10M71 36v10"/>'
        f'<path fill="{LEAF}" d="M60 74c-7-2-8-7-5-11c6 1 8 5 5 11c1-6 4-9 9-8c1 5-3 9-9 8z"/>'
    ),
    "batik_tekstil": (
        f'<path fill="{INDIGO}" d="M32 44h48l8 8v34H40l-8-8z"/><path fill="{TAN}" d="M32 44h48l8 8H40z"/>'
        f'<path fill="{SOGAN}" d="M40 52h48v34H40z"/>'
        f'<path stroke="{SAND}" fill="{SAND}" stroke-width="1" d="M52 58q6 2 0 9q-6-7 0-9zM52 71q6 2 0 9q-6-7 0-9zM64 58q6 2 0 9q-6-7 0-9zM64 71q6 2 0 9q-6-7 0-9'
        'zM76 58q6 2 0 9q-6-7 0-9zM76 71q6 2 0 9q-6-7 0-9z"/>'
        f'<path fill="{GINGER}" d="M74 28l5 4l-14 15l-6 3l2-7z"/><path d="M59 50l-4 6"/>'
    ),
    "jasa": (
        f'<path fill="{INDIGO}" d="M43 34c6-4 12-1 13 5c1 4-1 7 1 10l22 26c4 5-3 11-8 6L50 55c-3-2-6 0-10-2c-6-3-7-9-3-14l6 7l6-4z"/>'
        f'<path fill="{TAN}" d="M80 33l6 6l-7 8l-5 1l-8 9l-5-5l9-8l1-4z"/><path fill="{GINGER}" d="M57 59l6 6l-15 17c-5 4-12-2-8-8z"/>'
    ),
    "kebersihan": (
        f'<path fill="{SKY}" d="M36 56h22v30H36z"/><path fill="{WHITE}" d="M36 65h22v13H36z"/><path fill="{INDIGO}" d="M42 44h10v12H42z"/>'
        f'<path fill="{GINGER}" d="M40 36h17l4 6H40z"/><path d="M47 70c-4 4-1 6 0 6s4-2 0-6z"/>'
        f'<rect fill="{SPROUT}" x="63" y="70" width="26" height="16" rx="5"/><path d="M70 78h12"/>'
        f'<circle fill="{WHITE}" cx="72" cy="60" r="5"/><circle fill="{WHITE}" cx="81" cy="52" r="4"/><circle fill="{WHITE}" cx="72" cy="46" r="2.5"/>'
    ),
    "kerajinan_anyaman": (
        f'<path d="M40 56c0-32 40-32 40 0" stroke="{SOGAN}" stroke-width="5"/><path d="M40 56c0-32 40-32 40 0" stroke="{SAND}" stroke-width="1.5" stroke-dasharray="2 4"/>'
        f'<path fill="{TAN}" d="M34 56h52l-6 30H40z"/>'
        f'<path stroke="{SOGAN}" stroke-width="2" d="M36 66h48M38 76h44M46 56l3 30M55 56l1 30M65 56l-1 30M74 56l-3 30"/>'
        f'<path stroke="{SAND}" stroke-width="3" d="M41 61h3M51 61h3M60 61h4M69 61h4M47 71h4M57 71h3M66 71h4M51 81h3M60 81h4"/>'
        f'<rect fill="{SAND}" x="32" y="52" width="56" height="7" rx="3"/>'
    ),
    "kerajinan_kayu": (
        f'<path fill="{TAN}" d="M52 86c-16-4-18-20-10-27c4-4 5-6 5-9c0-8 16-11 22-3c3 4 2 7 4 10c8 8 4 26-10 29c-4 1-8 1-11 0z"/>'
        f'<circle fill="{INK}" cx="57" cy="64" r="6.5"/><path d="M49 77h16" stroke-width="4"/>'
        f'<path fill="{SOGAN}" d="M59 46l11-19l6 3l-11 19z"/><path fill="{INK}" d="M70 27l4-5l7 4l-5 4z"/>'
        f'<path stroke="{CREAM}" stroke-width="1" d="M56 76l16-48M59 77l15-47"/>'
    ),
    "kerajinan_lain": (
        f'<path fill="{GINGER}" d="M50 40c-18 8-20 28-12 40c4 6 40 6 44 0c8-12 6-32-12-40z"/>'
        f'<path fill="{SAND}" d="M48 34h24v6H48z"/><path stroke="{SAND}" d="M35 58h50M35 70h50M36 68l5-8l5 8l5-8l5 8l4-8l5 8l5-8l5 8l5-8l4 7"/>'
        f'<path d="M60 34c-1-6-6-7-9-7M60 34c0-7 4-9 8-9"/><circle fill="{SPROUT}" cx="50" cy="27" r="3.5"/><circle fill="{SKY}" cx="69" cy="25" r="3.5"/>'
        f'<path d="M60 34V24"/><circle fill="{SAND}" cx="60" cy="23" r="3.5"/>'
    ),
    "kopi_teh": (
        f'<path d="M50 40c-4-5 4-7 0-13M60 40c-4-5 4-7 0-13M70 40c-4-5 4-7 0-13" stroke="{TAN}"/>'
        f'<path d="M76 54c14-4 14 16-2 15" stroke-width="4"/><path fill="{WHITE}" d="M38 47h40c1 20-4 30-12 33H50c-8-3-13-13-12-33z"/>'
        f'<ellipse fill="{SOGAN}" cx="58" cy="48" rx="20" ry="5"/><path fill="{INDIGO}" d="M38.5 57h39l-1 7h-37z"/>'
        f'<path fill="{SAND}" d="M34 80h50c-3 6-8 7-12 7H46c-4 0-9-1-12-7z"/>'
    ),
    "lilin_aromaterapi": (
        f'<path fill="{TAN}" d="M37 56h46v24c0 5-4 8-9 8H46c-5 0-9-3-9-8z"/><ellipse fill="{CREAM}" cx="60" cy="56" rx="23" ry="6"/>'
        f'<path fill="{WHITE}" d="M45 66h30v14H45z"/><path d="M60 56v-8"/>'
        f'<path fill="{GINGER}" d="M60 25c9 9 10 14 7 19c-3 5-11 5-14 0c-3-5-1-10 7-19z"/><path fill="{SAND}" stroke="none" d="M60 35c4 5 4 8 2 10h-4c-2-2-2-5 2-10z"/>'
        f'<path fill="{LEAF}" d="M52 76c2-6 8-8 15-7c-2 6-8 9-15 7z"/>'
    ),
    "makanan_ringan": (
        f'<path fill="{GINGER}" d="M38 34h44l-3 8c5 14 5 24 1 46H40c-4-22-4-32 1-46z"/><path fill="{SAND}" d="M38 34h44l-3 8H41z"/>'
        '<path d="M45 34v8M52 34v8M60 34v8M68 34v8M75 34v8"/>'
        f'<circle fill="{CREAM}" cx="60" cy="64" r="15"/><path fill="{TAN}" d="M50 62c4-8 15-8 20-1c-1 8-6 10-10 10s-9-3-10-9z"/>'
        '<path stroke-width="1.5" d="M56 63l2 2M63 60l2 3M61 67l3-1"/>'
    ),
    "mebel": (
        f'<path fill="{TAN}" d="M43 28h34v30H43z"/><path fill="{SAND}" d="M48 33h24v20H48z"/>'
        f'<path stroke="{SOGAN}" stroke-width="2" d="M54 33v20M60 33v20M66 33v20M48 40h24M48 46h24"/>'
        f'<path fill="{SOGAN}" d="M41 66h6v23h-6zM73 66h6v23h-6zM41 26h5v34h-5zM74 26h5v34h-5z"/>'
        f'<path fill="{INDIGO}" d="M38 58h44l3 9H35z"/><path d="M47 78h26"/>'
    ),
    "minuman": (
        f'<path d="M64 46l6-22l8 2" stroke="{GINGER}" stroke-width="3.5"/><path fill="{WHITE}" d="M40 42h40l-5 45H45z"/>'
        f'<path fill="{SAND}" d="M41 53h38l-4 34H45z"/><path fill="{SPROUT}" d="M80 36a11 11 0 1 1-19 10z"/>'
        f'<path stroke-width="1.5" d="M70.5 41l8-4M70.5 41l3 9M70.5 41l-8 5"/>'
        f'<rect fill="{SKY}" x="49" y="60" width="10" height="10" rx="2" transform="rotate(14 54 65)"/><rect fill="{SKY}" x="60" y="69" width="10" height="10" rx="2" transform="rotate(-12 65 74)"/>'
    ),
    "minuman_herbal": (
        f'<path fill="{SAND}" d="M48 40h26c7 5 8 10 8 17v22c0 5-3 8-8 8H48c-5 0-8-3-8-8V57c0-7 1-12 8-17z"/>'
        f'<path fill="{SOGAN}" d="M46 30h30v10H46z"/><path fill="{CREAM}" d="M40 56h42v22H40z"/>'
        f'<path fill="{ROSE}" d="M48 70c0-5 5-3 6-7c1-3 6-3 6 1c3-3 8-1 7 3c5-1 7 4 3 6c-2 1-5 0-7 0c-3 3-8 1-8-1c-3 1-7 1-7-2z"/>'
        f'<path stroke="{GINGER}" stroke-width="1.5" d="M54 66l2 3M61 66l1 4M67 69l1 3"/><path fill="{LEAF}" d="M34 86c-2-10 4-16 11-17c1 10-3 16-11 17z"/>'
    ),
    "pakaian": (
        f'<path fill="{INDIGO}" d="M48 34l-18 11l8 14l7-4v32h30V55l7 4l8-14l-18-11c-2 9-22 9-24 0z"/>'
        f'<path fill="{SKY}" d="M48 34l-4 2c4 13 28 13 32 0l-4-2c-2 9-22 9-24 0z"/>'
        f'<path stroke="{SAND}" d="M50 68l5-7l5 7l5-7l5 7M50 76l5-7l5 7l5-7l5 7"/>'
    ),
    "perikanan": (
        f'<path fill="{INDIGO}" d="M74 58l15-13c2 10 2 18 0 28z"/><path fill="{SKY}" d="M27 58c10-18 38-22 52 0c-14 20-42 18-52 0z"/>'
        f'<path fill="{INDIGO}" d="M50 46c2-8 8-12 16-12l-3 11z"/><circle fill="{WHITE}" cx="39" cy="56" r="4"/><circle fill="{INK}" cx="39" cy="56" r="1"/>'
        f'<path d="M48 49c5 6 5 12 0 18"/><path stroke="{INDIGO}" d="M57 53c3 1 3 4 0 5M65 52c3 1 3 4 0 5M61 61c3 1 3 4 0 5"/>'
        f'<path stroke="{LEAF}" d="M32 82q6-6 12 0t12 0t12 0t12 0"/>'
    ),
    "pertanian": (
        f'<path fill="{SOGAN}" d="M38 66h44l-5 22H43z"/><path fill="{TAN}" d="M35 60h50v8H35z"/><path d="M60 60V38" stroke="{LEAF}" stroke-width="4"/>'
        f'<path fill="{SPROUT}" d="M60 46c-16 2-24-6-25-18c14-1 25 5 25 18z"/><path fill="{LEAF}" d="M60 42c0-12 8-19 24-18c1 13-9 20-24 18z"/>'
        f'<path stroke-width="1.5" d="M42 33l18 13M78 29L60 42"/>'
    ),
    "peternakan": (
        f'<path fill="{WHITE}" d="M36 60c0-8 5-10 8-18c2-8 14-8 15 1c1 8 6 11 14 10c6-1 9-6 9-10c9 10 4 38-20 38c-16 0-26-8-26-21z"/>'
        f'<path fill="{GINGER}" d="M43 38c-5-5 0-9 3-6c0-6 7-6 7-1c4-3 8 1 4 6c-4-3-10-3-14 1z"/><path fill="{SAND}" d="M43 44l-9 4l9 3z"/>'
        f'<path fill="{GINGER}" d="M43 52c-4 2-4 8 0 8c3 0 3-5 2-8z"/><circle fill="{INK}" cx="49" cy="43" r="1"/>'
        f'<path fill="{SAND}" d="M54 62c4 10 16 10 20 0z"/><path d="M56 81v7M66 81v7M52 88h7M62 88h7"/>'
    ),
    "roti_kue": (
        f'<path fill="{TAN}" d="M32 55c-5-14 8-19 16-17c5-6 20-6 25 0c9-2 21 4 15 17c-2 3-4 3-4 5v24H36V60c0-2-2-2-4-5z"/>'
        f'<path fill="{SAND}" d="M38 55c-3-9 5-12 12-10c4-5 15-5 19 0c8-2 15 2 12 10c-1 2-3 3-3 5v18H42V60c0-2-3-3-4-5z"/>'
        f'<path stroke="{SOGAN}" d="M51 55l5 7M59 53l5 7M67 52l5 7"/>'
    ),
    "sabut_kelapa": (
        f'<path fill="{TAN}" d="M38 46h40v38H38z"/><path stroke="{SOGAN}" stroke-width="2" d="M38 52l26 32M38 65l16 19M38 78l5 6M44 46l34 38M55 46l23 27M67 46l11 13M78 52L52 84M78 65L63 84M78 78l-5 6M72 46L40 84M61 46L38 73M49 46L38 59"/>'
        f'<path d="M38 46h40v38H38z"/><ellipse fill="{SAND}" cx="58" cy="46" rx="20" ry="8"/><path stroke="{SOGAN}" d="M58 46c-3-2 3-5 7-1c3 4-8 7-13 3c-5-5 8-10 17-5"/>'
        f'<path fill="{SOGAN}" d="M66 81a12 12 0 0 1 25 0z"/><path fill="{WHITE}" d="M66 81h25c-2 8-23 8-25 0z"/>'
    ),
    "tas_aksesori": (
        f'<path d="M45 54c-2-32 32-32 30 0" stroke="{SOGAN}" stroke-width="4"/><path fill="{GINGER}" d="M36 50h48l5 32c0 4-3 6-6 6H37c-3 0-6-2-6-6z"/>'
        f'<path fill="{SAND}" d="M34.5 60h51l1.5 10H33z"/><path fill="{INDIGO}" stroke-width="1.5" d="M41 65l4-4l4 4l-4 4zM56 65l4-4l4 4l-4 4zM71 65l4-4l4 4l-4 4z"/>'
        f'<path d="M45 50v6M75 50v6"/><path stroke="{SAND}" d="M40 79h40" stroke-dasharray="3 4"/>'
    ),
    "plain": (
        f'<path fill="{TAN}" d="M34 50l26-10l26 10v28L60 90L34 78z"/><path fill="{SAND}" d="M34 50l26-10l26 10l-26 11z"/>'
        f'<path d="M60 61v29"/><path fill="{GINGER}" d="M47 45l26 11v9l-6-3v-3L41 47.5z"/>'
    ),
}
"""Category slug -> the inside of its symbol; "plain" is a parcel, for what has no category of its own."""
