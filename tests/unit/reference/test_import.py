"""Cases 3, 17, 78 and 108 of the reference, section 7, where they are the importer's affair."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import privacyidea
import pytest

from notifier.definitions.load import Configuration, load
from notifier.definitions.privacyidea.write import write

SERVER = {"server": "mail.example.com", "sender": "a@example.com", "username": "u", "tls": False}


def imported(root: Path, *definitions: dict[str, Any], **server: Any) -> Configuration:
    """What these definitions, and a server they name, become."""
    good = {"handlermodule": "UserNotification", "action": "sendmail", "options": {"emailconfig": "relay"}}
    events = [{"event": ["token_init"], **good, **definition} for definition in definitions]
    export = {"event": events, "smtpserver": {"relay": {**SERVER, **server}}}
    conversion = privacyidea.convert(json.dumps(export).encode(), root)
    write({root / name: content for name, content in conversion.files.items()}, force=True)
    return load(root, {place.name: place.value or "" for place in conversion.secrets})


@pytest.mark.parametrize(
    "events", ["token_init, token_assign", ["token_init", "token_assign"], "token_init,token_assign,"]
)
def test_3_events_in_any_form(tmp_path: Path, events: Any) -> None:
    """Case 3: a list or a comma text, blanks stripped."""
    (definition,) = imported(tmp_path, {"name": "tell", "event": events}).definitions

    assert definition.events == ("token_init", "token_assign")


def test_17_ids_are_information(tmp_path: Path) -> None:
    """Case 17, decided otherwise: an id overwrites nothing, names do not clash, `condition` may be missing."""
    first = imported(tmp_path / "both", {"id": 7, "name": "one"}, {"id": 7, "name": "two"}, {"id": 8, "name": "two"})
    again = imported(tmp_path / "both", {"id": 7, "name": "three", "condition": ""})

    assert [d.name for d in first.definitions] == ["one", "two", "two (2)"]
    assert [d.name for d in again.definitions] == ["three"]


def test_78_doubled_braces_are_single_ones(tmp_path: Path) -> None:
    """Case 78: what was doubled for the format text there is written plainly here, and means the same."""
    condition = {"tokeninfo": "code 'matches' [A-Z]{{3}}"}

    (definition,) = imported(tmp_path, {"name": "tell", "conditions": condition}).definitions

    assert definition.conditions == {"tokeninfo": "code 'matches' [A-Z]{3}"}


def test_108_a_secret_travels_as_a_reference(tmp_path: Path) -> None:
    """Case 108: an export's secret is in no file of ours, and its server has it nevertheless."""
    configuration = imported(tmp_path, {"name": "tell"}, password="geheim")

    assert configuration.smtp_servers["relay"].password.reveal() == "geheim"
    assert not any(b"geheim" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_108_a_censored_secret_is_asked_for(tmp_path: Path) -> None:
    """Case 108: a censored export's word for a secret is no password."""
    configuration = imported(tmp_path, {"name": "tell"}, password="__CENSORED__")

    assert "CENSORED" not in repr(configuration.smtp_servers["relay"].password.reveal())
