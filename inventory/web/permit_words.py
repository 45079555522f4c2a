"""What kinds of permits are called, on customers' and on staff's pages and in mails."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext

KIND_NAMES: Mapping[str, object] = {
    "PIRT": "P-IRT",
    "HALAL": lazy_gettext("Halal certificate"),
    "BPOM_MD": "BPOM MD",
    "MEREK": lazy_gettext("Registered trade mark"),
    "HAK_CIPTA": lazy_gettext("Registered copyright"),
    "SNI": "SNI",
    "NIB": "NIB",
    "other": lazy_gettext("Another permit"),
}
