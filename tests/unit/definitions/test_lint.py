"""What `check` says of definitions that are well-formed but don't fit what exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from notifier.definitions.lint import lint
from notifier.definitions.load import Configuration
from notifier.model import HandlerDefinition
from notifier.wiring import Wiring

DIRECTORY = "realms: {sales: [s], helpdesk: [s]}\nstores: {s: {}}\ninternal_admins: {admin: {email: a@x}}\n"


@dataclass(slots=True)
class Teller:
    """A handler module with one action."""

    events: tuple[str, ...] = ("token_init", "token_assign")
    found: list[tuple[str, str]] = field(default_factory=list)

    @property
    def actions(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        names = ("emailconfig", "To", "To admin realm", "To internal admin", "reply_to", "reply_to internal admin")
        return {"sendmail": {n: {"required": n in ("emailconfig", "To admin realm")} for n in names}}

    def check(self, definition: HandlerDefinition) -> list[tuple[str, str]]:  # noqa: ARG002 - the port's signature
        return self.found

    def doubts(self, definition: HandlerDefinition) -> list[tuple[str, str]]:  # noqa: ARG002 - the port's signature
        return []

    def rehearse(self, definition: HandlerDefinition) -> list[tuple[str, str, bool]]:  # noqa: ARG002 - the port's
        return []


def lines(configuration: Configuration, module: Teller | None = None) -> list[str]:
    """Lint's findings, warnings marked."""
    assert configuration.problems == ()
    return [
        f"{'warning ' if p.warning else ''}{p}" for p in lint(configuration, {"UserNotification": module or Teller()})
    ]


@pytest.mark.parametrize(
    ("rest", "line"),
    [
        ("handlermodule: UserNotifcation", "t: unknown handler module 'UserNotifcation' (did you mean 'UserN"),
        ("options: {emailconfg: relay1, emailconfig: relay1}", "t: unknown option 'emailconfg' (did you mean"),
        ("options: {}", "t: the option 'emailconfig' is missing"),
        ("options: {emailconfig: relay9}", "t: unknown SMTP server 'relay9' (did you mean 'relay1'?)"),
        ("options: {emailconfig: x}", "t: unknown SMTP server 'x' (there are: relay1)"),
        (
            "options: {emailconfig: relay1, To: internal admin, To internal admin: adnim}",
            "t: unknown internal admin 'adnim' (did you mean 'admin'?)",
        ),
        (
            "options: {emailconfig: relay1, reply_to: internal admin, reply_to internal admin: adnim}",
            "t: unknown internal admin 'adnim' (did you mean 'admin'?)",
        ),
        (
            "options: {emailconfig: relay1, To: admin realm, To admin realm: helpdsk}",
            "t: unknown realm 'helpdsk' (did you mean 'helpdesk'?)",
        ),
        ("options: {emailconfig: relay1, To: admin realm}", "t: the option 'To admin realm' is missing"),
    ],
)
def test_a_definition_names_only_what_exists(written: Callable[..., Configuration], rest: str, line: str) -> None:
    """Servers, people, realms, options, modules: each with the nearest name."""
    options = "" if "options" in rest else "options: {emailconfig: relay1}, "

    found = lines(
        written(
            handlers__all=f"- {{name: t, event: token_init, action: sendmail, {options}{rest}}}\n", directory=DIRECTORY
        )
    )

    assert len(found) == 1
    assert line in found[0]


def test_places_are_exact(written: Callable[..., Configuration]) -> None:
    """A key's place for options and conditions, a value's for the rest."""
    text = """\
- name: t
  event: [token_init, token_asign]
  action: sendmial
  conditions: {realm: [sales, slaes]}
  options:
    emailconfig: relay9
"""
    configuration = written(handlers__all=text, directory=DIRECTORY)

    assert lines(configuration, Teller(found=[("conditions.realm", "no good"), ("", "nor this")])) == [
        "warning handlers/all.yaml:2:10: t: no event 'token_asign' is known (did you mean 'token_assign'?)",
        "handlers/all.yaml:3:11: t: unknown action 'sendmial' (did you mean 'sendmail'?)",
        "handlers/all.yaml:4:16: t: no good",
        "handlers/all.yaml:1:3: t: nor this",
        "handlers/all.yaml:6:5: t: unknown SMTP server 'relay9' (did you mean 'relay1'?)",
        "warning handlers/all.yaml:4:16: t: unknown realm 'slaes' (did you mean 'sales'?)",
    ]


@pytest.mark.parametrize(
    "rest",
    [
        "action: SendMail, options: {emailconfig: relay1}",
        "action: sendmail, options: {emailconfig: [relay1]}",
        "action: sendmail, options: {emailconfig: relay1, To: admin realm, To admin realm: HelpDesk}",
        "action: sendmail, options: {emailconfig: relay1, To admin realm: unused}",
        "action: sendmail, options: {emailconfig: relay1}, conditions: {realm: 'sales,helpdesk'}",
    ],
)
def test_what_works_is_no_mistake(written: Callable[..., Configuration], rest: str) -> None:
    """Actions and realms are found in any case; options that aren't chosen don't count."""
    assert lines(written(handlers__all=f"- {{event: token_init, {rest}}}\n", directory=DIRECTORY)) == []


