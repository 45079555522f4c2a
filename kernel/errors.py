"""The five kinds of refusal; each carries a code and its parameters, never a sentence."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A use-case refused. `code` names the reason, `parameters` are the values a sentence about it needs."""

    code = "error"

    def __init__(self, code: str | None = None, **parameters: Any) -> None:
        if code is not None:
            self.code = code
        self.parameters = parameters
        super().__init__(f"{self.code} {parameters}" if parameters else self.code)


class NotFound(DomainError):
    """There is no such thing, or not for this actor: the two look the same from outside."""

    code = "not_found"


class Forbidden(DomainError):
    """The actor may see the thing but not do this with it."""

    code = "forbidden"


class Invalid(DomainError):
    """What was asked makes no sense as it stands."""

    code = "invalid"


class Conflict(DomainError):
    """What was asked made sense, but the state of things has moved on."""

    code = "conflict"


class Unavailable(DomainError):
    """Something we depend on does not answer; the same request may succeed later."""

    code = "unavailable"
