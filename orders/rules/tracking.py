"""Where each courier shows how far a parcel is; the number is typed there.

The addresses of these pages are widely used and agreed on. Those that would carry the number along differ
from one source to the next, and couriers change them: better a number to copy than a link to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

# The first page of those whose tracking page is not known for certain.
TRACKING_PAGES: Mapping[str, str] = {
    "JNE": "https://www.jne.co.id/tracking-package",
    "J&T Express": "https://jet.co.id/track",
    "J&T Cargo": "https://www.jtcargo.id/",
    "SiCepat": "https://www.sicepat.com/checkAwb",
    "AnterAja": "https://anteraja.id/tracking",
    "Pos Indonesia": "https://www.posindonesia.co.id/id/tracking",
    "TIKI": "https://www.tiki.id/",
    "Ninja Xpress": "https://www.ninjaxpress.co/id-id/tracking",
    "Lion Parcel": "https://lionparcel.com/track/stt",
    "ID Express": "https://idexpress.com/lacak-paket",
}


def tracking_page(courier: str) -> str | None:
    """The page of a courier we know; None for another, whose name has to do."""
    return TRACKING_PAGES.get(courier)
