"""The style guide in a real browser: no barriers, fits every width, small, nothing its CSP refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, render_template_string
from playwright.sync_api import Browser, Page, Response, sync_playwright
from werkzeug.serving import make_server

from inventory.categories import CATEGORY_NAMES
from storefront.app import create_app
from storefront.web.styleguide import sample_shelf
from tests.conftest import make_config
from tests.journeys.browsing import QUIET, chromium_path
from tests.journeys.wording import told

LISTING = """{% extends 'base.html' %}{% from 'components/card.html' import card %}
{% block main %}<h1>Products</h1>
<ul class="shelf">{% for each in products %}{{ card(each, 2) }}{% endfor %}</ul>
{% endblock %}"""
STAFF = """{% extends 'staff/base.html' %}{% from 'components/table.html' import table %}
{% block main %}<h1>Parcels</h1>
{{ table('Parcels', [('Parcel', 'text'), ('Pieces', 'number')], [['LP-1', 3]], stacked=false) }}
{% endblock %}"""
ADDRESS = """{% extends 'base.html' %}{% block main %}<h1>Address</h1><form data-address="/alamat">
{% for name in ('postcode', 'province', 'regency', 'district', 'village') %}
<label>{{ name }}<input name="{{ name }}"></label>{% endfor %}</form>
<script type="module" src="/static/js/address.js"></script>{% endblock %}"""
REGION = {
    "province": "Jawa Barat",
    "regency": "Kabupaten Garut",
    "districts": [
        {"name": "Tarogong Kidul", "villages": ["Jayaraga", "Sukagalih"]},
        {"name": "Garut Kota", "villages": ["Pakuwon"]},
    ],
}
TARGETS = (
    ".button:not(.button--small), .chip, .field input:not([type=checkbox]):not([type=radio]), .field select, "
    ".stepper button, .search__box input, .cart-link, .check"
)
NO_SERVICE_WORKER = "delete Navigator.prototype.serviceWorker"
"""What one asks for, `route` does not see."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        chromium_path() is None, reason="there is no Chromium: apt-get install chromium-headless-shell"
    ),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a web server with the style guide, a listing and a staff page."""
    app: Flask = create_app(
        make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1")
    )
    app.add_url_rule(
        "/listing", "listing", lambda: render_template_string(LISTING, products=sample_shelf(24))
    )
    app.add_url_rule(
        "/tools", "tools", lambda: render_template_string(STAFF, staff_name="Budi", staff_scope="Lapas Garut")
    )
    app.add_url_rule("/address", "address", lambda: render_template_string(ADDRESS))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
        yield chromium
        chromium.close()


def opened(browser: Browser, url: str, *, width: int, scheme: str = "light", scripts: bool = True) -> Page:
    """A page of its own at `url`; a message of the browser about it, as of its CSP, fails the test."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.add_init_script(NO_SERVICE_WORKER)
    page.on("console", lambda message: pytest.fail(message.text))
    page.goto(url)
    return page


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        *(("/styleguide/light", "light"), ("/styleguide/dark", "dark")),  # each has its own colours
        *product(("/tentang", "/listing", "/tools"), ("light", "dark")),
    ],
)
@pytest.mark.parametrize("width", [360, 1280])
def test_no_barriers(browser: Browser, address: str, path: str, scheme: str, width: int) -> None:
    page = opened(browser, address + path, width=width, scheme=scheme)
    results = Axe().run(page)
    page.context.close()
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("path", ["/styleguide/light", "/styleguide/dark", "/tentang", "/listing", "/tools"])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_fits_the_width(browser: Browser, address: str, path: str, width: int) -> None:
    page = opened(browser, address + path, width=width)
    needed = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()
    assert needed <= width


def test_a_listing_stays_within_its_budget(browser: Browser, address: str) -> None:
    answers: list[Response] = []

    def remember(answer: Response) -> None:
        answers.append(answer)

    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.on("response", remember)
    page.goto(address + "/listing", wait_until="networkidle")
    sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
    assert page.locator(".card .art use").count() == 24
    context.close()
    assert all(answer.ok for answer in answers)
    assert len(sizes) <= 12
    assert sum(sizes.values()) <= 80_000, sizes


def test_drawings_come_out_of_the_sprite(browser: Browser, address: str) -> None:
    page = opened(browser, address + "/listing", width=360)
    page.wait_for_load_state("networkidle")
    widths = page.evaluate("[...document.querySelectorAll('.card .art use')].map(use => use.getBBox().width)")
    page.context.close()
    assert len(widths) == 24
    assert min(widths) > 20


def test_the_stepper_counts_within_its_bounds(browser: Browser, address: str) -> None:
    page = opened(browser, address + "/styleguide/light", width=360)
    field = page.get_by_label("Quantity", exact=True)
    more = page.get_by_role("button", name=told("One more"))
    fewer = page.get_by_role("button", name=told("One fewer"))
    assert fewer.is_disabled()
    for _ in range(11):
        more.click()
    counted, full = field.input_value(), more.is_disabled()
    page.context.close()
    assert (counted, full) == ("12", True)


