"""Definitions: names, events, order, positions, and what has no meaning here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from privacyidea import GATEWAYS, SERVERS, Import, definition

from notifier.model import OnUnknown


def test_a_definition_keeps_what_it_says(one: Import) -> None:
    """Missing facts mean what they meant, and nothing has to be told."""
    found = one(event=["token_init", "token_assign"], ordering=-1, position="pre", conditions={"realm": "a,b"})

    definition = found.only
    assert (definition.name, definition.events, definition.position) == ("tell", ("token_init", "token_assign"), "pre")
    assert (definition.ordering, definition.active, definition.on_unknown) == (-1, True, OnUnknown.PRIVACYIDEA)
    assert definition.conditions == {"realm": "a,b"}
    assert definition.options == {"emailconfig": "relay", "subject": "s", "body": "b"}
    assert [found.told(group) for group in ("not_carried", "differs", "to_do")] == [[], [], []]
    assert "# id 7 in privacyIDEA\n- name: tell\n  event: [token_init, token_assign]\n" in found.text()


def test_values_may_all_be_texts(one: Import) -> None:
    """As a database or an older release has them."""
    found = one(
        active="0", ordering="5", abort_on_error="True", event=" token_init , ,token_assign,",
        options=json.dumps({"emailconfig": "relay", "subject": 5, "body": True, "attach_qrcode": True}),
        conditions=json.dumps({"failcounter": 3, "token_locked": True}),
    )  # fmt: skip

    definition = found.only
    assert (definition.active, definition.ordering) == (False, 5)
    assert definition.events == ("token_init", "token_assign")
    assert definition.options == {"emailconfig": "relay", "subject": "5", "body": "True", "attach_qrcode": "True"}
    assert definition.conditions == {"failcounter": "3", "token_locked": "True"}
    assert found.told("differs") == [
        "definition 'tell': an error in it stopped the request there (abort_on_error); nothing does here"
    ]


@pytest.mark.parametrize(
    ("given", "active"),
    [(True, True), ("True", True), ("1", True), (1, True), (False, False), ("False", False), ("", False), ("no", False),
     (None, True)],
)  # fmt: skip
def test_active_as_there(one: Import, given: Any, active: bool) -> None:
    """Only the old spellings of true are true."""
    assert one(active=given).only.active is active


def test_names_become_unique(imported: Import) -> None:
    """A name is the identity of a definition's deliveries here."""
    found = imported(
        event=[definition(name=name, id=ident) for ident, name in enumerate(["a", "a", "a (2)", "", None, " "], 1)],
        smtpserver=SERVERS,
    )

    names = [d.name for d in found.configuration.definitions]
    assert names == ["a", "a (2)", "a (2) (2)", "imported 4", "imported 5", "imported 6"]
    assert found.told("differs") == [
        "definition 'a (2)': the name 'a' is taken, and names are unique here",
        "definition 'a (2) (2)': the name 'a (2)' is taken, and names are unique here",
        "definition 'imported 4': it had no name",
        "definition 'imported 5': it had no name",
        "definition 'imported 6': it had no name",
    ]


def test_names_of_other_files_are_taken(imported: Import, tmp_path: Path) -> None:
    """The directory may hold definitions already; those of an earlier import don't count."""
    other = tmp_path / "config" / "handlers" / "other.yaml"
    other.parent.mkdir(parents=True)
    other.write_text("- {name: tell, event: token_init, action: sendmail, options: {emailconfig: relay, body: b}}\n")

    for _ in range(2):
        found = imported(event=[definition()], smtpserver=SERVERS)
        assert sorted(d.name for d in found.configuration.definitions) == ["tell", "tell (2)"]


def test_definitions_stand_in_the_order_they_ran(imported: Import) -> None:
    """By ordering, of equal ones the older first, whatever the export's order."""
    rows = [("d", 0, 9), ("c", 0, 2), ("e", 7, 1), ("b", "-1", 5), ("a", "-1", "4")]

    found = imported(event=[definition(name=n, ordering=o, id=i) for n, o, i in rows], smtpserver=SERVERS)

    assert [d.name for d in found.configuration.definitions] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("position", ["", "both", "Post", 5])
