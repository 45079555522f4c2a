"""Every mail can be looked at before it is sent, in both languages, in the light, in the dark and as text."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import datetime
from html import escape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import worker.notifications
from kernel.db import db
from kernel.mail import Mail
from kernel.web import create_bare_app
from operations.mail_previews import (
    PREVIEWS,
    VIEWS,
    Preview,
    blueprint,
    has_dark_rules,
    in_scheme,
    written,
)
from orders.models import Order
from storefront.app import create_app
from tests.conftest import make_config
from tests.languages import strangers
from tests.servers import database_copy
from worker.notifications.order_parts import post_to_buyer
from worker.notifications.writing import post


def mail_writers() -> set[object]:
    """Every function of the notifications that queues mails: it takes a session and a moment."""
    modules = [
        importlib.import_module(f"worker.notifications.{each.name}")
        for each in pkgutil.iter_modules(worker.notifications.__path__)
    ]
    return {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and function not in (post, post_to_buyer)
        and {"session", "at"} <= inspect.signature(function).parameters.keys()
    }


@pytest.fixture
def _context() -> Iterator[None]:
    config = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")
    with create_bare_app(config, "worker", statement_seconds=5).app_context():
        yield


def test_every_mail_has_a_preview() -> None:
    assert mail_writers() - {preview.handler for preview in PREVIEWS} == set()


def test_previews_have_names_of_their_own() -> None:
    assert len({preview.name for preview in PREVIEWS}) == len(PREVIEWS)


@pytest.mark.usefixtures("_context")
@pytest.mark.parametrize("preview", PREVIEWS, ids=lambda preview: preview.name)
@pytest.mark.parametrize("locale", ["id", "en"])
def test_each_is_written_in_one_layout(session: Session, at: datetime, preview: Preview, locale: str) -> None:
    (mail,) = written(session, preview, locale=locale, at=at)
    assert mail.locale in (locale, "id")  # staff read Indonesian
    assert f'<html lang="{mail.locale}">' in mail.body_html
    assert has_dark_rules(mail.body_html)
    assert mail.body_text.startswith("LAPAK\n")
    assert "<" not in mail.body_text.replace("<b>", "")
    plain = f'<html lang="{mail.locale}"><p>{mail.subject}</p><pre>{escape(mail.body_text)}</pre></html>'
    assert strangers(mail.body_html, mail.locale) + strangers(plain, mail.locale) == []


class TestSchemes:
    def test_each_is_shown_whatever_the_device_prefers(self) -> None:
        html = '<meta content="light dark"><style>@media (prefers-color-scheme: dark) {}</style>'
        assert in_scheme(html, "dark") == '<meta content="dark"><style>@media all {}</style>'
        assert in_scheme(html, "light") == '<meta content="light"><style>@media not all {}</style>'


class TestPages:
    @pytest.fixture
    def shop(self, _servers: tuple[str, str], valkey_url: str) -> Iterator[Flask]:
        with database_copy(_servers[0], "mails") as url:
            app = create_app(make_config(url, valkey_url))
            app.testing = True
            app.register_blueprint(blueprint)
            yield app
            with app.app_context():
                db.engine.dispose()

    def test_list_and_show_every_mail_and_leave_nothing_behind(self, shop: Flask) -> None:
        client = shop.test_client()
        page = client.get("/styleguide/surat").get_data(as_text=True)
        for preview in PREVIEWS:
            assert f"<h2>{preview.name}</h2>" in page
        for view in VIEWS:
            answer = client.get(f"/styleguide/surat/{PREVIEWS[0].name}/en/{view}")
            assert "LP-CONTOH00" in answer.get_data(as_text=True)
        assert client.get("/styleguide/surat/none/en/text").status_code == 404
        with shop.app_context():
            for table in (Mail, Order):
                assert db.session.scalar(select(func.count()).select_from(table)) == 0

    def test_are_not_there_in_the_shop_itself(self, client: FlaskClient) -> None:
        assert client.get("/styleguide/surat").status_code == 404
