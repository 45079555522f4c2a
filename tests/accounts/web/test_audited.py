"""The watch over what forms of the staff change bites, and every word the code records has its own words."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from accounts.web.audit import ACTIONS, KINDS
from kernel.db import transaction
from orders.rules.allocation import Wish
from tests.access_table import TABLE
from tests.audited import NOT_PRIVILEGED, Watch
from tests.factories.accounts import browser, make_officer
from tests.factories.parcels import make_paid_order, parcel_of
from tests.factories.placing import make_shop

ROOT = Path(__file__).parent.parent.parent.parent
BUILT = {
    "accounts/services/officers.py": {"handover.finish", "message.finish"},
    "accounts/services/second_factors.py": {"user.forget_second_factor"},
    "inventory/services/photographs.py": {
        f"photograph.{verb}" for verb in ("add", "describe", "move", "remove", "review")
    },
    "inventory/services/permits.py": {f"permit.{verb}" for verb in ("add", "change", "withdraw", "review")},
    "inventory/services/shelving.py": {"stock.received", "stock.adjusted"},
    "orders/services/coming_back.py": {"parcel.returned", "parcel.lost"},
    "orders/services/answering.py": {
        f"enquiry.{kind}" for kind in ("answered", "confirmed", "declined", "closed", "reopened", "link")
    },
    "orders/services/moderating.py": {"review.published", "review.refused"},
    "orders/services/problems.py": {f"problem.{kind}" for kind in ("answered", "refunded", "closed")},
}
"""What files put together from a kind and a verb."""

_ACTION = re.compile(rf"({'|'.join(sorted({each.partition('.')[0] for each in ACTIONS}))})\.[a-z_]+")


PERMISSIONS = {line.permission for line in TABLE}


def sources() -> list[tuple[str, ast.Module]]:
    rooms = ("accounts", "inventory", "orders", "privacy", "operations")
    paths = (path for room in rooms for path in (ROOT / room).rglob("services/*.py"))
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in sorted(paths)]


def written(node: ast.AST) -> str:
    """The text that stands in the source as it is, or nothing."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


class TestTheWords:
    def test_every_action_has_words(self) -> None:
        wordless = set()
        for name, tree in sources():
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "record"):
                    action, kind = [*map(written, node.args), "", "", "", ""][2:4]
                    wordless |= {f"{name}: {action}"} if action and action not in ACTIONS else set()
                    wordless |= {f"{name}: {kind}"} if kind and kind not in KINDS else set()
                said = written(node)
                if _ACTION.fullmatch(said) and said not in ACTIONS and said not in PERMISSIONS:
                    wordless.add(f"{name}: {said}")
        assert wordless == set()

    def test_what_is_put_together_has_words_too(self) -> None:
        of_parts = re.compile(r"f'(?:[a-z]+|\{note\.kind\})\.(?:\{|finish)")
        building = {
            name
            for name, tree in sources()
            if any(
                isinstance(node, ast.JoinedStr) and of_parts.match(ast.unparse(node))
                for node in ast.walk(tree)
            )
        }
        assert building <= set(BUILT), "a file that is not listed puts an action together"
        assert set().union(*BUILT.values()) <= set(ACTIONS)


@pytest.fixture
def desk(app: Flask, at: datetime) -> tuple[int, str]:
    """An officer, and the number of a new parcel of theirs."""
    with app.app_context(), transaction() as session:
        shop = make_shop(session, at=at)
        officer = make_officer(session, shop.garut)
        order = make_paid_order(session, Wish(1, shop.net.id, 1, shop.garut.id), at=at)
        return officer.id, parcel_of(session, order, shop.garut).number


class TestTheWatch:
    def test_names_routes_there_are(self) -> None:
        assert set(NOT_PRIVILEGED) <= {line.rule for line in TABLE}

    def test_misses_the_entry_of_a_form(
        self, app: Flask, desk: tuple[int, str], audit_watch: Watch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        officer, number = desk
        page = browser(app, officer)
        assert page.post(f"/staff/paket/{number}/terima").status_code == 303
        assert audit_watch.missed == []
        with monkeypatch.context() as forgetful:
            forgetful.setattr("accounts.services.audit.record", lambda *_, **__: None)
            assert page.post(f"/en/staff/paket/{number}/kemas").status_code == 303
        (missed,) = audit_watch.missed
        audit_watch.missed.clear()
        assert missed.startswith("/staff/paket/<number>/kemas changed fulfilments"), missed

    def test_misses_the_words_of_an_entry(
        self, app: Flask, desk: tuple[int, str], audit_watch: Watch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        officer, number = desk
        monkeypatch.delitem(ACTIONS, "parcel.accept")
        assert browser(app, officer).post(f"/staff/paket/{number}/terima").status_code == 303
        assert audit_watch.wordless == ["parcel.accept"]
        audit_watch.wordless.clear()
