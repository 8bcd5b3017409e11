"""`conditions`: every condition can be looked up."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from notifier.cli import cli
from notifier.decide.conditions import REGISTRY


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["conditions", *arguments])
    assert result.exit_code == 0
    return result.stdout


def test_lists_all_by_group() -> None:
    """A line for each, groups together."""
    lines = run().splitlines()

    groups = [line.split()[0] for line in lines[1:]]
    assert len(lines) == len(REGISTRY) + 1
    assert list(dict.fromkeys(groups)) == ["general", "user", "token", "counter", "challenge", "container"]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)
    assert any("result_authentication" in line and "doesn't hold" in line for line in lines)


def test_json_has_the_fields_of_the_handler_module_api() -> None:
    """One list, in the order conditions are looked at."""
    rows = json.loads(run("--json"))

    assert [row["name"] for row in rows] == list(REGISTRY)
    assert rows[0].keys() == {"name", "type", "group", "desc", "value", "missing"}
    assert next(r for r in rows if r["name"] == "realm") == {
        "name": "realm",
        "type": "multi",
        "group": "user",
        "desc": "The owner's realm is one of these.",
        "value": [],
        "missing": "doesn't hold",
    }


def test_describes_one_with_its_comparators_and_an_example() -> None:
    """What an administrator needs to write it."""
    text = run("tokeninfo")

    assert "example: {tokeninfo: \"class 'in' vip,board\"}" in text
    assert "'date_within_last'" in text
    assert "depends: holds without a token only" in text
    assert "example: {tokentype: [hotp, totp]}" in run("tokentype")
    assert "fact: token.info.KEY (a KEY that isn't among them doesn't hold" in text
    assert json.loads(run("tokentype", "--json"))["facts"] == ["token.type"]
    assert "values: True, False" in run("result_value")
    assert json.loads(run("failcounter", "--json"))["comparators"].keys() == {"==", "!=", "<", ">", "<=", ">="}


@pytest.mark.parametrize(("name", "hint"), [("tokentyp", "did you mean 'tokentype'?"), ("xyz", "lists them")])
def test_an_unknown_name_is_wrong_usage(name: str, hint: str) -> None:
    """With the nearest name, if there is one."""
    result = CliRunner().invoke(cli, ["conditions", name])

    assert result.exit_code == 2
    assert hint in result.stderr
