"""Every message that a real privacyIDEA 3.14 sent, composed of its own definition, event and directory."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import privacyidea
import pytest
from composing import taken

from notifier.compose.composer import Composer
from notifier.compose.directory.realms import RealmDirectory
from notifier.configuration import DirectoryConfig, StaticStoreConfig
from notifier.intake.contract import parse
from notifier.model import HandlerDefinition

SAMPLES = Path(__file__).parents[3] / "config" / "samples"
MASKS = {"@@TIME@@": r"\d\d:\d\d:\d\d", "@@DATE@@": r"\d{4}-\d\d-\d\d"}
SENT = [record for record in privacyidea.records() if record["sent"]]
EXPORT = json.loads((privacyidea.DATA / "privacyidea-export.json").read_text())
DEFINITIONS = {
    entry["name"]: HandlerDefinition(entry["name"], tuple(entry["event"]), entry["action"], options=entry["options"])
    for entry in EXPORT["event"]
}


@pytest.fixture(scope="module")
def composer() -> Composer:
    """Writes with the people of the export."""
    exported = json.loads((privacyidea.DATA / "directory.json").read_text())
    stores: dict[str, list[Any]] = {}
    for user in exported["users"]:
        stores.setdefault(user["resolver"], []).append(user)
    config = DirectoryConfig(
        default_realm=exported["default_realm"],
        realms={realm["name"]: tuple(realm["resolvers"]) for realm in exported["realms"]},
        stores={name: StaticStoreConfig(tuple(users)) for name, users in stores.items()},
        internal_admins={admin["username"]: {"email": admin["email"]} for admin in exported["internal_admins"]},
    )
    senders = {name: server["sender"] for name, server in EXPORT["smtpserver"].items()}
    return Composer(senders, RealmDirectory(config), {}, "", "UTC")


@pytest.mark.parametrize("record", SENT, ids=[f"{r['file']}-{r['definition']}" for r in SENT])
def test_composes_what_was_sent(composer: Composer, record: dict[str, Any]) -> None:
    """Recipients, sender, subject, text and attachment agree; an empty address is a skip (section 10)."""
    event = parse((SAMPLES / record["file"]).read_bytes(), arrived=datetime(2026, 11, 24, tzinfo=UTC))
    (sent,) = record["sent"]

    composition = taken(composer.compile(DEFINITIONS[record["definition"]]).compose(event))

    if "empty_address" in record["notes"]:
        assert (composition.messages, composition.skipped[0].reason) == ((), "no_address")
        return
    assert composition.skipped == ()
    to = [sent["phone_before_regexp"]] if "phone_before_regexp" in sent else sent["to"]
    assert [address for message in composition.messages for address in message.to] == to
    for message in composition.messages:
        assert message.channel == sent["channel"]
        assert re.fullmatch(_masked(sent["body"]), message.body)
        if sent["channel"] == "mail":
            said = (message.subject, message.reply_to, message.mimetype, message.sender)
            assert said == (sent["subject"], sent["reply_to"], sent["mimetype"], sent["from"])
            assert [(a.content_type, f"<{a.content_id}>", a.filename, len(a.data)) for a in message.attachments] == [
                (part["content_type"], part["content_id"], part["filename"], part["size"]) for part in sent["parts"]
            ]
        if sent["channel"] == "file":
            assert message.filename == sent["filename"]


def _masked(body: str) -> str:
    pattern = re.escape(body)
    for mask, moment in MASKS.items():
        pattern = pattern.replace(re.escape(mask), moment)
    return pattern
