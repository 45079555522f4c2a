"""Without a network the browser says so in the language of the page, and it has kept nothing else."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Opens
from tests.journeys.customers import put_in_cart

_READY = "navigator.serviceWorker.ready.then(() => true)"
_KEPT = """caches.keys()
    .then(names => Promise.all(names.map(name => caches.open(name).then(kept => kept.keys()))))
    .then(all => all.flat().map(request => new URL(request.url).pathname).sort())"""


@pytest.mark.parametrize(("prefix", "sentence"), [("", "Tidak ada jaringan"), ("/en", "No connection")])
def test_says_that_there_is_no_network(person: Opens, prefix: str, sentence: str) -> None:
    with person() as customer:
        put_in_cart(customer, "sabun-cuci-lapas-garut", 1)
        customer.open("/keranjang")
        assert customer.page.evaluate(_READY)
        customer.open(f"{prefix}/produk")  # from here on the script is asked
        customer.page.context.set_offline(True)
        customer.page.goto(f"{customer.shop_url}{prefix}/keranjang")
        assert customer.page.locator("h1").inner_text() == sentence
        customer.page.context.set_offline(False)
        customer.press(customer.page.locator("main a"))
        assert customer.path == f"{prefix}/keranjang"
        assert customer.page.evaluate(_KEPT) == ["/en/luring", "/luring"]
