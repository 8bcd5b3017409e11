"""Conditions on the one token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.decide.comparators import generic, is_true
from notifier.decide.conditions.base import condition, element, items, joined, regex
from notifier.decide.conditions.general import BOOLEANS
from notifier.decide.conditions.user import number
from notifier.decide.moments import duration, lenient, with_zone
from notifier.model import Event, Token, Value

ROLLOUT_STATES = ("clientwait", "pending", "verify", "enrolled", "broken", "failed", "denied")


def _of(name: str) -> Callable[[Event], Any]:
    def get(event: Event) -> Any:
        return getattr(event.facts.token, name, None)

    return get


def _token(event: Event) -> Any:
    return event.facts.token


def _serial(event: Event) -> Any:
    """The serial text; it may be a list, and known where the token isn't."""
    facts = event.facts
    detail = (facts.response and facts.response.detail) or {}
    given = (facts.request and facts.request.serial) or detail.get("serial") or (facts.token and facts.token.serial)
    return given if isinstance(given, str) and given else None


def _match(expected: Value) -> Callable[[Any, Event], bool]:
    pattern = regex(joined(expected))
    return lambda fact, _: pattern.match(fact) is not None


def any_or_none(expected: Value) -> Callable[[Any, Event], bool]:
    """One of the facts is listed, or there is none at all."""
    wanted = frozenset(items(expected))
    return lambda facts, _: not facts or not wanted.isdisjoint(facts)


def _locked(event: Event) -> Any:
    token = event.facts.token
    if token is None:
        # Without a single token the value doesn't count: holds iff any token of the owner is locked.
        has = getattr(event.facts.tokenowner, "has_locked_token", None)
        return None if has is None else ("owner", has)
    if token.failcount is None or token.max_failcount is None:
        return None
    return ("token", token.failcount >= token.max_failcount)


def _is_locked(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = joined(expected) == "True"
    return lambda fact, _: fact[1] if fact[0] == "owner" else fact[1] == wanted


def boolean(expected: Value) -> Callable[[Any, Event], bool]:
    """The fact is as the definition says."""
    wanted = is_true(joined(expected))
    return lambda fact, _: bool(fact) == wanted


def _valid(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = joined(expected) == "True"

    def holds(token: Token, event: Event) -> bool:
        start = lenient(token.validity_start, event.time) if token.validity_start else None
        end = lenient(token.validity_end, event.time) if token.validity_end else None
        return wanted == ((start is None or start <= event.time) and (end is None or end >= event.time))

    return holds


def _older(expected: Value) -> Callable[[Any, Event], bool]:
    span = duration(joined(expected))

    def holds(token: Token, event: Event) -> bool:
        if not token.last_auth:
            return False
        moment = lenient(token.last_auth, event.time)
        return moment is None or event.time - with_zone(moment) > span

    return holds


def _failed_auth(event: Event) -> Any:
    token = event.facts.token
    if token is None or token.count_auth is None or token.count_auth_success is None:
        return None
    return token.count_auth - token.count_auth_success


def _rollout(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = joined(expected) or "enrolled"
    return lambda fact, _: (fact or "enrolled") == wanted


def keyed(expected: Value, *, now_tag: bool) -> Callable[[Any, Event], bool]:
    """``key OP value`` on a mapping of facts."""
    key, holds = generic(joined(expected), now_tag=now_tag)
    return lambda fact, event: holds(fact.get(key), event.time)


def _in_container(event: Event) -> Any:
    token = event.facts.token
    return None if token is None else token.container_serial or ""


CONDITIONS = (
    condition(
        "token_locked", "str", "token", "The token's fail counter is at its maximum, or isn't.",
        _locked, _is_locked, missing=True, value=BOOLEANS,
    ),
    condition(
        "tokenrealm", "multi", "token", "One of the token's realms is listed; a token without realms passes.",
        _of("realms"), any_or_none, missing=True,
    ),
    condition(
        "tokenresolver", "multi", "token", "One of the token's resolvers is listed; a token without any passes.",
        _of("resolvers"), any_or_none, missing=True,
    ),
    condition(
        "serial", "regexp", "token", "A regular expression that matches from the serial's start.",
        _serial, _match, missing=True,
    ),
    condition("tokentype", "multi", "token", "The token's type is one of these.", _of("type"), element, missing=True),
    condition(
        "token_has_owner", "str", "token", "The token has an owner, or hasn't.",
        _of("has_owner"), boolean, missing=True, value=BOOLEANS,
    ),
    condition(
        "token_is_orphaned", "str", "token", "The token's owner can't be found any more, or can.",
        _of("orphaned"), boolean, missing=True, value=BOOLEANS,
    ),
    condition(
        "token_validity_period", "str", "token", "The token is within its validity period, or isn't.",
        _token, _valid, missing=True, value=BOOLEANS,
    ),
    condition(
        "last_auth", "str", "token", "The last successful authentication is longer ago than this: 7d, 1y.",
        _token, _older, missing=True,
    ),
    condition(
        "count_auth", "str", "counter", "How often the token was used: >100.", _of("count_auth"), number, missing=True
    ),
    condition(
        "count_auth_success", "str", "counter", "How often the token was used with success: >100.",
        _of("count_auth_success"), number, missing=True,
    ),
    condition(
        "count_auth_fail", "str", "counter", "How often the token was used in vain: >100.",
        _failed_auth, number, missing=True,
    ),
    condition(
        "failcounter", "str", "counter", "The token's fail counter: >9, ==3.", _of("failcount"), number, missing=True
    ),
    condition("otp_counter", "str", "counter", "The HOTP counter: >100.", _of("otp_counter"), number, missing=True),
    condition(
        "tokeninfo", "str", "token", "A token info: class 'in' vip,board; hashlib == sha256; expires < {now}+7d.",
        _of("info"), lambda expected: keyed(expected, now_tag=True), missing=True,
    ),
    condition(
        "rollout_state", "str", "token", "How far the enrolment has come; empty is the same as enrolled.",
        _of("rollout_state"), _rollout, missing=True, value=ROLLOUT_STATES,
    ),
    condition(
        "token_is_in_container", "str", "token", "The token is in a container, or isn't.",
        _in_container, boolean, missing=True, value=BOOLEANS,
    ),
)  # fmt: skip
