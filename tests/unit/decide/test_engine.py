from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifier.decide.engine import compile_conditions
from notifier.decide.verdict import Check, Truth, VerdictKind
from notifier.model import Challenge, Event, Facts, OnUnknown, Response, Result, Token, TokenOwner, Value

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def event(**facts: object) -> Event:
    return Event("1", "/test", "token_init", NOW, Facts(**facts))  # type: ignore[arg-type]


def test_57_no_conditions() -> None:
    """Case 57: a definition without conditions fires."""
    assert compile_conditions({}, OnUnknown.SKIP).evaluate(event()).fires


def test_85_open_challenges_mute_nothing() -> None:
    """Case 85, decided otherwise by section 10: without a challenge condition nobody looks at challenges."""
    muted = event(token=Token(type="push"), challenge=Challenge(2))

    assert compile_conditions({"tokentype": "push"}, OnUnknown.PRIVACYIDEA).evaluate(muted).fires


def test_95_an_unknown_condition_is_an_error() -> None:
    """Case 95, decided otherwise: a misspelt condition doesn't fire for everybody, it's an error with a hint."""
    compiled = compile_conditions({"tokentyp": "hotp"}, OnUnknown.MATCH)

    assert compiled.errors == (("tokentyp", "unknown condition 'tokentyp'; did you mean 'tokentype'?"),)
    assert compiled.evaluate(event()).kind is VerdictKind.ERROR


def test_tells_all_errors() -> None:
    """Every condition that can't work is told, each by its name, and nothing is raised."""
    compiled = compile_conditions(
        {"serial": "(", "client_ip": "10.0.0.x", "last_auth": "soon", "realm": "a"}, OnUnknown.SKIP
    )

    assert sorted(name for name, _ in compiled.errors) == ["client_ip", "last_auth", "serial"]
    verdict = compiled.evaluate(event())
    assert not verdict.fires
    assert "condition 'last_auth': 'soon' is not a duration" in verdict.error


@pytest.mark.parametrize(
    ("policy", "kind"),
    [
        (OnUnknown.SKIP, VerdictKind.UNKNOWN),
        (OnUnknown.MATCH, VerdictKind.MATCHED),
        (OnUnknown.PRIVACYIDEA, VerdictKind.NOT_MATCHED),
    ],
)
def test_an_unknown_fact_is_the_policys_affair(policy: OnUnknown, kind: VerdictKind) -> None:
    """Skip: unknown; match: it fires; privacyidea: as there (a missing realm is in no list)."""
    compiled = compile_conditions({"realm": "a", "tokentype": "hotp"}, policy)

    verdict = compiled.evaluate(event(token=Token(type="hotp")))

    assert verdict.kind is kind
    assert [c.result for c in verdict.checks] == [Truth.UNKNOWN, Truth.TRUE]


@pytest.mark.parametrize("policy", OnUnknown)
def test_false_beats_unknown(policy: OnUnknown) -> None:
    """One condition that doesn't hold decides, whatever isn't known."""
    compiled = compile_conditions({"realm": "a", "tokentype": "hotp", "serial": "X"}, policy)

    assert compiled.evaluate(event(token=Token(type="totp"))).kind is VerdictKind.NOT_MATCHED


def test_looks_at_all_in_the_references_order() -> None:
    """All conditions are shown, also after a false one, in the order of the reference, not the file's."""
    given: dict[str, Value] = {
        "failcounter": "1",
        "counter": "a<1",
        "serial": "X",
        "user_info": "a==b",
        "realm": ("a", "b"),
    }
    compiled = compile_conditions(given, OnUnknown.SKIP)

    verdict = compiled.evaluate(event(tokenowner=TokenOwner(realm="c"), token=Token(serial="OATH1", failcount=1)))

    assert [c.name for c in verdict.checks] == ["realm", "user_info", "serial", "counter", "failcounter"]
    assert verdict.checks[0] == Check("realm", "a,b", "c", Truth.FALSE)
    assert verdict.checks[3] == Check("counter", "a<1", None, Truth.UNKNOWN)


def test_shows_the_fact_and_nothing_else() -> None:
    """What is shown is the attribute looked at; an object in the answer isn't."""
    facts = event(
        tokenowner=TokenOwner(mobile="+49", info={"department": "sales", "salary": "9"}),
        token=Token(failcount=3, max_failcount=3),
        response=Response(200, Result(value={"token": "secret"})),
    )
    given = {"user_info": "department == sales", "token_locked": "True", "result_value": "True"}

    verdict = compile_conditions(given, OnUnknown.SKIP).evaluate(facts)

    assert [c.actual for c in verdict.checks] == ["sales", "an object", "True"]


@pytest.mark.parametrize("policy", OnUnknown)
def test_an_event_like_the_last_gets_the_last_verdict(policy: OnUnknown) -> None:
    """Nothing is made anew where nothing is new; where a fact is, what was told of the last event stays as it was."""
    compiled = compile_conditions({"tokentype": "hotp", "realm": "a"}, policy)

    first, again, other, back = (
        compiled.evaluate(event(token=Token(type=kind), tokenowner=TokenOwner(realm="b")))
        for kind in ("hotp", "hotp", "totp", "hotp")
    )

    assert first is again
    assert [c.actual for c in first.checks] == ["b", "hotp"]
    assert [c.actual for c in other.checks] == ["b", "totp"]
    assert back == first
