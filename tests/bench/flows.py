"""What visitors do, as generators: each gives a request and is sent its answer, whoever carries them.

A flow that gives None pauses there: what comes before is preparation.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import cycle
from typing import Any

from tests.bench.client import Answer


@dataclass(frozen=True, slots=True)
class Request:
    """A GET of a path or, with a form, a POST; `label` is what its time is counted under."""

    label: str
    path: str
    form: Mapping[str, str] | None = None


Flow = Generator[Request | None, Answer | None, None]
"""One visitor's way."""

Asking = Generator[Request | None, Answer | None, Answer]


class FlowFailed(Exception):
    """An answer was not what a visitor would have got if all were well."""


def pages(paths: Sequence[str]) -> Iterator[Flow]:
    """Look at one page after the other, over and over."""
    for path in cycle(paths):
        yield _look(path)


def fresh_pages(paths: Sequence[str]) -> Iterator[Flow]:
    """The same under addresses nobody has asked for before, so that no kept page answers."""
    for path in cycle(paths):
        yield _look(f"{path}{'&' if '?' in path else '?'}fresh={secrets.token_hex(6)}")


def carts(goods: Sequence[Mapping[str, Any]]) -> Iterator[Flow]:
    """New guests who put one thing into a cart of their own."""
    while True:
        yield _put_in_cart(random.choice(goods))


def checkouts(goods: Sequence[Mapping[str, Any]]) -> Iterator[Flow]:
    """New guests who buy two things: all that lies between the product's page and the payment's."""
    while True:
        yield _check_out(random.sample(goods, 2))


def rush(good: Mapping[str, Any]) -> Iterator[Flow]:
    """New guests who all want one piece of the same thing, of which there are too few."""
    while True:
        yield _hurry(good)


def _look(path: str) -> Flow:
    yield from _ask(Request("page", path), 200)


def _put_in_cart(good: Mapping[str, Any]) -> Flow:
    yield from _ask(_addition(good), 303)


def _check_out(goods: Sequence[Mapping[str, Any]]) -> Flow:
    yield from _ask(Request("product", f"/produk/{goods[0]['slug']}"), 200)
    for good in goods:
        yield from _ask(_addition(good), 303)
    yield from _ask(Request("cart", "/keranjang"), 200)
    page = yield from _ask(Request("form", "/checkout"), 200)
    form = {**_GUEST, **_hidden(page), "step": "address"}
    page = yield from _ask(Request("address", "/checkout", form), 200)
    form = {**_GUEST, **_hidden(page), "step": "order"}
    yield None
    yield from _ask(Request("place", "/checkout", form), 303)


def _hurry(good: Mapping[str, Any]) -> Flow:
    yield from _ask(_addition(good), 303)
    page = yield from _ask(Request("form", "/checkout"), 200)
    page = yield from _ask(
        Request("address", "/checkout", {**_GUEST, **_hidden(page), "step": "address"}), 200
    )
    yield None
    # accepted, or a page that says what is left, or back to the cart, which says so
    yield from _ask(Request("order", "/checkout", {**_GUEST, **_hidden(page), "step": "order"}), 303, 409)


def _addition(good: Mapping[str, Any]) -> Request:
    return Request("add", f"/produk/{good['slug']}", {"sku": good["sku"], "quantity": "1"})


def _ask(request: Request, *statuses: int) -> Asking:
    answer = yield request
    assert answer is not None
    if answer.status not in statuses:
        raise FlowFailed(f"{request.label} {request.path}: {answer.status} instead of {statuses}")
    return answer


_GUEST = {
    "email": "sari@example.com",
    "name": "Sari",
    "phone": "081234567890",
    "postcode": "40111",
    "village": "32.73.19.1001",
    "street": "Jalan Asia Afrika 8",
    "note": "",
}
_HIDDEN = re.compile(r'<input[^>]*name="(checkout_key|seen_total)"[^>]*value="([^"]*)"')


def _hidden(page: Answer) -> dict[str, str]:
    """What the form remembers."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}


FLOWS: dict[str, Callable[..., Iterator[Flow]]] = {
    "pages": pages,
    "fresh_pages": fresh_pages,
    "carts": carts,
    "checkouts": checkouts,
    "rush": rush,
}
"""Every flow by name; each gives as many visits as are asked for."""
