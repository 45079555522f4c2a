"""One person's browser: wherever it goes, the page is checked as it is shown.

A page is right when it has no barrier that axe knows of, does not scroll sideways, breaks no rule of its
content policy, loads nothing from elsewhere and throws no error.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Request, Response, expect

from kernel.i18n import PREFIXES
from tests.languages import strangers

NARROW, PHONE, HALVED, DESKTOP = 320, 360, 640, 1280
"""Widths in pixels; a computer's window is halved by enlarging to 200 %, and narrow at 400 %."""

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_HEIGHTS = {NARROW: 640, PHONE: 740, HALVED: 450, DESKTOP: 900}
_STATUS_MESSAGE = "Failed to load resource"  # said of answers, which are looked at one by one
_FORM_REFUSED = 422  # to a script as well: the page that says what is wrong
_PATIENCE = 60_000  # milliseconds
expect.set_options(timeout=_PATIENCE)

_NAME = "each.localName + '.' + each.className + each.getAttributeNames()"
_COLOURED = f"(each.closest('body > :not(main)') ? 'frame ' + document.body.className : kind) + ' ' + {_NAME}"
_PARTS = f"[...new Set([...document.querySelectorAll('*')].map(each => {_NAME}))]"
_IS_SHOWN = "each.checkVisibility({visibilityProperty: true})"  # axe measures nothing else
_PARTS_IN_COLOUR = f"""kind => [...new Set(
    [...document.querySelectorAll('*')].filter(each => {_IS_SHOWN}).map(each => {_COLOURED})
)]"""
_LOOK = f"""async ([kind, known]) => {{
    const isNew = each => {_IS_SHOWN} && !known.includes({_COLOURED});
    const fresh = new Set([...document.body.querySelectorAll('*')].filter(isNew));
    const include = [...fresh].filter(each => !fresh.has(each.parentElement));
    const resultTypes = ['violations'], rules = {{'color-contrast': {{enabled: false}}}};
    const found = (await axe.run({{resultTypes, rules}})).violations;
    if (include.length) {{
        const runOnly = ['color-contrast'];
        found.push(...(await axe.run({{include}}, {{resultTypes, runOnly}})).violations);
    }}
    return {{violations: found}};
}}"""
_LINKS = (
    "[...document.querySelectorAll('a[href^=\"/\"]:not([hreflang])')].map(link => link.getAttribute('href'))"
)
_SPOKEN_BY_ALL = (
    "/static/",
    "/gambar/",
    "/foto/",
    "/staff",
    "/produk/terbaru.atom",
)  # addresses without a language
_KINDS_OF_ADDRESS = (
    (re.compile(r"^/en(?=/|$)"), ""),
    (re.compile(r"^/(produk|upt|kanwil|provinsi)/[^/]+"), r"/\1/*"),
    (re.compile(r"\d+|[LP][PM]-.*"), "*"),
)
_LAYOUTS = {NARROW: PHONE, PHONE: PHONE, HALVED: PHONE, DESKTOP: DESKTOP}
_seen: defaultdict[tuple[str, int, bool], set[str]] = defaultdict(set)
_seen_in_colour: defaultdict[bool, set[str]] = defaultdict(set)


WHOLE = ("chromium", "chromium-browser", "google-chrome")
"""Browsers as people have them; the shell without a window draws the same pages in a third of the time."""


def chromium_path(names: Sequence[str] = ("chromium-headless-shell", *WHOLE)) -> str | None:
    """The distribution's own Chromium, if there is one: the first of these names that is found."""
    return next(filter(None, map(shutil.which, names)), None)


