"""The simulator's Flask application, put together from its parts."""

import logging
from pathlib import Path

from flask import Flask, Response, jsonify, request

from sandbox.serving import is_loopback
from sandbox.stripe.api import Api
from sandbox.stripe.control import Control
from sandbox.stripe.courier import Courier
from sandbox.stripe.faults import FaultQueue
from sandbox.stripe.pages import Pages
from sandbox.stripe.problems import server_error
from sandbox.stripe.response_schema import ResponseSchema, SchemaViolation, published
from sandbox.stripe.world import World

log = logging.getLogger(__name__)


def create_app(
    world: World, *, state_file: Path | None = None, schema: ResponseSchema | None = None
) -> tuple[Flask, Courier]:
    """The application over that world, and its courier, not yet started."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    faults = FaultQueue()
    courier = Courier(world, state_file)
    app.register_blueprint(Api(world, faults, schema or published()).blueprint())
    app.register_blueprint(Control(world, faults, courier).blueprint())
    app.register_blueprint(Pages(world).blueprint())
    app.before_request(_only_this_machine)
    app.add_url_rule("/healthz", "healthz", lambda: _health(courier))
    app.register_error_handler(SchemaViolation, _violation)
    return app, courier


def _health(courier: Courier) -> tuple[Response, int]:
    if courier.works():
        return jsonify({"status": "ok"}), 200
    return jsonify({"status": "a background thread has died; the output says why"}), 500


def _only_this_machine() -> tuple[Response, int] | None:
    if not is_loopback(request.remote_addr or ""):
        return jsonify({"error": "The simulator answers this machine only."}), 403
    return None


def _violation(violation: SchemaViolation) -> tuple[Response, int]:
    log.error("%s", violation)
    return jsonify(server_error(f"The simulator is wrong: {violation}").envelope()), 500
