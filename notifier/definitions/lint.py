"""What a definition says against what exists: actions, options, conditions, servers, people. Each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from notifier.definitions.load import Configuration
from notifier.definitions.problems import did_you_mean
from notifier.definitions.yamlfile import one_line
from notifier.errors import Problem
from notifier.model import HandlerDefinition, Value


class Module(Protocol):
    """What lint needs of a handler module."""

    @property
    def actions(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Action → option → descriptor."""
        ...

    @property
    def events(self) -> Sequence[str]:
        """Known events."""
        ...

    def check(self, definition: HandlerDefinition) -> list[tuple[str, str]]:
        """The module's own look at a definition: place and message."""
        ...


def lint(configuration: Configuration, modules: Mapping[str, Module]) -> tuple[Problem, ...]:
    """Every definition, looked at by its module and against the rest of the configuration."""
    found = [problem for d in configuration.definitions for problem in _lint(d, configuration, modules)]
    if configuration.usable and not configuration.definitions and not configuration.broken:
        found.append(Problem("handlers/", 1, 1, "no definitions: nobody will be told anything", warning=True))
    return tuple(found)


def _lint(d: HandlerDefinition, configuration: Configuration, modules: Mapping[str, Module]) -> Iterator[Problem]:
    module = modules.get(d.handlermodule)
    if module is None:
        yield _unknown(d, "handlermodule", "handler module", d.handlermodule, modules)
        return
    for event in d.events:
        if event not in module.events:
            hint = did_you_mean(event, module.events) or "names are compared whole; there are no wildcards"
            yield _problem(d, "event", f"no event {event!r} is known", hint, warning=True)
    options = module.actions.get(d.action.lower())
    if options is None:
        yield _unknown(d, "action", "action", d.action, module.actions)
    else:
        yield from _options(d, options)
    yield from (_problem(d, place, message) for place, message in module.check(d))
    yield from _targets(d, configuration)
    yield from _realms(d, configuration)


def _options(d: HandlerDefinition, options: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for name in d.options:
        if name not in options:
            yield _unknown(d, f"options.{name}", "option", name, options)
    for name, descriptor in options.items():
        # `To admin realm` and the like are required only where `To` chooses them.
        chosen, _, kind = name.partition(" ")
        if kind and d.options.get(chosen) != kind:
            continue
        if chosen == "To" and not kind:  # has a default
            continue
        if descriptor.get("required") and not d.options.get(name) and not _replaced(d, name):
            yield _problem(d, "", f"the option {name!r} is missing")


def _replaced(d: HandlerDefinition, name: str) -> bool:
    """A template stands for subject and body."""
    return name in ("body", "subject") and bool(d.options.get("template"))


def _targets(d: HandlerDefinition, configuration: Configuration) -> Iterator[Problem]:
    directory = configuration.directory
    known: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("emailconfig", "SMTP server", configuration.smtp_servers),
        ("smsconfig", "SMS gateway", configuration.sms_gateways),
        ("To internal admin", "internal admin", directory.internal_admins),
        ("reply_to internal admin", "internal admin", directory.internal_admins),
        ("To admin realm", "realm", directory.realms),
        ("reply_to admin realm", "realm", directory.realms),
    )
    for option, kind, names in known:
        chosen, _, subtype = option.partition(" ")
        if subtype and d.options.get(chosen) != subtype:
            continue
        value = _joined(d.options.get(option, ""))
        # Realms are found in any case.
        found = value.lower() in {name.lower() for name in names} if kind == "realm" else value in names
        if value and not found:
            yield _unknown(d, f"options.{option}", kind, value, names)


def _realms(d: HandlerDefinition, configuration: Configuration) -> Iterator[Problem]:
    """Realms in conditions: only warnings, for events may carry people whom the directory doesn't have."""
    known = sorted(realm.lower() for realm in configuration.directory.realms)
    given = d.conditions.get("realm", ())
    for realm in given.split(",") if isinstance(given, str) else given:
        if known and realm and realm not in known:
            yield _unknown(d, "conditions.realm", "realm", realm, known, warning=True)


def _joined(value: Value) -> str:
    """An option's list means its items, separated by commas."""
    return value if isinstance(value, str) else ", ".join(value)


def _unknown(
    d: HandlerDefinition, place: str, kind: str, word: str, known: Iterable[str], *, warning: bool = False
) -> Problem:
    names = sorted(known)
    hint = did_you_mean(word, names) or (f"there are: {', '.join(names)}" if names else "none is configured")
    return _problem(d, place, f"unknown {kind} {word!r}", hint, warning=warning)


def _problem(d: HandlerDefinition, place: str, message: str, hint: str = "", *, warning: bool = False) -> Problem:
    at = d.locations.get(place, d.location)
    return Problem(at.file, at.line, at.column, one_line(f"{d.name}: {message}"), one_line(hint), warning)
