"""Options against the action's descriptors, and the servers and people they name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from notifier.definitions.lint.finding import problem, unknown
from notifier.definitions.load import Configuration
from notifier.errors import Problem
from notifier.model import HandlerDefinition, Value


def options(
    d: HandlerDefinition, known: Mapping[str, Mapping[str, Any]], wrong: Collection[str] = ()
) -> Iterator[Problem]:
    """Options that don't exist, and those that are missing; ``wrong``: they are there, and can't be read."""
    for name in d.options:
        if name not in known:
            yield unknown(d, f"options.{name}", "option", name, known)
    for name, descriptor in known.items():
        # `To admin realm` and the like are required only where `To` chooses them.
        chosen, _, kind = name.partition(" ")
        if kind and d.options.get(chosen) != kind:
            continue
        if "options" in wrong or f"options.{name}" in wrong or f"options.{chosen}" in wrong:
            continue
        needed = descriptor.get("required") and not descriptor.get("default")
        if needed and not d.options.get(name) and not _replaced(d, name):
            yield problem(d, "", f"the option {name!r} is missing")


def _replaced(d: HandlerDefinition, name: str) -> bool:
    """A template stands for subject and body."""
    return name in ("body", "subject") and bool(d.options.get("template"))


def targets(d: HandlerDefinition, configuration: Configuration) -> Iterator[Problem]:
    """Servers, gateways, admins and realms that options name; nothing of those whose file can't be read."""
    directory = configuration.directory
    known: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("emailconfig", "SMTP server", configuration.smtp_servers),
        ("smsconfig", "SMS gateway", configuration.sms_gateways),
        ("To internal admin", "internal admin", directory.internal_admins),
        ("reply_to internal admin", "internal admin", directory.internal_admins),
        ("To admin realm", "realm", directory.realms),
        ("reply_to admin realm", "realm", directory.realms),
    )
    files = {"SMTP server": "smtp_servers.yaml", "SMS gateway": "sms_gateways.yaml"}
    for option, kind, names in known:
        if files.get(kind, "directory.yaml") in configuration.unreadable:
            continue
        chosen, _, subtype = option.partition(" ")
        if subtype and d.options.get(chosen) != subtype:
            continue
        value = _joined(d.options.get(option, ""))
        # Realms are found in any case.
        found = value.lower() in {name.lower() for name in names} if kind == "realm" else value in names
        if value and not found:
            yield unknown(d, f"options.{option}", kind, value, names)


def _joined(value: Value) -> str:
    """An option's list means its items, separated by commas."""
    return value if isinstance(value, str) else ", ".join(value)
