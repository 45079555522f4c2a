"""Lighthouse on the running shop: `make lighthouse`.

The pages a customer passes on the way to paying, as a phone on a slow line gets them (Lighthouse's mobile
preset), from the real web server. Scores and bytes are printed; a missed budget is a failure. Without node it
says so and does nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import click

from tests.journeys.browsing import WHOLE, chromium_path
from tests.journeys.screenshots import demo_shop

LIGHTHOUSE = "lighthouse@13.5.0"
PRODUCT = "/produk/sabun-cuci-lapas-garut"
PAGES = {
    "home": "/",
    "listing": "/produk",
    "product": PRODUCT,
    "cart": "/keranjang",
    "checkout": "/checkout",
}
SCORES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
"""Category of Lighthouse and the least it must give."""

PRIVATE = ("cart", "checkout")
"""Pages that are a visitor's own: that robots are told not to list them is no fault here."""

MOST_SHIFT = 0.02
MOST_SCRIPT = 15_000
MOST_LISTING, MOST_REQUESTS = 80_000, 12
_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
_LONGEST = 240  # seconds for one page


@dataclass(frozen=True, slots=True)
class Report:
    """What Lighthouse measured on one page."""

    scores: dict[str, int]
    failed: list[str]
    bytes_sent: int
    script_bytes: int
    requests: int
    shift: float

    @classmethod
    def read(cls, found: dict[str, Any]) -> Report:
        """The figures of Lighthouse's JSON."""
        audits, categories = found["audits"], found["categories"]
        asked = audits["network-requests"]["details"]["items"]
        items = [each for each in asked if each["url"].startswith("http")]
        failed = [
            f"{name}: {audits[each['id']]['title']}"
            for name in SCORES
            for each in categories[name]["auditRefs"]
            if each["weight"] and (audits[each["id"]]["score"] or 0) < 0.9
        ]
        return cls(
            scores={name: round(100 * (categories[name]["score"] or 0)) for name in SCORES},
            failed=failed,
            bytes_sent=sum(each.get("transferSize", 0) for each in items),
            script_bytes=sum(
                each.get("transferSize", 0) for each in items if each.get("resourceType") == "Script"
            ),
            requests=len(items),
            shift=audits["cumulative-layout-shift"]["numericValue"],
        )

    def missed(self, page: str) -> list[str]:
        """The budgets this page is over, in words."""
        said = [
            f"{name} {self.scores[name]}, not {least}"
            for name, least in SCORES.items()
            if self.scores[name] < least
        ]
        limits = [
            ("layout shift", self.shift, MOST_SHIFT),
            ("bytes of script", self.script_bytes, MOST_SCRIPT),
        ]
        if page == "listing":
            limits += [("bytes", self.bytes_sent, MOST_LISTING), ("requests", self.requests, MOST_REQUESTS)]
        return said + [f"{what} {value:g}, over {most:g}" for what, value, most in limits if value > most]


@click.command()
@click.option("--url", default="", help="A shop that runs already; otherwise one with demo goods is started.")
@click.option("--page", "pages", multiple=True, type=click.Choice(list(PAGES)), help="Only this page.")
def main(url: str, pages: tuple[str, ...]) -> None:
    """Measure the pages and compare them with their budgets."""
    npx, chromium = shutil.which("npx"), chromium_path(WHOLE)
    if npx is None or chromium is None:
        click.echo(f"Skipped: {'node' if npx is None else 'Chromium'} is missing here.")
        return
    chosen = pages or tuple(PAGES)
    if url:
        missed = _measure_all(npx, chromium, url.rstrip("/"), chosen)
    else:
        with demo_shop("lighthouse") as shop:
            missed = _measure_all(npx, chromium, shop.url, chosen)
    if missed:
        raise click.ClickException(f"{missed} budgets are missed.")


def _measure_all(npx: str, chromium: str, url: str, pages: tuple[str, ...]) -> int:
    """Print one line a page; gives how many budgets were missed."""
    cart = _cart_cookie(url)
    click.echo(
        f"{'page':10}{'perf':>6}{'a11y':>6}{'best':>6}{'seo':>6}{'bytes':>9}{'js':>7}{'req':>5}{'cls':>7}"
    )
    count = 0
    for page in pages:
        report = _measure(npx, chromium, url + PAGES[page], cart if page in PRIVATE else "")
        numbers = "".join(f"{report.scores[name]:>6}" for name in SCORES)
        click.echo(
            f"{page:10}{numbers}{report.bytes_sent:>9}{report.script_bytes:>7}{report.requests:>5}"
            f"{report.shift:>7.3f}"
        )
        missed = report.missed(page)
        for sentence in missed + (report.failed if missed else []):
            click.echo(f"    {sentence}")
        count += len(missed)
    return count


def _measure(npx: str, chromium: str, address: str, cookie: str) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [npx, "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", f"--output-path={path}"]
        command += [f"--only-categories={','.join(SCORES)}", f"--chrome-flags={_FLAGS}"]
        if cookie:
            command += [f"--extra-headers={json.dumps({'Cookie': cookie})}", "--skip-audits=is-crawlable"]
        environment = {**os.environ, "CHROME_PATH": chromium}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_LONGEST, check=False
        )
        if not path.exists():
            raise click.ClickException(f"Lighthouse did not finish: {done.stderr.strip()[-600:]}")
        found = json.loads(path.read_text(encoding="utf-8"))
    if found.get("runtimeError"):
        raise click.ClickException(f"{address}: {found['runtimeError']['message']}")
    return Report.read(found)


def _cart_cookie(url: str) -> str:
    """The cookie of a new cart with one product in it."""
    jar = CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar))
    with opener.open(url + PRODUCT) as page:
        sku = page.read().decode().partition('name="sku" value="')[2].partition('"')[0]
    form = urlencode({"sku": sku, "quantity": "1"}).encode()
    with opener.open(Request(url + PRODUCT, form, {"Sec-Fetch-Site": "same-origin"})):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


if __name__ == "__main__":
    main()
