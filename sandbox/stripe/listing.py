"""Lists as Stripe gives them: newest first, filtered, a page at a time."""

import copy
from collections.abc import Iterable

from sandbox.stripe.problems import Json, StripeProblem, missing

DEFAULT_LIMIT = 10
MAX_LIMIT = 100


def whole_list(things: list[Json], url: str) -> Json:
    """A list with everything on one page."""
    return {"object": "list", "data": copy.deepcopy(things), "has_more": False, "url": url}


def page(newest_first: list[Json], params: Json, url: str) -> Json:
    """The page `limit`, `starting_after` and `ending_before` ask for."""
    limit = params.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise StripeProblem(
            f"This value must be between 1 and {MAX_LIMIT}.", code="parameter_invalid_integer", param="limit"
        )
    if "starting_after" in params and "ending_before" in params:
        raise StripeProblem("You may only specify one of these parameters: starting_after, ending_before.")
    if "ending_before" in params:
        newer = newest_first[: _place(newest_first, params["ending_before"], "ending_before")]
        chosen, more = newer[-limit:], len(newer) > limit
    elif "starting_after" in params:
        older = newest_first[_place(newest_first, params["starting_after"], "starting_after") + 1 :]
        chosen, more = older[:limit], len(older) > limit
    else:
        chosen, more = newest_first[:limit], len(newest_first) > limit
    return {"object": "list", "data": copy.deepcopy(chosen), "has_more": more, "url": url}


def matching(things: Iterable[Json], params: Json, fields: Iterable[str]) -> list[Json]:
    """Newest first, those equal to the filters given and created within `created`."""
    wanted = {name: params[name] for name in fields if name in params}
    found = [
        thing
        for thing in things
        if all(thing.get(name) == value for name, value in wanted.items())
        and _within(thing.get("created", 0), params.get("created"))
    ]
    return found[::-1]


def _within(created: int, asked: int | Json | None) -> bool:
    if asked is None:
        return True
    if isinstance(asked, int):
        return created == asked
    least: int = max(asked.get("gte", created), asked.get("gt", created - 1) + 1)
    most: int = min(asked.get("lte", created), asked.get("lt", created + 1) - 1)
    return least <= created <= most


def _place(things: list[Json], id: str, param: str) -> int:
    for n, thing in enumerate(things):
        if thing["id"] == id:
            return n
    raise missing("object", id, param=param, status=400)
