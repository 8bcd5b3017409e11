"""All that can be said of the definitions of a configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from notifier.definitions.lint.finding import problem, unknown
from notifier.definitions.lint.options import options, targets
from notifier.definitions.lint.people import people
from notifier.definitions.lint.port import Module
from notifier.definitions.lint.reach import twins, unreachable
from notifier.definitions.load import Configuration
from notifier.definitions.problems import did_you_mean
from notifier.errors import Problem
from notifier.model import HandlerDefinition


def lint(configuration: Configuration, modules: Mapping[str, Module]) -> tuple[Problem, ...]:
    """Every definition, looked at by its module and against the rest of the configuration.

    One that is switched off has errors, but no warnings.
    """
    found: list[Problem] = []
    for d in configuration.definitions:
        found.extend(finding for finding in _lint(d, configuration, modules) if d.active or not finding.warning)
    for salvaged in configuration.salvaged:
        # Whether it is active, or when it runs, may be what isn't known of it.
        certain = salvaged.definition.active and not salvaged.wrong & {"active", "position", "on_unknown"}
        rest = _lint(salvaged.definition, configuration, modules, salvaged.wrong)
        found.extend(finding for finding in rest if certain or not finding.warning)
    found.extend(twins(configuration.definitions))
    if configuration.usable and not configuration.definitions and not configuration.broken:
        found.append(Problem("handlers/", 1, 1, "no definitions: nobody will be told anything", warning=True))
    return tuple(found)


def _lint(
    d: HandlerDefinition,
    configuration: Configuration,
    modules: Mapping[str, Module],
    wrong: frozenset[str] = frozenset(),
) -> Iterator[Problem]:
    """What can be said of one; ``wrong``: what isn't in it because it can't be read."""
    if "handlermodule" in wrong:
        return
    module = modules.get(d.handlermodule)
    if module is None:
        yield unknown(d, "handlermodule", "handler module", d.handlermodule, modules)
        return
    for event in () if "event" in wrong else d.events:
        if event not in module.events:
            hint = did_you_mean(event, module.events) or "names are compared whole; there are no wildcards"
            yield problem(d, "event", f"no event {event!r} is known", hint, warning=True)
    known = module.actions.get(d.action.lower())
    if known is not None:
        yield from options(d, known, wrong)
    elif "action" not in wrong:
        yield unknown(d, "action", "action", d.action, module.actions)
    yield from _module(d, module, whole=not any(place.startswith(("options", "action")) for place in wrong))
    yield from targets(d, configuration)
    yield from people(d, configuration.directory)
    yield from unreachable(d)


def _module(d: HandlerDefinition, module: Module, *, whole: bool) -> Iterator[Problem]:
    """What its module says; texts are tried where nothing else is wrong with it.

    Of one that isn't ``whole``, options that it lacks, nothing but the conditions.
    """
    errors = [(place, message) for place, message in module.check(d) if whole or place.startswith("conditions.")]
    yield from (problem(d, place, message) for place, message in errors)
    if d.active:
        yield from (problem(d, place, message, warning=True) for place, message in module.doubts(d))
    if whole and not errors:
        for place, message, warning in module.rehearse(d):
            yield problem(d, place, message, warning=warning)
