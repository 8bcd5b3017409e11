"""A regular expression that takes too long harms its own definition only."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from notifier.decide.engine import compile_conditions
from notifier.decide.seen import Seen
from notifier.decide.verdict import Truth, VerdictKind
from notifier.definitions.index import Index
from notifier.errors import ConditionError
from notifier.evaluation import Evaluator
from notifier.eventhandler.usernotification import UserNotificationEventHandler
from notifier.model import Challenge, Container, Event, Facts, HandlerDefinition, OnUnknown, Response, Token, TokenOwner
from notifier.outcome import Reason

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LONG = "a" * 20_000 + "!"
PATTERNS = ["(a+)+$", "(a|aa)+$", "(a|a)*$", "([a-z]+)*$"]
#: Condition, how its value is made of a pattern, and the facts it then looks at.
PLACES: list[tuple[str, str, dict[str, Any]]] = [
    ("serial", "{}", {"token": Token(serial=LONG)}),
    ("detail_message", "{}", {"response": Response(detail={"message": LONG})}),
    ("detail_error_message", "{}", {"response": Response(detail={"error": {"message": LONG}})}),
    ("challenge_session", "{}", {"challenge": Challenge(1, session=LONG)}),
    ("tokeninfo", "key 'matches' {}", {"token": Token(info={"key": LONG})}),
    ("tokeninfo", "key '!matches' {}", {"token": Token(info={"key": LONG})}),
    ("user_info", "key 'matches' {}", {"tokenowner": TokenOwner(info={"key": LONG})}),
    ("container_info", "key 'matches' {}", {"container": Container(info={"key": LONG})}),
]


def event(**facts: Any) -> Event:
    return Event("1", "/test", "token_init", NOW, Facts(**facts))


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("name", "value", "facts"), PLACES)
def test_bounded_wherever_a_pattern_can_stand(name: str, value: str, facts: dict[str, Any], pattern: str) -> None:
    """It's decided, or it's an error that names the condition and never the fact; both within the limit."""
    compiled = compile_conditions({name: value.replace("{}", pattern)}, OnUnknown.SKIP)
    start = time.process_time()

    with pytest.raises(ConditionError) as error:
        compiled.evaluate(event(**facts))

    assert time.process_time() - start < 0.5
    assert error.value.reason == Reason.PATTERN_TOO_SLOW
    assert error.value.detail == (
        f"condition {name!r}: the regular expression took longer than 0.1 s; nested repetitions such as (a+)+ do that"
    )


def test_bounded_where_the_empty_text_stands_for_a_message() -> None:
    """Under ``on_unknown: privacyidea`` a missing message is the empty text, and even that can take for ever."""
    compiled = compile_conditions({"detail_message": "(?:|){12}" * 4 + "x*" * 9 + r"\b"}, OnUnknown.PRIVACYIDEA)
    start = time.process_time()

    with suppress(ConditionError):
        compiled.evaluate(event())

    assert time.process_time() - start < 0.5


def test_other_definitions_go_on() -> None:
    """The slow one is an error with its own reason; the next one fires."""
    slow = HandlerDefinition("slow", ("token_init",), "savefile", conditions={"serial": "(a+)+$"})
    fine = HandlerDefinition(
        "fine", ("token_init",), "savefile", options={"filename": "f", "body": "b"}, conditions={"serial": "a"}
    )
    evaluator = Evaluator(Index([slow, fine]), {"UserNotification": UserNotificationEventHandler()})

    first, second = evaluator.evaluate(event(token=Token(serial=LONG))).reports

    assert (first.verdict.kind, first.reason) == ("error", "pattern_too_slow")
    assert LONG not in first.error
    assert second.verdict.fires


@pytest.mark.parametrize("policy", OnUnknown)
def test_a_condition_that_is_false_beats_a_slow_one(policy: OnUnknown) -> None:
    """First false wins, wherever it stands: what can't be decided decides nothing then, and is shown as unknown."""
    compiled = compile_conditions({"serial": "(a+)+$", "tokentype": "hotp"}, policy)

    verdict = compiled.evaluate(event(token=Token(serial=LONG, type="totp")))

    assert verdict.kind is VerdictKind.NOT_MATCHED
    assert [(c.name, c.counts) for c in verdict.checks] == [("serial", Truth.UNKNOWN), ("tokentype", Truth.FALSE)]


def test_a_missing_message_compiles_no_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under ``on_unknown: privacyidea`` too all is made ready with the definition, and asked once an event."""
    kept: dict[Any, Any] = {}
    first, second = (compile_conditions({"detail_message": "x"}, OnUnknown.PRIVACYIDEA, kept) for _ in range(2))
    monkeypatch.setattr("notifier.decide.conditions.kinds.compile_pattern", None)
    seen = Seen()

    verdicts = [compiled.evaluate(event(), seen).kind for compiled in (first, second)]

    assert verdicts == [VerdictKind.NOT_MATCHED, VerdictKind.NOT_MATCHED]
    assert list(seen.checks) == list(kept.values())
    assert len(seen.checks) == 1
