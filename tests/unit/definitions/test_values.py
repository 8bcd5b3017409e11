"""What a configuration without mistakes becomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.configuration import Rate, RetryPolicy, Secret, Tls, TooLong
from notifier.definitions.index import BrokenDefinition, Index
from notifier.definitions.load import Configuration
from notifier.errors import Problem
from notifier.model import HandlerDefinition, Location, OnUnknown, OnUnsure

Written = Callable[..., Configuration]


def only(configuration: Configuration) -> HandlerDefinition:
    """The one definition of a configuration without problems."""
    assert configuration.problems == ()
    (definition,) = configuration.definitions
    return definition


def test_3_the_old_vocabulary_is_understood(written: Written) -> None:
    """Comma strings, boolean texts and the export's columns: nobody learns a second vocabulary."""
    definition = only(
        written(
            handlers__all="""\
- id: 7
  name: tell
  active: "True"
  event: "token_init, token_assign ,"
  condition: ""
  abort_on_error: false
  description: of the export
  action: sendmail
  conditions: {realm: "sales,hr", token_locked: true, failcounter: 5, tokentype: [hotp, 5]}
  options: {attach_qrcode: "True", subject: 12}
"""
        )
    )

    assert definition.active
    assert definition.events == ("token_init", "token_assign")
    assert definition.conditions == {
        "realm": "sales,hr",
        "token_locked": "True",
        "failcounter": "5",
        "tokentype": ("hotp", "5"),
    }
    assert definition.options == {"attach_qrcode": "True", "subject": "12"}


@pytest.mark.parametrize("event", ["'a, b'", "[a, b]", "['a, b']", "['a,', ' b']"])
def test_events_may_be_a_list_or_have_commas(written: Written, event: str) -> None:
    """Or both: no event's name holds one. So too where the definition is broken."""
    entry = f"- {{event: {event}, action: b"

    assert only(written(handlers__all=entry + "}")).events == ("a", "b")
    assert written(handlers__all=entry + ", colour: red}").broken[0].events == ("a", "b")


def test_2_defaults_are_those_of_the_documentation(written: Written) -> None:
    """A name, post, active, ordering 0, UserNotification, skip, resend, each for himself."""
    definition = only(written(handlers__all="- {event: a, action: b}\n"))

    assert definition == HandlerDefinition("all #1", ("a",), "b")
    assert definition.on_unknown is OnUnknown.SKIP
    assert definition.delivery.on_unsure is OnUnsure.RESEND


def test_a_definition_knows_where_its_parts_stand(written: Written) -> None:
    """For whoever checks it later."""
    definition = only(
        written(handlers__all="- event: a\n  action: b\n  options:\n    To: x\n  conditions: {realm: y}\n")
    )

    file = "handlers/all.yaml"
    assert definition.location == Location(file, 1, 3)
    assert definition.locations["action"] == Location(file, 2, 11)
    assert definition.locations["options.To"] == Location(file, 4, 5)
    assert definition.locations["conditions.realm"] == Location(file, 5, 16)


@pytest.mark.parametrize("text", ["+4916070", "0012", "1e5", "1.10", "0x1F", "1_000", "2024-01-01T10:00:00Z"])
def test_what_looks_like_a_number_keeps_its_text(written: Written, text: str) -> None:
    """A phone number doesn't lose its plus, a serial not its zeros."""
    configuration = written(
        handlers__all=f"- {{event: a, action: b, conditions: {{serial: {text}}}}}\n",
        directory=f"stores: {{s: {{users: [{{username: x, mobile: {text}}}]}}}}\n",
        sms_gateways=f"g: {{options: {{URL: http://h, from: {text}}}}}\n",
    )

    assert only(configuration).conditions["serial"] == text
    assert configuration.directory.stores["s"].users[0]["mobile"] == text
    assert configuration.sms_gateways["g"].options["from"] == text


def test_8_definitions_run_by_ordering_then_as_written(written: Written) -> None:
    """Over all files, by their names."""
    configuration = written(
        handlers__all="- {name: c, event: a, action: b, ordering: 2}\n- {name: a, event: a, action: b}\n",
        handlers__more="- {name: b, event: a, action: b}\n- {name: first, event: a, action: b, ordering: -1}\n",
    )

    assert [d.name for d in configuration.definitions] == ["first", "a", "b", "c"]


