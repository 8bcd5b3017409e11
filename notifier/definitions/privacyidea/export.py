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
        for identifier, value in content.items():
            _sorted(export, [{"identifier": identifier, **value}])
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
    events = content.get(EVENT) or []
    _sorted(export, [events] if isinstance(events, dict) else events if isinstance(events, list) else [events])
    if SMTP in content:
        export.smtp_servers = _named(export, SMTP, content[SMTP])
    if SMS in content:
        export.sms_gateways = _named(export, SMS, content[SMS])
    for name, section in content.items():
        if name not in (*OURS, VERSION):
            export.others[name] = len(section) if isinstance(section, (dict, list)) else 1


def _sorted(export: Export, entries: Sequence[Any]) -> None:
    """A list's entries, each to its kind."""
    for number, entry in enumerate(entries, 1):
        what = _type(entry)
        if what == SMTP:
            export.smtp_servers = {**(export.smtp_servers or {}), **_named(export, SMTP, [entry])}
        elif what == SMS:
            export.sms_gateways = {**(export.sms_gateways or {}), **_named(export, SMS, [entry])}
        elif isinstance(entry, dict) and (what == EVENT or "event" in entry):
            export.definitions.append(entry)
        else:
            export.strays.append((f"entry {number}", f"it is {kind(entry)}, not a definition"))


def _named(export: Export, what: str, section: Any) -> Named:
    """Identifier → fields, of a mapping or of a list of objects that name themselves."""
    if isinstance(section, dict) and _type(section) == what:
        section = [section]
    found: Named = {}
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
    return found


def _identifier(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    name = entry.get("identifier") or entry.get("name")
    return str(name) if isinstance(name, (str, int)) else ""
