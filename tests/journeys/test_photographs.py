"""A photograph's way: a UPT sends it in, an office looks at it, and the shop shows it to everybody."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import func, select

from inventory.models import Photograph, Product
from tests.inventory.pictures import jpeg
from tests.journeys import officers
from tests.journeys.browsing import DESKTOP, PHONE, Browsing
from tests.journeys.conftest import Opens
from tests.journeys.wording import told
from tests.sandbox_client import PATIENCE_SECONDS
from tests.shop import RunningShop

TALL, WIDE = "Peneduh sabut kelapa, berdiri", "Peneduh sabut kelapa di halaman"
TALL_IN_ENGLISH = "Coconut fibre shade, upright"


@pytest.mark.parametrize(
    ("width", "scripts", "slug", "sender", "office"),
    [
        (PHONE, True, "coir-shade-triangle", officers.GARUT, officers.KANWIL),
        (DESKTOP, False, "coco-shade-ciamis", officers.CIAMIS, officers.DIRECTORATE),
    ],
    ids=["phone", "desktop without JavaScript"],
)
def test_a_photograph_goes_from_the_upt_to_the_shop(
    person: Opens,
    shop: RunningShop,
    tmp_path: Path,
    width: int,
    scripts: bool,
    slug: str,
    sender: str,
    office: str,
) -> None:
    page = f"/staff/foto/produk/{slug}"
    with person(width=width, scripts=scripts) as officer:
        officers.sign_in(officer, sender)
        officer.open("/staff/foto?q=shade")
        officer.follow(page)
        send_what_is_no_picture(officer, shop, tmp_path, slug)
        send(officer, picture(tmp_path, "lebar", 1000, 520), WIDE)
        see_it_made(officer, page, 1)
        send(officer, picture(tmp_path, "tinggi", 520, 900), TALL)
        see_it_made(officer, page, 2)
        say_more(officer)
        put_the_second_first(officer)
        assert kept(shop, slug) == [(TALL, "waiting", 30, 80), (WIDE, "waiting", 50, 50)]
    with person(width=width, scripts=scripts) as visitor:
        visitor.open(f"/produk/{slug}")
        assert visitor.page.locator("main picture").count() == 0
    with person(width=width, scripts=scripts) as reviewer:
        officers.sign_in(reviewer, office)
        reviewer.open(page)
        publish_all(reviewer)
    assert [state for _, state, *_ in kept(shop, slug)] == ["published"] * 2
    language, prefix, words = ("en", "/en", TALL_IN_ENGLISH) if scripts else ("id", "", TALL)
    with person(width=width, scripts=scripts, language=language) as visitor:
        see_it_in_the_shop(visitor, slug, prefix, words)


def kept(shop: RunningShop, slug: str) -> list[tuple[str, str, int, int]]:
    """The photographs of a product in their order: text, state, focal point."""
    query = (
        select(Photograph.alt_id, Photograph.state, Photograph.focal_x, Photograph.focal_y)
        .join(Product, Product.id == Photograph.product_id)
        .where(Product.slug == slug)
        .order_by(Photograph.position)
    )
    with shop.transaction() as session:
        return [(alt, state, x, y) for alt, state, x, y in session.execute(query)]


def picture(folder: Path, name: str, width: int, height: int) -> Path:
    path = folder / f"{name}.jpg"
    path.write_bytes(jpeg(width, height))
    return path


def items(person: Browsing) -> Locator:
    return person.page.locator("[data-order] > li")


def send(officer: Browsing, path: Path, words: str) -> int:
    officer.field("file").set_input_files(path)
    form = officer.page.locator('form[action$="/kirim"]')
    form.locator('[name="alt_id"]').fill(words)
    form.locator('[name="nobody"]').check()
    return officer.press(form.locator('button[type="submit"]'))


def send_what_is_no_picture(officer: Browsing, shop: RunningShop, folder: Path, slug: str) -> None:
    wrong = folder / "foto.jpg"
    wrong.write_bytes(b"MZ" + bytes(2000))
    assert send(officer, wrong, WIDE) == 422
    assert officer.error_beside("file")
    form = officer.page.locator('form[action$="/kirim"]')
    assert form.locator('[name="alt_id"]').input_value() == WIDE
    assert items(officer).count() == 0
    with shop.transaction() as session:
        count = select(func.count()).select_from(Photograph).join(Product).where(Product.slug == slug)
        assert session.scalar(count) == 0


def see_it_made(officer: Browsing, page: str, number: int) -> None:
    """With a script the page tells by itself; without one there is a link to look again."""
    made = items(officer).nth(number - 1).locator("img")
    if not officer.scripts:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not made.count():
            assert time.monotonic() < deadline, "it is still being made"
            officer.page.wait_for_timeout(250)
            officer.follow(page)
    expect(made).to_be_visible()
    expect(items(officer).nth(number - 1).locator("h3")).to_contain_text(told("Waits for review"))
    expect(officer.page.locator("[data-again]")).to_be_hidden()
    officer.check()


def say_more(officer: Browsing) -> None:
    """The English text of the second, and its focal point by a click or in two fields."""
    second = items(officer).nth(1)
    if officer.scripts:
        box = second.locator("img").bounding_box()
        assert box is not None
        second.locator("img").click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.8})
        expect(second.locator('[name="focal_x"]')).to_have_value("30")
        expect(second.locator('[name="focal_y"]')).to_have_value("80")
        officer.check()
    else:
        second.locator("summary").click()
        second.locator('[name="focal_x"]').fill("30")
        second.locator('[name="focal_y"]').fill("80")
    second.locator('[name="alt_en"]').fill(TALL_IN_ENGLISH)
    assert officer.press(second.locator('form[action$="/ubah"] button')) == 200
    assert TALL_IN_ENGLISH in items(officer).nth(1).inner_text()


def put_the_second_first(officer: Browsing) -> None:
    """By dragging; by the keyboard, which keeps its place; without a script by the buttons."""
    first, second = items(officer).nth(0), items(officer).nth(1)
    if not officer.scripts:
        assert officer.press(second.locator("[data-forward]")) == 200
        expect(first).to_contain_text(TALL)
        return
    drag(officer, second.locator("img"), first)
    expect(first).to_contain_text(TALL)
    first.locator("[data-backward]").focus()
    officer.page.keyboard.press("Enter")
    expect(first).to_contain_text(WIDE)
    expect(second.locator("[data-forward]")).to_be_focused()
    officer.page.keyboard.press("Enter")
    expect(first).to_contain_text(TALL)
    officer.check()


def drag(officer: Browsing, source: Locator, target: Locator) -> None:
    """Take hold, and only then go where the page may have to scroll: no drag starts after a scroll."""
    source.hover()
    box = source.bounding_box()
    assert box is not None
    officer.page.mouse.down()
    officer.page.mouse.move(box["x"] + box["width"] / 2 + 8, box["y"] + box["height"] / 2 + 8, steps=3)
    target.hover()
    officer.page.mouse.up()


def publish_all(reviewer: Browsing) -> None:
    """Who has not looked is asked to."""
    waiting = reviewer.page.locator("[data-review]")
    assert reviewer.press(waiting.first.locator('[value="publish"]')) == 200
    assert told("Look at the photograph and tick that nobody can be recognised on it.") in reviewer.text
    for left in (2, 1):
        assert waiting.count() == left
        waiting.first.locator('[name="nobody"]').check()
        assert reviewer.press(waiting.first.locator('[value="publish"]')) == 200


def see_it_in_the_shop(visitor: Browsing, slug: str, prefix: str, words: str) -> None:
    """On the product's page and its card, in the format the browser wants, and nothing moves meanwhile."""
    visitor.open(f"{prefix}/produk/{slug}")
    image = visitor.page.locator(".gallery__slide picture img").first
    expect(image).to_have_attribute("alt", words)
    box = image.bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - (1.25 if visitor.width == PHONE else 1)) < 0.02
    assert visitor.page.locator(".gallery__slide source").first.get_attribute("srcset")
    assert image.evaluate("image => image.decode().then(() => image.currentSrc)").endswith(".avif")
    visitor.open(f"{prefix}/produk?kategori=sabut_kelapa")
    card = visitor.page.locator(".card", has=visitor.page.locator(f'a[href="{prefix}/produk/{slug}"]'))
    shown = card.locator("picture img")
    shown.scroll_into_view_if_needed()
    assert shown.evaluate("image => image.decode().then(() => image.currentSrc)").endswith(".avif")
    box = shown.bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - 4 / 3) < 0.02
