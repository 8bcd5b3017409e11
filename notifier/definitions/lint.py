"""What a definition says against what exists: actions, options, conditions, servers, people. Each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from notifier.definitions.load import Configuration
from notifier.definitions.problems import did_you_mean
from notifier.errors import Problem
from notifier.model import HandlerDefinition


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
    if not configuration.definitions and not configuration.broken:
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
    known: tuple[tuple[str, str, Iterable[str], bool], ...] = (
        ("emailconfig", "SMTP server", configuration.smtp_servers, False),
        ("smsconfig", "SMS gateway", configuration.sms_gateways, False),
        ("To internal admin", "internal admin", directory.internal_admins, False),
        ("reply_to internal admin", "internal admin", directory.internal_admins, False),
        ("To admin realm", "realm", directory.realms, False),
        ("reply_to admin realm", "realm", directory.realms, False),
    )
    for option, kind, names, warning in known:
        chosen, _, subtype = option.partition(" ")
        if subtype and d.options.get(chosen) != subtype:
            continue
        value = d.options.get(option)
        if isinstance(value, str) and value and value not in names:
            yield _unknown(d, f"options.{option}", kind, value, names, warning=warning)


def _unknown(
    d: HandlerDefinition, place: str, kind: str, word: str, known: Iterable[str], *, warning: bool = False
) -> Problem:
    names = sorted(known)
    hint = did_you_mean(word, names) or (f"there are: {', '.join(names)}" if names else "none is configured")
    return _problem(d, place, f"unknown {kind} {word!r}", hint, warning=warning)


def _problem(d: HandlerDefinition, place: str, message: str, hint: str = "", *, warning: bool = False) -> Problem:
    at = d.locations.get(place, d.location)
    return Problem(at.file, at.line, at.column, f"{d.name}: {message}", hint, warning)
