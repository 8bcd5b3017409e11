"""pydantic's errors in an administrator's words, at the place they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from notifier.definitions.yamlfile import Path_, YamlFile

M = TypeVar("M", bound=BaseModel)

EXPECTED = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion, or the empty text."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def validate(file: YamlFile, model: type[M], content: object, path: Path_ = ()) -> M | None:
    """The content as a model, or None after all its problems were recorded."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            _record(file, model, path, found["type"], found["loc"], found["msg"], found.get("ctx") or {})
        return None


def _record(
    file: YamlFile, model: type[BaseModel], path: Path_, kind: str, loc: Sequence[str | int], said: str, ctx: object
) -> None:
    where = (*path, *(part for part in loc if not _noise(part)))
    name = str(where[-1]) if where else "the file"
    if kind == "extra_forbidden":
        known = _keys(model, loc[:-1])
        hint = did_you_mean(name, known) or f"known are {', '.join(known)}"
        file.problem(where, f"unknown key {name!r}", hint, key=True)
    elif kind == "missing":
        file.problem(where[:-1], f"{name!r} is missing")
    elif kind == "value_error":
        file.problem(where, f"{name!r} {said.removeprefix('Value error, ')}")
    elif kind == "literal_error":
        expected = ctx.get("expected", "") if isinstance(ctx, dict) else ""
        file.problem(where, f"{name!r} must be {expected}")
    elif kind in EXPECTED:
        file.problem(where, f"{name!r} {EXPECTED[kind]}")
    else:
        file.problem(where, f"{name!r}: {said[0].lower()}{said[1:]}")


def _noise(part: str | int) -> bool:
    return isinstance(part, str) and part.startswith(("function-", "bool", "tuple[", "str", "nullable"))


def _keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys known at a place of a model."""
    current: type[BaseModel] = model
    for step in loc:
        info = current.model_fields.get(str(step))
        inner = info.annotation if info else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            current = inner
    return list(current.model_fields)
