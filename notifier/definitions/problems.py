"""pydantic's errors in an administrator's words, at the place they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from notifier.definitions.fields import kind
from notifier.definitions.yamlfile import Path_, YamlFile

M = TypeVar("M", bound=BaseModel)
Place = Sequence[str | int]

EXPECTED = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
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
}
BOUNDS = {
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
#: Each round of salvaging takes out all that was found wrong; what then is wrong because of it needs another.
ROUNDS = 10


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion, or the empty text."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def validate(file: YamlFile, model: type[M], content: object, path: Path_ = ()) -> M | None:
    """The content as a model, or None after all its problems were recorded."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            _record(file, model, path, found)
        return None


def salvage(file: YamlFile, model: type[M]) -> M:
    """A whole file as a model: its problems are recorded, and what is right counts in spite of them.

    So one bad line hides no other mistake, and `notifier status` still looks at the Redis that is meant.
    """
    content = {} if file.content is None else file.content
    return validate(file, model, content) or rescued(model, content)[0] or model()


def rescued(
    model: type[M], content: Any, stand_ins: Mapping[str, Any] = MappingProxyType({})
) -> tuple[M | None, list[Place]]:
    """What is right of a content, and the places of what was wrong; None where nothing is left.

    Args:
        model: What it should be.
        content: It isn't changed.
        stand_ins: Values for fields that must be there.
    """
    content = deepcopy(content)
    wrong: list[Place] = []
    for _ in range(ROUNDS):
        try:
            return model.model_validate(content), wrong
        except ValidationError as error:
            for item in reversed(error.errors(include_url=False, include_input=False)):
                loc = item["loc"]
                wrong.append(loc)
                if item["type"] == "missing" and len(loc) == 1 and loc[0] in stand_ins:
                    content[loc[0]] = stand_ins[str(loc[0])]
                elif not _take_out(content, loc[:-1] if item["type"] == "missing" else loc):
                    return None, wrong
    return None, wrong


def _take_out(content: Any, loc: Place) -> bool:
    """Remove what stands at a place; False where that would be everything."""
    if not loc:
        return False
    for step in loc[:-1]:
        try:
            content = content[step]
        except (LookupError, TypeError):
            return True  # gone with what held it
    if isinstance(content, dict):
        content.pop(loc[-1], None)
    elif isinstance(content, list) and isinstance(loc[-1], int) and loc[-1] < len(content):
        del content[loc[-1]]
    return True


def _record(file: YamlFile, model: type[BaseModel], path: Path_, found: Mapping[str, Any]) -> None:
    problem, loc, context = str(found["type"]), tuple(found["loc"]), found.get("ctx") or {}
    where = (*path, *loc)
    name = _name(where)
    if problem == "extra_forbidden":
        known = _keys(model, loc[:-1])
        hint = did_you_mean(str(where[-1]), known) or f"known are {', '.join(known)}"
        file.problem(where, f"unknown key {name}", hint, key=True)
    elif problem == "missing":
        file.problem(where[:-1], f"{name} is missing")
    elif problem == "value_error":
        file.problem(where, f"{name} {found['msg'].removeprefix('Value error, ')}")
    elif problem == "literal_error":
        expected = str(context.get("expected", ""))
        hint = did_you_mean(str(found["input"]).lower(), re.findall(r"'([^']*)'", expected))
        file.problem(where, f"{name} must be {expected}", hint)
    elif problem in EXPECTED:
        file.problem(where, f"{name} {EXPECTED[problem]}, not {kind(found['input'])}")
    elif problem in BOUNDS:
        file.problem(where, f"{name} {BOUNDS[problem].format(**context)}")
    else:
        file.problem(where, f"{name}: {found['msg'][:1].lower()}{found['msg'][1:]}")


def _name(where: Place) -> str:
    """What a problem is about: the key, or the how-manieth item of a list."""
    if not where:
        return "the file"
    return f"entry {where[-1] + 1}" if isinstance(where[-1], int) else repr(where[-1])


def _keys(model: type[BaseModel], loc: Place) -> list[str]:
    """The keys known at a place of a model."""
    current: type[BaseModel] = model
    for step in loc:
        info = current.model_fields.get(str(step))
        inner = info.annotation if info else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            current = inner
    return list(current.model_fields)
