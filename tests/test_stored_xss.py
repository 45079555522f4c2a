"""What people write is shown as they wrote it and never runs: on every page there is, and in every mail.

An attack is written straight into the columns, past forms and rules: these are another fence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inventory.models import Product
from kernel.db import transaction
from kernel.mail import Mail
from kernel.outbox import OutboxEvent, restore
from orders.events import ProblemReported
from orders.models import Problem
from tests.access_table import TABLE
from tests.factories.inventory import list_products
from tests.test_access import World, browser_of, world
from worker.subscriptions import SUBSCRIPTIONS

__all__ = ["world"]

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "</script></title><svg onload=a()>",
    "javascript:alert(1)//",
    "{{ 7*7 }}{% x %}&lt;b&gt;\u2028",
)

WRITTEN = (
    # by customers
    *("users.name", "addresses.label", "addresses.recipient", "addresses.street"),
    *("orders.name", "orders.street", "orders.note", "order_lines.own_text"),
    *("enquiries.name", "enquiries.company", "enquiries.destination", "enquiries.unit"),
    *("enquiry_messages.body", "problem_entries.body", "reviews.body"),
    # by officers, and by who imports the catalogue
    *("photographs.alt_id", "reviews.answer"),
    *("products.name", "products.description_id", "variants.name"),
    *("upts.name", "upts.about_id", "upts.address", "kanwils.name"),
)
"""Every column that holds somebody's own words and is shown."""

_ALSO = {
    "reviews.answer": ", answered_at = now()",
    "photographs.alt_id": ", state = 'published', reviewed_at = now(), reviewed_by_user_id = 1",
    "kanwils.name": " WHERE id = (SELECT min(id) FROM kanwils)",
}
"""What the database asks for beside the words."""

_MARK = re.compile(r"k\d+")
_LEADING = frozenset({"href", "src", "action", "formaction"})


class Reader(HTMLParser):
    """Reads a page as a browser does: what would run, and what is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []
        self.shown: list[str] = []
        self._script: dict[str, str | None] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _MARK.fullmatch(tag):
            self.live.append(f"<{tag}>")
        for name, value in attrs:
            is_code = (value or "").strip().lower().startswith("javascript:")
            if name.startswith("on") or (is_code and name in _LEADING):
                self.live.append(f"<{tag} {name}={value}>")
            self.shown.append(value or "")
        self._script = dict(attrs) if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.shown.append(data)
        elif "json" not in (self._script.get("type") or ""):
            self.live.append(data)
        elif "<" in data:
            self.live.append(f"not escaped in JSON: {data}")
        else:
            json.loads(data)


def mark(column: str) -> str:
    """What tells the words of this column from all others."""
    return f"<k{WRITTEN.index(column)}>"


def write(session: Session, attack: str) -> None:
    """Put the attack into every column, each with its own mark."""
    for column in WRITTEN:
        table, name = column.split(".")
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        session.execute(
            text(f"UPDATE {table} SET {name} = :words{_ALSO.get(column, '')}"),
            {"words": attack + mark(column)},
        )
        session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    session.flush()
    session.expire_all()
    list_products(session, *session.scalars(select(Product)))


def pages(app: Flask, world: World) -> Iterator[tuple[str, str]]:
    """Every page with an address, as those see it who may: HTML only."""
    people: dict[str, list[FlaskClient]] = {
        "staff": [browser_of(app, world.people[who]) for who in ("officer U1", "directorate")],
        "customer": [browser_of(app, world.owners["U1"])],
        "signed": [browser_of(app, world.owners["U1"]), browser_of(app, world.people["anonymous"])],
        "open": [browser_of(app, world.people["anonymous"])],
    }
    for line in TABLE:
        if line.method != "GET" or ("<" in line.rule and line.place is None):
            continue
        for client in people.get(line.kind, []):
            answer = client.get(line.address(world.things["U1"]), buffered=True)
            assert answer.status_code < 500, line.rule
            if answer.mimetype == "text/html" and answer.status_code == 200:
                yield line.rule, answer.text


def mails(session: Session, world: World, app: Flask) -> Iterator[tuple[str, str]]:
    """Every mail that what has happened calls for."""
    session.execute(text("DELETE FROM mails"))
    events = [restore(row.name, row.payload) for row in session.scalars(select(OutboxEvent)).all()]
    events += [ProblemReported(problem_id) for problem_id in session.scalars(select(Problem.id)).all()]
    at = session.scalars(select(OutboxEvent.created_at)).first()
    for event in events:
        for subscription in SUBSCRIPTIONS:
            is_mail = subscription.apply.__module__.startswith("worker.notifications")
            if is_mail and subscription.event is type(event):
                subscription.apply(session, event, at=at)
    session.flush()
    for mail in session.scalars(select(Mail)).all():
        yield mail.subject, mail.body_html


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_people_write_never_runs(app: Flask, world: World, attack: str) -> None:
    with app.app_context(), transaction() as session:
        write(session, attack)
    found = list(pages(app, world))
    with app.test_request_context(), transaction() as session:
        found += mails(session, world, app)
    live, shown = [], ""
    for name, html in found:
        reader = Reader()
        reader.feed(html)
        reader.close()
        live += [f"{name}: {what}" for what in reader.live]
        shown += "\n".join(reader.shown)
    assert live == []
    assert [column for column in WRITTEN if attack + mark(column) not in shown] == [], (
        "shown nowhere as written"
    )
    assert len(found) > 40
