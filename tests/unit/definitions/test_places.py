"""What `load` says of each kind of mistake: the whole line, with the exact place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.definitions.load import Configuration, load

FORMS = "${env:NAME}, ${env:NAME:-default} or ${file:PATH}"
GOOD = "- {name: tell, event: token_init, action: sendmail}\n"

CASES = [
    # YAML itself
    ({"handlers__all": "- a: *s3cret\n"}, "handlers/all.yaml:1:6: not YAML: unknown alias"),
    (
        {"sms_gateways": "a:\n  options:\n    URL: http://h\n    x: !s3cret\n"},
        "sms_gateways.yaml:4:8: unknown tag (a text that begins with ! needs",
    ),
    ({"handlers__all": GOOD + "# \a\n"}, "handlers/all.yaml:2:3: not YAML: the character U+0007 may not stand here"),
    ({"handlers__all": "- a\n\tb: c\n"}, "handlers/all.yaml:2:1: not YAML: "),
    ({"handlers__all": "&a [*a]\n"}, "handlers/all.yaml:1:1: not YAML: nested too deeply"),
    ({"handlers__all": "- ordering: !!int x\n"}, "handlers/all.yaml:1:13: not YAML: this is no number"),
    ({"handlers__all": GOOD + "---\n" + GOOD}, "handlers/all.yaml:2:1: not YAML: but found another document"),
    # definitions
    ({"handlers__all": GOOD + "- 5\n"}, "handlers/all.yaml:2:3: entry 2 must be a mapping (key: value), not a number"),
    ({"handlers__all": "- {event: a}\n"}, "handlers/all.yaml:1:3: 'action' is missing"),
    ({"handlers__all": "- {action: a}\n"}, "handlers/all.yaml:1:3: 'event' is missing"),
    ({"handlers__all": "- {event: [], action: a}\n"}, "handlers/all.yaml:1:11: 'event' must not be empty"),
    ({"handlers__all": "- {event: ' , ', action: a}\n"}, "handlers/all.yaml:1:11: 'event' must not be empty"),
    ({"handlers__all": "- {event: [1], action: a}\n"}, "handlers/all.yaml:1:11: 'event' must be a list of names"),
    (
        {"handlers__all": "- {event: a, action: b, position: Post}\n"},
        "handlers/all.yaml:1:35: 'position' must be 'post' or 'pre' (did you mean 'post'?)",
    ),
    (
        {"handlers__all": "- {event: a, action: b, active: maybe}\n"},
        "handlers/all.yaml:1:33: 'active' must be true or false",
    ),
    (
        {"handlers__all": "- {event: a, action: b, ordering: true}\n"},
        "handlers/all.yaml:1:35: 'ordering' must be a whole number, not true or false",
    ),
    (
        {"handlers__all": "- {event: a, action: b, conditions: [realm]}\n"},
        "handlers/all.yaml:1:37: 'conditions' must be a mapping (key: value), not a list",
    ),
    (
        {"handlers__all": "- {event: a, action: b, options: {structure: {x: y}}}\n"},
        "handlers/all.yaml:1:46: 'structure' must be a text, not a mapping",
    ),
    (
        {"handlers__all": "- {event: a, action: b, delivery: {expires_after: 30}}\n"},
        "handlers/all.yaml:1:51: 'expires_after' needs a unit: 10s, 5m, 2h or 1d",
    ),
    (
        {"handlers__all": "- {event: a, action: b, delivery: {on_unsure: holds}}\n"},
        "handlers/all.yaml:1:47: 'on_unsure' must be 'resend' or 'hold' (did you mean 'hold'?)",
    ),
    # settings
    ({"notifier": "strem: x\n"}, "notifier.yaml:1:1: unknown key 'strem' (did you mean 'stream'?)"),
    ({"notifier": "[]\n"}, "notifier.yaml:1:1: the file must be a mapping (key: value), not a list"),
    ({"notifier": "retention: 99999999999d\n"}, "notifier.yaml:1:12: 'retention' must be 36500d or less"),
    (
        {"notifier": "retry: {mail: {factor: 0.5}}\n"},
        "notifier.yaml:1:24: 'factor' must be at least 1",
    ),
    ({"notifier": "retry: {mail: {factor: .nan}}\n"}, "notifier.yaml:1:24: 'factor' must be a finite number"),
    ({"notifier": "limits: {max_event_size: 1}\n"}, "notifier.yaml:1:26: 'max_event_size' must be at least 1024"),
    ({"notifier": "redis: {url: 'http://x'}\n"}, "notifier.yaml:1:14: this is no Redis URL (it begins with redis://"),
    ({"notifier": "redis: {url: '${env:NO}'}\n"}, "notifier.yaml:1:14: the environment variable NO is not set"),
    ({"notifier": "timezone: Mars/Base\n"}, "notifier.yaml:1:11: unknown time zone 'Mars/Base'"),
    # providers
    ({"smtp_servers": "- relay1\n"}, "smtp_servers.yaml:1:1: must be a mapping: identifier, then its settings"),
    ({"smtp_servers": "a: {tls: none}\n"}, "smtp_servers.yaml:1:4: 'server' is missing"),
    ({"smtp_servers": "a: {server: 'http://h'}\n"}, "smtp_servers.yaml:1:13: 'server': unknown scheme 'http'"),
    ({"smtp_servers": "a: {server: 'h:0'}\n"}, "smtp_servers.yaml:1:13: 'server' must be host, host:port, smtp://"),
    ({"smtp_servers": "a: {server: h, port: 70000}\n"}, "smtp_servers.yaml:1:22: 'port' must be at most 65535"),
    ({"smtp_servers": "a: {server: h, tls: maybe}\n"}, "smtp_servers.yaml:1:21: 'tls' must be auto, none, starttls"),
    ({"smtp_servers": "a: {server: h, timeout: .inf}\n"}, "smtp_servers.yaml:1:25: 'timeout' must be "),
    ({"smtp_servers": "5: {server: h, tsl: x}\n"}, "smtp_servers.yaml:1:16: unknown key 'tsl' (did you mean 'tls'?)"),
    (
        {"smtp_servers": "a: {server: h, password: '${PASSWORD}'}\n"},
        f"smtp_servers.yaml:1:26: this is no reference (there are {FORMS})",
    ),
    (
        {"smtp_servers": 'a: {server: h, password: "${file:\\0}"}\n'},
        r"smtp_servers.yaml:1:26: the file '\x00' can't be read",
    ),
    ({"sms_gateways": "a: {provider: htpp}\n"}, "sms_gateways.yaml:1:15: unknown provider 'htpp' (did you mean 'http"),
    ({"sms_gateways": "a: {provider: firebase}\n"}, "sms_gateways.yaml:1:15: there is no provider 'firebase'"),
    ({"sms_gateways": "a: {provider: http}\n"}, "sms_gateways.yaml:1:4: the option URL is missing"),
    ({"sms_gateways": "a: {options: {Url: '${env:NO}', TIMEOUT: x}}\n"}, "sms_gateways.yaml:1:42: the option TIMEOUT"),
    ({"sms_gateways": "a: {options: {url: 'h/x'}}\n"}, "sms_gateways.yaml:1:20: the option URL is no URL (it begins"),
    (
        {"sms_gateways": "a: {provider: smtp, options: {MAILTO: '{phone}@h', smtpidentifier: relay}}\n"},
        "sms_gateways.yaml:1:68: unknown SMTP server 'relay' (did you mean 'relay1'?)",
    ),
    ({"sms_gateways": "a: {provider: script, options: {SCRIPT: ../x}}\n"}, "sms_gateways.yaml:1:41: the option SCRIPT"),
    ({"sms_gateways": "a: {options: {URL: [x]}}\n"}, "sms_gateways.yaml:1:20: 'URL' must be a text, not a list"),
    ({"notifier": "limits: {per_recipient: 5}\n"}, "notifier.yaml:1:25: 'per_recipient' must be a number in a time"),
    (
        {"smtp_servers": "a: {server: h, rate: fast}\n"},
        "smtp_servers.yaml:1:22: 'rate' must be a number in a time: 10/s",
    ),
    # directory
    ({"directory": "stores: {a: {usres: []}}\n"}, "directory.yaml:1:14: unknown key 'usres' (did you mean 'users'?)"),
    ({"directory": "stores: {a: {type: sttic}}\n"}, "directory.yaml:1:20: unknown type of store 'sttic' (did you mean"),
    (
        {"directory": "stores: {a: {users: [5]}}\n"},
        "directory.yaml:1:22: entry 1 must be a mapping (key: value), not a",
    ),
    ({"directory": "realms: {r: [b]}\nstores: {a: {}}\n"}, "directory.yaml:1:14: realm 'r' names an unknown store 'b'"),
    ({"directory": "default_realm: sale\nrealms: {sales: []}\n"}, "directory.yaml:1:16: unknown realm 'sale' (did you"),
]


@pytest.mark.parametrize(("files", "line"), CASES, ids=[line for _, line in CASES])
def test_a_mistake_is_one_line_with_its_place(
    written: Callable[..., Configuration], files: dict[str, str], line: str
) -> None:
    """file:line:column, what is wrong, what to write instead; and nothing else is wrong because of it."""
    found = [str(p) for p in written(**files).problems if not p.warning]

    assert len(found) == 1
    assert found[0].startswith(line)
    assert "s3cret" not in found[0]


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"smtp_servers": "a: {server: h, password: pw}\n"}, "smtp_servers.yaml:1:26: a secret stands here in clear"),
        (
            {"sms_gateways": "a: {options: {URL: https://h, Username: u, PassWord: pw}}\n"},
            "sms_gateways.yaml:1:54: a secret stands here in clear",
        ),
        ({"notifier": "redis: {url: 'redis://:pw@h'}\n"}, "notifier.yaml:1:14: a secret stands here in clear"),
        ({"smtp_servers": "a: {server: h, smime: '1'}\n"}, "smtp_servers.yaml:1:4: 'certificate' is missing: mails go"),
        (
            {"smtp_servers": "a: {server: h, smime: 1, certificate: nope}\n"},
            "smtp_servers.yaml:1:39: the file of 'certificate' can't be read: mails go out unsigned",
        ),
        (
            {"directory": "stores: {a: {type: sql, url: 'sqlite://:pw@/x', table: t, attributes: {username: u}}}\n"},
            "directory.yaml:1:30: a secret stands here in clear",
        ),
        (
            {"sms_gateways": "a: {provider: script, options: {SCRIPT: x}, headers: {a: b}}\n"},
            "sms_gateways.yaml:1:54: headers are for the provider http only",
        ),
        ({"directory": "superuser_realms: [x]\n"}, "directory.yaml:1:20: unknown realm 'x'"),
        ({"smtp_server": "a: {}\n"}, "smtp_server.yaml:1:1: this file is not read (did you mean 'smtp_servers.yaml'?)"),
    ],
)
def test_what_still_works_is_a_warning(written: Callable[..., Configuration], files: dict[str, str], line: str) -> None:
    """`check` doesn't fail for it, and a worker starts."""
    configuration = written(**files)

    assert [str(p)[: len(line)] for p in configuration.problems] == [line]
    assert configuration.problems[0].warning
    assert configuration.usable
    assert "pw" not in str(configuration.problems[0])


