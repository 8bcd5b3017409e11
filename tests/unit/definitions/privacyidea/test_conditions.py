"""Conditions: the same ones hold."""

from __future__ import annotations

from typing import Any

import pytest
from privacyidea import Import

from notifier.decide.conditions import REGISTRY
from notifier.definitions.privacyidea.vocabulary import CONDITIONS


def test_every_condition_there_is_one_here() -> None:
    """All 42."""
    assert len(CONDITIONS) == 42
    assert REGISTRY.keys() >= CONDITIONS


@pytest.mark.parametrize("name", ["no_such", "container_last_auth", "Realm"])
def test_unknown_conditions_were_ignored_and_are_left_out(one: Import, name: str) -> None:
    """The definition fires as it did; the manual's wrong names are told with the right ones."""
    found = one(conditions={name: "1d", "realm": "a"})

    assert found.only.conditions == {"realm": "a"}
    (line,) = found.told("not_carried")
    assert f"its condition {name!r}: there is no such condition" in line
    assert ("container_last_authentication" in line) == (name == "container_last_auth")


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("class 'in' vip,board", "class 'in' vip,board"),
        ("serial 'matches' [A-Z]{{3}}", "serial 'matches' [A-Z]{3}"),
        ("expires < {now}-7d", "expires < {now}-7d"),
        ("a{{b}} < {now}", "a{b} < {now}"),
    ],
)
def test_doubled_braces_in_tokeninfo_are_single_here(one: Import, there: str, here: str) -> None:
    """There it was a format text; here only {now} is special."""
    found = one(conditions={"tokeninfo": there, "user_info": "x 'matches' {{2}}"})

    assert found.only.conditions == {"tokeninfo": here, "user_info": "x 'matches' {{2}}"}
    assert found.told("differs") == []


@pytest.mark.parametrize("value", ["a 'matches' [A-Z]{3}", "a == {current_time}", "a == }", "a == {now!r}", "a == {}"])
def test_other_braces_in_tokeninfo_failed_there(one: Import, value: str) -> None:
    """They are carried as they are, and told."""
    found = one(conditions={"tokeninfo": value})

    assert found.only.conditions == {"tokeninfo": value}
    assert "a brace that isn't doubled" in found.told("differs")[0]


def test_a_literal_now_cannot_be_said(one: Import) -> None:
    """The definition is a comment, not another condition."""
    found = one(conditions={"tokeninfo": "a == {{now}}"})

    assert "holds a literal {now}" in found.told("not_carried")[0]
    assert found.configuration.definitions == ()


@pytest.mark.parametrize(("value", "told"), [("x < {now} - 7d", 1), ("x < {now} -7d", 1), ("x < {now}-7d", 0)])
def test_blanks_behind_now_are_understood_only_here(one: Import, value: str, told: int) -> None:
    """Section 10 of the reference."""
    assert len(one(conditions={"user_info": value}).told("differs")) == told


@pytest.mark.parametrize("conditions", ["{", "[1]", 5, ["a"], {"realm": {"a": 1}}, {"realm": [["a"]]}])
def test_conditions_that_cannot_be_read_set_the_definition_aside(one: Import, conditions: Any) -> None:
    """Without them it would tell too many."""
    found = one(conditions=conditions)

    assert found.configuration.definitions == ()
    assert found.told("not_carried")[0].startswith("definition 'tell': its conditions ")


@pytest.mark.parametrize("conditions", [None, "", "{}", {}, []])
def test_no_conditions(one: Import, conditions: Any) -> None:
    """It always fires."""
    assert one(conditions=conditions).only.conditions == {}


def test_empty_values_are_kept(one: Import) -> None:
    """They mean something: an empty rollout state is the same as enrolled."""
    assert one(conditions={"rollout_state": "", "serial": None}).only.conditions == {"rollout_state": "", "serial": ""}


def test_what_failed_there_at_each_event_is_a_comment(one: Import) -> None:
    """An address that is none, a pattern that is none."""
    found = one(conditions={"client_ip": "10.0.0.0/99"})

    assert "10.0.0.0/99" in found.told("not_carried")[0]
