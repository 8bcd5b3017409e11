"""``handlers/*.yaml``: the administrator's definitions; one that is wrong harms no other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from notifier.definitions.fields import boolean
from notifier.definitions.index import BrokenDefinition
from notifier.definitions.problems import rescued, validate
from notifier.definitions.schema import Definition
from notifier.definitions.yamlfile import Path_, YamlFile
from notifier.errors import Problem
from notifier.model import DeliveryRules, HandlerDefinition, Location, OnUnknown, OnUnsure, digest

#: Hexadecimal digits: enough to tell one edit from another.
VERSION_DIGITS = 12

#: For what a definition can't be without.
STAND_INS = {"event": ["token_init"], "action": "-"}


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What is right of a definition that can't be used: for `notifier check`, so that one error hides no other."""

    definition: HandlerDefinition
    #: What isn't in it because it was wrong: ``action``, ``options.body``.
    wrong: frozenset[str] = frozenset()


@dataclass(slots=True)
class Definitions:
    """The definitions found so far, over all files."""

    good: list[HandlerDefinition] = field(default_factory=list)
    broken: list[BrokenDefinition] = field(default_factory=list)
    salvaged: list[Salvaged] = field(default_factory=list)
    #: Name → where it was first used.
    _names: dict[str, Location] = field(default_factory=dict)

    #: Somebody wrote a rule of which not even the event can be read.
    unnamed: bool = False

    def add(self, file: YamlFile, stem: str) -> None:
        """Take in one file."""
        if file.content is None:
            return
        if not isinstance(file.content, list):
            file.problem((), "must be a list of definitions", "each starts with '- name: ...'")
            self.unnamed = True
            return
        for number, entry in enumerate(file.content):
            self._add(file, number, entry, f"{stem} #{number + 1}")

    def _add(self, file: YamlFile, number: int, entry: Any, unnamed: str) -> None:
        before = len(file.problems)
        parsed = validate(file, Definition, entry, (number,))
        name = str((isinstance(entry, dict) and entry.get("name")) or unnamed)
        location = _location(file, (number,))
        if name in self._names:
            first = self._names[name]
            file.problem((number, "name"), f"the name {name!r} is taken", f"first used at {first.file}:{first.line}")
            if parsed is not None:
                self.salvaged.append(Salvaged(_handler_definition(file, number, name, parsed, location)))
            parsed = None
        elif parsed is None and (salvaged := _salvage(file, number, entry, name, location)) is not None:
            self.salvaged.append(salvaged)
        self._names.setdefault(name, location)
        if parsed is not None:
            self.good.append(_handler_definition(file, number, name, parsed, location))
        elif not isinstance(entry, dict):
            self.unnamed = True
        elif _active(entry):
            self.broken.append(_broken(name, entry, file.problems[before:]))
            self.unnamed |= not self.broken[-1].events


def _active(entry: dict[str, Any]) -> bool:
    """Whoever switched a definition off doesn't want its events among the dead letters."""
    try:
        return bool(boolean(entry.get("active", True)))
    except ValueError:
        return True


def _salvage(file: YamlFile, number: int, entry: Any, name: str, location: Location) -> Salvaged | None:
    parsed, places = rescued(Definition, entry, STAND_INS) if isinstance(entry, dict) else (None, [])
    if parsed is None:
        return None
    wrong = {".".join(map(str, place[:2])) for place in places}
    # A misspelt key stands for the one that was meant.
    meant = [get_close_matches(str(place[0]), Definition.model_fields, n=1) for place in places if len(place) == 1]
    wrong.update(word for words in meant for word in words)
    definition = _handler_definition(file, number, name, parsed, location)
    if "action" in wrong:
        definition = replace(definition, action="")
    return Salvaged(definition, frozenset(wrong))


def _broken(name: str, entry: dict[str, Any], problems: Iterable[Problem]) -> BrokenDefinition:
    events = entry.get("event")
    items = [events] if isinstance(events, str) else events if isinstance(events, list) else []
    names = tuple(word for item in items for part in str(item).split(",") if (word := part.strip()))
    position = "pre" if entry.get("position") == "pre" else "post"
    return BrokenDefinition(name, names, position, min(problems))


def _location(file: YamlFile, path: Path_, *, key: bool = False) -> Location:
    return Location(file.name, *file.position(path, key=key))


def _handler_definition(
    file: YamlFile, number: int, name: str, parsed: Definition, location: Location
) -> HandlerDefinition:
    sections = {"conditions": parsed.conditions, "options": parsed.options}
    fields = ("event", "action", "handlermodule", "position", "name")
    content = file.content[number]
    locations = {f: _location(file, (number, f)) for f in fields if f in content}
    for section, values in sections.items():
        locations.update({f"{section}.{k}": _location(file, (number, section, k), key=True) for k in values})
    rules = parsed.delivery
    return HandlerDefinition(
        name=name,
        events=parsed.event,
        action=parsed.action,
        position=parsed.position,
        active=parsed.active,
        ordering=parsed.ordering,
        handlermodule=parsed.handlermodule,
        conditions=parsed.conditions,
        on_unknown=OnUnknown(parsed.on_unknown),
        options=parsed.options,
        delivery=DeliveryRules(rules.expires_after, OnUnsure(rules.on_unsure), rules.together, rules.critical),
        location=location,
        locations=locations,
        version=_version(name, parsed),
    )


def _version(name: str, parsed: Definition) -> str:
    """The same for what means the same, however it is written and wherever it stands."""
    fields = parsed.model_dump(exclude={"id", "condition", "abort_on_error", "description"})
    return digest("definition", json.dumps({**fields, "name": name}, sort_keys=True, default=str))[:VERSION_DIGITS]
