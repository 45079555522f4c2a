"""Pictures for shared links and the shop's icons: right size, small, drawn once, never a door to overload."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from inventory.adapters.valkey import QuickValkey
from kernel.errors import Unavailable
from storefront.share_pictures import HEIGHT, WIDTH, ShareCard, share_picture, share_svg
from storefront.web.sharing import PLACES, ShareStore
from tests.storefront.web.conftest import Shop

CARD = ShareCard("Roti Manis", "Lapas Kelas IIA Bandung, Kota Bandung", ("roti_kue",), "roti-manis")


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


class TestPictures:
    def test_a_picture_is_of_the_size_that_is_shared_and_small(self) -> None:
        drawn = share_picture(CARD)
        assert picture(drawn).size == (WIDTH, HEIGHT) == (1200, 630)
        assert len(drawn) < 60_000

    @pytest.mark.parametrize(
        "title",
        [
            "",
            "<script>alert('&')</script>",
            "W" * 10_000,
            "roti " * 3_000,
            "\x00\ud800\u202e😀",
            "Kopi\nBubuk",
        ],
    )
    def test_any_title_can_be_drawn(self, title: str) -> None:
        assert picture(share_picture(ShareCard(title, title, ("unknown",), "roti"))).width == WIDTH

    def test_a_long_title_is_broken_into_few_lines_and_the_rest_is_left_out(self) -> None:
        drawn = share_svg(ShareCard("Gula semut jahe merah asli " * 8, "", ("minuman_herbal",), "gula"))
        lines = drawn.split('font-weight="600"')[2:]
        assert len(lines) == 4
        assert "…</text>" in lines[-1]

    def test_the_digest_follows_all_that_is_seen(self) -> None:
        others = [
            ShareCard("Roti Tawar", CARD.line, CARD.categories, CARD.seed),
            ShareCard(CARD.title, "7 UPT", CARD.categories, CARD.seed),
            ShareCard(CARD.title, CARD.line, ("kopi_teh",), CARD.seed),
            ShareCard(CARD.title, CARD.line, CARD.categories, "roti"),
        ]
        assert len({CARD.digest, *(card.digest for card in others)}) == 5


class Memory(QuickValkey):
    """A Valkey that is there, or not."""

    def __init__(self, *, is_up: bool = True) -> None:
        self.values: dict[str, bytes] = {}
        self.is_up = is_up

    def ask(self, question: Callable[[Any], Any]) -> Any:
        return question(self) if self.is_up else None

    def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    def set(self, key: str, value: bytes, ex: int) -> None:
        self.values[key] = value


class Drawer:
    """Counts what is drawn."""

    def __init__(self) -> None:
        self.drawn: list[ShareCard] = []

    def __call__(self, card: ShareCard) -> bytes:
        self.drawn.append(card)
        return card.title.encode()


@pytest.mark.usefixtures("client")
class TestStore:
    @pytest.fixture(autouse=True)
    def _request(self, app: Flask) -> Any:
        with app.test_request_context("/"):
            yield

    def test_a_picture_is_drawn_once_until_its_content_changes(self) -> None:
        drawer = Drawer()
        store = ShareStore(Memory(), drawer)
        changed = ShareCard(CARD.title, "7 UPT", CARD.categories, CARD.seed)
        assert [store.picture(card) for card in (CARD, CARD, changed)] == [b"Roti Manis"] * 3
        assert drawer.drawn == [CARD, changed]

    def test_no_more_are_kept_than_there_are_places(self) -> None:
        memory = Memory()
        store = ShareStore(memory, Drawer())
        for number in range(3 * PLACES):
            store.picture(ShareCard(f"Roti {number}", "", ("roti_kue",), "roti"))
        assert 0 < len(memory.values) <= PLACES

    def test_without_valkey_it_is_drawn_each_time(self) -> None:
        drawer = Drawer()
        store = ShareStore(Memory(is_up=False), drawer)
        assert store.picture(CARD) == store.picture(CARD) == b"Roti Manis"
        assert len(drawer.drawn) == 2

    def test_nobody_waits_while_another_is_drawn(self, app: Flask) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def draw(_card: ShareCard) -> bytes:
            begun.set()
            assert go_on.wait(10)
            return b"drawn"

        store = ShareStore(Memory(), draw)

        def first() -> None:
            with app.test_request_context("/"):
                store.picture(CARD)

        other = threading.Thread(target=first)
        other.start()
        assert begun.wait(10)
        with pytest.raises(Unavailable):
            store.picture(ShareCard("Roti Tawar", "", ("roti_kue",), "roti-tawar"))
        go_on.set()
        other.join()
        assert store.picture(CARD) == b"drawn"


class TestRoutes:
    def test_each_kind_has_its_picture(self, client: FlaskClient, shop: Shop) -> None:
        paths = ["beranda/lapak", f"produk/{shop.bread}", f"upt/{shop.here}", f"kanwil/{shop.kanwil}"]
        answers = [client.get(f"/bagikan/{path}.png") for path in paths]
        assert [(each.status_code, each.mimetype) for each in answers] == [(200, "image/png")] * 4
        assert {picture(each.data).size for each in answers} == {(1200, 630)}
        assert len({each.data for each in answers}) == 4

    def test_it_speaks_the_language_of_the_page_it_goes_with(self, client: FlaskClient, shop: Shop) -> None:
        for language in ("", "/en"):
            page = client.get(f"{language}/").text
            assert f'content="http://localhost{language}/bagikan/beranda/lapak.png"' in page
        assert (
            client.get("/bagikan/beranda/lapak.png").data != client.get("/en/bagikan/beranda/lapak.png").data
        )

    def test_it_is_kept_for_ever_by_who_names_its_content(self, client: FlaskClient, shop: Shop) -> None:
        address = f"/bagikan/produk/{shop.bread}.png"
        first = client.get(address)
        digest = first.get_etag()[0]
        assert first.headers["Cache-Control"] == "public, max-age=86400"
        assert "immutable" in client.get(f"{address}?v={digest}").headers["Cache-Control"]
        assert "immutable" not in client.get(f"{address}?v=other").headers["Cache-Control"]
        assert client.get(address, headers={"If-None-Match": f'"{digest}"'}).status_code == 304

    def test_each_language_has_its_own(self, client: FlaskClient) -> None:
        path = "/bagikan/beranda/lapak.png"
        assert client.get(path).get_etag() != client.get(f"/en{path}").get_etag()

    @pytest.mark.parametrize("kind", ["produk", "upt", "kanwil", "beranda", "lain"])
    @pytest.mark.parametrize("slug", ["none", "a" * 201, "..%2f..", "'--", "x" * 9000])
    def test_what_is_not_there_is_not_drawn(self, client: FlaskClient, kind: str, slug: str) -> None:
        assert client.get(f"/bagikan/{kind}/{slug}.png").status_code == 404

    def test_a_withdrawn_product_has_none(self, client: FlaskClient, shop: Shop) -> None:
        assert client.get(f"/bagikan/produk/{shop.withdrawn}.png").status_code == 404

    @pytest.mark.parametrize("kind", ["produk", "upt", "kanwil"])
    def test_it_takes_one_statement(
        self, client: FlaskClient, shop: Shop, queries: list[str], kind: str
    ) -> None:
        slug = {"produk": shop.bread, "upt": shop.here, "kanwil": shop.kanwil}[kind]
        client.get(f"/bagikan/{kind}/{slug}.png")
        assert len(queries) == 1


class TestSmallPictures:
    def test_a_mail_gets_a_small_png_of_the_product(self, client: FlaskClient) -> None:
        answer = client.get("/gambar/roti_kue/roti-manis.png")
        assert answer.mimetype == "image/png"
        assert picture(answer.data).size == (112, 112)
        assert len(answer.data) < 8_000
        assert "max-age" in answer.headers["Cache-Control"]

    @pytest.mark.parametrize("path", ["lain/x", "roti_kue/%3Cb%3E", "%F0%9F%98%80/%2e%2e"])
    def test_any_name_has_one(self, client: FlaskClient, path: str) -> None:
        assert client.get(f"/gambar/{path}.png").status_code == 200

    def test_a_name_beyond_reason_has_none(self, client: FlaskClient) -> None:
        assert client.get(f"/gambar/roti_kue/{'a' * 201}.png").status_code == 404


class TestIcons:
    @pytest.mark.parametrize(
        ("path", "size"), [("/apple-touch-icon.png", 180), ("/ikon-192.png", 192), ("/ikon-512.png", 512)]
    )
    def test_icons_are_drawn_at_their_size(self, client: FlaskClient, path: str, size: int) -> None:
        assert picture(client.get(path).data).size == (size, size)

    def test_the_favicon_holds_its_sizes(self, client: FlaskClient) -> None:
        favicon = picture(client.get("/favicon.ico").data)
        assert favicon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}

    def test_the_manifest_names_icons_that_exist(self, client: FlaskClient) -> None:
        manifest = client.get("/manifest.webmanifest")
        assert manifest.mimetype == "application/manifest+json"
        assert manifest.json is not None
        for icon in manifest.json["icons"]:
            assert client.get(icon["src"]).mimetype == icon["type"]

    def test_no_other_size_is_drawn(self, client: FlaskClient) -> None:
        assert client.get("/ikon-4096.png").status_code == 404
