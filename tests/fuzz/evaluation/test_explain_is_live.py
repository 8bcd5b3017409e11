"""`notifier explain` is the truth: for any definitions and any event it says what the live path plans."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from composing import TIME, composer
from hypothesis import given
from hypothesis import strategies as st
from nonsense import Nonsense

from notifier.cli.explanation import Lines, _delivery, as_document
from notifier.compose.recipients import RECIPIENT_TYPES
from notifier.compose.tags import BODY_NAMES
from notifier.configuration import Policies
from notifier.decide.verdict import VerdictKind
from notifier.definitions.index import BrokenDefinition, Index
from notifier.errors import Problem
from notifier.evaluation import Evaluator, plan_of
from notifier.eventhandler.usernotification import UserNotificationEventHandler
from notifier.model import Channel, DeliveryRules, Event, Facts, HandlerDefinition, OnUnknown, TokenOwner
from notifier.record.outbox import Plan

WORDS = st.sampled_from(
    [
        "", "a@b.c", "a@b.c, d@e.f", "email", "x\r\ny", "<b>", "data:image/png;base64,iVBORw0KGgo=", "admin", "user",
        "helpdesk", "realm1", "cornelius", "+491", "hotp", "OATH1", "post", "pre", "2026-11-24T10:00", "10.0.0.1",
    ]
)  # fmt: skip
KEYS = st.sampled_from(["email", "serial", "googleurl", "img", "value", "message", "error"]) | WORDS
JSON = st.none() | st.booleans() | st.integers() | WORDS | st.lists(WORDS, max_size=2)
INFO = st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON, max_size=2), max_size=3)
FACTS: st.SearchStrategy[Facts] = Nonsense(WORDS, JSON | INFO, INFO).built(Facts)
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EVENTS = st.builds(Event, st.just("1"), st.just("/t"), st.just("x"), st.datetimes(timezones=ZONES), FACTS)
CONDITIONS = st.dictionaries(
    st.sampled_from(["realm", "tokentype", "serial", "client_ip", "user_info", "counter", "failcounter", "tokentyp",
                     "last_auth", "logged_in_user", "resolver", "result_value", "challenge_session",
                     "container_state"]),
    WORDS | st.sampled_from(["True", ">1", "1d", "email == a@b.c", "x>=0", "10.0.0.0/8", "^OATH", "("]),
    max_size=2,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from([f"{{{tag}}}" for tag in sorted(BODY_NAMES)] + ["{", "}}", "{x}", "text", "\n"])).map(
    "".join
)
#: Texts that work are as frequent as texts of any kind.
WORKING = st.sampled_from(["{serial}", "Dear {recipient_givenname}", "{user} {now}", "text"]) | TEXTS
KINDS = st.sampled_from(RECIPIENT_TYPES)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template that can't be rendered for Frida, when Dora's message is written already."""
    home = tmp_path_factory.mktemp("templates")
    (home / "moody").mkdir()
    (home / "moody" / "body.txt").write_text("{{ 1 / 0 if recipient_givenname == 'Frida' else 'Dear ' }}{{ serial }}")
    return home


@st.composite
def definitions(draw: st.DrawFn) -> list[HandlerDefinition]:
    """A few rules, some of them wrong."""
    return [draw(definition(str(number))) for number in range(draw(st.integers(1, 4)))]


def definition(name: str) -> st.SearchStrategy[HandlerDefinition]:
    """One rule."""
    options = st.fixed_dictionaries(
        {"emailconfig": st.just("myserver"), "smsconfig": st.just("gateway"), "filename": st.just("{random}.txt")},
        optional={
            "To": KINDS,
            "reply_to": KINDS,
            "subject": WORKING,
            "body": WORKING,
            "mimetype": st.sampled_from(["plain", "html", "pdf"]),
            "attach_qrcode": st.sampled_from(["True", "no"]),
            "template": st.sampled_from(["moody", "nowhere"]),
            **{f"{option} {kind}": WORDS for option in ("To", "reply_to") for kind in RECIPIENT_TYPES},
        },
    )
    return st.builds(
        HandlerDefinition,
        st.just(name),
        st.just(("x",)),
        st.sampled_from(["sendmail", "sendmail", "sendsms", "savefile", "SendMail", "sendfax"]),
        st.sampled_from(["post", "post", "pre"]),
        active=st.sampled_from([True, True, True, False]),
        handlermodule=st.sampled_from(["UserNotification"] * 5 + ["Nobody"]),
        conditions=CONDITIONS,
        on_unknown=st.sampled_from(OnUnknown),
        options=options,
        delivery=st.booleans().map(lambda together: DeliveryRules(together=together)),
    )


#: Shared by all events, as in one run of the command.
LINES = Lines(ascii_only=False)