class Browsing:
    """A browser window on the shop at `shop_url`, of its own cookies."""

    def __init__(
        self,
        browser: Browser,
        shop_url: str,
        *,
        width: int = PHONE,
        scripts: bool = True,
        is_dark: bool = False,
        language: str | None = None,
    ) -> None:
        """With a `language` every page must be in it, and every link on it must stay in it."""
        self._context = browser.new_context(
            viewport={"width": width, "height": _HEIGHTS[width]},
            java_script_enabled=scripts,
            locale={"en": "en-GB"}.get(language or "", "id-ID"),
            timezone_id="Asia/Jakarta",
            color_scheme="dark" if is_dark else "light",
            reduced_motion="reduce",
            has_touch=width <= PHONE,
        )
        self._context.set_default_timeout(_PATIENCE)
        self.shop_url, self.width, self.scripts = shop_url, width, scripts
        self._is_dark, self._language = is_dark, language
        self.complaints: list[str] = []
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        """A further page with the same cookies; it becomes the one that is looked at."""
        self.page = self._context.new_page()
        self._devtools = self._context.new_cdp_session(self.page)
        self.page.on("console", self._hear)
        self.page.on("pageerror", self._hear_error)
        self.page.on("request", self._see_request)
        self.page.on("response", self._see_response)
        return self.page

    def cookies(self) -> dict[str, str]:
        """What the window carries, for `take_cookies`."""
        return {cookie["name"]: cookie["value"] for cookie in self._context.cookies()}

    def take_cookies(self, cookies: dict[str, str]) -> None:
        """Carry what another window carried: be whoever signed in there."""
        self._context.add_cookies(
            [{"name": name, "value": value, "url": self.shop_url} for name, value in cookies.items()]
        )

    def close(self) -> None:
        """Close the window with all its tabs."""
        self._context.close()

    # --- going somewhere ------------------------------------------------------------------------------------

    def open(self, address: str) -> int:
        """Open a path of the shop, or a whole address; gives the status."""
        answer = self.page.goto(address if "://" in address else self.shop_url + address)
        assert answer is not None
        self.check()
        return answer.status

    def press(self, button: Locator) -> int:
        """Press something that leads to a page; gives that page's status, after redirects."""
        with self.page.expect_navigation() as navigation:
            button.click()
        self.check()
        return navigation.value.status

    def submit(self, action: str, **pressed: str) -> int:
        """Send the form that leads to `action`, with the button of that name and value if one is named."""
        forms = self.page.locator(f'form[action^="{action}"]')
        wanted = "".join(f'[name="{name}"][value="{value}"]' for name, value in pressed.items())
        return self.press(forms.locator(f'button[type="submit"]{wanted}').first)

    def follow(self, address: str) -> int:
        """Press the first link of the page, outside its frame, whose address begins so."""
        return self.press(self.page.locator(f'main a[href^="{address}"]').filter(visible=True).first)

    def go_back(self) -> None:
        """Press the browser's own button."""
        self.page.go_back()
        self.check()

    def trust_the_server(self) -> None:
        """Let the browser check and shorten nothing by itself, so that the shop has to."""
        self.page.evaluate(
            "for (const form of document.forms) { form.noValidate = true;"
            " for (const field of form.elements) field.removeAttribute('maxlength') }"
        )

    # --- reading --------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """Where it is, without host and query."""
        return urlsplit(self.page.url).path

    @property
    def text(self) -> str:
        """What the page says, outside its frame."""
        return self.page.locator("main").inner_text()

    def field(self, name: str) -> Locator:
        """The field of that name that a person can fill in."""
        return self.page.locator(f'main [name="{name}"]:not([type="hidden"])')

    def error_beside(self, name: str) -> str:
        """The sentence that the field refers to as what is wrong with it."""
        field = self.field(name).first
        assert field.get_attribute("aria-invalid") == "true", f"{name} is not marked as wrong"
        names = (field.get_attribute("aria-describedby") or "").split()
        said = [self.page.locator(f"#{name}").inner_text() for name in names]
        return " ".join(said)

    # --- checking -------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Note what is wrong with the page that is shown; pages of others are theirs."""
        if not self.page.url.startswith(self.shop_url):
            return
        needed = self.page.evaluate("document.documentElement.scrollWidth")
        if needed > self.width:
            self._complain(f"scrolls sideways: {needed} of {self.width} pixels")
        if self._language:
            self._check_language(self._language)
        kind, parts = self._kind(), set(self.page.evaluate(_PARTS))
        seen = _seen[kind, _LAYOUTS[self.width], self._is_dark]
        if parts - seen:
            in_colour = set(self.page.evaluate(_PARTS_IN_COLOUR, kind))
            self._check_barriers(kind, in_colour & _seen_in_colour[self._is_dark])
            _seen_in_colour[self._is_dark] |= in_colour
        seen |= parts

    def _kind(self) -> str:
        """The address without what differs from thing to thing and from language to language."""
        kind = self.path
        for written, replacement in _KINDS_OF_ADDRESS:
            kind = written.sub(replacement, kind)
        return kind

    def _check_barriers(self, kind: str, known: set[str]) -> None:
        """Let axe look at the page as it stands: where JavaScript is off, axe alone may use it meanwhile.

        It looks at what the page shows that it has not seen at this kind of address, layout and colours: what
        scripts, goods and answers change is in elements, their classes and attributes. Contrast is most of
        its work and does not depend on the layout, nor in the frame on the address: new parts are measured.
        """
        if not self.scripts:
            # The browser takes a switch seriously only if it changes something for this session.
            for is_off in (True, False):
                self._switch_scripts(is_off=is_off)
        # what is just being exchanged is pale, and says that it is busy
        expect(self.page.locator("main [aria-busy=true]")).to_have_count(0)
        self.page.evaluate(AXE_SCRIPT)
        results = AxeResults(self.page.evaluate(_LOOK, [kind, list(known)]))
        if not self.scripts:
            self._switch_scripts(is_off=True)
        if results.violations_count:
            self._complain(results.generate_report())

    def _switch_scripts(self, *, is_off: bool) -> None:
        self._devtools.send("Emulation.setScriptExecutionDisabled", {"value": is_off})

    def _check_language(self, language: str) -> None:
        if self.page.locator("html").get_attribute("lang") != language:
            self._complain(f"is not in {language}")
        for text in strangers(self.page.content(), language):
            self._complain(f"says {text!r}")
        prefix = PREFIXES[language]
        for address in self.page.evaluate(_LINKS):
            if not re.match(rf"{prefix}(?=[/?#]|$)", address) and not address.startswith(_SPOKEN_BY_ALL):
                self._complain(f"leads out of {language}: {address}")

    def _complain(self, problem: str) -> None:
        self.complaints.append(f"{self.page.url} at {self.width} px: {problem}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_STATUS_MESSAGE):
            self._complain(message.text)

    def _hear_error(self, error: Error) -> None:
        self._complain(str(error))

    def _see_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1" and not request.url.startswith("data:"):
            self._complain(f"asks for {request.url}")

    def _see_response(self, response: Response) -> None:
        is_answer = response.request.is_navigation_request() or response.status == _FORM_REFUSED
        if response.status >= 500 or (response.status >= 400 and not is_answer):
            self._complain(f"{response.status} for {response.url}")


@contextmanager
def browsing(
    browser: Browser,
    shop_url: str,
    *,
    width: int = PHONE,
    scripts: bool = True,
    is_dark: bool = False,
    language: str | None = None,
) -> Iterator[Browsing]:
    """A browser window for the block; at its end every page it showed must have been right."""
    opened = Browsing(browser, shop_url, width=width, scripts=scripts, is_dark=is_dark, language=language)
    with closing(opened) as window:
        yield window
    assert window.complaints == [], "\n".join(window.complaints)
