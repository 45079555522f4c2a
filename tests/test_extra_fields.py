"""Mass assignment: fields that no form of the staff has change neither its answer nor what is stored."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Column, func, select
from sqlalchemy.orm import Session

from accounts.rules import ROLE_PERMISSIONS
from accounts.web.limits import limiter
from kernel.clock import now
from kernel.db import Base, db
from tests.access_table import Line
from tests.test_access import STAFF_LINES, World, browser_of, world

__all__ = ["world"]

EXTRA = {
    **dict.fromkeys(("upt_id", "upt_ids", "kanwil_id", "user_id", "owner_id", "actor_user_id"), "1"),
    **dict.fromkeys(("is_admin", "is_national", "is_verified", "is_published", "is_active"), "1"),
    **dict.fromkeys(("paid_at", "verified_at", "published_at", "created_at", "sent_at", "at"), "2000-01-01"),
    **dict.fromkeys(("amount", "refund_amount", "total", "unit_price", "shipping_cost", "captured"), "1"),
    **dict.fromkeys(("on_hand", "reserved", "remaining", "cancelled", "shipped"), "9"),
    **dict.fromkeys(("roles", "membership", "held"), "directorate"),
    "state": "delivered",
    "status": "paid",
    "permissions": "people.manage",
    "actor_label": "system:sneak",
    "is_staff": "y",
}
"""What somebody who knows the tables would send along; none of it is a field of a form."""

OWN_WORDS = {"role": "directorate", "price": "1", "upt": "NONE", "owner": "1", "actor": "1"}
"""Fields of some forms: sent to those that do not have them."""

FORMS_WITH = {"role": "/staff/orang", "price": "/staff/produk", "upt": "/staff/stok"}
"""Where these words are fields."""

NOW = now().year

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{16}\b|new-[0-9]+")


def extra_for(line: Line) -> dict[str, str]:
    own = {
        word: value
        for word, value in OWN_WORDS.items()
        if not line.rule.startswith(FORMS_WITH.get(word, "-"))
    }
    return {name: value for name, value in {**EXTRA, **own}.items() if name not in line.form}


class Kept:
    """What each commit would have kept; nothing is, so that every form finds the same world."""

    def __init__(self, session: Session) -> None:
        tables = Base.metadata.sorted_tables
        self.most = {
            table.name: session.scalar(select(func.max(table.c.id))) or 0
            for table in tables
            if "id" in table.c and table.c.id.type.python_type is int
        }
        self.rows: list[str] = []

    def commit(self, session: Session) -> None:
        session.flush()
        for table in Base.metadata.sorted_tables:
            if table.name not in ("user_sessions", "audit_head"):
                for row in session.execute(select(table)):
                    told = [self.told(column, each) for column, each in zip(table.columns, row, strict=True)]
                    self.rows.append(f"{table.name} {told}")
        self.rows.sort()
        session.rollback()

    def told(self, column: Column[Any], value: Any) -> Any:
        """A value without what is drawn anew each time: moments of now, keys, hashes, numbers of new rows."""
        if isinstance(value, bytes | UUID) or column.name == "link_key":
            return "drawn"
        if isinstance(value, datetime) and value.year == NOW:
            return "now"
        if isinstance(value, int) and not isinstance(value, bool):
            names = {key.column.table.name for key in column.foreign_keys}
            names |= {column.table.name} if column.primary_key else set()
            return "new" if any(value > self.most.get(name, value) for name in names) else value
        if isinstance(value, str):
            return _UUID.sub("drawn", value)
        if isinstance(value, dict):
            return {
                _UUID.sub("drawn", name): "id"
                if name.endswith("_id") and column.table.name == "outbox_events"
                else self.told(column, each)
                for name, each in value.items()
            }
        return value


def send(client: FlaskClient, kept: Kept, address: str, form: dict[str, str]) -> tuple[Any, ...]:
    """What a form is answered, and what it would have stored."""
    with client.session_transaction() as cookie:
        cookie.pop("_flashes", None)
    kept.rows.clear()
    limiter.reset()
    answer = client.post(address, data=form)
    with client.session_transaction() as cookie:
        said = cookie.get("_flashes")
    body = _UUID.sub("drawn", answer.text) if answer.status_code != 303 else ""
    return answer.status_code, _UUID.sub("drawn", str(answer.location)), said, body, list(kept.rows)


def difference(one: Any, other: Any) -> str:
    if isinstance(one, list):
        return f"{sorted(set(one) - set(other))} became {sorted(set(other) - set(one))}"
    return f"{one} became {other}"


@pytest.mark.parametrize("name", ["head U1", "kanwil K1", "directorate"])
def test_fields_that_no_form_has_change_nothing(
    app: Flask, world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    knocker = world.people[name]
    client = browser_of(app, knocker)
    with app.app_context():
        kept = Kept(db.session())

    def commit(session: Session) -> None:
        kept.commit(session)

    monkeypatch.setattr(Session, "commit", commit)
    assert knocker.role is not None
    changed, stored = [], 0
    for line in STAFF_LINES:
        if line.method != "POST" or line.permission not in ROLE_PERMISSIONS[knocker.role]:
            continue
        address = line.address(world.things["U1"])
        without = send(client, kept, address, dict(line.form))
        along = send(client, kept, address, {**line.form, **extra_for(line)})
        stored += bool(without[-1])
        changed += [f"{line.rule}: {difference(a, b)}" for a, b in zip(without, along, strict=True) if a != b]
    assert changed == []
    assert stored >= 3, "some of the forms do change something"