def test_4_a_file_is_the_whole_truth(written: Written) -> None:
    """Case 4: read again, a definition is exactly what is written now: nothing is left of what was there before."""
    written(
        handlers__all="- {name: a, event: a, action: sendmail, position: pre, conditions: {realm: x, serial: y}, "
        "options: {To: email, subject: s}}\n"
    )

    assert only(written(handlers__all="- {name: b, event: a, action: sendsms, options: {body: t}}\n")) == (
        HandlerDefinition("b", ("a",), "sendsms", options={"body": "t"})
    )


@pytest.mark.parametrize("conditions", ["'{\"realm\": '", '\'{"realm": "x"}\'', "[realm, x]", "5"])
def test_6_conditions_that_are_no_mapping(written: Written, conditions: str) -> None:
    """Case 6: broken JSON, JSON in a text or a list is one error with its place; the events aren't lost."""
    configuration = written(handlers__all=f"- name: a\n  event: e\n  action: sendmail\n  conditions: {conditions}\n")

    (problem,) = configuration.problems
    assert (problem.file, problem.line, problem.column) == ("handlers/all.yaml", 4, 15)
    assert "mapping" in problem.message
    assert [(b.name, b.events) for b in configuration.broken] == [("a", ("e",))]


@pytest.mark.parametrize("position", ["post", "pre"])
def test_12_13_abort_on_error_means_nothing(written: Written, position: str) -> None:
    """Cases 12 and 13, decided otherwise: when an event is evaluated its request is over, or has gone on."""
    text = f"- {{name: a, event: e, action: sendmail, position: {position}"

    plain = only(written(handlers__all=text + "}\n"))

    assert only(written(handlers__all=text + ", abort_on_error: true}\n")) == plain
    assert only(written(handlers__all=text + ", abort_on_error: false}\n")) == plain


def test_16_a_definition_without_a_name_has_one(written: Written) -> None:
    """Case 16: by its file and number, so that whatever is told of it has a name; the old empty ones too."""
    configuration = written(
        handlers__all="- {event: a, action: b}\n- {event: a, action: b, name: }\n- {event: a, action: b, name: ''}\n"
    )

    assert [d.name for d in configuration.definitions] == ["all #1", "all #2", "all #3"]


def test_a_second_definition_of_a_name_is_broken(written: Written, good: str) -> None:
    """The name is the identity of its deliveries: two of one name would be taken for doubles."""
    configuration = written(handlers__all=good, handlers__more=good)

    assert [str(p) for p in configuration.problems] == [
        "handlers/more.yaml:1:9: the name 'tell the owner' is taken (first used at handlers/all.yaml:1)"
    ]
    assert [b.name for b in configuration.broken] == ["tell the owner"]


def test_a_broken_definition_that_is_switched_off_makes_no_dead_letters(written: Written, good: str) -> None:
    """The mistake is reported; its events concern nobody."""
    configuration = written(handlers__all=good + "  active: false\n  ordering: first\n")

    assert [p.line for p in configuration.problems] == [6]
    assert configuration.broken == ()
    assert configuration.usable


def test_hidden_files_are_not_read(written: Written) -> None:
    """Editors leave their locks and copies there."""
    assert written(**{"handlers__.#all": "no: list"}).problems == ()


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("server: h", ("h", 25, Tls.AUTO)),
        ("server: 'h:2525', port: 26", ("h", 2525, Tls.AUTO)),
        ("server: h, port: 26, tls: true", ("h", 26, Tls.STARTTLS)),
        ("server: h, tls: 'False'", ("h", 25, Tls.NONE)),
        ("server: 'smtp://h:587', tls: '1'", ("h", 587, Tls.STARTTLS)),
        ("server: 'smtps://h', tls: false", ("h", 465, Tls.IMPLICIT)),
        ("server: 'smtps://[::1]:4465'", ("::1", 4465, Tls.IMPLICIT)),
        ("server: '::1'", ("::1", 25, Tls.AUTO)),
    ],
)
def test_103_a_server_is_written_in_many_ways(written: Written, entry: str, expected: tuple[str, int, Tls]) -> None:
    """As in the system taken over; a port inside wins."""
    server = written(smtp_servers=f"relay1: {{{entry}}}\n").smtp_servers["relay1"]

    assert (server.host, server.port, server.tls) == expected
    assert not server.broken


