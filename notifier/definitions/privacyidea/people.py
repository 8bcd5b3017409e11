"""A ``directory.yaml`` to fill in: the admins and realms that definitions name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from notifier.definitions.privacyidea import yamltext
from notifier.definitions.privacyidea.entries import Entry
from notifier.definitions.privacyidea.report import Report
from notifier.model import Value

_HEADER = (
    "The people whom definitions name, to be filled in (docs/configuration.md).",
    "What an event carries wins; whom neither knows is skipped, and `notifier show` tells so.",
)


def skeleton(definitions: Iterable[Entry], report: Report) -> str:
    """The text of the file; empty: nobody is named."""
    admins: dict[str, str] = {}
    realms: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for entry in definitions:
        for option in ("To", "reply_to"):
            _mention(entry, option, "internal admin", admins)
            _mention(entry, option, "admin realm", realms)
        for realm in _items(entry.content.get("conditions", {}).get("realm", "")):
            if realm and realm == realm.strip().lower():
                wanted.setdefault(realm, entry.what)
    for name, what in admins.items():
        report.left(f"directory.yaml, internal admin {name!r}", f"write the mail address ({what} needs it)")
    for name, what in realms.items():
        report.left(f"directory.yaml, realm {name!r}", f"name a store that holds its members ({what} needs it)")
    content: dict[str, Any] = {}
    if names := sorted({*realms, *wanted}):
        content["realms"] = dict.fromkeys(names, ())
    if admins:
        content["internal_admins"] = {name: {"email": ""} for name in admins}
    if not content:
        return ""
    return "\n".join([*yamltext.comment(_HEADER), "", *yamltext.mapping(content, 0)]) + "\n"


def _mention(entry: Entry, option: str, kind: str, found: dict[str, str]) -> None:
    given: Mapping[str, Value] = entry.content.get("options", {})
    if given.get(option) == kind and not entry.aside:
        value = given.get(f"{option} {kind}", "")
        name = value if isinstance(value, str) else ", ".join(value)
        if name.strip():
            found.setdefault(name, entry.what)


def _items(value: Value) -> list[str]:
    return value.split(",") if isinstance(value, str) else list(value)
