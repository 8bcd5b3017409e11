"""The definitions, servers and people of a real privacyIDEA as a configuration directory of ours, imported."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notifier.definitions.load import Configuration, load
from notifier.definitions.privacyidea.conversion import Conversion
from notifier.definitions.privacyidea.destination import look_at
from notifier.definitions.privacyidea.export import read_export
from notifier.definitions.privacyidea.write import write as write_all
from notifier.errors import Problem
from notifier.model import HandlerDefinition
from notifier.wiring import Wiring

HTTP = "privacyidea.lib.smsprovider.HttpSMSProvider.HttpSMSProvider"
SERVERS = {"relay": {"server": "mail.example.com", "tls": False, "sender": "a@example.com"}}
GATEWAYS = {"sms": {"providermodule": HTTP, "options": {"URL": "https://sms.example.com/"}, "headers": {}}}
DATA = Path(__file__).parent.parent / "data" / "privacyidea"
EXPORT = DATA / "privacyidea-export.json"


def write_configuration(root: Path) -> dict[str, str]:
    """Import the export, beside the people; the environment that its secrets need."""
    write_people(root)
    conversion = convert(EXPORT.read_bytes(), root)
    write_all({root / name: content for name, content in conversion.files.items()})
    return {place.name: place.value or "" for place in conversion.secrets}


def convert(raw: bytes, root: Path) -> Conversion:
    """An export, converted for a directory as the command does it."""
    conversion = Conversion(read_export(raw), look_at(root, {}))
    conversion.settle(check)
    return conversion


def check(draft: Path, root: Path, environ: Mapping[str, str]) -> Sequence[Problem]:
    """As the command does it."""
    return Wiring(draft, environ, configuration=load(draft, environ, stands_for=root)).check(keys=False)


def write_people(root: Path) -> None:
    """The people of the real server as ``directory.yaml``."""
    write(root / "directory.yaml", _directory(json.loads((DATA / "directory.json").read_text())))


def _directory(exported: dict[str, Any]) -> dict[str, Any]:
    stores: dict[str, Any] = {}
    for user in exported["users"]:
        stores.setdefault(user["resolver"], {"type": "static", "users": []})["users"].append(user)
    return {
        "default_realm": exported["default_realm"],
        "realms": {realm["name"]: realm["resolvers"] for realm in exported["realms"]},
        "stores": stores,
        "internal_admins": {admin["username"]: {"email": admin["email"]} for admin in exported["internal_admins"]},
        "superuser_realms": exported["admin_realms"],
    }


def write(file: Path, content: Any) -> None:
    """One file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1))


def records() -> list[dict[str, Any]]:
    """What the real server did: one record per event and definition, in running order."""
    found: list[dict[str, Any]] = json.loads((DATA / "expected.json").read_text())["expected"]
    return found


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an export."""

    conversion: Conversion
    configuration: Configuration
    root: Path

    @property
    def only(self) -> HandlerDefinition:
        """The one definition."""
        (definition,) = self.configuration.definitions
        return definition

    def told(self, group: str) -> list[str]:
        """The lines of one group of the report, but for the settings that no export has."""
        notes = getattr(self.conversion.report, group)
        return [f"{note.what}: {note.why}" for note in notes if note.what != "notifier.yaml"]

    def text(self, name: str = "handlers/privacyidea.yaml") -> str:
        """One file."""
        return (self.root / name).read_text(encoding="utf-8")


Import = Callable[..., Imported]


def definition(*, options: Any = None, **fields: Any) -> dict[str, Any]:
    """A good definition, changed."""
    action = fields.get("action", "sendmail")
    needed = {"sendsms": {"smsconfig": "sms"}, "savefile": {"filename": "f"}}
    mine = {"body": "b", **needed.get(action, {"emailconfig": "relay", "subject": "s"})}
    return {
        "id": 7,
        "name": "tell",
        "active": True,
        "ordering": 0,
        "position": "post",
        "abort_on_error": False,
        "event": ["token_init"],
        "handlermodule": "UserNotification",
        "action": "sendmail",
        "condition": "",
        "conditions": {},
        "options": options if isinstance(options, (str, list, int)) else {**mine, **(options or {})},
        **fields,
    }
