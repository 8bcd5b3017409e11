"""What `check` says of definitions that are well-formed but don't fit what exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from notifier.definitions.lint import lint
from notifier.definitions.load import Configuration
from notifier.model import HandlerDefinition

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
