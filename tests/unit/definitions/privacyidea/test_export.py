"""The forms an export comes in."""

from __future__ import annotations

import json
from typing import Any

import privacyidea
import pytest
from ruamel.yaml import YAML

from notifier.definitions.privacyidea.export import Export, read_export
from notifier.definitions.privacyidea.syntax import NotAnExport

ONE: dict[str, Any] = {"name": "n", "event": ["token_init"], "handlermodule": "UserNotification", "action": "sendmail"}
SERVER = {"server": "mail.example.com"}
GATEWAY: dict[str, Any] = {"providermodule": "x.Y", "options": {}}


def read(content: Any) -> Export:
    return read_export(json.dumps(content).encode())


def test_the_envelope_has_all_three() -> None:
    """And the version."""
    export = read_export(privacyidea.EXPORT.read_bytes())

    assert (len(export.definitions), export.version, export.strays) == (17, "3.14", [])
    assert list(export.smtp_servers or {}) == ["relay_main", "relay_token"]
    assert list(export.sms_gateways or {}) == ["sms_form", "sms_json", "sms_get", "sms_token"]


@pytest.mark.parametrize("content", [[ONE], ONE, {"event": [ONE]}, {"event": ONE}, {"result": {"value": [ONE]}}])
def test_definitions_alone_come_in_any_wrapping(content: Any) -> None:
    """A list, a single one, or an answer of the API; servers aren't in any of them."""
    export = read(content)

    assert export.definitions == [ONE]
    assert (export.smtp_servers, export.sms_gateways) == (None, None)


def test_an_event_may_be_one_text() -> None:
    """A definition isn't taken for an envelope, whose key is called the same."""
    assert read({**ONE, "event": "token_init,token_assign"}).definitions[0]["event"] == "token_init,token_assign"


@pytest.mark.parametrize("key", ["identifier", "name"])
def test_servers_and_gateways_may_be_lists(key: str) -> None:
    """Of objects that name themselves."""
    export = read({"smtpserver": [{key: "m", **SERVER}], "smsgateway": [{key: "s", **GATEWAY}]})

    assert list(export.smtp_servers or {}) == ["m"]
    assert list(export.sms_gateways or {}) == ["s"]


def test_answers_of_the_api_for_servers_and_gateways() -> None:
    """GET /smtpserver/ gives a mapping, GET /smsgateway/ a list."""
    servers = read({"result": {"status": True, "value": {"m": SERVER}}})
    gateways = read({"result": {"status": True, "value": [{"name": "s", **GATEWAY}]}})

    assert list(servers.smtp_servers or {}) == ["m"]
    assert list(gateways.sms_gateways or {}) == ["s"]


def test_yaml_reads_as_json_does() -> None:
    """Numbers that only look so keep their zeros."""
    lines = ["event:", "- name: 0815", "  event: [token_init]", "  action: sendmail", "  options: {To email: 0012}"]

    (found,) = read_export("\n".join(lines).encode()).definitions

    assert (found["name"], found["options"]) == ("0815", {"To email": "0012"})


def test_what_yaml_writes_is_read(tmp_path: Any) -> None:
    """The whole export as `-f yaml` writes it."""
    content = json.loads(privacyidea.EXPORT.read_text())
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    with (tmp_path / "export.yaml").open("w") as file:
        yaml.dump(content, file)

    assert read_export((tmp_path / "export.yaml").read_bytes()) == read_export(privacyidea.EXPORT.read_bytes())


def test_older_releases_wrote_python() -> None:
    """A literal: nothing in it is executed."""
    content = {"event": [{**ONE, "active": True, "conditions": {}, "options": None}], "smtpserver": {}}

    assert read_export(repr(content).encode()) == read(content)
    with pytest.raises(NotAnExport):
        read_export(b"__import__('os').abort()")


def test_other_types_are_counted() -> None:
    """They are told, not carried."""
    assert read({"realm": {"a": {}, "b": {}}, "policy": {"p": {}}}).others == {"realm": 2, "policy": 1}


def test_what_cannot_be_understood_is_named() -> None:
    """By its place, and what it is."""
    content = {
        "event": [5, ONE, "x"],
        "smtpserver": {"a": None, "b": SERVER},
        "smsgateway": [GATEWAY, {"name": "s", **GATEWAY}, {"name": "s", **GATEWAY}],
    }

    export = read(content)

    assert len(export.definitions) == len(export.smtp_servers or {}) == len(export.sms_gateways or {}) == 1
    assert export.strays == [
        ("entry 1", "it is a number, not a definition"),
        ("entry 3", "it is a text, not a definition"),
        ("smtpserver a", "it is nothing, not its settings"),
        ("smsgateway 1", "it has no identifier"),
        ("smsgateway s", "the identifier is there twice; the first one counts"),
    ]


@pytest.mark.parametrize("wrap", [lambda found: found, lambda found: {"event": found}])
@pytest.mark.parametrize(("entry", "kind"), [(SERVER, "smtp_servers"), (GATEWAY, "sms_gateways")])
def test_an_identifier_twice_in_a_bare_list_is_told(entry: dict[str, Any], kind: str, wrap: Any) -> None:
    """The first one counts, as in a section of its own."""
    export = read(wrap([{"identifier": "a", **entry, "n": n} for n in (1, 2)]))

    assert [found["n"] for found in getattr(export, kind).values()] == [1]
    assert [why for _, why in export.strays] == ["the identifier is there twice; the first one counts"]


def test_a_server_among_the_definitions_is_kept_beside_its_section() -> None:
    """Neither replaces the other."""
    export = read({"event": [ONE, {"identifier": "a", **SERVER}], "smtpserver": {"b": SERVER}})

    assert (len(export.definitions), list(export.smtp_servers or {})) == (1, ["a", "b"])


def test_definitions_may_be_a_mapping_by_their_names() -> None:
    """A name of their own wins."""
    unnamed = {key: value for key, value in ONE.items() if key != "name"}

    export = read({"event": {"tell": unnamed, "b": ONE}})

    assert [found["name"] for found in export.definitions] == ["tell", "n"]
    assert export.strays == []


@pytest.mark.parametrize(
    "raw",
    [b"", b" \n", b"5", b"null", b'"text"', b"{}", b'{"a": 1}', b"\xff\xfe", b"[" * 99999, b"(" * 99, b"a: b: c",
     b"-" * 99999 + b"1", b'{"event": ' + b"[" * 60 + b"]" * 60 + b"}", b"9" * 5000, b"x" * 9_000_000],
    ids=range(15),
)  # fmt: skip
def test_anything_else_is_refused_in_one_line(raw: bytes) -> None:
    """That tells what is expected."""
    with pytest.raises(NotAnExport, match="expected is what `pi-manage config export"):
        read_export(raw)


def test_too_many_definitions_are_refused() -> None:
    """No installation has them."""
    with pytest.raises(NotAnExport, match="more than 5000"):
        read([ONE] * 5001)


def test_half_a_character_is_no_text() -> None:
    """JSON can spell it; no database holds it."""
    (found,) = read_export(b'[{"name": "\\ud83d\\ude00\\ud800", "action": "sendmail"}]').definitions

    assert found["name"] == "\N{GRINNING FACE}\N{REPLACEMENT CHARACTER}"
