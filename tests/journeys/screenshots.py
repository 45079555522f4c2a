"""Pictures of the shop for people who read about it: `make screenshots`.

Every page a visitor or an officer works with, in its whole length, on a phone and on a computer, goes to
var/screenshots; the first screens of the ten main ones to docs/screenshots.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
import psycopg
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from operations.demo import ensure_demo_catalogue
from operations.embedded import embedded_servers
from operations.schema import PROJECT, upgrade
from tests.conftest import make_config
from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, QUIET, Browsing, chromium_path
from tests.journeys.customers import (
    Guest,
    link_in,
    order,
    order_number,
    pay_by_card,
    put_in_cart,
    show_parcels,
    write_contact,
)
from tests.journeys.ledgers import parcel_of
from tests.journeys.wording import told
from tests.servers import TEST_FOLDER, drop_database
from tests.shop import RunningShop, running_shop

SCREENS = PROJECT / "var" / "screenshots"
SHOWN = PROJECT / "docs" / "screenshots"
PLACES = {
    "home": "/",
    "listing": "/produk",
    "search": "/cari?q=jahe+mreah",
    "product": "/produk/coir-net-jawa-barat",
    "upt": "/upt/lapas-kelas-iia-garut",
    "map": "/peta",
}
"""What a guest looks at: the picture's name and the path."""

MAIN = frozenset({*PLACES, "cart", "checkout", "order", "staff-parcels"})
"""The pictures of the documentation."""

LONGEST = {PHONE: 1480, DESKTOP: 1400}
"""How much of a page the documentation shows, in pixels, by the width of the screen."""

_VALKEY_NUMBER = 255  # beyond those of test runs


@click.command()
def main() -> None:
    """Take all pictures anew."""
    executable = chromium_path()
    if executable is None:
        raise click.ClickException("There is no Chromium: apt-get install chromium-headless-shell.")
    for folder in (SCREENS, SHOWN):
        folder.mkdir(parents=True, exist_ok=True)
    with demo_shop("screenshots") as shop, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        for width in (PHONE, DESKTOP):
            _Camera(chromium, shop, width).take_all()
        chromium.close()
    click.echo(f"The pictures are in {SCREENS}, those of the main pages in {SHOWN}.")


@contextmanager
def demo_shop(name: str) -> Iterator[RunningShop]:
    """A new shop with the demo catalogue, on the servers of the tests and in a database of that name."""
    with tempfile.TemporaryDirectory() as folder, embedded_servers(TEST_FOLDER, durable=False) as servers:
        address = make_url(servers[0]).set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            drop_database(connection, name)
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        database = address.set(drivername="postgresql+psycopg", database=name)
        url = database.render_as_string(hide_password=False)
        broker = f"{servers[1].rpartition('/')[0]}/{_VALKEY_NUMBER}"
        upgrade(url)
        ensure_demo_catalogue(make_config(url, broker), officers.PASSWORD)
        with running_shop(url, broker, Path(folder)) as shop:
            yield shop


class _Camera:
    """One walk through the shop at one width."""

    def __init__(self, chromium: Browser, shop: RunningShop, width: int) -> None:
        self._chromium, self._shop, self._width = chromium, shop, width

    def take_all(self) -> None:
        """As a guest who looks round and buys, as the officer who sends it, and as the guest again."""
        with closing(Browsing(self._chromium, self._shop.url, width=self._width)) as person:
            self._look_round(person)
            number, link = self._buy(person)
        with closing(Browsing(self._chromium, self._shop.url, width=self._width)) as person:
            self._send(person, parcel_of(self._shop, number, "LPS-GARUT"))
        with closing(Browsing(self._chromium, self._shop.url, width=self._width)) as person:
            person.open(link)
            self._take(person, "order")
            self._take_mails(person, number)

    def _look_round(self, person: Browsing) -> None:
        for name, path in PLACES.items():
            person.open(path)
            self._take(person, name)

    def _buy(self, person: Browsing) -> tuple[str, str]:
        put_in_cart(person, "sabun-cuci-lapas-garut", 2)
        put_in_cart(person, "pot-tanaman-sabut-kelapa", 3, upt="lapas-kelas-iib-ciamis")
        self._take(person, "cart")
        guest = Guest(f"sari.{self._width}@example.id")
        person.open("/checkout")
        self._take(person, "checkout-empty")
        write_contact(person, guest)
        show_parcels(person, guest)
        self._take(person, "checkout")
        order(person)
        self._take(person, "payment")
        pay_by_card(person)
        self._take(person, "order-paid")
        number = order_number(person)
        subject = told("Order %(number)s is paid", number=number)
        return number, link_in(self._shop.inbox.wait_for(to=guest.email, subject=subject))

    def _send(self, officer: Browsing, parcel: str) -> None:
        officer.open("/staff/masuk")
        self._take(officer, "staff-sign-in")
        officers.sign_in(officer, officers.GARUT)
        officers.parcels(officer)
        self._take(officer, "staff-parcels")
        officers.open_parcel(officer, parcel)
        self._take(officer, "staff-parcel")
        officers.accept(officer)
        officers.pack(officer)
        self._take(officer, "staff-parcel-packed")
        officers.ship(officer, f"0108{self._width:012}")
        officer.open("/staff/stok")
        self._take(officer, "staff-shelf")
        officer.open("/staff/stok/LPS-GARUT/LPS-GARUT.SABUN-CUCI-LAPAS-GARUT")
        self._take(officer, "staff-stock")

    def _take_mails(self, person: Browsing, number: str) -> None:
        for position, mail in enumerate(self._shop.inbox.mails(subject=number)):
            person.page.goto(f"{self._shop.inbox.url}/mails/{mail.id}/html")
            self._take(person, f"mail-{position}")

    def _take(self, person: Browsing, name: str) -> None:
        picture = SCREENS / f"{name}-{self._width}.png"
        person.page.screenshot(path=picture, full_page=True)
        if name in MAIN:
            _reduce(picture, self._width)


def _reduce(picture: Path, width: int) -> None:
    """Put what the first screens of a picture show into the documentation, as a WebP of some 50 kB."""
    with Image.open(picture) as taken:
        part = taken.convert("RGB").crop((0, 0, width, min(taken.height, LONGEST[width])))
        part.save(SHOWN / f"{picture.stem}.webp", "WEBP", quality=60, method=6)


if __name__ == "__main__":
    main()
