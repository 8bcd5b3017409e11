"""What `check` finds beyond plain mistakes, by the real handler module: what works and can't be meant."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from privacyidea import write_configuration

from notifier.cli.check import line_of
from notifier.definitions.load import Configuration
from notifier.wiring import Wiring

PEOPLE = """\
realms: {Sales: [ad, staff], hr: [staff]}
stores: {ad: {}, staff: {}}
"""
#: Conditions of the definition, on its third line, and the end of what is found there.
CONDITIONS = [
    ("{failcounter: '>x'}", "condition 'failcounter': '>x' is not understood and never holds; write a whole number,"),
    ("{user_token_number: <0}", "condition 'user_token_number': '<0' never holds, there is no count below 0"),
    ("{tokeninfo: class in vip}", "write the comparator in single quotes: 'in'"),
    ("{client_ip: '!10.0.0.1'}", "condition 'client_ip': it lists exclusions only and never holds"),
    ("{tokentype: 'hotp, spass'}", "' spass' never matches, blanks count; write 'spass', or a YAML list"),
    ("{realm: Sales}", "'Sales' never matches, realms are in lower case; write 'sales'"),
    ("{logged_in_user: administrator}", "did you mean 'admin'?"),
    ("{result_value: 'yes'}", "'yes' counts as False; write True or False"),
    ("{token_locked: 'true'}", "'true' counts as False here, only True is true; write True"),
    ("{user_info: end 'date_before' soon}", "'soon' can't be read as a date, it never holds; write 2026-11-24"),
    ("{tokeninfo: n <= 1.5}", "<= compares whole numbers only and never holds for '1.5'"),
    ("{container_exact_state: ''}", "condition 'container_exact_state': nothing is listed; write at least one item"),
    ("{serial: (a+)+$}", "condition 'serial': this regular expression can take very long on some texts;"),
    ("{realm: slaes}", "unknown realm 'slaes' (did you mean 'sales'?)"),
    ("{tokenrealm: [sales, hrr]}", "unknown realm 'hrr' (did you mean 'hr'?)"),
    ("{container_realm: it}", "unknown realm 'it' (there are: hr, sales)"),
    ("{resolver: stuff}", "unknown resolver 'stuff' (did you mean 'staff'?)"),
    ("{tokenresolver: 'ad,stuff'}", "unknown resolver 'stuff' (did you mean 'staff'?)"),
    ("{container_resolver: nobody}", "unknown resolver 'nobody' (there are: ad, staff)"),
]

Written = Callable[..., Configuration]


def found(configuration: Configuration, environ: Mapping[str, str] | None = None) -> list[str]:
    """The lines of `check`."""
    return [line_of(p) for p in Wiring(configuration.root, environ or {}, configuration=configuration).check()]


def definition(conditions: str = "{}", name: str = "t", **more: str) -> str:
    """One definition: name, event, conditions, action, the rest, a line each; the rest may be replaced."""
    fields = {
        "event": "token_init",
        "conditions": conditions,
        "action": "sendmail",
        "options": "{emailconfig: relay1, To: tokenowner, subject: s, body: b}",
        **more,
    }
    return f"- name: {name}\n" + "".join(f"  {key}: {value}\n" for key, value in fields.items())


@pytest.mark.parametrize(("conditions", "end"), CONDITIONS)
def test_a_condition_that_is_hardly_meant_is_a_warning(written: Written, conditions: str, end: str) -> None:
    """At the condition's own place, once."""
    lines = found(written(handlers__all=definition(conditions), directory=PEOPLE))

    assert len(lines) == 1
    assert lines[0].startswith("handlers/all.yaml:3:16: warning: t: ")
    assert end in lines[0]


def test_a_gateway_that_is_let_have_more_workers_than_its_mail_server(written: Written) -> None:
    """They are counted beside those that send mails, so the operator shares them out."""
    options = "options: {SMTPIDENTIFIER: relay1, MAILTO: '{phone}@h'}"
    (line,) = found(
        written(
            smtp_servers="relay1: {server: h, sender: a@example.com, max_connections: 2}\n",
            sms_gateways=f"a: {{provider: smtp, {options}}}\nb: {{provider: smtp, max_connections: 2, {options}}}\n",
        )
    )

    assert line.startswith("sms_gateways.yaml:1:4: warning: 'relay1' has max_connections: 2; so many send its mails, ")