def explained(evaluator: Evaluator, event: Event) -> tuple[list[Any], list[Any], list[Any]]:
    """Deliveries, errors and verdicts with what was skipped, as `explain --json` tells them."""
    evaluation = evaluator.evaluate(event)
    document = as_document(evaluation)
    assert json.loads(LINES.line(evaluation)) == document
    handlers = document["handlers"]
    deliveries = [(h["name"], d) for h in handlers for d in h["deliveries"]]
    errors = [(h["name"], h["error"]) for h in handlers if h["error"] is not None]
    stories = [
        (h["name"], h["verdict"], [(s["reason"], s["detail"]) for s in h["skipped"] if h["verdict"] == "matched"])
        for h in handlers
    ]
    return deliveries, errors, stories


def planned(evaluator: Evaluator, event: Event) -> tuple[list[Any], list[Any], list[Any]]:
    """The same, as the live path records them."""
    plan: Plan = plan_of(evaluator.evaluate(event), Policies(), TIME, TIME)
    deliveries = [(delivery.handler, _delivery(delivery.id, delivery.message)) for delivery in plan.deliveries]
    errors = [(failure.handler, failure.detail) for failure in (*plan.failures, *plan.deferred)]
    stories = {note.handler: (note.handler, note.verdict, list[Any]()) for note in plan.notes}
    for note in plan.notes:
        if note.verdict == "matched" and note.reason:
            stories[note.handler][2].append((note.reason, note.detail))
    return deliveries, errors, sorted(stories.values())


def evaluator_of(templates: Path, *rules: HandlerDefinition) -> Evaluator:
    """Everything built anew."""
    broken = [BrokenDefinition("broken", ("x",), "post", Problem("f.yaml", 1, 1, "bad"))]
    writer = composer(templates)
    module = UserNotificationEventHandler(writer)
    return Evaluator(Index(rules, broken), {module.identifier: module}, writer.directory)


@given(rules=definitions(), event=EVENTS)
def test_explain_says_what_is_planned(templates: Path, rules: list[HandlerDefinition], event: Event) -> None:
    """The same ids, recipients and texts, the same errors, the same verdicts and skips."""
    evaluator = evaluator_of(templates, *rules)

    deliveries, errors, stories = explained(evaluator, event)

    assert planned(evaluator, event) == (deliveries, errors, sorted(stories))
    assert len({d["id"] for _, d in deliveries}) == len(deliveries)


@given(rules=definitions(), event=EVENTS)
def test_who_is_not_looked_at_would_not_fire(templates: Path, rules: list[HandlerDefinition], event: Event) -> None:
    """The condition that the record names is one that is false."""
    evaluation = evaluator_of(templates, *rules).evaluate(event)

    assert evaluation.likely is not None
    for number in set(range(len(evaluation.reports))) - set(evaluation.likely):
        verdict = evaluation.reports[number].verdict
        assert verdict.kind is VerdictKind.NOT_MATCHED
        assert evaluation.notes[number].detail in [check.name for check in verdict.checks if check.counts == "false"]
        assert evaluation.notes[number].handler == evaluation.reports[number].name


@given(rules=definitions(), event=EVENTS)
def test_planned_twice_is_planned_once(templates: Path, rules: list[HandlerDefinition], event: Event) -> None:
    """Another process gives the deliveries the same ids."""
    first, again = (planned(evaluator_of(templates, *rules), event) for _ in range(2))

    assert first == again


def test_a_message_that_fails_after_others(templates: Path) -> None:
    """Both say error; what could be written before is planned and told."""
    options = {"emailconfig": "myserver", "template": "moody", "To": "admin realm", "To admin realm": "helpdesk"}
    evaluator = evaluator_of(templates, HandlerDefinition("0", ("x",), "sendmail", options=options))
    event = Event("1", "/t", "x", TIME, Facts())

    deliveries, errors, stories = explained(evaluator, event)

    assert planned(evaluator, event) == (deliveries, errors, sorted(stories))
    assert [d["to"] for _, d in deliveries] == [["dora@desk.de"]]
    assert ("0", "the template fails for this event (ZeroDivisionError)") in errors
    assert ("0", "error", []) in stories


def test_the_rules_and_events_above_lead_somewhere(templates: Path) -> None:
    """A mail with everything is among what is compared."""
    rule = HandlerDefinition("0", ("x",), "sendmail", options={"emailconfig": "myserver", "body": "{user}"})
    owner = TokenOwner("cornelius", email="a@b.c")
    event = Event("1", "/t", "x", TIME, Facts(tokenowner=owner))

    ((name, delivery),), _, stories = explained(evaluator_of(templates, rule), event)

    assert (name, delivery["channel"], delivery["to"]) == ("0", Channel.MAIL, ["a@b.c"])
    assert ("0", "matched", []) in stories
