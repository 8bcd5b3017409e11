"""The definitions, servers and people of a real privacyIDEA as a configuration directory of ours, moved by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data" / "privacyidea"
KEPT = ("name", "active", "ordering", "position", "action", "event", "options", "conditions")


def write_configuration(root: Path) -> None:
    """Write the export as our files; JSON is YAML."""
    export = json.loads((DATA / "privacyidea-export.json").read_text())
    definitions = [
        {**{key: entry[key] for key in KEPT}, "on_unknown": "privacyidea"}
        for entry in export["event"]
        if entry["handlermodule"] == "UserNotification"
    ]
    write(root / "handlers" / "imported.yaml", definitions)
    write(root / "smtp_servers.yaml", export["smtpserver"])
    gateways = {
        name: {key: gateway[key] for key in ("providermodule", "options", "headers")}
        for name, gateway in export["smsgateway"].items()
    }
    write(root / "sms_gateways.yaml", gateways)
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