def test_a_position_that_never_matched_is_switched_off(one: Import, position: Any) -> None:
    """It doesn't begin to tell people now."""
    found = one(position=position)

    assert (found.only.position, found.only.active) == ("post", False)
    assert found.told("differs") == [
        f"definition 'tell': its position {str(position)!r} never matched; it is switched off (active: false)"
    ]


def test_wildcards_are_told(one: Import) -> None:
    """They never matched, and don't here."""
    found = one(event=["token_*", "token_init"])

    assert found.only.events == ("token_*", "token_init")
    assert any("no event 'token_*' is known" in line for line in found.told("to_do"))


def test_an_event_that_is_no_name_is_told(one: Import) -> None:
    """The others count; an item with commas is several."""
    found = one(event=["token_init, token_assign", {"token_set": 1}, ["token_lost"]])

    assert found.only.events == ("token_init", "token_assign")
    assert found.told("not_carried") == [
        "definition 'tell': an item of its event that is a mapping, not a name",
        "definition 'tell': an item of its event that is a list, not a name",
    ]


@pytest.mark.parametrize("event", [None, "", [], " , ", 5, {}])
def test_without_an_event_it_is_a_comment(one: Import, event: Any) -> None:
    """It never ran."""
    found = one(event=event)

    assert found.configuration.definitions == ()
    assert found.told("not_carried") == [
        "definition 'tell': it is bound to no event; it stands in the file as a comment, to be mended"
    ]


@pytest.mark.parametrize("module", ["Counter", "Token", "Script", "WebHook", "my.own"])
def test_other_modules_stay_there(one: Import, module: str) -> None:
    """Each is named."""
    found = one(handlermodule=module, name="count")

    assert found.told("not_carried") == [
        f"definition 'count': its module {module} does other things than telling people: keep it there"
    ]


def test_actions_in_any_case(one: Import) -> None:
    """As there."""
    assert one(action="SendMail").only.action == "sendmail"


def test_an_unknown_action_is_a_comment(one: Import) -> None:
    """It did nothing, in silence."""
    found = one(action="sendfax")

    assert found.configuration.definitions == ()
    assert found.told("not_carried")[0].startswith("definition 'tell': unknown action 'sendfax'")


def test_unknown_fields_are_told(one: Import) -> None:
    """The database's own have no meaning."""
    found = one(comparator="x", colour="red")

    assert found.told("not_carried") == ["definition 'tell': its field 'colour': there is none of that name"]


def test_what_cannot_work_here_is_a_comment_with_its_reason(imported: Import) -> None:
    """Nothing is lost: without the signs it is the definition again."""
    bad = {"emailconfig": "relay", "subject": "Phone", "body": "scan {container_qr}\nnow {serial.x}"}

    found = imported(event=[definition(name="good", id=1), definition(name="bad", options=bad)], smtpserver=SERVERS)

    assert [d.name for d in found.configuration.definitions] == ["good"]
    text = found.text()
    comment = text[
        text.index("# Not carried: options.body") if "options.body" in text else text.index("# Not carried") :
    ]
    reason, *lines = comment.splitlines()
    assert "{container_qr}" in reason
    assert "# - name: bad" in lines
    assert all(line.startswith("#") for line in lines)
    assert found.told("not_carried")[0].startswith("definition 'bad': ")
    assert "container_qr" in found.told("not_carried")[0]


def test_each_depends_on_what_it_names(imported: Import) -> None:
    """A gateway that can't be carried takes its definitions along, and nobody else's."""
    gateways = {**GATEWAYS, "own": {"providermodule": "my.Gateway", "options": {}, "headers": {}}}
    sms = {"smsconfig": "own"}

    found = imported(
        event=[definition(action="sendsms", name="lost", options=sms), definition(action="sendsms", name="kept")],
        smsgateway=gateways,
    )

    assert [d.name for d in found.configuration.definitions] == ["kept"]
    assert found.told("not_carried") == [
        "SMS gateway 'own': its module my.Gateway is not known here; it stands in the file as a comment, to be mended",
        "definition 'lost': its SMS gateway 'own' isn't carried; it stands in the file as a comment, to be mended",
    ]
    assert "# own:\n#   providermodule: my.Gateway\n" in found.text("sms_gateways.yaml")


def test_a_server_that_the_export_lacks_failed_there_too(one: Import) -> None:
    """The export has servers, but not this one."""
    found = one(options={"emailconfig": "relai"})

    (line,) = found.told("not_carried")
    assert line.startswith("definition 'tell': unknown SMTP server 'relai' (did you mean 'relay'?); it stands in")