def test_files_that_are_not_there(written: Written, tmp_path: Path) -> None:
    """Each at its place; workers may run elsewhere, so it is a warning. One that is there is none."""
    there = tmp_path / "ca.pem"
    there.touch()

    lines = found(
        written(
            notifier="script_directory: scripts\n",
            smtp_servers=f"relay1: {{server: h, sender: a@example.com, ca_file: {there},\n"
            "  client_certificate: /gone/c.pem, client_key: /gone/k.pem}\n",
            sms_gateways="a: {provider: script, options: {SCRIPT: send.sh}}\n"
            "b: {options: {URL: 'https://h', ca_file: /gone/ca.pem}}\n",
            directory="stores: {ad: {type: ldap, uri: ['ldaps://h'], base: dc=x, ca_file: /gone/ca.pem}}\n",
        )
    )

    gone = "there is no file /gone/"
    assert [line.removesuffix(" on this machine (workers need it)") for line in lines] == [
        f"directory.yaml:1:68: warning: 'ca_file': {gone}ca.pem",
        f"sms_gateways.yaml:1:41: warning: 'SCRIPT': there is no file {tmp_path}/scripts/send.sh",
        f"sms_gateways.yaml:2:42: warning: 'ca_file': {gone}ca.pem",
        f"smtp_servers.yaml:2:23: warning: 'client_certificate': {gone}c.pem",
        f"smtp_servers.yaml:2:48: warning: 'client_key': {gone}k.pem",
    ]


def test_conditions_that_contradict_each_other(written: Written) -> None:
    """At the place of the one that asks for too much."""
    text = definition("{container_exact_state: active, container_state: lost}")

    (line,) = found(written(handlers__all=text))

    assert line.startswith("handlers/all.yaml:3:47: warning: t: condition 'container_state': lost isn't among the ")
    assert line.endswith("states of container_exact_state: both never hold; drop one")


@pytest.mark.parametrize(
    ("on_unknown", "effect"),
    [("skip", "the definition never fires"), ("match", "it counts for nothing"), ("privacyidea", "decides the same")],
)
@pytest.mark.parametrize("condition", ["result_value: true", "detail_message: x", "result_authentication: REJECT"])
def test_before_the_request_there_is_no_response(
    written: Written, condition: str, on_unknown: str, effect: str
) -> None:
    """A condition on it is in vain where the position is pre."""
    configuration = written(handlers__all=definition(f"{{{condition}}}", position="pre", on_unknown=on_unknown))

    (line,) = found(configuration)
    assert line.startswith("handlers/all.yaml:3:16: warning: t: condition")
    assert "a pre event has no response" in line
    assert effect in line


def test_a_definition_without_events_is_an_error(written: Written) -> None:
    """Nothing would ever reach it."""
    lines = found(written(handlers__all=definition(event="' , '")))

    assert lines == ["handlers/all.yaml:2:10: 'event' must not be empty"]


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ({}, {}, "token_init"),
        ({"event": "[token_set, token_init]"}, {"event": "[token_init, token_assign]"}, "token_init"),
        ({"conditions": "{realm: [a, b]}"}, {"conditions": "{realm: 'a,b'}"}, "token_init"),
        ({"action": "SendMail"}, {"ordering": "5"}, "token_init"),
    ],
)
def test_twins_are_told_by_each_others_name(
    written: Written, first: dict[str, str], second: dict[str, str], shared: str
) -> None:
    """Two that do the same for the same event tell everybody twice."""
    text = definition(name="a", **first) + definition(name="b", **second)

    (line,) = found(written(handlers__all=text))

    assert line.startswith(f"handlers/all.yaml:{text[: text.index('name: b')].count(chr(10)) + 1}:9: warning: b: ")
    assert f"does the same as 'a' (handlers/all.yaml:1) for {shared}: everybody gets it twice" in line


@pytest.mark.parametrize(
    "second",
    [
        {"event": "token_assign"},
        {"conditions": "{realm: a}"},
        {"position": "pre"},
        {"active": "false"},
        {"on_unknown": "match"},
        {"options": "{emailconfig: relay1, To: tokenowner, subject: s, body: other}"},
        {"delivery": "{expires_after: 1h}"},
    ],
)
def test_what_differs_is_no_twin(written: Written, second: dict[str, str]) -> None:
    """Another event, condition, text, or one of them switched off."""
    assert found(written(handlers__all=definition(name="a") + definition(name="b", **second))) == []


