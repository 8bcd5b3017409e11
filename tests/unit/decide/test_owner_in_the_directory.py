"""Conditions on the owner find what the event doesn't carry in the directory, as recipients do (docs/events.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from notifier.definitions.index import Index
from notifier.errors import DirectoryUnavailable
from notifier.evaluation import Evaluator, Report, plan_of
from notifier.eventhandler.usernotification import UserNotificationEventHandler
from notifier.model import Event, Facts, HandlerDefinition, OnUnknown, Token, TokenOwner, Value

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KIM = TokenOwner(username="kim", realm="sales")
RECORD = {"username": "kim", "realm": "sales", "resolver": "ad", "email": "kim@x", "uid": 7, "department": "sales"}


class People:
    """A directory of one, which counts how often it is asked."""

    def __init__(self, record: Mapping[str, Any] | None = RECORD, *, down: bool = False) -> None:
        self._record = record
        self._down = down
        self.asked: list[tuple[str, str]] = []

    def user(self, username: str, realm: str) -> Mapping[str, Any] | None:
        self.asked.append((username, realm))
        if self._down:
            raise DirectoryUnavailable("ad", "timed out")
        return self._record

    def members(self, realm: str) -> None:
        """Nobody asks."""

    def internal_admin(self, name: str) -> None:
        """Nobody asks."""


def reports(
    people: People, owner: TokenOwner | None, *conditions: Mapping[str, Value], policy: OnUnknown = OnUnknown.SKIP
) -> list[Report]:
    """What definitions with these conditions make of an event about somebody."""
    options = {"filename": "f", "body": "b"}
    definitions = [
        HandlerDefinition(str(number), ("x",), "savefile", conditions=given, options=options, on_unknown=policy)
        for number, given in enumerate(conditions)
    ]
    evaluator = Evaluator(Index(definitions), {"UserNotification": UserNotificationEventHandler()}, people)
    facts = Facts(tokenowner=owner, token=Token(type="hotp"))
    return list(evaluator.evaluate(Event("1", "/t", "x", NOW, facts)).reports)


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ({"user_info": "department == sales"}, "matched"),
        ({"user_info": "department == hr"}, "not_matched"),
        ({"user_info": "email == kim@x"}, "matched"),
        ({"user_info": "userid == 7"}, "matched"),
        ({"user_info": "shoe != 43"}, "not_matched"),
        ({"resolver": "ad,staff"}, "matched"),
        ({"resolver": "staff"}, "not_matched"),
    ],
)
def test_the_directory_supplies_what_the_event_lacks(condition: dict[str, Value], kind: str) -> None:
    """With name and realm alone all attributes are known; one that isn't there doesn't hold."""
    people = People()

    (report,) = reports(people, KIM, condition)

    assert (report.verdict.kind, people.asked) == (kind, [("kim", "sales")])


@pytest.mark.parametrize(
    ("owner", "condition", "kind"),
    [
        (TokenOwner("kim", "sales", "staff"), {"resolver": "ad"}, "not_matched"),
        (TokenOwner("kim", "sales", email="other@x"), {"user_info": "email == kim@x"}, "not_matched"),
        (TokenOwner("kim", "sales", info={}), {"user_info": "department == sales"}, "not_matched"),
        (TokenOwner("kim", "sales", info={"department": "hr"}), {"user_info": "department == hr"}, "matched"),
        (KIM, {"realm": "sales"}, "matched"),
        (None, {"resolver": "ad"}, "unknown"),
        (TokenOwner(realm="sales"), {"resolver": "ad"}, "unknown"),
    ],
)
def test_nobody_is_looked_up_without_need(owner: TokenOwner | None, condition: dict[str, Value], kind: str) -> None:
    """What the event tells comes first, and where it names nobody there is nobody to ask for."""
    people = People()

    (report,) = reports(people, owner, condition)

    assert (report.verdict.kind, people.asked) == (kind, [])


def test_one_look_up_for_all_conditions_of_all_definitions() -> None:
    """However many definitions an event meets."""
    people = People()

    found = reports(people, KIM, {"resolver": "ad"}, {"resolver": "b"}, {"user_info": "uid == 7", "resolver": "ad"})

    assert [report.verdict.kind for report in found] == ["matched", "not_matched", "matched"]
    assert len(people.asked) == 1


@pytest.mark.parametrize(
    ("policy", "kind"),
    [(OnUnknown.SKIP, "unknown"), (OnUnknown.MATCH, "matched"), (OnUnknown.PRIVACYIDEA, "not_matched")],
)
def test_whom_the_directory_does_not_know_stays_unknown(policy: OnUnknown, kind: str) -> None:
    """Then ``on_unknown`` decides."""
    (report,) = reports(People(None), KIM, {"resolver": "ad"}, policy=policy)

    assert report.verdict.kind == kind


@pytest.mark.parametrize("policy", OnUnknown)
def test_a_directory_that_is_down_defers(policy: OnUnknown) -> None:
    """Whatever ``on_unknown`` says: the fact can be known, later. It is asked once for all."""
    people = People(down=True)

    found = reports(people, KIM, {"resolver": "ad"}, {"user_info": "uid == 7"}, {"tokentype": "hotp"}, policy=policy)

    assert [(r.deferred, r.error) for r in found[:2]] == [
        (True, "the store 'ad' of the directory doesn't answer: timed out")
    ] * 2
    assert found[2].verdict.fires
    assert len(people.asked) == 1


def test_a_condition_that_is_false_needs_no_directory() -> None:
    """What doesn't fire anyhow doesn't wait."""
    (report,) = reports(People(down=True), KIM, {"resolver": "ad", "tokentype": "totp"})

    assert (report.verdict.kind, report.deferred) == ("not_matched", False)


def test_show_names_the_unknown_that_decided() -> None:
    """Under ``privacyidea`` a missing realm is in no list: the definition's note says so, not just that it's false."""
    people = People(None)
    owner = TokenOwner(token_count=1)
    options = {"filename": "f", "body": "b"}
    conditions = {"realm": "sales", "tokentype": "totp", "user_token_number": "1", "count_auth": ">3"}
    rule = HandlerDefinition(
        "r", ("x",), "savefile", conditions=conditions, options=options, on_unknown=OnUnknown.PRIVACYIDEA
    )
    evaluator = Evaluator(Index([rule]), {"UserNotification": UserNotificationEventHandler()}, people)
    event = Event("1", "/t", "x", NOW, Facts(tokenowner=owner, token=Token(type="hotp")))

    plan = plan_of(evaluator.evaluate(event), {}, NOW, NOW)
    assert list(plan.deliveries) == []

    (note,) = plan.notes
    assert (note.verdict, note.reason) == ("not_matched", "condition_false")
    assert note.detail == "realm (not known), tokentype, count_auth (not known)"


def test_called_by_hand_the_modules_directory_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler module API alone finds them, too."""
    module = UserNotificationEventHandler()
    module._composer()
    assert module.composer is not None
    people = People()
    monkeypatch.setattr(module.composer, "directory", people)
    given = {
        "g": {"tokenowner": {"username": "kim", "realm": "sales"}},
        "handler_def": {"conditions": {"resolver": "ad"}},
    }

    assert module.check_condition(given)
    assert people.asked == [("kim", "sales")]


@pytest.mark.parametrize(("realm", "verdict"), [("hr", "not_matched"), ("sales", "error")])
def test_a_bug_that_one_condition_meets_does_not_outweigh_another_that_is_false(realm: str, verdict: str) -> None:
    """Which definitions are looked at at all is decided by one condition: what is told must not depend on that."""

    class Broken(People):
        def user(self, username: str, realm: str) -> Mapping[str, Any] | None:
            raise ValueError(username, realm)

    (report,) = reports(Broken(), KIM, {"resolver": "ad", "realm": realm})

    assert (report.verdict.kind, "kim" in report.error) == (verdict, False)
    assert report.error == ("" if realm == "hr" else "ValueError in condition 'resolver'")