def test_bytes_that_are_no_text_are_found(tmp_path: Path) -> None:
    """An editor with another encoding: the first byte that isn't UTF-8 has a place."""
    (tmp_path / "notifier.yaml").write_bytes(b"url: x\nstream: M\xfcller\n")

    configuration = load(tmp_path, {})

    assert [str(p) for p in configuration.problems] == ["notifier.yaml:2:10: can't be read: it is not UTF-8"]
    assert not configuration.usable


def test_a_link_that_leads_nowhere_is_no_missing_file(tmp_path: Path) -> None:
    """A mount that failed must not look like a configuration without servers."""
    (tmp_path / "smtp_servers.yaml").symlink_to(tmp_path / "unmounted")

    configuration = load(tmp_path, {})

    assert [p.file for p in configuration.problems] == ["smtp_servers.yaml"]
    assert not configuration.usable


def test_one_mistake_hides_no_other(written: Callable[..., Configuration]) -> None:
    """Of one file too, whichever sections they are in; and what is right in it counts."""
    configuration = written(
        notifier="redis: {url: 'redis://h'}\nretention: never\nretry: {sms: {attempts: 0}}\ntimezone: nowhere\n"
    )

    assert [p.line for p in configuration.problems] == [2, 3, 4]
    assert configuration.settings.redis_url == "redis://h"
    assert not configuration.usable
