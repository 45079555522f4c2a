"""Secrets of a development installation: made once, kept in one file only its owner may read."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

_MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "STRIPE_SECRET_KEY": lambda: f"sk_test_{secrets.token_hex(24)}",
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
    "DEMO_PASSWORD": lambda: secrets.token_urlsafe(12),
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
    "DATABASE_PASSWORD": lambda: secrets.token_hex(24),
    "VALKEY_PASSWORD": lambda: secrets.token_hex(24),
}


def load_credentials(file: Path) -> dict[str, str]:
    """Read the secrets, first making those the file does not have yet."""
    known = _read(file)
    missing = {name: make() for name, make in _MAKERS.items() if name not in known}
    if missing:
        known |= missing
        _write(file, known)
    return known


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def _write(file: Path, known: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write("# Made by lapak for this folder only; the database and the broker know these passwords.\n")
        out.writelines(f"{name}={value}\n" for name, value in sorted(known.items()))
    fresh.replace(file)
