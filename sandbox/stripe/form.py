"""Stripe's form encoding, `a[0][b]=c`, read into a tree of dictionaries."""

import re
from collections.abc import Iterable
from typing import Any

from sandbox.stripe.problems import Json, StripeProblem

_NAME = re.compile(r"(?P<first>[^\[\]]+)(?P<rest>(\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(pairs: Iterable[tuple[str, str]]) -> Json:
    """Read pairs into a tree whose leaves are strings; arrays stay dictionaries keyed by their index.

    Only the parameter's type can tell an array from a map with digits as keys, so that is decided later.
    """
    tree: Json = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        if found is None:
            raise StripeProblem(f"Invalid parameter name: {name}", param=name)
        _put(tree, [found["first"], *_PART.findall(found["rest"])], name, value)
    return tree


def _put(tree: Json, path: list[str], name: str, value: str) -> None:
    here: Any = tree
    for part in path[:-1]:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise StripeProblem(f"Invalid parameter: {name} is both a value and a group", param=name)
    last = path[-1] or str(len(here))  # `expand[]=x` appends
    if last in here:
        raise StripeProblem(f"Parameter given twice: {name}", param=name)
    here[last] = value
