"""Checks every answer against Stripe's own published schema, so that the simulator cannot drift unseen."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator

from sandbox.stripe.problems import Json

_SPEC = Path(__file__).parent / "spec" / "stripe-spec-cut.json.gz"
_METHODS = {"get", "post", "delete"}


class SchemaViolation(Exception):
    """The simulator was about to say something Stripe would never say."""


class ResponseSchema:
    """The answers of Stripe's published API, by operation and by object."""

    def __init__(self, document: Json) -> None:
        self._document = {"components": {"schemas": _strict(document["components"]["schemas"])}}
        self._answers = {
            (method.upper(), path): _strict(
                operation["responses"]["200"]["content"]["application/json"]["schema"]
            )
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if method in _METHODS
        }
        self._validator = OAS30Validator(self._document)

    @property
    def operations(self) -> frozenset[tuple[str, str]]:
        """Every (method, path template) the schema knows."""
        return frozenset(self._answers)

    def check(self, method: str, path: str, body: Json) -> None:
        """Raise SchemaViolation unless the body is an answer of that operation."""
        self._check(self._answers[method, path], body, f"{method} {path}")

    def check_object(self, body: Json) -> None:
        """Raise SchemaViolation unless the object is what its own `object` field says."""
        name = body["object"]
        self._check({"$ref": f"#/components/schemas/{name}"}, body, name)

    def check_error(self, body: Json) -> None:
        """Raise SchemaViolation unless the body is an error envelope."""
        self._check({"$ref": "#/components/schemas/error"}, body, "error")

    def _check(self, schema: Json, body: Json, what: str) -> None:
        problem = next(iter(self._validator.evolve(schema=schema).iter_errors(body)), None)
        if problem is not None:
            while problem.context:  # of several alternatives, the one that went furthest says most
                problem = max(problem.context, key=_depth)
            where = ".".join(str(part) for part in problem.absolute_path) or "the top"
            raise SchemaViolation(f"{what} violates Stripe's schema at {where}: {problem.message[:300]}")


def _depth(problem: Any) -> int:
    return len(problem.absolute_path)


@cache
def published() -> ResponseSchema:
    """The schema shipped beside this file, read once."""
    with gzip.open(_SPEC, "rt", encoding="utf-8") as file:
        return ResponseSchema(json.load(file))


def _strict(node: Any) -> Any:
    """The schema with `nullable` meaning what Stripe means by it, and with unknown fields refused."""
    if isinstance(node, list):
        return [_strict(part) for part in node]
    if not isinstance(node, dict):
        return node
    made = {
        key: _strict(value)
        for key, value in node.items()
        if key != "description" or not isinstance(value, str)
    }
    if made.get("nullable") is True:
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
        if "anyOf" in made:
            made["anyOf"] = [*made["anyOf"], {"enum": [None]}]
    if made.get("type") == "object" and isinstance(made.get("properties"), dict) and made["properties"]:
        made.setdefault("additionalProperties", False)
    return made
