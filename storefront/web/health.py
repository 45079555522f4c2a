"""Whether the process lives and whether it is ready to serve; for supervisors and load balancers."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kernel.db import db
from kernel.web import ROOT, config

blueprint = Blueprint("health", __name__)

_PROBE_SECONDS = 0.5
_GREETINGS = {"redis": b"PING\r\n", "redis+socket": b"PING\r\n"}
"""What some must be asked for a word of theirs: the kernel takes connections for a server that hangs, too."""

_DEFAULT_PORTS = {
    "redis": 6379,
    "rediss": 6379,
    "amqp": 5672,
    "smtp": 25,
    "smtps": 465,
    "http": 80,
    "https": 443,
}


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers; nothing it depends on is touched."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """200 when the database answers and its tables are this release's; the rest can be down without harm.

    A broker, mail server or payment provider that does not answer is listed under `degraded`.
    """
    problem = _database_problem()
    settings = config()
    addresses = {
        "broker": settings.broker_url,
        "mail": settings.mail_url,
        "stripe": settings.stripe_api_base,
    }
    degraded = [name for name, url in addresses.items() if not _answers(url)]
    if problem:
        return jsonify(status="unready", reason=problem, degraded=degraded), 503
    return jsonify(status="degraded" if degraded else "ok", degraded=degraded), 200


def _database_problem() -> str | None:
    try:
        current = db.session.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    except SQLAlchemyError:
        db.session.rollback()
        return "the database does not answer or holds no tables"
    if set(current) != set(_newest_revisions()):
        return "the database's tables are of another release; run the migrations"
    return None


def _newest_revisions() -> tuple[str, ...]:
    return tuple(ScriptDirectory.from_config(AlembicConfig(ROOT / "alembic.ini")).get_heads())


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    greeting = _GREETINGS.get(parts.scheme, b"")
    if parts.scheme.endswith("unix") or not parts.hostname:
        return _socket_answers(socket.AF_UNIX, parts.path, greeting)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme.split("+")[0], 0)
    return _socket_answers(socket.AF_INET, (parts.hostname, port), greeting)


def _socket_answers(family: socket.AddressFamily, address: str | tuple[str, int], greeting: bytes) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_SECONDS)
        try:
            probe.connect(address)
            probe.sendall(greeting)
            return not greeting or bool(probe.recv(1))
        except OSError:
            return False
