"""Every page of the demo shop that the sitemap names, as a search engine sees it."""

from __future__ import annotations

import json
import re
from collections import Counter
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.rules import system_actor
from accounts.services.demo import fill_upt_offices
from inventory.services.demo import load_demo_goods
from inventory.services.importing import import_catalogue
from kernel.clock import now
from kernel.db import transaction
from operations.demo import DEMO_PRODUCTS, DEMO_UPTS
from storefront.web.head import LONGEST_DESCRIPTION, LONGEST_TITLE
from tests.storefront.web.test_found import addresses
from tests.storefront.web.test_head import link, things

# What search engines ask of each type (schema.org names more; these are the ones without which it is no use).
_REQUIRED = {
    "BreadcrumbList": {"itemListElement"},
    "GovernmentOffice": {"name", "url", "address"},
    "ItemList": {"itemListElement"},
    "Organization": {"name", "url", "logo"},
    "Product": {"name", "image", "description", "offers"},
    "Service": {"name", "provider", "areaServed"},
    "WebSite": {"name", "url", "potentialAction"},
}
_OFFER = {"price", "priceCurrency", "availability", "seller", "url"}


@pytest.fixture
def demo(app: Flask) -> None:
    """The shipped catalogue with its sample values."""
    with app.app_context(), transaction() as session:
        import_catalogue(session, DEMO_UPTS, DEMO_PRODUCTS, progress=lambda _step, _rows: None)
        load_demo_goods(session, actor=system_actor("test"), at=now())
        fill_upt_offices(session)


@pytest.mark.usefixtures("demo")
def test_every_page_is_found_as_itself(client: FlaskClient) -> None:
    titles: dict[str, Counter[str]] = {"id": Counter(), "en": Counter()}
    told: Counter[str] = Counter()
    for address, _entry in addresses(client):
        answer = client.get(address.removeprefix("http://localhost"))
        assert answer.status_code == 200, address
        page = answer.text
        language = "en" if "localhost/en/" in address else "id"
        assert f'<html lang="{language}"' in page
        assert unescape(link(page, 'rel="canonical"') or "") == address
        assert 'name="robots"' not in page
        title = unescape(page.partition("<title>")[2].partition("</title>")[0])
        description = unescape(page.partition('<meta name="description" content="')[2].partition('"')[0])
        titles[language][title] += 1
        assert 5 <= len(title) <= LONGEST_TITLE, (address, title)
        assert 30 <= len(description) <= LONGEST_DESCRIPTION, (address, description)
        found = things(page)
        told.update(found.keys())
        for kind, thing in found.items():
            check(kind, thing)
    assert not [title for counts in titles.values() for title, times in counts.items() if times > 1]
    assert set(_REQUIRED) == set(told)
    assert told["Product"] > 200


def check(kind: str, thing: dict[str, Any]) -> None:
    """A data block says what its type must say, and no opinion nobody gave."""
    assert _REQUIRED[kind] <= set(thing), thing
    assert not {"aggregateRating", "review"} & set(thing)
    for offer in thing.get("offers", []):
        assert set(offer) >= _OFFER, offer
        assert isinstance(offer["price"], int)
        assert offer["priceCurrency"] == "IDR"
        assert "shippingDetails" not in offer
        assert {"name", "url"} <= set(offer["seller"])
    if kind == "BreadcrumbList":
        steps = thing["itemListElement"]
        assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
        assert all(step["name"] for step in steps)
        assert all(step["item"].startswith("http://localhost/") for step in steps[:-1])
    for url in re.findall(r'"url": "([^"]*)"', json.dumps(thing)):
        assert url.startswith("http://localhost/")