def test_definitions_without_their_servers_get_places_to_fill_in(imported: Import) -> None:
    """An export of definitions alone is worth importing; nothing is lost in a host that can't exist."""
    found = imported(event=[definition(), definition(action="sendsms", name="text")])

    assert len(found.configuration.definitions) == 2
    assert found.configuration.smtp_servers["relay"].host == "smtp.invalid"
    assert found.told("to_do") == [
        "smtp_servers.yaml, 'relay': not in the export: fill it in",
        "sms_gateways.yaml, 'sms': not in the export: fill it in",
    ]


def test_definitions_after_their_servers(imported: Import) -> None:
    """Imported one after the other, the second finds what the first wrote."""
    imported(smtpserver=SERVERS)

    found = imported(event=[definition()])

    assert found.configuration.smtp_servers["relay"].host == "mail.example.com"
    assert [d.name for d in found.configuration.definitions] == ["tell"]


def test_people_who_are_named_are_to_be_filled_in(imported: Import) -> None:
    """The definitions are good; where nobody is known they skip, and say so."""
    to = {"To": "internal admin", "To internal admin": "admin", "reply_to": "admin realm"}
    to["reply_to admin realm"] = "helpdesk"

    found = imported(event=[definition(options=to, conditions={"realm": "sales,Bad"})], smtpserver=SERVERS)

    directory = found.configuration.directory
    assert (list(directory.internal_admins), sorted(directory.realms)) == (["admin"], ["helpdesk", "sales"])
    assert found.told("to_do")[:2] == [
        "directory.yaml, internal admin 'admin': write the mail address (definition 'tell' needs it)",
        "directory.yaml, realm 'helpdesk': name a store that holds its members (definition 'tell' needs it)",
    ]
    assert "'Bad' never matches" in found.told("to_do")[2]


def test_a_directory_that_is_there_is_left_alone(imported: Import, tmp_path: Path) -> None:
    """Whom it lacks, the definition can't tell."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "directory.yaml").write_text("internal_admins: {boss: {email: b@example.com}}\n")
    whom = [{"To": "internal admin", "To internal admin": name} for name in ("boss", "nobody")]

    found = imported(event=[definition(name=w["To internal admin"], options=w) for w in whom], smtpserver=SERVERS)

    assert [d.name for d in found.configuration.definitions] == ["boss"]
    assert found.told("not_carried")[0].startswith("definition 'nobody': unknown internal admin 'nobody'")


RELAY = "r: {server: mail.example.com, sender: a@example.com, password: '${file:../relay.secret}'}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("smtp_servers.yaml", RELAY),
        ("smtp_servers.yaml", "relay: {server: mail.example.com, port: many}\n"),
        ("sms_gateways.yaml", "own: {provider: carrier pigeon}\n"),
        ("smtp_servers.yaml", "- not: a mapping\n"),
    ],
)
def test_flaws_of_files_that_stay_are_not_the_imports(imported: Import, tmp_path: Path, name: str, text: str) -> None:
    """Nor is what they say about files beside the directory."""
    (tmp_path / "relay.secret").write_text("s3cret")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / name).write_text(text)

    found = imported(event=[definition(action="savefile")], errors=True)

    assert [d.name for d in found.configuration.definitions] == ["tell"]
    assert found.told("to_do") == []
    assert (found.root / name).read_text() == text


def test_what_an_import_breaks_elsewhere_is_to_be_mended(imported: Import, tmp_path: Path) -> None:
    """A server that others name is gone with the file it stood in; what was wrong before isn't told."""
    handlers = tmp_path / "config" / "handlers"
    handlers.mkdir(parents=True)
    (tmp_path / "config" / "smtp_servers.yaml").write_text("old: {server: mail.example.com, sender: a@example.com}\n")
    mine = "- {{name: {0}, event: token_init, action: sendmail, options: {{emailconfig: {0}, subject: s, body: b}}}}\n"
    (handlers / "mine.yaml").write_text(mine.format("old") + mine.format("never"))

    found = imported(event=[definition()], smtpserver=SERVERS, errors=True)

    assert found.told("to_do") == ["handlers/mine.yaml:1: old: unknown SMTP server 'old' (there are: relay)"]
