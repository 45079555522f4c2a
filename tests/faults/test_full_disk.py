"""F10: no file can be written any more: what needs one is refused in words, and the shop goes on selling."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inventory.models import Product
from inventory.rules import LEAST_PHOTOGRAPH_SIDE
from kernel.clock import now
from kernel.db import transaction
from kernel.files import FileStore
from orders.rules.allocation import Wish
from storefront.services.carts import open_cart, put_in_cart
from tests.factories.accounts import browser
from tests.factories.permits import Desk, make_desk, paper
from tests.factories.placing import BANDUNG, make_command, make_shop, with_seen_total
from tests.inventory.pictures import jpeg, pdf
from tests.inventory.web.sent_tables import post
from tests.snapshots import snapshot_of
from tests.uploads import send_file

# Form parser and workbook leave what they could not finish writing to the collector of garbage.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

_ROOM = 64  # bytes
NO_FILES = "Saat ini berkas tidak dapat disimpan maupun diambil"
NO_ROOM = "Saat ini tidak ada ruang untuk ini"

Upload = Callable[[FlaskClient, Desk], TestResponse]


@contextmanager
def full_disk() -> Iterator[None]:
    """The system refuses this process to write anything worth the name into any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        gc.collect()


@pytest.fixture
def desk(app: Flask, empty_store: FileStore) -> Desk:
    with app.app_context(), transaction() as session:
        return make_desk(session)


@pytest.fixture
def officer(app: Flask, desk: Desk) -> FlaskClient:
    return browser(app, desk.officer)


def on_disk(app: Flask) -> set[str]:
    """Every file in the folder of the store, half ones too."""
    folder = Path(app.extensions["lapak"].files_url)
    return {str(path) for path in folder.rglob("*") if path.is_file()}


def photograph(client: FlaskClient, desk: Desk) -> TestResponse:
    said = {"alt_id": "Roti tawar di atas meja", "alt_en": "", "nobody": "y"}
    side = LEAST_PHOTOGRAPH_SIDE
    return send_file(client, f"/staff/foto/produk/{desk.bread}/kirim", jpeg(side, side), **said)


def scan(client: FlaskClient, desk: Desk) -> TestResponse:
    form = {**paper(desk), "scan": (BytesIO(pdf()), "izin.pdf", "application/pdf")}
    return client.post(desk.new, data=form)


def table(client: FlaskClient, _desk: Desk) -> TestResponse:
    return post(client, "Kode UPT;SKU;Perubahan (+/−);Alasan\n" * 9)


def heavy_table(client: FlaskClient, _desk: Desk) -> TestResponse:
    """One that waits on the disk while its form is read."""
    return post(client, "Kode UPT;SKU;Perubahan (+/−);Alasan\n" * 20_000)


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [(photograph, NO_FILES), (scan, NO_FILES), (table, NO_FILES), (heavy_table, NO_ROOM)],
)
def test_f10_an_upload_is_refused_and_leaves_no_row_and_no_file(
    app: Flask, officer: FlaskClient, desk: Desk, upload: Upload, sentence: str
) -> None:
    rows, lying = snapshot_of(app), on_disk(app)
    with full_disk():
        answer = upload(officer, desk)
    assert (answer.status_code, sentence in answer.text) == (503, True), answer.text
    assert snapshot_of(app) == rows
    assert on_disk(app) == lying
    assert upload(officer, desk).status_code == 303, "the same once there is room"
    assert len(on_disk(app)) == len(lying) + 1


def test_f10_what_was_written_beside_a_scan_is_not_lost(app: Flask, officer: FlaskClient, desk: Desk) -> None:
    with full_disk():
        answer = scan(officer, desk)
    assert 'id="scan-error"' in answer.text
    assert paper(desk)["number"] in answer.text


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_f10_a_download_is_refused_in_words(
    app: Flask, officer: FlaskClient, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.sheets._IN_MEMORY", 1)
    address = f"/staff/stok/unduh.{ending}"
    with full_disk():
        answer = officer.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert NO_ROOM in answer.text
    again = officer.get(address)
    assert (again.status_code, len(again.data) > _ROOM) == (200, True)


def test_f10_the_shop_goes_on_selling(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=now())
        cart = open_cart(session, key=None, user_id=None, at=now())
        put_in_cart(session, cart.id, shop.net.sku, 1)
        command = with_seen_total(session, make_command(Wish(1, shop.net.id, 1)), at=now())
        slug = session.get_one(Product, shop.net.product_id).slug
    client.set_cookie("lapak_cart", cart.key)
    form = {
        "email": command.contact.email,
        "name": command.contact.name,
        "phone": command.contact.phone,
        "postcode": BANDUNG.postcode,
        "village": BANDUNG.village_code,
        "street": BANDUNG.street,
        "checkout_key": cart.checkout_key,
        "seen_total": str(command.seen_total),
        "step": "order",
    }
    with full_disk():
        for address in ("/", "/produk", f"/produk/{slug}", "/cari?q=coir", "/keranjang", "/checkout"):
            assert client.get(address).status_code == 200, address
        assert client.post("/checkout", data=form).status_code == 303
