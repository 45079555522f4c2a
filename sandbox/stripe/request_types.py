"""Checks a request against the Stripe SDK's own parameter types, read from the installed package."""

import re
import types
import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import typing_extensions
from stripe import RequestOptions, StripeObject

from sandbox.stripe.problems import Json, StripeProblem

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_LITERALS = (typing.Literal, typing_extensions.Literal)
_UNIONS = (typing.Union, types.UnionType)


def checked(params: type, raw: Json) -> Json:
    """The request's values in their Python types; a StripeProblem (400) names the first that is wrong.

    Stricter than the SDK's annotations in two ways: where they widen an enum to `Literal[...] | str`, only
    the literals pass; and request options (idempotency_key and the like) are no parameters.
    """
    return _typed_dict(params, raw, "")


@lru_cache(maxsize=512)
def _fields(params: type) -> dict[str, Any]:
    # names used by the inherited request options only, which are dropped below
    only_in_options = {"StripeContext": object, "Mapping": Mapping}
    hints = typing_extensions.get_type_hints(params, localns=only_in_options)
    return {name: hint for name, hint in hints.items() if name not in RequestOptions.__annotations__}


def _typed_dict(params: type, raw: Any, path: str) -> Json:
    if not isinstance(raw, dict):
        raise StripeProblem(f"Invalid object: {path}", param=path)
    fields = _fields(params)
    for name in raw:
        if name not in fields:
            full = _join(path, name)
            raise StripeProblem(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    required: frozenset[str] = params.__required_keys__  # type: ignore[attr-defined]
    for name in sorted(required & fields.keys()):
        if name not in raw:
            full = _join(path, name)
            raise StripeProblem(f"Missing required param: {full}.", code="parameter_missing", param=full)
    return {name: _value(fields[name], value, _join(path, name)) for name, value in raw.items()}


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(hint: Any, raw: Any, path: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in _UNIONS:
        return _union(typing.get_args(hint), raw, path)
    if origin in _LITERALS:
        return _literal(typing.get_args(hint), raw, path)
    if origin is list:
        return _array(typing.get_args(hint)[0], raw, path)
    if origin is dict:
        return _map(typing.get_args(hint)[1], raw, path)
    if typing_extensions.is_typeddict(hint):
        return _typed_dict(hint, raw, path)
    return _scalar(hint, raw, path)


def _union(options: tuple[Any, ...], raw: Any, path: str) -> Any:
    options = tuple(o for o in options if not _only_in_python(o))
    enums = [o for o in options if typing.get_origin(o) in _LITERALS and any(typing.get_args(o))]
    if enums:
        options = tuple(o for o in options if o is not str)
    problem: StripeProblem | None = None
    for option in options:
        try:
            return _value(option, raw, path)
        except StripeProblem as found:
            # an unknown field inside an object says more than "not a string"
            if problem is None or found.param != path:
                problem = found
    raise problem or StripeProblem(f"Invalid value for {path}", param=path)


def _only_in_python(option: Any) -> bool:
    """Whether a form can never carry that kind of value."""
    origin = typing.get_origin(option)
    return option is types.NoneType or (isinstance(origin, type) and issubclass(origin, StripeObject))


def _literal(values: tuple[Any, ...], raw: Any, path: str) -> Any:
    if not isinstance(raw, str) or raw not in values:
        allowed = ", ".join(str(value) for value in values)
        raise StripeProblem(f"Invalid {path}: must be one of {allowed}", param=path)
    return raw


def _array(item: Any, raw: Any, path: str) -> list[Any]:
    if not isinstance(raw, dict) or set(raw) != {str(n) for n in range(len(raw))}:
        raise StripeProblem("Invalid array", param=path)
    return [_value(item, raw[str(n)], f"{path}[{n}]") for n in range(len(raw))]


def _map(item: Any, raw: Any, path: str) -> Json:
    if not isinstance(raw, dict):
        raise StripeProblem(f"Invalid object: {path}", param=path)
    return {
        key: value if value == "" else _value(item, value, _join(path, key)) for key, value in raw.items()
    }


def _scalar(hint: Any, raw: Any, path: str) -> Any:
    if not isinstance(raw, str):
        raise StripeProblem(f"Invalid value: {path} is not an object", param=path)
    if raw == "":
        raise StripeProblem(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a"
            f" parameter; however '{path}' cannot be unset.",
            code="parameter_invalid_empty",
            param=path,
        )
    if hint is bool:
        if raw not in {"true", "false"}:
            raise StripeProblem(f"Invalid boolean: {raw}", param=path)
        return raw == "true"
    if hint is int:
        if not _INTEGER.fullmatch(raw):
            raise StripeProblem(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=path)
        return int(raw)
    if hint in {Decimal, float}:
        return _decimal(raw, path)
    return raw


def _decimal(raw: str, path: str) -> Decimal:
    try:
        return Decimal(raw)
    except InvalidOperation:
        raise StripeProblem(f"Invalid decimal: {raw}", param=path) from None
