"""Conditions on the one token. Without one they hold in the system taken over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.decide.conditions.base import Missing, Reading, Test, condition, on, on_key
from notifier.decide.conditions.facts import Fact, in_mapping
from notifier.decide.conditions.kinds import (
    ANY_NUMBER,
    ANY_OR_NONE,
    BOOLEAN,
    BOOLEANS,
    ELEMENT,
    LITERAL_BOOLEAN,
    MATCHED,
    NUMBER,
    Kind,
    boolean,
    joined,
    number,
)
from notifier.decide.doubts import comparisons, values
from notifier.decide.moments import duration, lenient
from notifier.decide.verdict import Truth
from notifier.model import Event, Token, Value

#: Of the token; without a single token, of its owner.
_LOCKED = ("token.failcount", "token.max_failcount", "tokenowner.has_locked_token")
ROLLOUT_STATES = ("clientwait", "pending", "verify", "enrolled", "broken", "failed", "denied")


def _of(name: str) -> Fact:
    def get(event: Event) -> Any:
        return getattr(event.facts.token, name, None)

    return Fact((f"token.{name}",), get)


def _or_empty(name: str, remark: str) -> Fact:
    """A text that a known token either has or hasn't: none recorded, not in any container."""

    def get(event: Event) -> Any:
        token = event.facts.token
        return None if token is None else getattr(token, name) or ""

    return Fact((f"token.{name}",), get, remark)


def _serial(event: Event) -> str | None:
    """The serial text; it may be a list, and known where the token isn't."""
    facts = event.facts
    for given in (
        facts.request.serial if facts.request else None,
        facts.response.detail.get("serial") if facts.response and facts.response.detail else None,
        facts.token.serial if facts.token else None,
    ):
        if given and isinstance(given, str):
            return given
    return None


def _is_locked(event: Event) -> bool | None:
    token = event.facts.token
    if token is None or token.failcount is None or token.max_failcount is None:
        return None
    return token.failcount >= token.max_failcount


def _locked(expected: Value) -> Test:
    of_token = on(Fact(_LOCKED, _is_locked), LITERAL_BOOLEAN).compile(expected)

    def test(event: Event) -> tuple[Truth, str | None]:
        owner = event.facts.tokenowner
        if event.facts.token is not None or owner is None or owner.has_locked_token is None:
            return of_token(event)
        # Without a single token the value doesn't count: it holds iff any token of the owner is locked.
        return (Truth.TRUE if owner.has_locked_token else Truth.FALSE), str(owner.has_locked_token)

    return test


def _in_validity(event: Event) -> bool | None:
    """Unset limits are open; with one that can't be read nobody knows."""
    token = event.facts.token
    if token is None:
        return None
    start = lenient(token.validity_start, event.time) if token.validity_start else event.time
    end = lenient(token.validity_end, event.time) if token.validity_end else event.time
    return None if start is None or end is None else start <= event.time <= end


def _older(expected: Value) -> Callable[[Any, Event], bool]:
    span = duration(joined(expected))

    def holds(last: str, event: Event) -> bool:
        moment = lenient(last, event.time) if last else None
        return bool(last) and (moment is None or event.time - moment > span)

    return holds


def _failed(event: Event) -> int | None:
    token = event.facts.token
    if token is None or token.count_auth is None or token.count_auth_success is None:
        return None
    return token.count_auth - token.count_auth_success


def _counted(count: Callable[[Token], int]) -> tuple[Missing, str]:
    """A counter that a token doesn't have stands at 0."""

    def missing(expected: Value) -> Callable[[Event], bool]:
        holds = number(expected)

        def answer(event: Event) -> bool:
            token = event.facts.token
            return token is None or holds(count(token), event)

        return answer

    return missing, "holds without a token; a token's count is then 0"


def _failures(token: Token) -> int:
    return (token.count_auth or 0) - (token.count_auth_success or 0)


def _without_token(_: Value) -> Callable[[Event], bool]:
    return lambda event: event.facts.token is None


