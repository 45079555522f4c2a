"""The settings of one process, read from the environment once, at its door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Environment = Literal["production", "development", "test"]

_WELL_KNOWN_SECRETS = frozenset({"", "dev", "secret", "changeme", "change-me", "default", "test", "password"})
_SHORTEST_SECRET = 32
_STRIPE_API = "https://api.stripe.com"
_MAIL_FROM = "Lapak PAS <pesanan@lapak.example>"
_ALERT_MAIL = "jaga@lapak.example"
_FILES_FOLDER = Path(__file__).resolve().parent.parent / "var" / "files"
_FILES_REGION = "us-east-1"


class ConfigError(Exception):
    """A setting is missing or unsafe; the message is one sentence that names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a process must be told. Addresses are URLs, durations are in seconds.

    `trusted_proxies` is how many proxies stand before us and add to X-Forwarded-For; without one the header
    is a visitor's own word and is ignored. `files_url` is a folder, or `s3://bucket/prefix`; the other
    settings of files speak of that bucket alone, `files_endpoint` of one that is not Amazon's.
    """

    environment: Environment
    database_url: str
    broker_url: str
    cache_url: str
    secret_key: str
    stripe_secret_key: str
    stripe_webhook_secret: str
    stripe_api_base: str
    mail_url: str
    base_url: str
    files_url: str
    mail_from: str = _MAIL_FROM
    alert_mail: str = _ALERT_MAIL
    host: str = "127.0.0.1"
    port: int = 8000
    debug: bool = False
    trusted_proxies: int = 0
    files_endpoint: str = ""
    files_region: str = _FILES_REGION
    files_key_id: str = ""
    files_secret: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Config:
        """Read the settings; raises ConfigError for a missing, malformed or (in production) unsafe one."""
        config = cls(
            environment=_environment(environ),
            database_url=sqlalchemy_url(_required(environ, "DATABASE_URL")),
            broker_url=_required(environ, "CELERY_BROKER_URL"),
            cache_url=environ.get("CACHE_URL") or _required(environ, "CELERY_BROKER_URL"),
            secret_key=_required(environ, "SECRET_KEY"),
            stripe_secret_key=_required(environ, "STRIPE_SECRET_KEY"),
            stripe_webhook_secret=_required(environ, "STRIPE_WEBHOOK_SECRET"),
            stripe_api_base=environ.get("STRIPE_API_BASE") or _STRIPE_API,
            mail_url=_required(environ, "MAIL_URL"),
            base_url=_required(environ, "BASE_URL").rstrip("/"),
            files_url=_files_url(environ),
            mail_from=environ.get("MAIL_FROM") or _MAIL_FROM,
            alert_mail=environ.get("ALERT_MAIL") or _ALERT_MAIL,
            host=environ.get("HOST") or "127.0.0.1",
            port=_port(environ.get("PORT") or "8000"),
            debug=environ.get("FLASK_DEBUG", "0") not in ("", "0", "false"),
            trusted_proxies=_proxies(environ.get("TRUSTED_PROXIES") or "0"),
            files_endpoint=environ.get("FILES_ENDPOINT", "").rstrip("/"),
            files_region=environ.get("FILES_REGION") or _FILES_REGION,
            files_key_id=environ.get("FILES_KEY_ID", ""),
            files_secret=environ.get("FILES_SECRET", ""),
        )
        if config.is_production:
            _refuse_unsafe(config)
        return config

    @property
    def is_production(self) -> bool:
        """Whether real customers are served: unsafe settings stop the start."""
        return self.environment == "production"


def _environment(environ: Mapping[str, str]) -> Environment:
    match environ.get("LAPAK_ENV", "development"):
        case "production":
            return "production"
        case "development":
            return "development"
        case "test":
            return "test"
        case other:
            raise ConfigError(f"LAPAK_ENV is {other!r}; it must be production, development or test.")


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set; set it, or start through `make run` or `lapak`.")
    return value


def _files_url(environ: Mapping[str, str]) -> str:
    """Where files lie. Production has to say it: a folder of ours may not outlive the machine."""
    if environ.get("LAPAK_ENV") != "production" and not environ.get("FILES_URL"):
        return str(_FILES_FOLDER)
    url = _required(environ, "FILES_URL")
    if url.startswith("s3://"):
        for name in ("FILES_KEY_ID", "FILES_SECRET"):
            _required(environ, name)
        if not urlsplit(url).netloc:
            raise ConfigError("FILES_URL names no bucket; it must be s3://bucket or s3://bucket/prefix.")
        return url
    if not Path(url).is_absolute():
        raise ConfigError("FILES_URL must be the whole path of a folder, or s3://bucket/prefix.")
    return url


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ConfigError(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def _proxies(text: str) -> int:
    if text not in ("0", "1", "2", "3"):
        raise ConfigError(f"TRUSTED_PROXIES is {text!r}; it must be the number of proxies before us, 0 to 3.")
    return int(text)


def sqlalchemy_url(url: str) -> str:
    """The same address for SQLAlchemy and psycopg 3; raises ConfigError unless it is PostgreSQL's."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ConfigError("DATABASE_URL must begin with postgresql://; PostgreSQL is the only database.")
    return f"postgresql+psycopg://{rest}"


def _refuse_unsafe(config: Config) -> None:
    for name, secret in (
        ("SECRET_KEY", config.secret_key),
        ("STRIPE_SECRET_KEY", config.stripe_secret_key),
        ("STRIPE_WEBHOOK_SECRET", config.stripe_webhook_secret),
    ):
        if len(secret) < _SHORTEST_SECRET or secret.lower() in _WELL_KNOWN_SECRETS:
            raise ConfigError(f"{name} is too short or a default; production needs a real secret.")
    if config.stripe_secret_key.startswith(("sk_test_", "rk_test_")):
        raise ConfigError("STRIPE_SECRET_KEY is a test key; production needs a live one.")
    if config.stripe_api_base != _STRIPE_API:
        raise ConfigError("STRIPE_API_BASE is not Stripe's address; production talks to Stripe alone.")
    if config.debug:
        raise ConfigError("FLASK_DEBUG is on; production never runs in debug mode.")
    if urlsplit(config.base_url).scheme != "https":
        raise ConfigError("BASE_URL must begin with https:// in production.")
