"""What can be written and can't be meant. Each row: condition, value, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.decide.conditions import REGISTRY
from notifier.decide.engine import compile_conditions, doubts
from notifier.model import OnUnknown

SLOW = "this regular expression can take very long on some texts"
NUMBERS = [
    ("failcounter", ">x", "'>x' is not understood and never holds; write a whole number"),
    ("failcounter", "5.0", "write a whole number, such as 5"),
    ("failcounter", "<>5", "did you mean !=5?"),
    ("failcounter", "!~5", "did you mean !=5?"),
    ("failcounter", "equals 100", "write the comparator in single quotes: 'equals', or just 100"),
    ("failcounter", "", "it is empty and never holds"),
    ("failcounter", ("1", "2"), "'1,2' is not understood"),
    ("count_auth", "'contains' 5", "is not understood"),
    ("count_auth", "<0", "'<0' never holds, there is no count below 0"),
    ("user_token_number", "<0", "never holds"),
    ("otp_counter", "==-1", "never holds"),
    ("user_container_number", "<=-1", "never holds"),
]
KEYED = [
    ("tokeninfo", "", "write key, comparator and value"),
    ("tokeninfo", "class", "understood are ==, !="),
    ("user_info", "class in vip", "write the comparator in single quotes: 'in'"),
    ("tokeninfo", "class 'IN' vip", "did you mean 'in'?"),
    ("tokeninfo", "== 5", "write the key in front"),
    ("tokeninfo", "a<b<c", "write one comparator, in single quotes"),
    ("tokeninfo", "a <> b", "it compares with the text '> b'; did you mean != b?"),
    ("tokeninfo", "a===10", "it compares with the text '=10'; did you mean == 10?"),
    ("tokeninfo", "a =! 5", "did you mean != 5?"),
    ("tokeninfo", ("a == b", "c == d"), "write one comparison"),
    ("user_info", "end 'date_before' 24.12.2026", "'24.12.2026' can't be read as a date, it never holds; write 2026-"),
    ("user_info", "end 'date_after' {now}-1y", "'{now}-1y' is no date; write {now}, {now}-7d"),
    ("user_info", "end < {now} - 1w", "with s, m, h or d"),
    ("user_info", "end 'date_within_last' 0d", "nothing is less than no time ago"),
    ("container_info", "d < {now}", "{now} is only a text here"),
    ("tokeninfo", "n >= 5.5", ">= compares whole numbers only and never holds for '5.5'; write a whole one"),
    ("tokeninfo", "d <= 2026-11-24", "write < for dates and texts"),
    ("tokeninfo", "d >= {now}", "write > for dates and texts"),
    ("tokeninfo", "c 'in' a ,b", "'a ' ends with a blank that counts"),
    ("tokeninfo", "c '!in'", "nothing is listed"),
    ("counter", "c 'contains' 5", "'contains' never holds, a counter is a number"),
    ("counter", "c 'date_before' 2026-01-01", "a counter is a number"),
    ("counter", "c == x", "a counter is never 'x'"),
    ("counter", "c < 0", "there is no count below 0"),
    ("counter", "enrolments", "write key, comparator and value"),
]
VALUES = [
    ("client_ip", "!10.0.0.1", "it lists exclusions only and never holds; write where clients may be"),
    ("client_ip", "", "it is empty and never holds"),
    ("client_ip", "10.0.0.1, -10.0.0.0/8", "10.0.0.1 is excluded as a whole"),
    ("realm", "Sales", "'Sales' never matches, realms are in lower case; write 'sales'"),
    ("realm", "sales, hr", "' hr' never matches, blanks count; write 'hr'"),
    ("realm", (), "nothing is listed"),
    ("tokentype", ("hotp, spass",), "' spass' never matches, blanks count; write 'spass'"),
    ("tokentype", "hotp, spass", "' spass' never matches, blanks count; write 'spass'"),
    ("tokenrealm", ("sales ",), "'sales ' never matches"),
    ("result_authentication", "REJECTED", "is none of ACCEPT, REJECT, CHALLENGE, DECLINED and never"),
    ("result_authentication", ("REJECT", "ACCEPT"), "it takes one value"),
    ("rollout_state", "verified", "did you mean 'verify'?"),
    ("container_state", "active,losst", "did you mean 'lost'?"),
    ("container_type", "Phone", "did you mean 'smartphone'?"),
    ("logged_in_user", "administrator", "did you mean 'admin'?"),
    ("logged_in_user", "root", "write one of them"),
    ("container_exact_state", "", "nothing is listed"),
    ("container_exact_state", "lost,lost", "'lost' listed more than once"),
    ("result_value", "yes", "'yes' counts as False; write True or False"),
    ("token_has_owner", "", "'' counts as False"),
    ("token_is_in_container", "on", "counts as False"),
    ("token_locked", "true", "'true' counts as False here, only True is true; write True"),
    ("token_validity_period", "1", "'1' counts as False here"),
    ("token_locked", "no", "write True or False"),
]  # fmt: skip
PATTERNS = [
    ("serial", "(a+)+$", SLOW),
    ("serial", ("OATH", "TOTP"), "write one expression, such as (A|B)"),
    ("detail_message", "(a|aa)+$", SLOW),
    ("detail_error_message", r"(\w+\s?)+$", SLOW),
    ("challenge_session", "(a|a)*$", SLOW),
    ("tokeninfo", "k 'matches' (a+)+b", SLOW),
    ("user_info", "k '!matches' (a|aa)+b", SLOW),
    ("container_info", "k 'matches' ([a-z]+)*[0-9]?_?", SLOW),
]


@pytest.mark.parametrize(("name", "value", "said"), [*NUMBERS, *KEYED, *VALUES, *PATTERNS])
def test_is_doubted(name: str, value: Any, said: str) -> None:
    """It compiles, and it's told by the condition's name, in one line that says what to write instead."""
    found = doubts({name: value})

    assert compile_conditions({name: value}, OnUnknown.SKIP).errors == ()
    assert any(said in message for _, message in found), found
    for condition, message in found:
        assert condition == name
        assert message.startswith(f"condition {name!r}: ")
        assert "\n" not in message
        assert "; " in message or "?" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((n, v) for n in ("failcounter", "user_token_number") for v in ("5", ">3", "!=0", "'equals'100", "x == 1")),
        ("failcounter", ">=-1"), ("count_auth_fail", "<0"), ("failcounter", "<1"),
        ("user_info", "end < {now} - 7d"), ("user_info", "end 'date_before' {now}-7d"), ("tokeninfo", "a == {b}"),
        ("user_info", "name == O'Neil"), ("tokeninfo", "a 'in' \"x, y\", z"), ("tokeninfo", "a == "),
        ("tokeninfo", "c 'matches' [A-Z]{3}"), ("tokeninfo", "d > 16. May"), ("counter", "c 'in' 1,2"),
        ("client_ip", "0.0.0.0/0, -10.0.0.0/8"), ("client_ip", ("10.0.0.0/8", "!10.0.0.1")), ("client_ip", "::/0,"),
        ("realm", ("sales", "hr")), ("realm", "sales,hr"), ("tokentype", "hotp,spass,"), ("tokenrealm", "Sales"),
        ("rollout_state", ""), ("container_state", ("active", "lost")), ("token_locked", "True"),
        *(("result_value", v) for v in ("True", "true", "1", "False", "false", "0")), ("token_locked", "0"),
        ("serial", "^OATH"), ("serial", ("OATH",)), ("detail_message", "wrong (otp|pin)"), ("detail_message", ""),
        ("last_auth", "7d"),
    ],
)  # fmt: skip
def test_is_not_doubted(name: str, value: Any) -> None:
    """What works as it reads is left alone."""
    assert doubts({name: value}) == []


def test_contradictions_are_doubted() -> None:
    """Conditions that can't hold together."""
    ((name, message),) = doubts({"container_state": "lost,active", "container_exact_state": ("active",)})

    assert name == "container_state"
    assert "lost isn't among the states of container_exact_state: both never hold; drop one" in message
    assert doubts({"container_state": "lost", "container_exact_state": "disabled,lost"}) == []


@pytest.mark.parametrize("name", REGISTRY)
def test_every_example_works(name: str) -> None:
    """It compiles, nothing is doubtful about it, and it takes one of the values allowed."""
    condition = REGISTRY[name]

    condition.compile(condition.example)

    assert list(condition.doubts(condition.example)) == []
    if condition.value:
        given = (condition.example,) if isinstance(condition.example, str) else condition.example
        assert set(given) <= set(condition.value)


@pytest.mark.parametrize("name", REGISTRY)
def test_says_what_a_missing_fact_means(name: str) -> None:
    """In words that fit the answer."""
    words = REGISTRY[name].missing_words

    assert words in ("holds", "doesn't hold") or words.startswith("depends: ")


def test_what_does_not_compile_is_an_error_and_not_doubted() -> None:
    """Nothing is said twice."""
    assert doubts({"serial": "(", "tokeninfo": "a 'date_within_last' soon", "nonsense": "x"}) == []
