"""The /v1 API: authentication, faults, idempotency, type check, work, schema check, in that order."""

import logging
import re
from collections.abc import Callable

import stripe
from flask import Blueprint, Response, jsonify, request

from sandbox.stripe import timers
from sandbox.stripe.expansion import expanded
from sandbox.stripe.faults import ConnectionCut, Cut, Fault, FaultQueue, strike
from sandbox.stripe.form import decode
from sandbox.stripe.idempotency import IdempotencyKeys
from sandbox.stripe.operations import OPERATIONS, Call, Operation
from sandbox.stripe.problems import Json, StripeProblem, server_error
from sandbox.stripe.request_types import checked
from sandbox.stripe.response_schema import ResponseSchema, SchemaViolation
from sandbox.stripe.world import World, new_id

MAX_KEY = 255
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[a-z]+)?")

log = logging.getLogger(__name__)


class Api:
    """Answers the operations from the world."""

    def __init__(self, world: World, faults: FaultQueue, schema: ResponseSchema) -> None:
        self._world = world
        self._faults = faults
        self._schema = schema
        self._keys = IdempotencyKeys(world)

    def blueprint(self) -> Blueprint:
        """The routes, under Stripe's own paths."""
        api = Blueprint("api", __name__)
        for operation in OPERATIONS:
            rule = re.sub(r"\{(\w+)\}", "<id>", operation.path)
            name = f"{operation.method} {operation.path}".replace(".", "_")
            api.add_url_rule(rule, name, self._view(operation), methods=[operation.method])
        api.add_url_rule("/v1/<path:_rest>", "unknown", self._unknown, methods=["GET", "POST", "DELETE"])
        return api

    def _view(self, operation: Operation) -> Callable[..., Response]:
        def view(id: str = "") -> Response:
            return self._answer(operation, id)

        return view

    def _unknown(self, _rest: str) -> Response:
        request_id = new_id("req")
        problem = StripeProblem(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
        return _response(problem.status, problem.envelope(), request_id)

    def _answer(self, operation: Operation, id: str) -> Response:
        request_id = new_id("req")
        try:
            _authenticate()
            fault = self._faults.take(request.method, request.path)
            status, body, replayed = self._worked(operation, id, request_id, fault)
        except StripeProblem as problem:
            status, body, replayed = problem.status, problem.envelope(), False
        except ConnectionCut:
            return Response(Cut(request.environ["werkzeug.socket"]), content_type="application/json")
        return _response(status, body, request_id, replayed=replayed)

    def _worked(
        self, operation: Operation, id: str, request_id: str, fault: Fault | None
    ) -> tuple[int, Json, bool]:
        pairs = request.form.items(multi=True) if request.method == "POST" else request.args.items(multi=True)
        raw = decode(pairs)
        key = _idempotency_key()
        with self._keys.hold(key, request.method, request.path, raw) as kept:
            strike_before(fault, lambda p: self._keep(key, raw, p.status, p.envelope()))
            if kept is not None:
                strike(fault, "after")
                return kept["status"], kept["body"], True
            status, body, keep = self._work(
                operation, Call(id, checked(operation.params, raw), _root()), request_id
            )
            lost_for_good = fault is not None and fault.kind == "500" and fault.when == "after" and fault.kept
            if lost_for_good:
                status, body, keep = 500, server_error().envelope(), True
            if keep:
                self._keep(key, raw, status, body)
            if not lost_for_good:
                strike(fault, "after")
            return status, body, False

    def _keep(self, key: str | None, raw: Json, status: int, body: Json) -> None:
        self._keys.keep(key, request.method, request.path, raw, status=status, body=body)

    def _work(self, operation: Operation, call: Call, request_id: str) -> tuple[int, Json, bool]:
        """Do the work: status, body, and whether the answer is kept under the idempotency key."""
        world = self._world
        with world.lock:
            timers.run_due(world)
            world.cause = {"id": request_id, "idempotency_key": _idempotency_key()}
            try:
                answer = operation.work(world, call)
                body = expanded(world, answer, call.params.get("expand", []))
                self._schema.check(operation.method, operation.path, body)
            except StripeProblem as problem:
                return problem.status, problem.envelope(), problem.kept
            except SchemaViolation as violation:
                log.error("%s", violation)
                return 500, server_error(f"The simulator is wrong: {violation}").envelope(), False
            finally:
                world.cause = None
        return 200, body, True


def strike_before(fault: Fault | None, keep: Callable[[StripeProblem], None]) -> None:
    """Let a fault happen before the work, keeping its 500 when the fault says so."""
    try:
        strike(fault, "before")
    except StripeProblem as problem:
        if problem.kept:
            keep(problem)
        raise


def _authenticate() -> None:
    """Raise StripeProblem 401 unless the key is a test key."""
    authorization = request.authorization
    key = None
    if authorization is not None:
        key = authorization.token if authorization.type == "bearer" else authorization.username
    if not key:
        raise StripeProblem("You did not provide an API key.", status=401)
    if not key.startswith("sk_test_") or len(key) <= len("sk_test_"):
        shown = f"{key[:8]}{'*' * 8}"
        raise StripeProblem(
            f"Invalid API Key provided: {shown}. The simulator accepts only test keys (sk_test_...).",
            status=401,
        )


def _idempotency_key() -> str | None:
    if request.method != "POST":
        return None
    key = request.headers.get("Idempotency-Key") or None
    if key is not None and len(key) > MAX_KEY:
        raise StripeProblem(f"Idempotency keys can have at most {MAX_KEY} characters.")
    return key


def _root() -> str:
    return request.url_root.rstrip("/")


def _response(status: int, body: Json, request_id: str, *, replayed: bool = False) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Request-Id"] = request_id
    version = request.headers.get("Stripe-Version", "")
    response.headers["Stripe-Version"] = version if _VERSION.fullmatch(version) else stripe.api_version
    key = request.headers.get("Idempotency-Key")
    if key and request.method == "POST":
        response.headers["Idempotency-Key"] = key
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
