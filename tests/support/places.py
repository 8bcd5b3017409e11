"""Facts with nothing but what stands at some places (``token.realms``), or with all but that."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any


def steps(places: Iterable[str]) -> list[list[str]]:
    """The way to each place; a key stands for all there are."""
    return [place.removesuffix(".KEY").split(".") for place in places]


def only(node: Any, paths: list[list[str]]) -> Any:
    """What stands at these places, and the way there."""
    if node is None or [] in paths:
        return node
    heads = {path[0]: [p[1:] for p in paths if p[0] == path[0]] for path in paths}
    if isinstance(node, Mapping):
        return {key: only(value, heads[key]) for key, value in node.items() if key in heads}
    names = [field.name for field in dataclasses.fields(node)]
    assert heads.keys() <= set(names), f"no event has {heads.keys() - set(names)}"
    return replace(node, **{name: only(getattr(node, name), heads[name]) if name in heads else None for name in names})


def without(node: Any, path: list[str]) -> Any:
    """Everything but what stands at this place."""
    if node is None or not path:
        return None
    if isinstance(node, Mapping):
        return {key: without(value, path[1:]) if key == path[0] else value for key, value in node.items()}
    return replace(node, **{path[0]: without(getattr(node, path[0]), path[1:])})
