"""The one command: every process of the shop started, watched, and stopped in order."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from kernel.config import Config
from operations import programs
from operations.demo import demo_password, demo_sign_ins, ensure_demo_catalogue
from operations.embedded import EmbeddedServers
from operations.environment import (
    catches_mail,
    complete,
    inbox_port,
    missing_servers,
    shop_port,
    simulates_stripe,
    smtp_port,
    start_servers,
    stripe_port,
    variable_folder,
)
from operations.errors import OperationsError
from operations.locks import FolderLock
from operations.ports import is_free
from operations.schema import upgrade
from operations.supervisor import Supervisor

_SANDBOX, _SHOP = range(2)  # stages: the shop is stopped first, for it talks to the sandbox to the last
_PATIENCE = 3.0  # seconds that other commands of this folder get to end before the servers stop


def run(environ: Mapping[str, str]) -> None:
    """Run the shop until Ctrl-C or SIGTERM.

    Raises ConfigError or OperationsError, each a sentence that says what to do.
    """
    folder = variable_folder(environ)
    with _only_one(folder):
        _refuse_taken_ports(environ)
        servers, supervisor = EmbeddedServers(folder), Supervisor(click.echo)
        try:
            config = _start(environ, folder, servers, supervisor)
            click.echo(_table(environ, config, demo_sign_ins(config)))
            supervisor.watch()
        except KeyboardInterrupt:
            click.echo("\nStopping.")
        finally:
            with _undisturbed():
                supervisor.stop()
                servers.leave(patience=_PATIENCE)
        click.echo("Everything has stopped.")


def _start(
    environ: Mapping[str, str], folder: Path, servers: EmbeddedServers, supervisor: Supervisor
) -> Config:
    missing = missing_servers(environ)
    if missing:
        servers.own()
    full = complete(environ, start_servers(servers, missing))
    supervisor.adopt(servers.processes)
    config = Config.from_env(full)
    upgrade(config.database_url)
    if ensure_demo_catalogue(config, demo_password(environ)):
        click.echo("The demo catalogue has been loaded.")
    supervisor.start(programs.sandbox(environ, config, folder, full=full), stage=_SANDBOX)
    supervisor.start(programs.shop(config, folder, full=full), stage=_SHOP)
    supervisor.await_ready()
    return config


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not cut the stop short: it ends within 30 seconds anyway."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    lock = FolderLock(folder / "run.lock")
    if not lock.try_exclusive():
        raise OperationsError(
            f"The shop of this folder is already running, as {lock.holder()}: stop that one first."
        )
    try:
        yield
    finally:
        lock.release()


def _refuse_taken_ports(environ: Mapping[str, str]) -> None:
    """Say so before anything is started."""
    port = shop_port(environ)
    wanted = {"the shop": (environ.get("HOST") or "127.0.0.1", port)}
    if environ.get("LAPAK_ENV") != "production":
        if simulates_stripe(environ):
            wanted["the Stripe simulator"] = ("127.0.0.1", stripe_port(port))
        if catches_mail(environ):
            wanted["the inbox"] = ("127.0.0.1", inbox_port(port))
            wanted["the inbox's mail server"] = ("127.0.0.1", smtp_port(port))
    for name, (host, number) in wanted.items():
        if not is_free(number, host):
            raise OperationsError(
                f"Port {number} for {name} is in use: stop the program that has it, or set PORT "
                f"to another number, as in PORT={port + 100} make run."
            )


def _table(environ: Mapping[str, str], config: Config, sign_ins: list[tuple[str, str]]) -> str:
    """Where to go and as whom, for the person at the terminal."""
    rows = [("Shop", config.base_url), ("Staff", f"{config.base_url}/staff/masuk")]
    if sign_ins:
        rows += [("", f"{email:28}  {name}") for email, name in sign_ins]
        rows.append(("", f"each with the password {demo_password(environ)}"))
        rows.append(("", f"and the code that {config.base_url}/staff/masuk/kode-contoh shows"))
    if not config.is_production:
        if catches_mail(environ):
            rows.append(("Inbox", f"http://127.0.0.1:{inbox_port(config.port)}"))
        if simulates_stripe(environ):
            rows.append(("Stripe simulator", f"http://127.0.0.1:{stripe_port(config.port)}"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(["", *(f"  {name:{width}}  {value}" for name, value in rows), "", "Ctrl-C stops it."])
