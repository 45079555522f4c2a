"""Where a visitor is, as far as a proxy can be believed; and the one character nobody may send."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from kernel.config import Config, ConfigError
from kernel.web import create_bare_app, secure
from tests.conftest import make_config

CONFIG = make_config("postgresql+psycopg://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1")


def small_app(config: Config = CONFIG) -> Flask:
    """An app whose one page says where its visitor is."""
    app = create_bare_app(config, "small", statement_seconds=1)
    secure(app)
    app.add_url_rule("/<path:rest>", "page", lambda rest: str(request.remote_addr), methods=["GET", "POST"])
    return app


def browser(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


class TestVisitorAddress:
    @pytest.mark.parametrize(
        ("proxies", "header", "seen"),
        [
            (0, "203.0.113.7", "127.0.0.1"),
            (1, "203.0.113.7", "203.0.113.7"),
            (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
            (2, "198.51.100.1, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        ],
    )
    def test_is_what_the_trusted_proxies_say(self, proxies: int, header: str, seen: str) -> None:
        """What a visitor writes into the header himself stands further left and counts for nothing."""
        client = browser(small_app(replace(CONFIG, trusted_proxies=proxies)))
        assert client.get("/page", headers={"X-Forwarded-For": header}).text == seen

    @pytest.mark.parametrize("number", ["-1", "4", "one", "1.0"])
    def test_refuses_to_start_with_a_wrong_number_of_proxies(self, number: str) -> None:
        environ = {
            "DATABASE_URL": CONFIG.database_url,
            "CELERY_BROKER_URL": CONFIG.broker_url,
            "SECRET_KEY": CONFIG.secret_key,
            "STRIPE_SECRET_KEY": CONFIG.stripe_secret_key,
            "STRIPE_WEBHOOK_SECRET": CONFIG.stripe_webhook_secret,
            "MAIL_URL": CONFIG.mail_url,
            "BASE_URL": CONFIG.base_url,
        }
        assert Config.from_env({**environ, "TRUSTED_PROXIES": "2"}).trusted_proxies == 2
        with pytest.raises(ConfigError, match="TRUSTED_PROXIES"):
            Config.from_env({**environ, "TRUSTED_PROXIES": number})


class TestNullCharacters:
    def test_are_refused_wherever_they_stand(self) -> None:
        client = browser(small_app())
        assert client.get("/a%00b").status_code == 400
        assert client.get("/page?q=a%00b").status_code == 400
        assert client.post("/page", data={"name": "a\0b"}).status_code == 400
        assert client.post("/page?q=ab", data={"name": "ab"}).status_code == 200
