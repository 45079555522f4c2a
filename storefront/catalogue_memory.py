"""What the pages of one version of the catalogue share, remembered by each process for as long as it holds.

The version comes from Valkey and is asked for *before* anything is read; a change committed meanwhile has
given the catalogue another one, under which nothing is remembered yet. So there is one truth, and the memory
of a process is only ever a copy of it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from flask import Flask, current_app, request

from inventory.adapters.valkey import CATALOGUE_VERSION, QuickValkey
from storefront.page_cache import KEPT_SECONDS, VERSION

_MOST = 200
_MEMORY = "catalogue_memory"

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class _Page:
    """What is remembered of one version, and until when: a page is not kept longer either."""

    version: bytes
    until: float
    values: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)


class CatalogueMemory:
    """Values read from the catalogue, of the version met last: the `most` that were asked for last."""

    def __init__(
        self, valkey: QuickValkey, most: int = _MOST, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._valkey = valkey
        self._most = most
        self._clock = clock
        self._page = _Page(b"", 0.0)
        self._lock = Lock()

    def version(self) -> bytes | None:
        """The version at hand, None while it is not known."""
        return self._valkey.ask(lambda client: client.get(CATALOGUE_VERSION))

    def recall(self, version: bytes, key: Hashable, read: Callable[[], Read]) -> Read:
        """What `read` gave for this key in this version of the catalogue."""
        page, at = self._page, self._clock()
        if page.version != version or page.until <= at:
            page = self._page = _Page(version, at + KEPT_SECONDS)
        with self._lock:
            if key in page.values:
                page.values.move_to_end(key)
                kept: Read = page.values[key]
                return kept
        value = read()
        with self._lock:
            page.values[key] = value
            if len(page.values) > self._most:
                page.values.popitem(last=False)
        return value


def init_memory(app: Flask, valkey: QuickValkey) -> None:
    """Let the pages of an app remember what they share."""
    app.extensions[_MEMORY] = CatalogueMemory(valkey)


def remembered(key: Hashable, read: Callable[[], Read]) -> Read:
    """What `read` gives, once for each version of the catalogue; `key` says all that it depends on besides.

    Nothing is remembered while the version is not known. What is given is shared: it must not be changed.
    """
    memory: CatalogueMemory = current_app.extensions[_MEMORY]
    if VERSION not in request.environ:
        request.environ[VERSION] = memory.version()
    version: bytes | None = request.environ[VERSION]
    return read() if version is None else memory.recall(version, key, read)
