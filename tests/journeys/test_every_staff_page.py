"""Every page of the staff on a phone, for officer, Kanwil and directorate: no barrier, none too wide.

The shop is the world of tests/test_access.py, in which each UPT has something of everything.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select
from werkzeug.serving import make_server

from inventory.models import PhotographFile
from kernel.db import db
from kernel.files import files
from tests.inventory.pictures import jpeg
from tests.journeys.browsing import PHONE, browsing
from tests.test_access import STAFF_LINES, Person, World, browser_of, expected_for_own, world

__all__ = ["world"]

PERSONAS = ("officer U1", "kanwil K1", "directorate")
_A_FILE = re.compile(
    r"(\.pdf|\.<any\(csv, xlsx\):ending>|/pindaian|/faktur/<uuid:key>|/foto/(berkas/)?<uuid.*)$"
)
READINGS = [line for line in STAFF_LINES if line.method == "GET"]
PAGES = [line for line in READINGS if not _A_FILE.search(line.rule)]
FURTHER = ("/staff/stok/impor/harga", "/staff/stok/impor/barang", "/staff/paket?status=all")
"""What is behind the same rule as another page, and looks different."""


@pytest.fixture
def staff_shop(app: Flask, world: World) -> Iterator[str]:
    """The address of a shop with that world, and with all pictures that its pages show."""
    with app.app_context():
        for key in db.session.scalars(select(PhotographFile.key)):
            files().put(key, jpeg(9, 7))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_page_fits_a_phone_and_has_no_barrier(
    chromium: Browser, app: Flask, world: World, staff_shop: str
) -> None:
    """What each of them reads, and how they are told that something is not part of their role."""
    things = world.things["U1"]
    with browsing(chromium, staff_shop, width=PHONE) as reader:
        for name in PERSONAS:
            knocker = world.people[name]
            reader.take_cookies(session_of(app, knocker))
            for line in PAGES:
                address = line.address(things)
                assert reader.open(address) in expected_for_own(line, knocker), (name, address)
                assert reader.path == address.partition("?")[0], name
            for address in FURTHER if knocker.role == "upt_officer" else ():
                assert reader.open(address) == 200, address


def test_what_is_left_out_is_no_page(app: Flask, world: World) -> None:
    client = browser_of(app, world.people["officer U1"])
    answers = [
        client.get(line.address(world.things["U1"]), buffered=True) for line in READINGS if line not in PAGES
    ]
    shown = [
        answer.request.path
        for answer in answers
        if answer.status_code == 200 and answer.mimetype == "text/html"
    ]
    assert shown == []


def session_of(app: Flask, knocker: Person) -> dict[str, str]:
    """What the browser of that person carries."""
    cookie = browser_of(app, knocker).get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return {cookie.key: cookie.value}