def test_without_scripts_there_are_no_dead_buttons(browser: Browser, address: str) -> None:
    page = opened(browser, address + "/styleguide/light", width=360, scripts=False)
    buttons, fields = page.locator(".stepper button").count(), page.locator(".stepper input").count()
    page.context.close()
    assert (buttons, fields) == (0, 1)


def test_the_focus_is_never_under_the_sticky_total(browser: Browser, address: str) -> None:
    page = opened(browser, address + "/styleguide/light", width=360)
    top_of_bar = page.evaluate("document.querySelector('.buybar').getBoundingClientRect().top")
    lowest = 0.0
    for _ in range(45):
        page.keyboard.press("Tab")
        lowest = max(lowest, page.evaluate("document.activeElement.getBoundingClientRect().top"))
    page.context.close()
    assert 0 < lowest < top_of_bar


def test_targets_are_large_enough_for_a_thumb(browser: Browser, address: str) -> None:
    page = opened(browser, address + "/styleguide/light", width=360)
    small = page.evaluate(
        f"[...document.querySelectorAll('{TARGETS}')]"
        ".filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44)"
        ".map(one => one.outerHTML)"
    )
    page.context.close()
    assert small == []


class TestDialog:
    def test_is_a_section_of_the_page_without_scripts(self, browser: Browser, address: str) -> None:
        page = opened(browser, address + "/styleguide/light", width=360, scripts=False)
        is_shown = page.locator("#sizes").is_visible()
        has_close_button = page.locator("#sizes .dialog__close").is_visible()
        page.context.close()
        assert (is_shown, has_close_button) == (True, False)

    def test_opens_as_a_modal_and_gives_the_focus_back(self, browser: Browser, address: str) -> None:
        page = opened(browser, address + "/styleguide/light", width=360)
        box, link = page.locator("#sizes"), page.locator("[data-opens=sizes]")
        shown = [box.is_visible()]
        link.click()
        shown.append(box.is_visible())
        barriers = Axe().run(page).violations_count
        page.keyboard.press("Escape")
        shown.append(box.is_visible())
        has_focus = link.evaluate("link => link === document.activeElement")
        page.context.close()
        assert shown == [False, True, False]
        assert (barriers, has_focus) == (0, True)


class TestMenu:
    @pytest.mark.parametrize("width", [360, 1280])
    def test_opens_without_scripts(self, browser: Browser, address: str, width: int) -> None:
        page = opened(browser, address + "/listing", width=width, scripts=False)
        page.locator(".menu__open").click()
        shown = page.locator(".menu__categories a").filter(visible=True).count()
        page.context.close()
        assert shown == len(CATEGORY_NAMES)

    def test_closes_by_escape_and_by_a_tap_beside_it(self, browser: Browser, address: str) -> None:
        page = opened(browser, address + "/listing", width=1280)
        menu, summary = page.locator("[data-menu]"), page.locator(".menu__open")
        summary.click()
        barriers = Axe().run(page).violations_count
        page.keyboard.press("Escape")
        is_open = [menu.evaluate("menu => menu.open")]
        summary.click()
        page.mouse.click(5, 790)
        is_open.append(menu.evaluate("menu => menu.open"))
        page.context.close()
        assert is_open == [False, False]
        assert barriers == 0


class TestAddressLookUp:
    def test_fills_what_is_certain_and_suggests_the_rest(self, browser: Browser, address: str) -> None:
        page = opened(browser, address + "/address", width=360)
        page.route("**/alamat/44151.json", lambda route: route.fulfill(json=REGION))
        page.get_by_label("postcode").fill("44151")
        page.wait_for_function("document.forms[1].elements.regency.value !== ''")
        filled = page.get_by_label("province").input_value(), page.get_by_label("regency").input_value()
        offered = page.locator("#district-suggestions option").all_inner_texts()
        page.get_by_label("district").fill("Garut Kota")
        page.get_by_label("district").blur()
        village = page.get_by_label("village").input_value()
        page.context.close()
        assert filled == ("Jawa Barat", "Kabupaten Garut")
        assert offered == ["Tarogong Kidul", "Garut Kota"]
        assert village == "Pakuwon"

    def test_an_unknown_postcode_leaves_the_fields_to_the_customer(
        self, browser: Browser, address: str
    ) -> None:
        context = browser.new_context()
        page = context.new_page()
        page.add_init_script(NO_SERVICE_WORKER)
        page.goto(address + "/address")
        page.get_by_label("village").fill("Sukagalih")
        with page.expect_response("**/alamat/00000.json") as answer:
            page.get_by_label("postcode").fill("00000")
        village = page.get_by_label("village").input_value()
        context.close()
        assert answer.value.status == 404
        assert village == "Sukagalih"