def test_107_all_old_fields_of_a_server_are_accepted(written: Written) -> None:
    """An export's entry can be pasted."""
    entry = (
        "{server: h, port: 25, username: u, password: '${env:PW}', sender: s, tls: true, timeout: 30s, "
        "enqueue_job: true, description: d, smime: false, private_key: p, private_key_password: '', "
        "certificate: c, dont_send_on_error: false}"
    )

    configuration = written({"PW": "pw"}, smtp_servers=f"relay1: {entry}\n")

    assert configuration.problems == ()
    assert configuration.smtp_servers["relay1"].timeout == 30
    assert configuration.smtp_servers["relay1"].password == Secret("pw")


def test_an_old_gateway_is_understood(written: Written) -> None:
    """By the path of its class; values are texts."""
    path = "privacyidea.lib.smsprovider.HttpSMSProvider.HttpSMSProvider"

    gateway = written(
        sms_gateways=f"g: {{providermodule: {path}, options: {{url: 'http://u', TIMEOUT: 3}}}}\n"
    ).sms_gateways["g"]

    assert (gateway.provider, gateway.options, gateway.broken) == ("http", {"url": "http://u", "TIMEOUT": "3"}, "")


def test_112_a_gateway_is_what_the_file_says(written: Written) -> None:
    """Case 112: without options it has none, one key may be an option and a header, an empty text stays empty."""
    text = "g: {options: {URL: u, key: a, empty: ''}, headers: {key: b, empty: ''}}\n"

    before = written(sms_gateways=text).sms_gateways["g"]
    after = written(sms_gateways="g: {headers: {key: b}}\n").sms_gateways["g"]

    assert before.options == {"URL": "u", "key": "a", "empty": ""}
    assert before.headers == {"key": "b", "empty": ""}
    assert (after.options, after.headers) == ({}, {"key": "b"})


def test_108_112_a_secret_is_a_reference(written: Written) -> None:
    """Cases 108 and 112: what was unset is empty, what is a reference is nowhere shown, a missing one is named."""
    files = {
        "smtp_servers": "relay1: {server: h, password: '${env:MAIL}', private_key_password: '${env:KEY}'}\n",
        "sms_gateways": "g: {options: {URL: u, PASSWORD: '${env:SMS}'}, headers: {X-Secret: 'x ${env:SMS}'}}\n",
    }

    known = written({"MAIL": "geheim", "SMS": "geheim", "KEY": "geheim"}, **files)
    unknown = written({}, **files)

    assert known.smtp_servers["relay1"].password.reveal() == "geheim"
    assert known.sms_gateways["g"].options["PASSWORD"] == "geheim"
    assert known.sms_gateways["g"].headers["X-Secret"] == "x geheim"
    assert "geheim" not in repr(known)
    told = " ".join(problem.message for problem in unknown.problems)
    assert all(f"{name} is not set" in told for name in ("MAIL", "SMS"))
    assert not written(smtp_servers="relay1: {server: h, username: u}\n").smtp_servers["relay1"].password


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ("provider: sipgate", "sipgate"),
        ("provider: smpp", "smpp"),
        ("provider: script", "script"),
        ("provider: smtp", "smtp"),
        *(
            (f"providermodule: privacyidea.lib.smsprovider.{name}SMSProvider.{name}SMSProvider", name.lower())
            for name in ("Sipgate", "Smpp", "Script", "Smtp")
        ),
    ],
)
def test_113_a_kind_is_known_by_its_old_path_too(written: Written, entry: str, word: str) -> None:
    """Case 113: what is missing among its options, its kind says; it is kept as broken."""
    gateway = written(sms_gateways=f"g: {{{entry}}}\n").sms_gateways["g"]

    assert gateway.provider == word
    assert gateway.broken


def test_a_gateway_has_what_its_kind_needs(written: Written, tmp_path: Path) -> None:
    """A script its directory, a mail its server and that one's patience; where the server is broken, so is it."""
    mail = "{provider: smtp, options: {MAILTO: '{phone}@h', SMTPIDENTIFIER: %s}}"
    found = written(
        notifier="script_directory: scripts\n",
        smtp_servers="relay1: {server: h, timeout: 44}\nbroken: {server: h, password: '${env:NO}'}\n",
        sms_gateways=f"a: {{provider: script, options: {{SCRIPT: x}}}}\nb: {mail % 'relay1'}\nc: {mail % 'broken'}\n",
    )

    script, by_mail, broken = (found.sms_gateways[name] for name in "abc")
    assert (script.script_directory, script.timeout, script.broken) == (tmp_path / "scripts", 30, "")
    assert (by_mail.relay, by_mail.timeout, by_mail.broken) == (found.smtp_servers["relay1"], 44, "")
    assert broken.broken == "its SMTP server 'broken' can't be used: the environment variable NO is not set"


