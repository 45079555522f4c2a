"""From the map to a thing made there, by finger and by keyboard, with JavaScript and without."""

from __future__ import annotations

import pytest

from tests.journeys.browsing import DESKTOP, PHONE
from tests.journeys.conftest import Opens

_FINGER = 44  # pixels


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_from_a_province_to_its_upt_and_what_it_makes(person: Opens, width: int, scripts: bool) -> None:
    with person(width=width, scripts=scripts) as guest:
        guest.open("/en/peta")
        tile = guest.page.locator('svg a[href="/en/provinsi/jawa-barat"]')
        box = tile.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= _FINGER - 2  # the gap to the next tile belongs to it
        assert guest.press(tile) == 200
        assert guest.path == "/en/provinsi/jawa-barat"
        assert guest.press(guest.page.locator('a[href="/en/upt/lapas-kelas-iia-garut"]').first) == 200
        assert "Coir Net Jawa Barat" in guest.text
        assert guest.press(guest.page.locator('nav.breadcrumb a[href="/en/kanwil/jawa-barat"]')) == 200
        assert guest.press(guest.page.locator('nav.breadcrumb a[href="/en/kanwil"]')) == 200


def test_the_map_by_keyboard(person: Opens) -> None:
    with person(width=DESKTOP) as guest:
        guest.open("/peta")
        guest.page.locator('svg a[href="/provinsi/aceh"]').focus()
        edge = "document.activeElement.querySelector('rect')"
        assert guest.page.evaluate(f"getComputedStyle({edge}).strokeWidth") == "8px"
        guest.page.keyboard.press("Tab")
        assert (
            guest.page.evaluate("document.activeElement.getAttribute('href')") == "/provinsi/sumatera-utara"
        )
        with guest.page.expect_navigation():
            guest.page.keyboard.press("Enter")
        guest.check()
        assert guest.path == "/provinsi/sumatera-utara"
