"""The settings of a command: what the environment says, and the embedded servers for what it leaves out.

Every command that needs the shop's database or broker does its work in

    with environment() as config:
        ...

`config` is the kernel's Config. What DATABASE_URL or CELERY_BROKER_URL do not name runs embedded while the
block does: the servers of a running `lapak run` if there is one, else servers started for this block and
stopped after it. An embedded database this command starts is migrated first. In production nothing is filled
in: a missing setting raises the kernel's ConfigError.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kernel.config import Config
from operations.credentials import load_credentials
from operations.embedded import EmbeddedServers
from operations.schema import PROJECT, upgrade

_DEFAULT_PORT = 8000


@contextmanager
def environment(environ: Mapping[str, str] = os.environ) -> Iterator[Config]:
    """The settings while the block runs, with servers behind every address.

    Raises ConfigError or OperationsError: each a sentence for the terminal.
    """
    servers = EmbeddedServers(variable_folder(environ))
    missing = missing_servers(environ)
    owner = bool(missing) and servers.own_or_join()
    try:
        addresses = start_servers(servers, missing) if owner else join_servers(servers, missing)
        config = Config.from_env(complete(environ, addresses))
        if owner and "DATABASE_URL" in missing:
            upgrade(config.database_url)
        yield config
    finally:
        servers.leave()


def variable_folder(environ: Mapping[str, str]) -> Path:
    """Where data, secrets and logs of this installation live: LAPAK_VAR, or var/ in the project."""
    return Path(environ.get("LAPAK_VAR") or PROJECT / "var").resolve()


def missing_servers(environ: Mapping[str, str]) -> frozenset[str]:
    """The addresses for which an embedded server has to run; none in production, where they are required."""
    if environ.get("LAPAK_ENV") == "production":
        return frozenset()
    return frozenset(name for name in ("DATABASE_URL", "CELERY_BROKER_URL") if not environ.get(name))


def start_servers(servers: EmbeddedServers, missing: frozenset[str]) -> dict[str, str]:
    """Start what is missing as the owner; returns the settings that name them."""
    found = {}
    if "DATABASE_URL" in missing:
        found["DATABASE_URL"] = servers.start_postgres()
    if "CELERY_BROKER_URL" in missing:
        found["CELERY_BROKER_URL"] = servers.start_valkey()
    return found


def join_servers(servers: EmbeddedServers, missing: frozenset[str]) -> dict[str, str]:
    """Wait for what is missing to be run by its owner; returns the settings that name them."""
    found = {}
    if "DATABASE_URL" in missing:
        found["DATABASE_URL"] = servers.join_postgres()
    if "CELERY_BROKER_URL" in missing:
        found["CELERY_BROKER_URL"] = servers.join_valkey()
    return found


def complete(environ: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, str]:
    """The environment with every setting it leaves out; unchanged in production."""
    if environ.get("LAPAK_ENV") == "production":
        return dict(environ)
    known = {name: value for name, value in environ.items() if value}
    credentials = load_credentials(variable_folder(environ) / "secrets")
    port = shop_port(known)
    defaults = {
        "SECRET_KEY": credentials["SECRET_KEY"],
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",
        "FILES_URL": str(variable_folder(environ) / "files"),
        **addresses,
    }
    if "CELERY_BROKER_URL" in addresses:
        # Beside the queues, in a numbered database of its own.
        defaults["CACHE_URL"] = f"{addresses['CELERY_BROKER_URL'].rpartition('/')[0]}/1"
    if simulates_stripe(known):
        defaults["STRIPE_API_BASE"] = f"http://127.0.0.1:{stripe_port(port)}"
        defaults["STRIPE_SECRET_KEY"] = credentials["STRIPE_SECRET_KEY"]
        defaults["STRIPE_WEBHOOK_SECRET"] = credentials["STRIPE_WEBHOOK_SECRET"]
    if catches_mail(known):
        defaults["MAIL_URL"] = f"smtp://127.0.0.1:{smtp_port(port)}"
    return defaults | known


def simulates_stripe(environ: Mapping[str, str]) -> bool:
    """Whether payments go to the sandbox: no Stripe account or address is named."""
    return not environ.get("STRIPE_SECRET_KEY") and not environ.get("STRIPE_API_BASE")


def catches_mail(environ: Mapping[str, str]) -> bool:
    """Whether mails go to the sandbox's inbox: no mail server is named."""
    return not environ.get("MAIL_URL")


def shop_port(environ: Mapping[str, str]) -> int:
    """The shop's port; the sandbox's follow it, so that one PORT moves them all."""
    text = environ.get("PORT") or str(_DEFAULT_PORT)
    return int(text) if text.isdecimal() else _DEFAULT_PORT  # Config says what is wrong with PORT


def stripe_port(shop: int) -> int:
    """The Stripe simulator's port, for a shop's."""
    return shop + 10


def inbox_port(shop: int) -> int:
    """The port of the inbox's pages, for a shop's."""
    return shop + 25


def smtp_port(shop: int) -> int:
    """The port on which the inbox takes mail, for a shop's."""
    return shop + 26