def test_113_a_provider_that_cannot_be_used_is_kept_with_the_reason(written: Written) -> None:
    """So that its deliveries wait instead of being lost."""
    configuration = written(
        smtp_servers="relay1: {sevrer: h}\nrelay2: {server: 'h:x'}\nrelay3: {server: '${env:NO}'}\nrelay4:\n",
        sms_gateways="g: {provider: smpp}\nh: {options: {URL: '${file:no}'}}\n",
    )

    assert all(server.broken for server in configuration.smtp_servers.values())
    assert len(configuration.smtp_servers) == 4
    assert all(gateway.broken for gateway in configuration.sms_gateways.values())
    assert configuration.usable


def test_108_references_are_resolved_where_secrets_are(written: Written, tmp_path: Path) -> None:
    """Environment, default, file without its last line break, several in one text; a value isn't looked at again."""
    (tmp_path / "pw").write_text("${env:A}\n")

    servers = written(
        {"A": "a"},
        smtp_servers="""\
relay1: {server: "${env:A}.${env:B:-b}", password: "${file:pw}", sender: "${env:B:-}"}
""",
    ).smtp_servers

    assert (servers["relay1"].host, servers["relay1"].sender) == ("a.b", "")
    assert servers["relay1"].password.reveal() == "${env:A}"


def test_settings_have_the_documented_defaults(written: Written, tmp_path: Path) -> None:
    """What is absent keeps its default, also inside a section; the environment's Redis wins."""
    settings = written(
        {"NOTIFIER_REDIS_URL": "redis://env"},
        notifier="redis: {url: 'redis://file'}\nretry: {sms: {attempts: 3}}\nspool_directory: spool\n",
    ).settings

    assert settings.redis_url == "redis://env"
    assert settings.retry["mail"] == settings.retry["file"] == RetryPolicy()
    assert settings.retry["sms"] == RetryPolicy(cap=timedelta(minutes=5), attempts=3, deadline=timedelta(hours=1))
    assert settings.spool_directory == tmp_path / "spool"
    assert (settings.stream, settings.retention) == ("token-events", timedelta(days=7))


def test_a_provider_s_own_retry_goes_beyond_its_channel_s(written: Written) -> None:
    """What an entry doesn't say is the channel's, and what the channel doesn't say is the default."""
    configuration = written(
        notifier="retry: {mail: {first: 1s, attempts: 7}}\n",
        smtp_servers="a: {server: h, retry: {cap: 10s, deadline: 2h}, fallback: b}\nb: {server: h}\n",
        sms_gateways="g: {options: {URL: u, timeout: '45'}, retry: {factor: 3}}\nslow: {options: {TIMEOUT: x}}\n",
    )

    a, b = (configuration.smtp_servers[name] for name in "ab")
    assert a.retry == RetryPolicy(timedelta(seconds=1), 2.0, timedelta(seconds=10), 7, timedelta(hours=2))
    assert (a.fallback, b.fallback, b.retry) == ("b", "", None)
    gateway = configuration.sms_gateways["g"]
    assert gateway.retry == RetryPolicy(timedelta(seconds=5), 3, timedelta(minutes=5), 60, timedelta(hours=1))
    assert (gateway.timeout, configuration.sms_gateways["slow"].timeout) == (45, 3)


def test_how_a_gateway_wants_numbers_and_texts(written: Written) -> None:
    """Norway is no boolean; what isn't said is what the system taken over does, up to ten segments."""
    gateways = written(
        sms_gateways="n: {options: {URL: u}, region: NO}\n"
        "d: {options: {URL: u}, region: de, transliterate: true, max_segments: 3, too_long: refuse}\n"
        "p: {options: {URL: u}}\n"
        "s: {provider: smpp, options: {SMSC_HOST: h, SMSC_PORT: '1', SYSTEM_ID: i, PASSWORD: p, encoding: UCS2}}\n"
    ).sms_gateways

    d, p = gateways["d"], gateways["p"]
    assert gateways["n"].region == "NO"
    assert (d.region, d.transliterate, d.max_segments, d.too_long) == ("DE", True, 3, TooLong.REFUSE)
    assert (gateways["s"].ucs2, p.ucs2) == (True, False)
    assert (p.region, p.transliterate, p.max_segments, p.too_long) == ("", False, 10, TooLong.CUT)


