"""Settings: what is missing or unsafe stops the start with one sentence that names it."""

import pytest

from kernel.config import Config, ConfigError

SAFE = {
    "LAPAK_ENV": "production",
    "DATABASE_URL": "postgresql://lapak@db.internal/lapak",
    "CELERY_BROKER_URL": "rediss://broker.internal/0",
    "SECRET_KEY": "k" * 43,
    "STRIPE_SECRET_KEY": "sk_live_" + "x" * 40,
    "STRIPE_WEBHOOK_SECRET": "whsec_" + "x" * 40,
    "MAIL_URL": "smtps://mail.internal:465",
    "BASE_URL": "https://lapak.example/",
    "FILES_URL": "/srv/lapak/files",
}


class TestFromEnv:
    def test_reads_a_safe_production(self) -> None:
        config = Config.from_env(SAFE)
        assert config.is_production
        assert config.database_url == "postgresql+psycopg://lapak@db.internal/lapak"
        assert config.cache_url == config.broker_url
        assert config.base_url == "https://lapak.example"
        assert config.stripe_api_base == "https://api.stripe.com"

    @pytest.mark.parametrize("name", [name for name in SAFE if name != "LAPAK_ENV"])
    def test_names_what_is_missing(self, name: str) -> None:
        for value in (None, "", "  "):
            environ = {key: text for key, text in SAFE.items() if key != name}
            if value is not None:
                environ[name] = value
            with pytest.raises(ConfigError, match=f"^{name} is not set"):
                Config.from_env(environ)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SECRET_KEY", "dev"),
            ("SECRET_KEY", "changeme"),
            ("SECRET_KEY", "k" * 31),
            ("STRIPE_SECRET_KEY", "sk_test_" + "x" * 40),
            ("STRIPE_SECRET_KEY", "sk_live_short"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_short"),
            ("STRIPE_API_BASE", "http://127.0.0.1:12111"),
            ("STRIPE_API_BASE", "https://api.stripe.com.evil.example"),
            ("FLASK_DEBUG", "1"),
            ("BASE_URL", "http://lapak.example"),
            ("DATABASE_URL", "sqlite:///lapak.db"),
            ("DATABASE_URL", "mysql://db/lapak"),
            ("PORT", "http"),
            ("PORT", "0"),
            ("PORT", "70000"),
            ("LAPAK_ENV", "staging"),
        ],
    )
    def test_refuses_what_production_must_not_have(self, name: str, value: str) -> None:
        with pytest.raises(ConfigError) as refusal:
            Config.from_env({**SAFE, name: value})
        assert str(refusal.value).startswith(name)
        assert str(refusal.value).count(".") >= 1
        assert "\n" not in str(refusal.value)

    def test_development_may_talk_to_the_simulator_with_a_test_key(self) -> None:
        config = Config.from_env(
            {
                **SAFE,
                "LAPAK_ENV": "development",
                "STRIPE_SECRET_KEY": "sk_test_1",
                "STRIPE_API_BASE": "http://127.0.0.1:12111",
                "BASE_URL": "http://localhost:8000",
            }
        )
        assert not config.is_production
