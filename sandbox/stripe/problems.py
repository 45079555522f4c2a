"""What the simulated API refuses, in the shape of Stripe's error envelope."""

from typing import Any

Json = dict[str, Any]


class StripeProblem(Exception):
    """A refusal as Stripe words it; `kept` says whether its answer is kept under the idempotency key."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        kept: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.kept = kept

    def envelope(self) -> Json:
        """The JSON body of the answer."""
        error: Json = {"type": self.type, "message": self.message}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


def missing(kind: str, id: str, *, param: str = "id", status: int = 404) -> StripeProblem:
    """No object of that kind has that id."""
    return StripeProblem(f"No such {kind}: '{id}'", status=status, code="resource_missing", param=param)


def not_simulated(param: str) -> StripeProblem:
    """Stripe knows the parameter, the simulator does not: said aloud instead of being ignored."""
    return StripeProblem(f"The simulator does not simulate `{param}`.", code="not_simulated", param=param)


def server_error(message: str = "An unknown error occurred") -> StripeProblem:
    """A 500 as Stripe sends it."""
    return StripeProblem(message, status=500, type="api_error")