def test_a_definition_s_version_is_that_of_its_meaning(written: Written, good: str) -> None:
    """How it is written and where it stands is none of it; a word of its text is."""
    (first,) = written(handlers__all=good).definitions
    moved = good.replace("event: token_init", "event: [token_init]").replace("  action", "  # why\n  action")
    (again,) = written(handlers__all=f"# ours\n{moved}").definitions
    (other,) = written(handlers__all=good.replace("body: b", "body: c")).definitions

    assert first.version == again.version != other.version
    assert len(first.version) == 12


def test_the_index_finds_what_is_bound_in_running_order() -> None:
    """By event and position, each once; the switched-off are there for `explain`, the broken beside."""
    late = HandlerDefinition("late", ("a", "b", "a"), "x", ordering=1)
    off = HandlerDefinition("off", ("a",), "x", active=False)
    before = HandlerDefinition("before", ("a",), "x", position="pre")
    bad = BrokenDefinition("bad", ("b",), "post", Problem("f", 1, 1, "m"))

    index = Index([late, off, before], [bad])

    assert index.bound("a", "post") == (off, late)
    assert index.bound("a", "pre") == (before,)
    assert index.bound("A", "post") == ()
    assert index.broken("b", "post") == (bad,)
    assert index.broken("b", "pre") == ()


def test_an_anchor_may_be_used_again(written: Written) -> None:
    """YAML 1.2 allows it; nothing of the file is quoted on standard error for it."""
    configuration = written(
        handlers__all="- {event: &e a, action: b}\n- {event: &e c, action: b}\n- {event: *e, action: b}\n"
    )

    assert [d.events for d in configuration.definitions] == [("a",), ("c",), ("c",)]


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("10/s", ["10/s"]),
        ("' 100 / m '", ["100/m"]),
        ("5/10m", ["5/10m"]),
        ("[5000/h, 10/s]", ["10/s", "5000/h"]),
        ("'10/s, 5000/h'", ["10/s", "5000/h"]),
        ("60/60m", ["60/h"]),
        ("''", []),
    ],
)
def test_a_rate_is_a_number_in_a_time(written: Written, text: str, rates: list[str]) -> None:
    """Or several; the fastest is the first, however they are written."""
    relay = f"relay1: {{server: localhost, sender: a@example.com, rate: {text}}}\n"
    gateway = f"sms1: {{options: {{URL: 'http://localhost'}}, rate: {text}}}\n"
    configuration = written(smtp_servers=relay, sms_gateways=gateway)

    assert configuration.problems == ()
    assert [str(rate) for rate in configuration.smtp_servers["relay1"].rate] == rates
    assert configuration.sms_gateways["sms1"].rate == configuration.smtp_servers["relay1"].rate


@pytest.mark.parametrize(
    "text", ["10", "0/s", "10/0s", "10/y", "fast", "-1/s", "[10/s, 5]", "{a: 1}", "1.5/s", "1/99d"]
)
def test_what_is_no_rate_is_an_error(written: Written, text: str) -> None:
    """With an example of one."""
    configuration = written(smtp_servers=f"relay1: {{server: localhost, sender: a@example.com, rate: {text}}}\n")

    (problem,) = configuration.problems
    assert "'rate'" in problem.message
    assert configuration.smtp_servers["relay1"].broken


def test_a_rate_is_fast_or_slow() -> None:
    """Whatever its unit."""
    assert Rate(60, timedelta(minutes=1)).per_second == 1


def test_two_budgets_for_the_same_time_are_one_too_many(written: Written) -> None:
    """Whoever wrote them meant one of them."""
    relay = "relay1: {server: localhost, sender: a@example.com, rate: [10/s, 50/h, 40/h]}\n"

    problems = written(smtp_servers=relay).problems

    assert any("two rates for the same time" in str(problem) for problem in problems)


def test_a_window_longer_than_the_retention_is_worth_a_warning(written: Written) -> None:
    """What was held back is given up before anybody is told of it."""
    assert written(notifier="retention: 7d\nlimits: {per_recipient: 1/7d}\n").problems == ()

    (problem,) = written(notifier="retention: 1d\nlimits: {per_recipient: 1/7d}\n").problems

    assert problem.warning
    assert "longer than `retention`" in problem.message
