"""The cases of the reference, section 7, by their numbers; where section 10 decides otherwise, the id says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifier.decide.engine import compile_conditions
from notifier.decide.verdict import VerdictKind
from notifier.model import (
    Challenge,
    Container,
    ContainerOwner,
    Event,
    Facts,
    LoggedInUser,
    OnUnknown,
    Request,
    Response,
    Result,
    Token,
    TokenOwner,
    Value,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def case(number: str, condition: str, value: Value, expected: str, *, note: str = "", **facts: Any) -> Any:
    """One row: does the condition hold for these facts? ``true``, ``false``, ``unknown`` or ``error``."""
    words = [f"{number}-{condition}", str(value), expected, note]
    return pytest.param(condition, value, Facts(**facts), expected, id=" ".join(filter(None, words)))


def token(**fields: Any) -> dict[str, Token]:
    return {"token": Token(**fields)}


def owner(**fields: Any) -> dict[str, TokenOwner]:
    return {"tokenowner": TokenOwner(**fields)}


def box(**fields: Any) -> dict[str, Container]:
    return {"container": Container(**fields)}


def challenge(count: int, **fields: Any) -> dict[str, Challenge]:
    return {"challenge": Challenge(count, **fields)}


def answer(detail: Any = None, **result: Any) -> dict[str, Response]:
    return {"response": Response(200, Result(**result), detail)}


def came_from(address: str | None) -> dict[str, Request]:
    return {"request": Request(client_ip=address)}


def validity(start: str | None, end: str | None) -> dict[str, Token]:
    return token(validity_start=start, validity_end=end)


def reach(verdict: VerdictKind) -> str:
    words = {VerdictKind.MATCHED: "true", VerdictKind.NOT_MATCHED: "false"}
    return words.get(verdict, verdict.value)


GENERAL = [
    case("58", "logged_in_user", "admin", "false", note="no caller"),
    case("58", "logged_in_user", "user", "true", note="no caller"),
    case("58", "logged_in_user", "admin", "true", logged_in_user=LoggedInUser(role="admin")),
    case("58", "logged_in_user", "admin", "unknown", logged_in_user=LoggedInUser(username="x")),
    case("59", "result_value", "True", "false", **answer(value=False)),
    case("59", "result_value", "False", "true", **answer(value=False)),
    case("59", "result_value", "1", "true", note="a count of 1", **answer(value=1)),
    case("59", "result_value", "True", "false", note="a count of 2", **answer(value=2)),
    case("59", "result_value", "True", "false", note="object", **answer(value={"token": "secret"})),
    case("59", "result_value", "False", "true", note="object", **answer(value={"token": "secret"})),
    case("59", "result_value", "True", "unknown", note="no answer"),
    case("59", "result_status", "True", "false", **answer(status=False)),
    case("59", "result_status", "False", "true", **answer(status=False)),
    case("59", "result_authentication", "REJECT", "false", **answer(authentication="ACCEPT")),
    case("59", "result_authentication", "REJECT", "true", **answer(authentication="REJECT")),
    case("59", "result_authentication", "REJECT", "unknown", **answer(value=True)),
    case("79", "detail_message", "special", "true", **answer({"message": "a special one"})),
    case("79", "detail_message", "^special", "false", **answer({"message": "a special one"})),
    case("79", "detail_message", "special", "unknown", note="no message", **answer()),
    case("79", "detail_message", "(", "error", **answer({"message": "x"})),
    case(
        "80", "detail_error_message", "does not exist$", "true", **answer({"error": {"message": "It does not exist"}})
    ),
    case(
        "80", "detail_error_message", "^does not exist", "false", **answer({"error": {"message": "It does not exist"}})
    ),
    case("81", "client_ip", "10.0.0.0/24", "true", **came_from("10.0.0.1")),
    case("81", "client_ip", "10.0.0.0/24, !10.0.0.1", "false", **came_from("10.0.0.1")),
    case("81", "client_ip", ("10.0.0.0/24", "-10.0.0.1"), "false", **came_from("10.0.0.1")),
    case("81", "client_ip", "!10.0.0.2", "false", note="only exclusions", **came_from("10.0.0.1")),
    case("81", "client_ip", "10.0.0.0/8, ,", "true", **came_from("10.0.0.1")),
    case("81", "client_ip", "2001:db8::/32", "true", **came_from("2001:db8::1")),
    case("81", "client_ip", "10.0.0.0/8", "false", **came_from("2001:db8::1")),
    case("81", "client_ip", "10.0.0.300", "error", **came_from("10.0.0.1")),
    case("81", "client_ip", "10.0.0.0/8", "unknown", **came_from(None)),
]
EXPIRES = owner(info={"expiration": "2026-12-04"})
USER = [
    case("62", "realm", "other", "false", **owner(realm="realm1")),
    case("62", "realm", "other,realm1", "true", **owner(realm="realm1")),
    case("62", "realm", "other, realm1", "false", note="not trimmed", **owner(realm="realm1")),
    case("62", "realm", ("other", "realm1"), "true", **owner(realm="realm1")),
    case("62", "realm", "Realm1", "false", **owner(realm="realm1")),
    case("62", "realm", "realm1", "false", note="no realm", **owner(realm="")),
    case("62", "realm", "realm1", "unknown", note="no owner"),
    case("62", "resolver", "reso1", "true", **owner(resolver="reso1")),
    case("62", "resolver", "reso2", "false", **owner(resolver="reso1")),
    case("69", "user_token_number", "1", "true", **owner(token_count=1)),
    case("69", "user_token_number", "2", "false", **owner(token_count=1)),
    case("69", "user_token_number", "<1", "true", **owner(token_count=0)),
    case("69", "user_token_number", "<1", "false", **owner(token_count=1)),
    case("69", "user_token_number", ">notaninteger", "false", **owner(token_count=1)),
    case("69", "user_token_number", "1", "unknown", note="no owner"),
    *(case("70", "user_container_number", c, "true", **owner(container_count=1)) for c in ("==1", "<2", ">0")),
    *(case("70", "user_container_number", c, "false", **owner(container_count=1)) for c in ("!=1", ">2", "<1")),
    case("94", "user_info", "givenname == Cornelius", "true", **owner(givenname="Cornelius")),
    case("94", "user_info", "givenname == Hans", "false", **owner(givenname="Cornelius")),
    case("94", "user_info", "nobody != x", "false", note="known not to be there", **owner(info={})),
    case("94", "user_info", "nobody != x", "unknown", note="info isn't known", **owner(givenname="Hans")),
    case("94", "user_info", "givenname == x", "true", **owner(givenname="y", info={"givenname": "x"})),
    case("94", "user_info", "userid < 1001", "true", **owner(uid="1000")),
    case("94", "user_info", "userid < 1001", "false", **owner(uid=1001)),
    case("94", "user_info", "userid < x", "false", note="a number and a text", **owner(uid=1001)),
    case("94", "user_info", "mobile 'contains' 1", "true", **owner(mobile=("1", "2"))),
    case("94", "user_info", "expiration > {now}", "true", **EXPIRES),
    case("94", "user_info", "expiration < {now}-5d", "false", **EXPIRES),
    case("94", "user_info", "expiration > {now}+15d", "false", **EXPIRES),
    case("94", "user_info", "expiration < {now} + 15d", "true", note="§10: blanks", **EXPIRES),
    case("94", "user_info", "a == b", "unknown", note="no owner"),
]  # fmt: skip
TOKEN = [
    case("60", "token_locked", "True", "false", **token(failcount=9, max_failcount=10)),
    case("60", "token_locked", "True", "true", **token(failcount=10, max_failcount=10)),
    case("60", "token_locked", "False", "true", **token(failcount=9, max_failcount=10)),
    case("60", "token_locked", "False", "false", **token(failcount=10, max_failcount=10)),
    case("60", "token_locked", "true", "false", note="only True is", **token(failcount=10, max_failcount=10)),
    case("61", "token_locked", "True", "true", note="only a user", **owner(has_locked_token=True)),
    case("61", "token_locked", "False", "true", note="value ignored", **owner(has_locked_token=True)),
    case("61", "token_locked", "True", "false", **owner(has_locked_token=False)),
    case("61", "token_locked", "True", "unknown", note="§10: nobody, nothing"),
    case("63", "serial", "^OATH.*", "true", **token(serial="OATH123456")),
    case("63", "serial", "123", "false", **token(serial="OATH123456")),
    case("63", "serial", "^OATH", "true", note="of the request", request=Request(serial="OATH1,PIPU2")),
    case("63", "serial", "^OATH", "true", note="of the answer", **answer({"serial": "OATH1"})),
    case("63", "serial", "^OATH", "unknown"),
    case("63", "serial", "*", "error", **token(serial="OATH123456")),
    case("64", "tokenrealm", "realm1,realm2,realm3", "true", **token(realms=("realm1",))),
    case("64", "tokenrealm", "realm2", "false", **token(realms=("realm1",))),
    case("64", "tokenrealm", "realm2", "true", note="without realm", **token(realms=())),
    case("64", "tokenrealm", "realm2", "unknown", note="no token"),
    case("64", "tokenresolver", "reso1,reso2", "true", **token(resolvers=("reso1",))),
    case("64", "tokenresolver", "reso2", "false", **token(resolvers=("reso1",))),
    case("65", "tokentype", "totp,spass,oath,", "true", **token(type="spass")),
    case("65", "tokentype", "hotp, spass", "false", note="not trimmed", **token(type="spass")),
    case("66", "token_has_owner", "True", "true", **token(has_owner=True)),
    case("66", "token_has_owner", "False", "false", **token(has_owner=True)),
    case("66", "token_has_owner", "True", "false", **token(has_owner=False)),
    case("66", "token_has_owner", "False", "true", **token(has_owner=False)),
    case("67", "token_validity_period", "True", "true", **validity(None, None)),
    case("67", "token_validity_period", "True", "true", **validity("2026-11-23T10:00+0100", "2026-11-25T10:00+0100")),
    case("67", "token_validity_period", "True", "false", **validity(None, "2026-11-23T10:00+0100")),
    case("67", "token_validity_period", "False", "true", **validity(None, "2026-11-23T10:00+0100")),
    case("67", "token_validity_period", "True", "false", **validity("2026-11-25T10:00+0100", None)),
    case("67", "token_validity_period", "True", "unknown", note="unreadable", **validity("soon", None)),
    case("68", "token_is_orphaned", "True", "true", **token(orphaned=True)),
    case("68", "token_is_orphaned", "False", "false", **token(orphaned=True)),
    case("68", "token_is_orphaned", "False", "true", **token(orphaned=False)),
    case("71", "otp_counter", "0", "true", **token(otp_counter=0)),
    case("71", "otp_counter", "1", "false", **token(otp_counter=0)),
    case("71", "otp_counter", ">100", "true", **token(otp_counter=101)),
    case("71", "otp_counter", "<100", "false", **token(otp_counter=101)),
    case("72", "last_auth", "1h", "true", **token(last_auth="2016-10-10 10:10:10+00:00")),
    case("72", "last_auth", "100y", "false", **token(last_auth="2016-10-10 10:10:10+00:00")),
    case("72", "last_auth", "1h", "false", note="never", **token()),
    case("100", "last_auth", "1h", "true", note="naive is UTC", **token(last_auth="2026-11-24 10:59:59")),
    case("100", "last_auth", "1h", "false", note="naive is UTC", **token(last_auth="2026-11-24 11:00:01")),
    case("72", "last_auth", "1h", "true", note="unparsable", **token(last_auth="once upon a time")),
    case("72", "last_auth", "1year", "error", **token()),
    case("72", "last_auth", "1h", "unknown", note="no token"),
    case("73", "count_auth", "<100", "true", **token(count_auth=0)),
    case("73", "count_auth", ">100", "false", **token(count_auth=0)),
    case("73", "count_auth", ">99", "true", **token(count_auth=100, count_auth_success=50)),
    case("73", "count_auth_success", ">45", "true", **token(count_auth=100, count_auth_success=50)),
    case("73", "count_auth_success", "<45", "false", **token(count_auth=100, count_auth_success=50)),
    case("73", "count_auth_fail", ">45", "true", **token(count_auth=100, count_auth_success=50)),
    case("73", "count_auth_fail", "<45", "false", **token(count_auth=100, count_auth_success=50)),
    case("74", "failcounter", "<9", "true", **token(failcount=8)),
    case("74", "failcounter", ">9", "false", **token(failcount=8)),
    case("74", "failcounter", "=8", "true", **token(failcount=8)),
    case("75", "tokentype", "pw", "true", **token(type="pw"), **owner(username="cornelius")),
    case("76", "tokeninfo", "myValue<100", "true", **token(info={"myValue": "99"})),
    case("76", "tokeninfo", "myValue<98", "false", **token(info={"myValue": "99"})),
    case("76", "tokeninfo", "myValue==Hallo", "true", **token(info={"myValue": "Hallo"})),
    case("76", "tokeninfo", "myValue==hallo", "false", **token(info={"myValue": "Hallo"})),
    case("77", "tokeninfo", "d < {now}", "true", **token(info={"d": "2017-10-12T10:00+0200"})),
    case("77", "tokeninfo", "d > {now}-2h", "true", **token(info={"d": (NOW + HOUR).isoformat()})),
    case("77", "tokeninfo", "d > {now}", "true", note="§10: naive is UTC", **token(info={"d": "2026-11-24 12:01"})),
    case("78", "tokeninfo", "c 'matches' [A-Z]{3}", "true", note="§10: plain {now}", **token(info={"c": "ABC"})),
    case("78", "tokeninfo", "c 'matches' [A-Z]{3}", "false", note="§10: plain {now}", **token(info={"c": "AB"})),
    case("82", "rollout_state", "verify", "true", **token(rollout_state="verify")),
    case("82", "rollout_state", "", "true", **token(rollout_state="enrolled")),
    case("82", "rollout_state", "enrolled", "true", **token(rollout_state="")),
    case("82", "rollout_state", "verify", "false", **token(rollout_state="")),
    case("87", "token_is_in_container", "True", "true", **token(container_serial="C1")),
    case("87", "token_is_in_container", "False", "false", **token(container_serial="C1")),
    case("87", "token_is_in_container", "True", "false", **token()),
    case("87", "token_is_in_container", "False", "true", **token()),
]
REGISTERED = "state == registered"
COUNTER = [
    case("83", "counter", "c<4", "false", counters={"c": 4}),
    case("83", "counter", "c==4", "true", counters={"c": 4}),
    case("83", "counter", "c>3", "true", counters={"c": 4}),
    case("83", "counter", "other>3", "false", counters={"c": 4}),
    case("83", "counter", "other<3", "true", note="missing is 0", counters={"c": 4}),
    case("83", "counter", "c>3", "unknown"),
    case("84", "challenge_session", "challenge_declined", "true", **challenge(1, session="challenge_declined")),
    case("84", "challenge_session", "enrollment", "false", **challenge(1, session="challenge_declined")),
    case("84", "challenge_session", "challenge_declined", "unknown", note="§10: two", **challenge(2)),
    case("84", "challenge_session", "enrollment", "true", note="none", **challenge(0)),
    case("86", "challenge_expired", "False", "true", **challenge(1, expired=False)),
    case("86", "challenge_expired", "True", "false", **challenge(1, expired=False)),
    case("86", "challenge_expired", "True", "true", **challenge(1, expired=True)),
    case("86", "challenge_expired", "True", "true", note="none", **challenge(0)),
]
CONTAINER = [
    case("88", "container_state", "disabled", "true", **box(states=("disabled", "lost"))),
    case("88", "container_state", "active", "false", **box(states=("disabled", "lost"))),
    case("88", "container_exact_state", "disabled", "false", **box(states=("disabled", "lost"))),
    case("88", "container_exact_state", "lost,active", "false", **box(states=("disabled", "lost"))),
    case("88", "container_exact_state", "disabled,lost", "true", **box(states=("disabled", "lost"))),
    case("89", "container_has_owner", "True", "true", **box(owners=(ContainerOwner("hans"),))),
    case("89", "container_has_owner", "True", "false", **box(owners=())),
    case("89", "container_has_owner", "False", "true", **box(owners=())),
    case("89", "container_has_owner", "False", "false", **box(owners=(ContainerOwner("hans"),))),
    case("89", "container_type", "smartphone", "true", **box(type="smartphone")),
    case("89", "container_type", "generic", "false", **box(type="smartphone")),
    case("89", "container_has_token", "True", "true", **box(tokens=("OATH1",))),
    case("89", "container_has_token", "True", "false", **box(tokens=())),
    case("89", "container_has_token", "False", "true", **box(tokens=())),
    case("89", "container_has_token", "False", "false", **box(tokens=("OATH1",))),
    case("90", "container_realm", "realm1", "true", note="without realm", **box(realms=())),
    case("90", "container_realm", "realm1", "false", **box(realms=("realm2",))),
    case("90", "container_realm", "realm1,realm2", "true", **box(realms=("realm2",))),
    case("90", "container_resolver", "reso1", "true", note="without owner", **box(owners=())),
    case("90", "container_resolver", "reso1", "false", **box(owners=(ContainerOwner(resolver="reso2"),))),
    case("90", "container_resolver", "reso1,reso2", "true", **box(owners=(ContainerOwner(resolver="reso2"),))),
    case("90", "container_resolver", "reso1", "unknown", note="not told", **box(owners=(ContainerOwner("hans"),))),
    case("91", "container_info", REGISTERED, "false", **box(info={})),
    case("91", "container_info", REGISTERED, "false", **box(info={"state": "wait"})),
    case("91", "container_info", REGISTERED, "true", **box(info={"state": "registered"})),
    case("91", "container_info", "challenge_ttl < 5", "true", **box(info={"challenge_ttl": "3"})),
    case("91", "container_info", "challenge_ttl > 5", "true", **box(info={"challenge_ttl": "10"})),
    case("91", "container_info", "challenge_ttl > 5", "false", note="missing", **box(info={"state": "wait"})),
    case("91", "container_info", "challenge_ttl > 5", "unknown", note="info isn't known", **box()),
    case("92", "container_last_authentication", "1d", "false", note="never", **box()),
    case("92", "container_last_authentication", "1d", "false", **box(last_auth=(NOW - 2 * DAY).isoformat())),
    case("92", "container_last_authentication", "1d", "true", **box(last_auth=NOW.isoformat())),
    case("92", "container_last_synchronization", "1d", "false", note="never", **box()),
    case("92", "container_last_synchronization", "1d", "false", **box(last_sync=(NOW - 2 * DAY).isoformat())),
    case("92", "container_last_synchronization", "1d", "true", **box(last_sync=NOW.isoformat())),
    case("92", "container_last_synchronization", "one day", "error", **box(last_sync=NOW.isoformat())),
    case("93", "container_type", "generic", "unknown", note="no container"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "facts", "expected"), [*GENERAL, *USER, *TOKEN, *COUNTER, *CONTAINER])
def test_holds_as_the_reference_says(name: str, value: Value, facts: Facts, expected: str) -> None:
    """A condition answers as the system taken over does; on a fact that isn't known it's unknown."""
    compiled = compile_conditions({name: value}, OnUnknown.SKIP)

    verdict = compiled.evaluate(Event("1", "/test", "token_init", NOW, facts))

    assert reach(verdict.kind) == expected


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("tokentype", token(type="b")), ("tokenrealm", token(realms=("b",))), ("realm", owner(realm="b")),
        ("container_realm", box(realms=("b",))), ("container_exact_state", box(states=("a", "b", "c"))),
        ("container_state", box(states=("c", "b", "a"))),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["a,b,c", ("a", "b", "c"), ("a,b", "c"), ("a,b,c",)])
def test_a_list_and_a_text_with_commas_are_the_same(name: str, value: Value, facts: dict[str, Any]) -> None:
    """Also one within the other, for there both were one text."""
    verdict = compile_conditions({name: value}, OnUnknown.SKIP).evaluate(Event("1", "/", "e", NOW, Facts(**facts)))

    assert verdict.kind is VerdictKind.MATCHED


#: Facts that are missing in part; nothing at all is known in test_missing_facts.
IN_PART = [
    *(case("2.3", n, "False", "true", note="a missing answer is false") for n in ("result_value", "result_status")),
    case("79", "detail_message", "special", "false", note="no JSON, no message", response=Response(200)),
    case("79", "detail_message", "", "true", note="the empty text is searched"),
    case("62", "resolver", "reso1", "false", note="not told", **owner(realm="realm1")),
    case("59", "result_authentication", "REJECT", "false", **answer(value=True)),
    case("73", "count_auth", ">5", "false", note="a count not recorded is 0", **token()),
    case("76", "tokeninfo", "a != b", "false", note="a token without info", **token()),
    case("91", "container_info", "a != b", "false", note="a container without info", **box()),
    case("94", "user_info", "nobody != x", "false", note="info isn't known", **owner(givenname="Hans")),
    case("83", "counter", "c<3", "true"),
    case("83", "counter", "c>3", "false"),
    case("84", "challenge_session", "x", "false", note="two challenges", **token(), **challenge(2)),
    case("86", "challenge_expired", "True", "false", note="two challenges", **box(), **challenge(2)),
    case("84", "challenge_session", "x", "true", note="two, of nothing known", **challenge(2)),
    case("84", "challenge_session", "x", "true", note="one, of nothing known", **challenge(1, session="y")),
    case("84", "challenge_session", "x", "false", note="of the token", **token(), **challenge(1, session="y")),
    case("86", "challenge_expired", "True", "true", note="one, of nothing known", **challenge(1, expired=False)),
    case("73", "count_auth_fail", ">3", "true", note="no success recorded", **token(count_auth=5)),
    case("73", "count_auth_fail", ">3", "false", note="nothing recorded", **token()),
    case("73", "count_auth_fail", "<0", "true", note="only successes recorded", **token(count_auth_success=1)),
    *(case("93", n, "x", "true", note="no such container", **token()) for n in ("container_type", "container_state")),
    case("93", "container_info", "a == b", "true", note="no such container", **token()),
    case("93", "tokentype", "hotp", "true", note="no such token", request=Request(serial="NONE1")),
    case("58", "logged_in_user", "user", "true", note="role not told", logged_in_user=LoggedInUser(username="x")),
    case("58", "logged_in_user", "admin", "false", note="role not told", logged_in_user=LoggedInUser(username="x")),
]


@pytest.mark.parametrize(("name", "value", "facts", "expected"), IN_PART)
def test_answers_the_old_way_where_facts_are_missing(name: str, value: Value, facts: Facts, expected: str) -> None:
    """With ``on_unknown: privacyidea`` a missing fact means what it meant in the system taken over."""
    compiled = compile_conditions({name: value}, OnUnknown.PRIVACYIDEA)

    verdict = compiled.evaluate(Event("1", "/test", "token_init", NOW, facts))

    assert reach(verdict.kind) == expected