def _rollout(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = joined(expected) or "enrolled"
    return lambda fact, _: (fact or "enrolled") == wanted


def _is_in_container(expected: Value) -> Callable[[Any, Event], bool]:
    holds = boolean(expected)
    return lambda serial, event: holds(bool(serial), event)


_SERIAL = Fact(("request.serial", "response.detail.serial", "token.serial"), _serial, "the first that is there counts")
_VALIDITY = Fact(
    ("token.validity_start", "token.validity_end"), _in_validity, "a token without a limit is valid so far"
)
_FAILED = Fact(("token.count_auth", "token.count_auth_success"), _failed)
_NEVER = "a token without it was never used: it doesn't hold"
_FAILURES = "How often the token was used in vain: >100."
_SUCCESSES = "How often the token was used with success: >100."

CONDITIONS = (
    condition(
        "token_locked", "str", "token", "The token's fail counter is at its maximum, or isn't.",
        Reading(
            _locked, values.literal_boolean, places=_LOCKED,
            remark="without token the owner counts: it holds if any of their tokens is locked, whatever the value",
        ), missing=True, example="True", value=BOOLEANS,
    ),
    condition(
        "tokenrealm", "multi", "token", "One of the token's realms is listed; a token without realms passes.",
        on(_of("realms"), ANY_OR_NONE), missing=True, example=("sales", "hr"),
    ),
    condition(
        "tokenresolver", "multi", "token", "One of the token's resolvers is listed; a token without any passes.",
        on(_of("resolvers"), ANY_OR_NONE), missing=True, example=("ad", "staff"),
    ),
    condition(
        "serial", "regexp", "token", "A regular expression that matches from the serial's start.",
        on(_SERIAL, MATCHED), missing=True, example="^(OATH|TOTP)",
    ),
    condition(
        "tokentype", "multi", "token", "The token's type is one of these.",
        on(_of("type"), ELEMENT), missing=True, example=("hotp", "totp"),
    ),
    condition(
        "token_has_owner", "str", "token", "The token has an owner, or hasn't.",
        on(_of("has_owner"), BOOLEAN), missing=True, example="True", value=BOOLEANS,
    ),
    condition(
        "token_is_orphaned", "str", "token", "The token's owner can't be found any more, or can.",
        on(_of("orphaned"), BOOLEAN), missing=True, example="True", value=BOOLEANS,
    ),
    condition(
        "token_validity_period", "str", "token", "The token is within its validity period, or isn't.",
        on(_VALIDITY, LITERAL_BOOLEAN), missing=True, example="True", value=BOOLEANS,
    ),
    condition(
        "last_auth", "str", "token", "The last successful authentication is longer ago than this: 7d, 1y.",
        on(_or_empty("last_auth", _NEVER), Kind(_older)), missing=True, example="90d",
    ),
    condition(
        "count_auth", "str", "counter", "How often the token was used: >100.",
        on(_of("count_auth"), NUMBER), missing=_counted(lambda token: token.count_auth or 0), example=">100",
    ),
    condition(
        "count_auth_success", "str", "counter", _SUCCESSES,
        on(_of("count_auth_success"), NUMBER), missing=_counted(lambda token: token.count_auth_success or 0),
        example=">100",
    ),
    condition(
        "count_auth_fail", "str", "counter", _FAILURES,
        on(_FAILED, ANY_NUMBER), missing=_counted(_failures), example=">100",
    ),
    condition(
        "failcounter", "str", "counter", "The token's fail counter: >9, ==3.",
        on(_of("failcount"), NUMBER), missing=True, example=">9",
    ),
    condition(
        "otp_counter", "str", "counter", "The HOTP counter: >100.",
        on(_of("otp_counter"), NUMBER), missing=True, example=">100",
    ),
    condition(
        "tokeninfo", "str", "token", "A token info: class 'in' vip,board; hashlib == sha256; expires < {now}+7d.",
        on_key(in_mapping(_of("info")), now_tag=True, doubts=comparisons.keyed(now_tag=True, lists=False)),
        missing=(_without_token, "holds without a token only"),
        example="class 'in' vip,board",
    ),
    condition(
        "rollout_state", "str", "token", "How far the enrolment has come; empty is the same as enrolled.",
        on(_of("rollout_state"), Kind(_rollout, values.one_of(ROLLOUT_STATES, empty=True))), missing=True,
        example="verify", value=ROLLOUT_STATES,
    ),
    condition(
        "token_is_in_container", "str", "token", "The token is in a container, or isn't.",
        on(_or_empty("container_serial", "a token without it is in none"), Kind(_is_in_container, values.boolean)),
        missing=True, example="True", value=BOOLEANS,
    ),
)  # fmt: skip
