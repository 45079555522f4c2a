"""Tests of the settings a development installation fills in for itself."""

import stat
from pathlib import Path

import pytest

from kernel.config import Config, ConfigError
from operations.credentials import load_credentials
from operations.environment import complete, environment, missing_servers

ADDRESSES = {
    "DATABASE_URL": "postgresql+psycopg://lapak:x@127.0.0.1:20001/lapak",
    "CELERY_BROKER_URL": "redis://:x@127.0.0.1:20002/0",
}


class TestCredentials:
    def test_are_made_once_for_their_owner_alone(self, tmp_path: Path) -> None:
        first = load_credentials(tmp_path / "secrets")
        assert load_credentials(tmp_path / "secrets") == first
        assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o600

    def test_differ_from_one_installation_to_the_next(self, tmp_path: Path) -> None:
        one, other = load_credentials(tmp_path / "one"), load_credentials(tmp_path / "other")
        assert one.keys() == other.keys()
        assert not set(one.values()) & set(other.values())

    def test_keep_what_is_known_when_a_new_one_is_needed(self, tmp_path: Path) -> None:
        (tmp_path / "secrets").write_text("SECRET_KEY=known\n")
        assert load_credentials(tmp_path / "secrets")["SECRET_KEY"] == "known"
        assert load_credentials(tmp_path / "secrets")["VALKEY_PASSWORD"]


class TestComplete:
    def test_fills_in_everything_the_shop_needs(self, tmp_path: Path) -> None:
        config = Config.from_env(complete({"LAPAK_VAR": str(tmp_path)}, ADDRESSES))
        assert config.base_url == "http://localhost:8000"
        assert config.stripe_api_base == "http://127.0.0.1:8010"
        assert config.stripe_secret_key.startswith("sk_test_")
        assert config.mail_url == "smtp://127.0.0.1:8026"
        assert config.cache_url == "redis://:x@127.0.0.1:20002/1"

    def test_one_port_moves_the_sandbox_too(self, tmp_path: Path) -> None:
        config = Config.from_env(complete({"LAPAK_VAR": str(tmp_path), "PORT": "9000"}, ADDRESSES))
        assert (config.port, config.base_url) == (9000, "http://localhost:9000")
        assert (config.stripe_api_base, config.mail_url) == ("http://127.0.0.1:9010", "smtp://127.0.0.1:9026")

    def test_what_is_set_stays_as_it_is(self, tmp_path: Path) -> None:
        chosen = {
            "LAPAK_VAR": str(tmp_path),
            "SECRET_KEY": "chosen-secret",
            "MAIL_URL": "smtp://mail.example:25",
            "BASE_URL": "https://toko.example",
            "CACHE_URL": "redis://cache.example/3",
        }
        assert chosen.items() <= complete(chosen, ADDRESSES).items()

    def test_a_stripe_account_of_ones_own_is_never_mixed_with_the_simulator(self, tmp_path: Path) -> None:
        environ = complete({"LAPAK_VAR": str(tmp_path), "STRIPE_SECRET_KEY": "sk_test_mine"}, ADDRESSES)
        assert "STRIPE_API_BASE" not in environ
        with pytest.raises(ConfigError, match="STRIPE_WEBHOOK_SECRET is not set"):
            Config.from_env(environ)

    def test_an_empty_setting_counts_as_none(self, tmp_path: Path) -> None:
        environ = complete({"LAPAK_VAR": str(tmp_path), "SECRET_KEY": ""}, ADDRESSES)
        assert len(environ["SECRET_KEY"]) > 32


class TestProduction:
    def test_gets_nothing_for_itself(self, tmp_path: Path) -> None:
        environ = {"LAPAK_ENV": "production", "LAPAK_VAR": str(tmp_path)}
        assert missing_servers(environ) == frozenset()
        assert complete(environ, {}) == environ
        with pytest.raises(ConfigError, match="DATABASE_URL is not set"), environment(environ):
            pytest.fail("production started without its settings")
        assert list(tmp_path.iterdir()) == []
