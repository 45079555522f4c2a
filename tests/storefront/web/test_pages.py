"""Pictures and static files."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from storefront.illustrations import illustration
from tests.storefront.web.conftest import Shop


class TestPicture:
    def test_is_drawn_and_kept_without_a_query(
        self, client: FlaskClient, shop: Shop, queries: list[str]
    ) -> None:
        picture = client.get("/gambar/roti_kue/roti-manis.svg")
        assert picture.mimetype == "image/svg+xml"
        assert picture.text == illustration("roti_kue", "roti-manis")
        assert "max-age=2592000" in picture.headers["Cache-Control"]
        again = client.get(
            "/gambar/roti_kue/roti-manis.svg", headers={"If-None-Match": picture.headers["ETag"]}
        )
        assert again.status_code == 304
        assert queries == []


class TestStaticFiles:
    def test_the_address_in_a_page_is_kept_for_ever(self, client: FlaskClient) -> None:
        address = client.get("/").text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
        style = client.get(address)
        assert style.status_code == 200
        assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert style.mimetype == "text/css"

    def test_another_address_of_it_is_asked_for_again(self, client: FlaskClient) -> None:
        for address in ("/static/css/lapak.css", "/static/css/lapak.css?v=old"):
            style = client.get(address)
            assert style.headers["Cache-Control"] == "no-cache"
        again = client.get("/static/css/lapak.css", headers={"If-None-Match": style.headers["ETag"]})
        assert again.status_code == 304

    def test_is_compressed_for_who_takes_it(self, client: FlaskClient) -> None:
        plain = client.get("/static/css/lapak.css")
        small = client.get("/static/css/lapak.css", headers={"Accept-Encoding": "br, gzip"})
        refused = client.get("/static/css/lapak.css", headers={"Accept-Encoding": "gzip;q=0"})
        assert small.headers["Content-Encoding"] == "gzip"
        assert len(small.data) < len(plain.data) / 3
        assert "Content-Encoding" not in refused.headers

    @pytest.mark.parametrize("name", ["nothing.css", "../app.py", "%2e%2e/app.py", "css/"])
    def test_nothing_else_is_served(self, client: FlaskClient, name: str) -> None:
        assert client.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/produk?kategori=%00", "/produk/%00", "/cari?q=%00", "/cari?q=a&hal=%00", "/upt/%00", "/static/%00"],
)
def test_a_null_character_is_refused_everywhere(client: FlaskClient, shop: Shop, address: str) -> None:
    assert client.get(address).status_code == 400
