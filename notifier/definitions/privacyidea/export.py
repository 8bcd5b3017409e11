"""What an export holds, in whichever of its forms (reference section 1.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from notifier.definitions.fields import kind
from notifier.definitions.privacyidea.syntax import NotAnExport, parse

VERSION = "privacyIDEA_version"
EVENT, SMTP, SMS = OURS = ("event", "smtpserver", "smsgateway")
#: Other types an export can hold; they only tell that this is one.
OTHERS = frozenset(
    """resolver realm policy caconnector machineresolver periodictask privacyideaserver radiusserver tokengroup
    serviceid token audit config container_template clientapplication""".split()
)
MOST_DEFINITIONS = 5000
Named = dict[str, Mapping[str, Any]]


@dataclass(slots=True)
class Export:
    """Definitions, servers and gateways as they stand there."""

    version: str = ""
    definitions: list[Mapping[str, Any]] = field(default_factory=list)
    #: Identifier → fields; None: this type isn't in the export.
    smtp_servers: Named | None = None
    sms_gateways: Named | None = None
    #: Other types, and how many there are of each.
    others: dict[str, int] = field(default_factory=dict)
    #: What can't be understood: where, and why.
    strays: list[tuple[str, str]] = field(default_factory=list)


def read_export(raw: bytes) -> Export:
    """Read an export: the whole envelope, a list, one object, or an answer of privacyIDEA's API.

    Raises:
        NotAnExport: it is nothing of the kind.
    """
    content = parse(raw)
    if isinstance(content, dict) and isinstance(content.get("result"), dict) and "value" in content["result"]:
        content = content["result"]["value"]
    export = Export()
    if isinstance(content, dict) and _is_envelope(content):
        _envelope(export, content)
    elif isinstance(content, dict) and _type(content):
        _sorted(export, [content])
    elif isinstance(content, list):
        _sorted(export, content)
    elif isinstance(content, dict) and content and all(_type(value) in (SMTP, SMS) for value in content.values()):
        # The answers to GET /smtpserver/ and the like.
        for what in (SMTP, SMS):
            if section := {name: value for name, value in content.items() if _type(value) == what}:
                _add(export, what, section)
    else:
        raise NotAnExport(f"this is {kind(content)} without definitions, servers or gateways")
    if len(export.definitions) > MOST_DEFINITIONS:
        raise NotAnExport(f"this has more than {MOST_DEFINITIONS} definitions")
    return export


def _type(entry: Any) -> str:
    """What a single object is, by its keys; empty: nothing we know."""
    if not isinstance(entry, dict):
        return ""
    if "providermodule" in entry:
        return SMS
    if {"handlermodule", "action"} & entry.keys():
        return EVENT
    return SMTP if isinstance(entry.get("server"), str) else ""


def _is_envelope(content: Mapping[str, Any]) -> bool:
    if _type(content):
        return False
    return any(name in content for name in (*OURS, VERSION)) or bool(OTHERS & content.keys())


def _envelope(export: Export, content: Mapping[str, Any]) -> None:
    version = content.get(VERSION)
    export.version = version if isinstance(version, str) else ""
    _sorted(export, _definitions(content.get(EVENT) or []))
    for name, section in content.items():
        if name in (SMTP, SMS):
            _add(export, name, section)
        elif name not in (EVENT, VERSION):
            export.others[name] = len(section) if isinstance(section, (dict, list)) else 1


def _definitions(section: Any) -> list[Any]:
    """A list of definitions, a single one, or a mapping of them by their names."""
    if not isinstance(section, dict):
        return section if isinstance(section, list) else [section]
    if _is_definition(section) or not all(isinstance(value, dict) for value in section.values()):
        return [section]
    return [{**value, "name": value.get("name") or name} for name, value in section.items()]


def _is_definition(entry: Any) -> bool:
    return isinstance(entry, dict) and (_type(entry) == EVENT or (not _type(entry) and "event" in entry))


def _sorted(export: Export, entries: Sequence[Any]) -> None:
    """A list's entries, each to its kind."""
    others: dict[str, list[Any]] = {SMTP: [], SMS: []}
    for number, entry in enumerate(entries, 1):
        if _is_definition(entry):
            export.definitions.append(entry)
        elif what := _type(entry):
            others[what].append(entry)
        else:
            export.strays.append((f"entry {number}", f"it is {kind(entry)}, not a definition"))
    for what, found in others.items():
        if found:
            _add(export, what, found)


def _add(export: Export, what: str, section: Any) -> None:
    """Servers or gateways, of a mapping by identifier or of a list of objects that name themselves."""
    if what == SMTP:
        found = export.smtp_servers = {} if export.smtp_servers is None else export.smtp_servers
    else:
        found = export.sms_gateways = {} if export.sms_gateways is None else export.sms_gateways
    if isinstance(section, dict) and _type(section) == what:
        section = [section]
    if isinstance(section, dict):
        pairs = list(section.items())
    elif isinstance(section, list):
        pairs = [(_identifier(entry), entry) for entry in section]
    else:
        pairs = [] if section is None else [("", section)]
    for number, (identifier, entry) in enumerate(pairs, 1):
        if not isinstance(entry, dict):
            export.strays.append((f"{what} {identifier or number}", f"it is {kind(entry)}, not its settings"))
        elif not identifier:
            export.strays.append((f"{what} {number}", "it has no identifier"))
        elif identifier in found:
            export.strays.append((f"{what} {identifier}", "the identifier is there twice; the first one counts"))
        else:
            found[identifier] = entry


def _identifier(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    name = entry.get("identifier") or entry.get("name")
    return str(name) if isinstance(name, (str, int)) else ""