def test_one_that_is_switched_off_has_errors_but_no_warnings(written: Written) -> None:
    """Whoever works on a definition isn't nagged; what can't be read is told all the same."""
    doubtful = definition("{realm: Nowhere, failcounter: x}", event="nonsense", active="false")
    broken = definition("{serial: (}", name="u", active="false")

    lines = found(written(handlers__all=doubtful + broken, directory=PEOPLE))

    assert len(lines) == 1
    assert "u: condition 'serial': '(' is not a regular expression" in lines[0]
    assert "warning" not in lines[0]


def test_several_findings_at_once(written: Written) -> None:
    """Errors and warnings of one definition hide nothing of each other or of the next one."""
    text = definition("{serial: (, failcounter: x, realm: Sales}", options="{emailconfig: relay9}") + definition(
        "{tokeninfo: x}", name="u"
    )

    lines = found(written(handlers__all=text, directory=PEOPLE))

    assert [line.partition(": ")[0] for line in lines] == [
        "handlers/all.yaml:3:16", "handlers/all.yaml:3:27", "handlers/all.yaml:3:43", "handlers/all.yaml:5:13",
        "handlers/all.yaml:8:16",
    ]  # fmt: skip
    assert [": warning: " in line for line in lines] == [False, True, True, False, True]


TEMPLATE = "{emailconfig: relay1, template: code}"


def template(written: Written, tmp_path: Path, **parts: str) -> list[str]:
    """What is found where a definition uses this template; ``de__body`` is the one in the folder of ``de``."""
    for name, text in {"subject": "s", "body": "b", **parts}.items():
        file = tmp_path / "templates" / "code" / f"{name.replace('__', '/')}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return found(written(handlers__all=definition(options=TEMPLATE)))


PLACE = "handlers/all.yaml:5:34"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("{{ registrationcode[0] }}", "response"),
        ("{{ tokentype[0] }}", "token"),
        ("{{ admin[0] }}", "caller (logged_in_user)"),
        ("{{ givenname[0] }}", "names of the token owner"),
        ("{{ client_ip.split('.')[3] }}", "request"),
        ("{{ admin[0] or givenname }}{{ pin[1] }}", "caller (logged_in_user) or response"),
    ],
)
def test_a_template_that_fails_where_facts_are_missing_is_a_warning(
    written: Written, tmp_path: Path, text: str, missing: str
) -> None:
    """It names what is missing."""
    (line,) = template(written, tmp_path, body=text)

    assert line.startswith(f"{PLACE}: warning: t: the text fails where the event has no {missing}: ")


@pytest.mark.parametrize("text", ["{{ 1 / 0 }}", "{{ serial.upper(9) }}", "{{ serial.nothing.more }}"])
def test_a_template_that_always_fails_is_an_error(written: Written, tmp_path: Path, text: str) -> None:
    """Not even an event with every fact can be told."""
    (line,) = template(written, tmp_path, body=text)

    assert line.startswith(f"{PLACE}: t: the text can't be written: ")


def test_every_language_is_tried(written: Written, tmp_path: Path) -> None:
    """Subject and body of each folder."""
    lines = template(written, tmp_path, de__body="{{ 1 / 0 }}", fr__subject="{{ pin[0] }}", nl__body="{{ pin }}")

    assert len(lines) == 2
    assert f"{PLACE}: t: the text can't be written in de: " in lines[0]
    assert f"{PLACE}: warning: t: the text fails in fr where the event has no response: " in lines[1]


@pytest.mark.parametrize(
    "text", ["{{ pin }}{% if tokentype %}{{ tokentype[0] }}{% endif %}", "{{ givenname or 'you' }}", "{{ admin[:1] }}"]
)
def test_a_template_that_minds_what_is_missing_is_fine(written: Written, tmp_path: Path, text: str) -> None:
    """No false alarm."""
    assert template(written, tmp_path, body=text) == []


def test_a_file_may_have_a_template(written: Written, tmp_path: Path) -> None:
    """In place of its body, as a mail and a short message."""
    (home := tmp_path / "templates" / "note").mkdir(parents=True)
    (home / "body.txt").write_text("{{ serial }}")
    options = "{filename: '{serial}.txt', template: note}"

    assert found(written(handlers__all=definition(action="savefile", options=options), directory=PEOPLE)) == []


