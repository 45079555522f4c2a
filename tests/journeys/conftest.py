"""One shop with the demo catalogue and one Chromium for all journeys; they end before other tests begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest
import redis
from playwright.sync_api import Browser, sync_playwright

from operations.demo import ensure_demo_catalogue
from tests.conftest import make_config
from tests.journeys.browsing import QUIET, Browsing, browsing, chromium_path
from tests.journeys.officers import PASSWORD
from tests.servers import database_copy
from tests.shop import RunningShop, running_shop

Opens = Callable[..., AbstractContextManager[Browsing]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey needs a browser and starts processes."""
    for item in items:
        if "tests/journeys/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The distribution's Chromium, without a window; where there is none the journeys are skipped."""
    path = chromium_path()
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def shop(
    chromium: Browser, _servers: tuple[str, str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    """The shop of all journeys. When they have ended every invariant must hold."""
    with database_copy(_servers[0], "journeys") as url:
        ensure_demo_catalogue(make_config(url, valkey_url), PASSWORD)
        with running_shop(url, valkey_url, tmp_path_factory.mktemp("journeys")) as shop:
            yield shop
            assert shop.violations() == {}


@pytest.fixture
def person(chromium: Browser, shop: RunningShop) -> Opens:
    """Opens a browser window: `with person(width=PHONE, scripts=False) as customer`.

    All journeys come from one network address, so each begins as in a new hour: nothing is counted yet.
    """
    with redis.Redis.from_url(shop.config.cache_url) as counters:
        for key in counters.scan_iter(match="*limit*"):
            counters.delete(key)
    return partial(browsing, chromium, shop.url)
