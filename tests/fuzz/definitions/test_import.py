"""Whatever an export contains: what is written loads without an error, and every text in it is still the same."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import privacyidea
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.definitions.load import Configuration, load
from notifier.definitions.privacyidea.conversion import Conversion
from notifier.definitions.privacyidea.destination import HANDLERS, look_at
from notifier.definitions.privacyidea.export import read_export
from notifier.definitions.privacyidea.syntax import NotAnExport
from notifier.definitions.privacyidea.vocabulary import ACTIONS, CONDITIONS, FIELDS, OPTIONS
from notifier.definitions.privacyidea.write import write

#: What YAML, format texts, references and line ends trip over.
URL = "https://gateway.example/"
PIECES = st.lists(
    st.sampled_from(
        ["a", " ", "\n", "\r\n", "\r", "\t", "#", " #", ": ", "- ", "'", '"', "\x85", "\u2028", "\\", "%", "---",
         "...", "ü", "\U0001f600", "\x00", "\x1b", "\ufeff", "\u00a0", "0", "+49", "true", "null", "&a", "*b", "!t",
         "|", ">", "{serial}", "{{", "}}", "${env:HOME}", "${", "}", "@", "`", "?", ",", "[", "]", "<<", "=", "1e3",
         "0x1F", "2024-01-01", "\ud800"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
TEXTS = st.one_of(PIECES, st.text(max_size=20))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
KEYS = st.sampled_from(sorted(FIELDS | OPTIONS | CONDITIONS | {"server", "providermodule", "headers", "identifier"}))
WILD = st.dictionaries(KEYS | TEXTS, VALUES, max_size=8)
WORDS = st.sampled_from(["sendmail", "sendsms", "savefile", "UserNotification", "tokenowner", "email", "pre", "relay"])
DEFINITIONS = st.fixed_dictionaries(
    {"handlermodule": st.just("UserNotification")},
    optional={
        "name": VALUES, "event": VALUES | st.just(["token_init"]), "action": st.sampled_from([*ACTIONS, "x"]),
        "position": VALUES, "active": VALUES, "ordering": VALUES, "id": VALUES, "abort_on_error": VALUES,
        "options": st.dictionaries(st.sampled_from(sorted(OPTIONS)) | TEXTS, SCALARS | WORDS, max_size=6) | VALUES,
        "conditions": st.dictionaries(st.sampled_from(sorted(CONDITIONS)) | TEXTS, SCALARS, max_size=4) | VALUES,
    },
)  # fmt: skip
SECTION = st.dictionaries(TEXTS, WILD | VALUES, max_size=3) | st.lists(WILD, max_size=3) | VALUES
EXPORTS = st.one_of(
    st.fixed_dictionaries(
        {"event": st.lists(DEFINITIONS | WILD, max_size=4) | VALUES},
        optional={"smtpserver": SECTION, "smsgateway": SECTION, "policy": VALUES, "privacyIDEA_version": VALUES},
    ),
    st.lists(DEFINITIONS, max_size=3),
    VALUES,
)
common = settings(deadline=None, max_examples=80)


def bring(raw: bytes) -> tuple[Conversion, Configuration]:
    """Import into a new directory and load it, with the secrets in the environment."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "config"
        conversion = privacyidea.convert(raw, root)
        write({root / name: content for name, content in conversion.files.items()})
        root.mkdir(exist_ok=True)
        environ = {place.name: place.value or "" for place in conversion.secrets}
        return conversion, load(root, environ)


@common
@given(content=EXPORTS)
def test_any_export(content: Any) -> None:
    """It is imported without an error, or refused in one line."""
    try:
        conversion, configuration = bring(json.dumps(content).encode())
    except NotAnExport as error:
        assert str(error).isprintable()
        return

    assert [str(p) for p in configuration.problems if not p.warning] == []
    assert len(configuration.definitions) == len(conversion.handlers.carried)
    report = conversion.report
    for note in (*report.not_carried, *report.differs, *report.to_do):
        assert "\n" not in note.what + note.why


@common
@given(raw=st.binary(max_size=200) | PIECES.map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes(raw: bytes) -> None:
    """Hardly ever an export; never a bug."""
    try:
        bring(raw)
    except NotAnExport as error:
        assert "expected is what" in str(error)


@common
@given(
    name=TEXTS.filter(str.strip),
    texts=st.lists(TEXTS, min_size=4, max_size=4),
    conditions=st.dictionaries(st.sampled_from(sorted(CONDITIONS - {"tokeninfo"})), TEXTS, max_size=4),
)
def test_texts_survive_byte_by_byte(name: str, texts: list[str], conditions: dict[str, str]) -> None:
    """Blanks, quotes, tabs, line ends of any kind, and what looks like YAML or a reference."""
    subject, body, sender, header = texts
    action = {"action": "sendmail", "options": {"emailconfig": "m", "subject": subject, "body": body}}
    given = privacyidea.definition(name=name, conditions=conditions, **action)
    servers = {"m": {"server": "h", "sender": sender, "description": header}}
    gateways = {"s": {"providermodule": privacyidea.HTTP, "options": {"URL": URL, "x": body}, "headers": {"h": header}}}
    raw = json.dumps({"event": [given], "smtpserver": servers, "smsgateway": gateways}).encode()

    with TemporaryDirectory() as folder:
        conversion = Conversion(read_export(raw), look_at(Path(folder) / "new", {}))
        for file, content in conversion.files.items():
            (Path(folder) / file).parent.mkdir(exist_ok=True)
            (Path(folder) / file).write_bytes(content)
        configuration = load(Path(folder), {place.name: place.value or "" for place in conversion.secrets})
        assert (Path(folder) / HANDLERS).exists()

    assert [str(p) for p in configuration.problems if not p.warning] == []
    (found,) = configuration.definitions
    assert found.name == whole(name)
    assert found.conditions == {key: whole(value) for key, value in conditions.items()}
    expected = {"emailconfig": "m", "subject": subject, "body": body if not body.startswith("file:") else "file:x"}
    assert found.options == {key: whole(value) for key, value in expected.items() if value}
    assert configuration.smtp_servers["m"].sender == whole(sender)
    assert configuration.sms_gateways["s"].options == {"URL": URL, "x": whole(body)}
    assert configuration.sms_gateways["s"].headers == {"h": whole(header)}


def whole(text: str) -> str:
    """Without halves of characters, which no text has."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
