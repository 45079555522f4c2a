"""Metadata: its limits, and how an update changes it."""

from typing import Any

from sandbox.stripe.problems import Json, StripeProblem

MAX_KEYS, MAX_KEY, MAX_VALUE = 50, 40, 500


def check(metadata: Any, param: str) -> None:
    """Raise StripeProblem when the metadata passes Stripe's limits."""
    if not metadata:
        return
    if len(metadata) > MAX_KEYS:
        raise StripeProblem(f"You can only have up to {MAX_KEYS} metadata keys.", param=param)
    for key, value in metadata.items():
        if len(key) > MAX_KEY or len(value) > MAX_VALUE:
            raise StripeProblem(
                f"Metadata keys can have up to {MAX_KEY} characters, values {MAX_VALUE}.",
                param=f"{param}[{key}]",
            )


def merged(old: Json, change: Any) -> Json:
    """Metadata after an update: empty values unset a key, an empty string unsets all."""
    if change is None:
        return old
    if change == "":
        return {}
    check(change, "metadata")
    return {key: value for key, value in {**old, **change}.items() if value != ""}