@pytest.mark.parametrize(
    ("rest", "words"),
    [("", "is cut: it takes more segments than"), (", too_long: refuse", "isn't sent: the text takes")],
)
def test_a_text_too_long_for_its_gateway(written: Written, rest: str, words: str) -> None:
    """Already a sample's values make it so; what only a long value does isn't foreseen."""
    gateways = f"sms1: {{options: {{URL: 'http://localhost/'}}, region: DE, max_segments: 1{rest}}}\n"
    text = definition(action="sendsms", options="{smsconfig: sms1, To: tokenowner, body: '" + "x" * 170 + "'}")

    (line,) = found(written(handlers__all=text, sms_gateways=gateways))

    assert line.startswith("handlers/all.yaml:5:46: warning: t: already the text for a sample ")
    assert words in line


@pytest.mark.parametrize(
    "rest",
    [
        {"options": "{emailconfig: relay1, To: admin realm, To admin realm: hr, body: '{serial:>20}'}"},
        {"options": "{emailconfig: relay1, attach_qrcode: true, body: 'cid:token_image'}"},
        {"options": "{emailconfig: relay1, reply_to: internal admin, mimetype: html, body: '<p>{user}</p>'}"},
        {"action": "sendsms", "options": "{smsconfig: sms1, To: tokenowner, body: '{pin}'}"},
        {"action": "savefile", "options": "{filename: '{random}.txt', body: '{registrationcode}'}"},
        {"options": "{emailconfig: relay1, To: email, To email: a@example.com}"},
    ],
)  # fmt: skip
def test_other_texts_are_fine(written: Written, rest: dict[str, str]) -> None:
    """Whoever is told and however: nobody is looked up, nothing is sent."""
    gateways = "sms1: {provider: http, options: {URL: 'http://localhost/'}}\n"

    lines = found(written(handlers__all=definition(**rest), directory=PEOPLE, sms_gateways=gateways))

    assert [line for line in lines if "internal admin" not in line] == []


@pytest.mark.parametrize(
    ("expression", "end"),
    [
        ("/(1+)+$//", "this regular expression can take very long on some texts"),
        ("s/ //", "it changes no number (write /PATTERN/REPLACEMENT/"),
        ("/+/00/", "it changes no number: '+' is not a regular expression"),
        (r"/(0)/\2/", "is no replacement for '(0)'"),
    ],
)
def test_a_gateways_regexp(written: Written, expression: str, end: str) -> None:
    """It's a regular expression of an administrator's as well."""
    gateways = f"sms1:\n  provider: http\n  options:\n    URL: http://localhost/\n    REGEXP: '{expression}'\n"

    (line,) = found(written(sms_gateways=gateways))

    assert line.startswith("sms_gateways.yaml:5:13: warning: 'REGEXP': ")
    assert end in line


def test_what_is_shipped_gives_no_warning() -> None:
    """The example configuration works as it reads."""
    assert Wiring(Path("config"), {}).check() == ()


def test_what_a_real_server_had_gives_no_unjust_warning(tmp_path: Path) -> None:
    """The definitions of a privacyIDEA, as its administrators wrote them; one names a realm that wasn't there."""
    write_configuration(tmp_path)
    wiring = Wiring(tmp_path, {"SMS_JSON_X_API_KEY": "x", "SMS_FORM_X_GATEWAY": "x"})

    assert len(wiring.configuration.definitions) > 10
    assert [p.message for p in wiring.check()] == ["QR code by mail: unknown realm 'staff'"]


def test_a_thousand_definitions_are_looked_at_in_seconds(written: Written) -> None:
    """Beside the reading itself: conditions doubted, texts tried, twins looked for."""
    conditions = "{{serial: '^OATH{0}.*[0-9]+$', tokeninfo: class 'in' a{0}, realm: r{0}, failcounter: '>{0}'}}"
    text = "".join(definition(conditions.format(n), name=f"d{n}") for n in range(200))
    configuration = written(handlers__all=text)
    start = time.process_time()

    assert found(configuration) == []

    assert (time.process_time() - start) * 5 < 5


