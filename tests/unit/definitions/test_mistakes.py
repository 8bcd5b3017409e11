"""Every mistake an administrator can make has a line, a column and a word on how to mend it; all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.definitions.load import load
from notifier.errors import ConfigError, Problem
from notifier.wiring import Wiring

GOOD = """\
- name: tell the owner
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: s, body: b}
"""
RELAY = "relay1: {server: localhost, sender: a@example.com}\n"


def problems(root: Path, **files: str) -> list[Problem]:
    """What `check` says of these files; names with __ are in folders."""
    content = {"smtp_servers": RELAY, "handlers__all": GOOD, **files}
    for name, text in content.items():
        file = root / (name.replace("__", "/") + ".yaml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return list(Wiring(root, {}).check())


def test_a_good_configuration_has_no_problems(tmp_path: Path) -> None:
    """The yardstick of the others."""
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("files", "place", "words"),
    [
        ({"handlers__all": "- name: [a\n"}, "handlers/all.yaml:2:1", "not YAML"),
        ({"handlers__all": GOOD + "  name: again\n"}, "handlers/all.yaml:5:3", "duplicate key"),
        ({"handlers__all": "name: x\n"}, "handlers/all.yaml:1:1", "list of definitions"),
        ({"handlers__all": GOOD.replace("event", "evnet")}, "handlers/all.yaml:2:3", "did you mean 'event'?"),
        ({"handlers__all": GOOD + "  position: during\n"}, "handlers/all.yaml:5:13", "'post' or 'pre'"),
        ({"handlers__all": GOOD + "  ordering: first\n"}, "handlers/all.yaml:5:13", "whole number"),
        (
            {"handlers__all": GOOD + "  delivery: {expires_after: soon}\n"},
            "handlers/all.yaml:5:29",
            "10s, 5m, 2h or 1d",
        ),
        ({"handlers__all": GOOD + "  handlermodule: UserNotifcation\n"}, "handlers/all.yaml:5:18", "UserNotification"),
        ({"handlers__all": GOOD.replace("sendmail", "sendmial")}, "handlers/all.yaml:3:11", "did you mean 'sendmail'?"),
        ({"smtp_servers": RELAY.replace("}", ", retry: {frist: 1s}}")}, "smtp_servers.yaml:1:60", "mean 'first'?"),
        ({"smtp_servers": RELAY.replace("}", ", retry: {cap: soon}}")}, "smtp_servers.yaml:1:65", "10s, 5m, 2h or 1d"),
        ({"smtp_servers": RELAY.replace("}", ", fallback: relay1}")}, "smtp_servers.yaml:1:62", "from itself"),
        (
            {"smtp_servers": RELAY.replace("}", ", fallback: spaer}") + "spare: {server: h}\n"},
            "smtp_servers.yaml:1:62",
            "did you mean 'spare'?",
        ),
        ({"sms_gateways": "s: {options: {URL: u}, fallback: t}\n"}, "sms_gateways.yaml:1:34", "not in this file"),
        ({"sms_gateways": "s: {options: {URL: u}, retry: {attempts: 0}}\n"}, "sms_gateways.yaml:1:42", "at least 1"),
        ({"sms_gateways": "s: {options: {URL: u}, region: UK}\n"}, "sms_gateways.yaml:1:32", "GB is the United"),
        ({"sms_gateways": "s: {options: {URL: u}, max_segments: 0}\n"}, "sms_gateways.yaml:1:38", "at least 1"),
        ({"sms_gateways": "s: {options: {URL: u}, max_segments: 256}\n"}, "sms_gateways.yaml:1:38", "255"),
        ({"sms_gateways": "s: {options: {URL: u}, too_long: crop}\n"}, "sms_gateways.yaml:1:34", "'cut' or 'refuse'"),
        ({"handlers__all": GOOD.replace("relay1", "relay9")}, "handlers/all.yaml:4:13", "did you mean 'relay1'?"),
        ({"handlers__all": GOOD.replace("body: b", "boddy: b")}, "handlers/all.yaml:4:62", "did you mean 'body'?"),
        ({"handlers__all": GOOD.replace("body: b", "body: '{serail}'")}, "handlers/all.yaml:4:62", "{serial}"),
        ({"handlers__all": GOOD.replace("body: b", "template: nope")}, "handlers/all.yaml:4:62", "no template 'nope'"),
        ({"handlers__all": GOOD.replace("body: b", "body: 'file:nope'")}, "handlers/all.yaml:4:62", "no such file"),
        ({"handlers__all": GOOD.replace("tokenowner", "everybody")}, "handlers/all.yaml:4:34", "recipient type"),
        ({"handlers__all": GOOD + "  conditions: {raelm: x}\n"}, "handlers/all.yaml:5:16", "did you mean 'realm'?"),
        ({"handlers__all": GOOD + "  conditions: {serial: '['}\n"}, "handlers/all.yaml:5:16", "regular expression"),
        ({"handlers__all": GOOD + GOOD}, "handlers/all.yaml:5:9", "first used at handlers/all.yaml:1"),
        ({"smtp_servers": "relay1: {server: h, tsl: auto}\n"}, "smtp_servers.yaml:1:21", "did you mean 'tls'?"),
        (
            {"smtp_servers": "relay1: {server: h, tls: maybe}\n"},
            "smtp_servers.yaml:1:",
            "auto, none, starttls or implicit",
        ),
        ({"notifier": "redis: {url: '${env:NOPE}'}\n"}, "notifier.yaml:1:14", "NOPE is not set"),
        ({"smtp_servers": "relay1: {server: h, password: '${file:nope}'}\n"}, "smtp_servers.yaml:1:31", "nope"),
        ({"sms_gateways": "g: {provider: htpp}\n"}, "sms_gateways.yaml:1:", "did you mean 'http'?"),
        ({"directory": "realms: {sales: [staff]}\n"}, "directory.yaml:1:", "unknown store 'staff'"),
        ({"notifier": "timezone: Europe/Berlim\n"}, "notifier.yaml:1:11", "unknown time zone"),
        ({"notifier": "retry: {mail: {frist: 5s}}\n"}, "notifier.yaml:1:16", "did you mean 'first'?"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, files: dict[str, str], place: str, words: str) -> None:
    """file:line:column, what is wrong, what to write instead: on one line."""
    found = [str(p) for p in problems(tmp_path, **files) if not p.warning]

    assert any(line.startswith(place) and words in line for line in found), found
    assert not any("\n" in line for line in found)


def test_a_secret_of_the_workers_is_no_mistake_here(tmp_path: Path) -> None:
    """A provider's secret needn't be in the shell that looks at the configuration: a warning, and still broken here."""
    servers = "relay1: {server: h, password: '${env:NOPE}'}\n"

    (found,) = (p for p in problems(tmp_path, smtp_servers=servers) if p.file == "smtp_servers.yaml")

    assert (found.warning, found.line, found.column) == (True, 1, 31)
    assert "NOPE is not set" in found.message
    assert "NOPE is not set" in load(tmp_path, {}).smtp_servers["relay1"].broken


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """Nobody wants to run check five times."""
    found = problems(
        tmp_path,
        handlers__all=GOOD.replace("relay1", "relay9").replace("body: b", "body: '{x}'"),
        smtp_servers="relay1: {sevrer: h}\n",
        notifier="retention: never\n",
    )

    assert {p.file for p in found} == {"handlers/all.yaml", "smtp_servers.yaml", "notifier.yaml"}
    assert len([p for p in found if p.file == "handlers/all.yaml"]) == 2


def test_a_broken_definition_keeps_its_event(tmp_path: Path) -> None:
    """So that its events become dead letters instead of silence; the others work on."""
    problems(tmp_path, handlers__all=GOOD, handlers__bad=GOOD.replace("tell", "warn") + "  ordering: first\n")

    configuration = load(tmp_path, {})

    assert [(b.name, b.events, b.position) for b in configuration.broken] == [
        ("warn the owner", ("token_init",), "post")
    ]
    assert [d.name for d in configuration.definitions] == ["tell the owner"]
    assert configuration.usable


def test_a_provider_without_its_secret_is_kept_as_broken(tmp_path: Path) -> None:
    """Its deliveries wait; the reason names the variable, not a value."""
    problems(tmp_path, smtp_servers="relay1: {server: h, password: '${env:NOPE}'}\n")

    assert "NOPE" in load(tmp_path, {}).smtp_servers["relay1"].broken
    assert not load(tmp_path, {"NOPE": "s3cret"}).smtp_servers["relay1"].broken
    assert "s3cret" not in repr(load(tmp_path, {"NOPE": "s3cret"}).smtp_servers)


def test_no_directory_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    """The one thing load raises."""
    with pytest.raises(ConfigError, match="NOTIFIER_CONFIG"):
        load(tmp_path / "nowhere", {})


def test_the_shipped_configuration_is_clean() -> None:
    """What strangers start from."""
    assert Wiring(Path(__file__).parents[3] / "config", {}).check() == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text() | st.from_regex(r"(- ?)?[a-z]{1,8}: [\[\]{}a-z0-9,:\"' \n&*-]{0,40}", fullmatch=True))
def test_no_text_brings_the_loader_down(tmp_path: Path, text: str) -> None:
    """Whatever stands in a file, it becomes values or problems."""
    (tmp_path / "handlers").mkdir(exist_ok=True)
    for name in ("handlers/x.yaml", "smtp_servers.yaml", "notifier.yaml", "directory.yaml", "sms_gateways.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8", errors="replace")

    load(tmp_path, {})


@pytest.mark.parametrize(
    "files",
    [
        {"handlers__all": "- name: [a\n"},
        {"handlers__all": "name: x\n"},
        {"handlers__all": "- just a text\n"},
        {"handlers__all": "- {name: x, action: sendmail}\n"},
        {"notifier": "straem: other\n"},
        {"directory": "realms: [sales]\n"},
        {"directory": "internal_admins: {admin: {email: '${env:NOPE}'}}\n"},
    ],
)
def test_what_is_not_understood_is_not_worked_with(tmp_path: Path, files: dict[str, str]) -> None:
    """Going on without these rules, settings or people would lose notices in silence: events wait instead."""
    problems(tmp_path, **files)

    wiring = Wiring(tmp_path, {"NOTIFIER_REDIS_URL": "redis://127.0.0.1:1"})

    assert not wiring.configuration.usable
    with pytest.raises(ConfigError, match=r"\.yaml:\d:"):
        _ = wiring.intake


def test_children_work_with_the_configuration_their_parent_read(tmp_path: Path) -> None:
    """A file that is just being edited is nobody's configuration."""
    problems(tmp_path)
    parent = Wiring(tmp_path, {})
    assert parent.configuration.usable

    (tmp_path / "handlers" / "all.yaml").write_text("- name: [a\n")

    child = Wiring(tmp_path, {}, configuration=parent.configuration)
    assert [d.name for d in child.index.bound("token_init", "post")] == ["tell the owner"]