def test_nobody_is_told_anything_is_a_warning(written: Callable[..., Configuration]) -> None:
    """An empty configuration is allowed, but seldom meant."""
    found = lines(written(handlers__all=""))

    assert found == ["warning handlers/:1:1: no definitions: nobody will be told anything"]


def test_a_name_with_a_line_break_stays_on_one_line(written: Callable[..., Configuration]) -> None:
    """An error is one line, whatever the administrator calls things."""
    found = lines(written(handlers__all='- {name: "a\\nb", event: token_init, action: "x\\ny"}\n'))

    assert len(found) == 1
    assert "\n" not in found[0]


BAD = "conditions: {realm: [slaes]}, options: {emailconfig: relay9, x: y}"


@pytest.mark.parametrize(
    ("entry", "hidden"),
    [
        (f"event: [token_init], action: sendmail, colour: red, {BAD}", []),
        (f"event: [token_init], action: sendmail, name: taken, {BAD}", []),
        (f"event: [token_init], action: sendmail, ordering: first, {BAD}", []),
        (f"event: [token_init], action: sendmail, delivery: {{on_unsure: perhaps}}, {BAD}", []),
        (f"event: 5, action: sendmail, {BAD}", []),
        (f"action: sendmail, {BAD}", []),
        (f"event: [token_init], {BAD}", ["unknown option 'x'"]),
        (f"event: [token_init], action: {{}}, {BAD}", ["unknown option 'x'"]),
        (f"event: [token_init], action: sendmail, activ: false, {BAD}", ["unknown realm 'slaes'"]),
        (f"event: [token_init], action: sendmail, position: between, {BAD}", ["unknown realm 'slaes'"]),
        (f"event: [token_init], action: sendmail, {BAD.replace('x: y', 'x: y, To: {}')}", []),
    ],
)
def test_one_error_hides_no_other(written: Callable[..., Configuration], entry: str, hidden: list[str]) -> None:
    """But those that may be its consequence."""
    handlers = (
        f"- {{name: taken, event: [token_assign], action: sendmail, options: {{emailconfig: relay1}}}}\n- {{{entry}}}"
    )
    configuration = written(handlers__all=handlers, directory=DIRECTORY)

    found = [problem.message for problem in lint(configuration, {"UserNotification": Teller()})]

    assert len(configuration.broken) == 1
    words = {"unknown realm 'slaes'", "unknown SMTP server 'relay9'", "unknown option 'x'"}
    assert sorted(message.partition(": ")[2] for message in found) == sorted(words.difference(hidden))


@pytest.mark.parametrize(
    "entry",
    [
        "event: [token_init], action: sendmail, option: {emailconfig: relay1}",
        "event: [token_init], action: sendmail, options: {emailconfig: {}}",
        "event: [token_init], action: sendmail, options: [emailconfig]",
        "event: [token_init], action: sendmail, options: {emailconfig: relay1, To: {}, To admin realm: helpdesk}",
        "event: [token_init], action: sendmail, handlermodul: Other, options: {emailconfig: relay1}",
        "event: {}, action: {}, options: {emailconfig: relay1}",
        "conditions: []",
        "- sendmail",
    ],
)
def test_an_error_is_told_once(written: Callable[..., Configuration], entry: str) -> None:
    """What follows from it isn't said."""
    configuration = written(handlers__all=f"- {{{entry}}}" if entry[0] != "-" else f"- {entry}", directory=DIRECTORY)

    assert configuration.problems
    assert (
        lint(configuration, {"UserNotification": Teller(found=[("", "no emailconfig"), ("options.To", "odd")])}) == ()
    )


@pytest.mark.parametrize("name", ["smtp_servers", "directory"])
def test_a_file_that_is_no_yaml_is_the_only_error(tmp_path: Path, name: str) -> None:
    """What it names isn't unknown: nobody could read it."""
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "all.yaml").write_text(
        "- {name: n, event: token_init, action: sendmail, options: {emailconfig: relay1, To: admin realm, "
        "To admin realm: helpdesk, subject: s, body: b}}\n"
    )
    (tmp_path / "smtp_servers.yaml").write_text("relay1: {server: localhost, sender: a@example.com}\n")
    (tmp_path / "directory.yaml").write_text("realms: {helpdesk: [s]}\nstores: {s: {type: static, users: []}}\n")
    (tmp_path / f"{name}.yaml").write_text("relay1: [unclosed\n")

    assert {p.file for p in Wiring(tmp_path, {}).check() if not p.warning} == {f"{name}.yaml"}
