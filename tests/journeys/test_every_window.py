"""The same pages for every eye and hand: narrow or enlarged, dark, without motion, without a network."""

from __future__ import annotations

import pytest

from tests.journeys.browsing import HALVED, NARROW, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.customers import put_in_cart

PRODUCT = "sabun-cuci-lapas-garut"
PAGES = (
    *("/", "/en/", "/produk", "/cari?q=kopi", "/cari?q=qqqqzzzz", f"/produk/{PRODUCT}"),
    *("/produk/batik-tulis-lpp-yogyakarta", "/upt/lapas-kelas-iia-garut", "/kanwil", "/kanwil/jawa-barat"),
    *("/peta", "/provinsi/jawa-barat", f"/produk/{PRODUCT}/permintaan", "/tentang", "/tidak-ada"),
    *("/keranjang", "/checkout"),
)
SLOWEST = """Math.max(...[...document.querySelectorAll('*')].flatMap(each => {
    const style = getComputedStyle(each);
    return (style.transitionDuration + ',' + style.animationDuration).split(',').map(parseFloat);
}))"""


def see_all(person: Browsing) -> None:
    """Look at every page, with something in the cart."""
    put_in_cart(person, PRODUCT, 2)
    for page in PAGES:
        assert person.open(page) in (200, 404)


def test_in_the_dark(person: Opens) -> None:
    with person(is_dark=True) as visitor:
        see_all(visitor)


@pytest.mark.parametrize("width", [NARROW, HALVED])
def test_in_a_window_that_enlarging_makes_narrow(person: Opens, width: int) -> None:
    with person(width=width, scripts=False) as visitor:
        see_all(visitor)


def test_nothing_moves_for_who_asked_for_less_motion(person: Opens) -> None:
    with person(scripts=False) as visitor:
        for page in PAGES:
            visitor.open(page)
            assert visitor.page.evaluate(SLOWEST) <= 0.01, page
            assert (
                visitor.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
            )
