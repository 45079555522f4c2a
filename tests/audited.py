"""In every test: what a form of the staff's pages changes has its entry in the audit log, in one transaction.

The statements of each such request are looked at as they reach the database, whichever test sends them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import has_request_context, request
from sqlalchemy import Connection, Engine, event

from accounts.web.audit import ACTIONS

NOT_PRIVILEGED = {
    "/staff/masuk": "whoever signs in has a list of their own: sign_ins",
    "/staff/masuk/kode": "whoever signs in has a list of their own: sign_ins",
    "/staff/keluar": "their own device",
}
"""Forms under /staff that change something without an entry, each with its reason."""

_CHANGE = re.compile(r"(?<!FOR )(?:INSERT INTO|UPDATE|DELETE FROM)\s+(?:ONLY\s+)?(?!SET\b)([a-z_]+)")
_UNTOLD = frozenset({"user_sessions"})
"""When a device was seen last."""


class Watch:
    """What forms of the staff changed without an entry, `missed`, and entries without words, `wordless`."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        self.wordless: list[str] = []

    def hear(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        """Note the tables a statement has changed in a transaction that is not over."""
        if "INSERT INTO audit_entries" in statement:
            each = parameters if isinstance(parameters, list) else [parameters]
            said = {str(row.get("action")) for row in each if isinstance(row, dict)} - {"None"}
            self.wordless += [action for action in said if action not in ACTIONS and has_request_context()]
        if cursor.rowcount and _is_form():
            connection.info.setdefault("changed", set()).update(_CHANGE.findall(statement))

    def end(self, connection: Connection) -> None:
        """The transaction is kept: it has an entry if it changed anything."""
        changed = connection.info.pop("changed", set()) - _UNTOLD
        if changed and "audit_entries" not in changed:
            self.missed.append(f"{request.url_rule} changed {', '.join(sorted(changed))}")


def forget(connection: Connection, *_: Any) -> None:
    """What was rolled back changed nothing; what a broken connection had noted is gone with it."""
    if not connection.invalidated:
        connection.info.pop("changed", None)


def _is_form() -> bool:
    if not has_request_context() or request.method != "POST":
        return False
    rule = str(request.url_rule)
    return rule.startswith("/staff") and rule not in NOT_PRIVILEGED


@pytest.fixture(scope="session")
def _watch() -> Iterator[Watch]:
    watch = Watch()
    listeners = (
        ("after_cursor_execute", watch.hear),
        ("commit", watch.end),
        ("rollback", forget),
        ("rollback_savepoint", forget),
    )
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    yield watch
    for name, listener in listeners:
        event.remove(Engine, name, listener)


@pytest.fixture(autouse=True)
def audit_watch(_watch: Watch) -> Iterator[Watch]:
    """Fails the test in which a form of the staff changed something without an entry, or without words."""
    yield _watch
    missed, wordless = list(_watch.missed), list(_watch.wordless)
    _watch.missed.clear()
    _watch.wordless.clear()
    assert missed == []
    assert wordless == [], wordless