@pytest.mark.parametrize(
    ("more", "place", "end"),
    [
        (
            {"options": "{emailconfig: relay1, To: email, To email: ''}"},
            "5:",
            "To email: there is no mail address: nobody",
        ),
        ({"options": "{emailconfig: relay1, To: email, To email: 'a, b@, @c'}"}, "5:", "nobody is ever told"),
        ({"options": "{emailconfig: relay1, To: email, To email: 'a@x, b@, @c'}"}, "5:", "'b@', '@c' can't be a mail"),
        (
            {"action": "sendsms", "options": "{smsconfig: sms1, To: email, To email: a@x, body: b}"},
            "5:",
            "has no number",
        ),
        ({"options": "{emailconfig: relay1, To: admin realm, To admin realm: Empty}"}, "5:", "'Empty' has no stores"),
        (
            {"options": "{emailconfig: relay1, attach_qrcode: 'yes'}"},
            "5:",
            "'yes' counts as false; write true or false",
        ),
        ({"action": "savefile", "options": "{filename: ../x, body: b}"}, "5:", "leads out of spool_directory"),
        ({"action": "savefile", "options": "{filename: 'a/../..', body: b}"}, "5:", "leads out of spool_directory"),
        ({"conditions": "{tokentype: hotp}", "event": "[token_init, token_delete]"}, "3:", "the token is gone"),
        ({"conditions": "{container_type: generic}", "event": "container_delete"}, "3:", "the container is gone"),
        ({"conditions": "{result_value: true}", "event": "auth"}, "3:", "use result_authentication: ACCEPT"),
        ({"conditions": "{result_authentication: REJECTED}", "event": "auth"}, "3:", "did you mean 'REJECT'?"),
        ({"conditions": "{result_authentication: REJECT}"}, "3:", "doesn't tell of an authentication"),
        ({"conditions": "{container_last_authentication: 0d}"}, "3:", "nothing is less than no time ago"),
        ({"conditions": "{container_last_synchronization: 0s}"}, "3:", "nothing is less than no time ago"),
        ({"conditions": "{tokeninfo: a 'contains' b}"}, "3:", "never is, and never holds; write 'string_contains'"),
        ({"conditions": "{container_info: a '!contains' b}"}, "3:", "write 'string_contains'"),
    ],
)
def test_who_is_never_told_and_what_never_comes(written: Written, more: dict[str, str], place: str, end: str) -> None:
    """One line each, at the option's or the condition's own place."""
    people = "realms: {empty: [], hr: [staff]}\nstores: {staff: {}}\n"

    gateways = "sms1: {provider: http, options: {URL: 'https://sms.example.com'}}\n"

    lines = found(written(handlers__all=definition(**more), directory=people, sms_gateways=gateways))

    assert len(lines) == 1
    assert lines[0].startswith(f"handlers/all.yaml:{place}")
    assert end in lines[0]


@pytest.mark.parametrize(
    "more",
    [
        {"options": "{emailconfig: relay1, To: email, To email: [a@x, b@x], attach_qrcode: true}"},
        {"options": "{emailconfig: relay1, To email: ''}"},
        {"options": "{emailconfig: relay1, To: admin realm, To admin realm: hr}"},
        {"action": "savefile", "options": "{filename: 'a/../{serial}.txt', body: b}"},
        {"conditions": "{tokentype: hotp}", "event": "token_delete", "position": "pre"},
        {"conditions": "{tokentype: hotp}", "event": "token_delete", "on_unknown": "match"},
        {"conditions": "{serial: X, realm: hr, user_token_number: '0'}", "event": "token_delete"},
        {"conditions": "{result_value: false, result_authentication: ACCEPT}", "event": "auth"},
        {"conditions": "{result_authentication: ACCEPT}", "event": "[validate_check, ttype]"},
        {"conditions": "{user_info: a 'contains' b, container_last_authentication: 1d}"},
    ],
)
def test_who_is_told_is_no_doubt(written: Written, more: dict[str, str]) -> None:
    """What works isn't nagged at."""
    people = "realms: {empty: [], hr: [staff]}\nstores: {staff: {}}\n"

    assert found(written(handlers__all=definition(**more), directory=people)) == []


def test_a_mimetype_beside_a_template_has_no_effect(written: Written, tmp_path: Path) -> None:
    """The template's files say what the mail is."""
    folder = tmp_path / "templates" / "welcome"
    folder.mkdir(parents=True)
    (folder / "body.txt").write_text("b")
    options = "{emailconfig: relay1, template: welcome, mimetype: html, subject: s}"

    (line,) = found(written(handlers__all=definition(options=options)))

    assert line.startswith("handlers/all.yaml:5:")
    assert "mimetype: it has no effect beside a template" in line
