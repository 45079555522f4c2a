"""`expand`: replacing ids in an answer by the objects they name."""

import copy
from typing import Any

from sandbox.stripe.listing import whole_list
from sandbox.stripe.problems import Json, StripeProblem
from sandbox.stripe.sessions import line_items
from sandbox.stripe.world import World

MAX_DEPTH = 4
_EXPANDABLE = {
    "payment_intent",
    "latest_charge",
    "charge",
    "balance_transaction",
    "failure_balance_transaction",
    "source",
}
_KIND_OF = {
    "cs": "checkout.session",
    "pi": "payment_intent",
    "ch": "charge",
    "re": "refund",
    "txn": "balance_transaction",
    "du": "dispute",
}


def expanded(world: World, answer: Json, paths: list[str]) -> Json:
    """A copy of the answer with the paths expanded; raises StripeProblem for one that cannot be."""
    made = copy.deepcopy(answer)
    for path in paths:
        parts = path.split(".")
        if len(parts) > MAX_DEPTH:
            raise StripeProblem(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}",
                param="expand",
            )
        _expand(world, made, parts, path)
    return made


def _expand(world: World, here: Any, parts: list[str], path: str) -> None:
    if isinstance(here, list):
        for item in here:
            _expand(world, item, parts, path)
        return
    if not parts or here is None:
        return
    name, rest = parts[0], parts[1:]
    if name in _EXPANDABLE and isinstance(here.get(name), str):
        here[name] = _object(world, here[name], path)
    elif name not in here:
        here[name] = _included(world, here, name, path)
    elif here[name] is not None and not rest:
        raise _cannot(path)
    _expand(world, here[name], rest, path)


def _object(world: World, id: str, path: str) -> Json:
    kind = _KIND_OF.get(id.split("_", 1)[0])
    if kind is None or id not in world.of_kind(kind):
        raise _cannot(path)
    return copy.deepcopy(world.of_kind(kind)[id])


def _included(world: World, here: Json, name: str, path: str) -> Json:
    """A list that is in the answer only when asked for."""
    if (here.get("object"), name) == ("checkout.session", "line_items"):
        return whole_list(line_items(world, here), f"/v1/checkout/sessions/{here['id']}/line_items")
    if (here.get("object"), name) == ("charge", "refunds"):
        found = [refund for refund in world.refunds.values() if refund["charge"] == here["id"]]
        return whole_list(found[::-1], f"/v1/charges/{here['id']}/refunds")
    raise _cannot(path)


def _cannot(path: str) -> StripeProblem:
    return StripeProblem(f"This property cannot be expanded ({path}).", param="expand")
