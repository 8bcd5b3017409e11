"""Cases 5 to 16 of the reference: which definitions meet an event, and what one that fails does to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from composing import ADDRESS, TIME, answer, composer, event

from notifier.configuration import Policies
from notifier.decide.verdict import VerdictKind
from notifier.definitions.index import Index
from notifier.definitions.lint import lint
from notifier.definitions.load import Configuration
from notifier.evaluation import Evaluator, plan_of
from notifier.eventhandler.base import BaseEventHandler
from notifier.eventhandler.usernotification import UserNotificationEventHandler
from notifier.model import HandlerDefinition
from notifier.record.outbox import Plan

TELL = HandlerDefinition("tell", ("token_init",), "sendmail", options={"emailconfig": "myserver"})
SECRET = "s3cret of " + ADDRESS


class FailingEventHandler(BaseEventHandler):
    """Another package's module with a bug at the place named by the action."""

    identifier = "Failing"

    def check_condition(self, options: Mapping[str, Any]) -> bool:
        self._fail("check_condition", options)
        return True

    def do(self, action: str, options: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the API's signature
        self._fail("do", options)
        return True

    def _fail(self, place: str, options: Mapping[str, Any]) -> None:
        definition: HandlerDefinition = options["handler_def"]
        if definition.action == place:
            raise PermissionError(SECRET)


def failing(place: str, position: str = "post") -> HandlerDefinition:
    """A definition that runs before the others and fails there."""
    return HandlerDefinition("fails", ("token_init",), place, position, ordering=-1, handlermodule="Failing")


def plan(*definitions: HandlerDefinition, position: str = "post", kind: str = "token_init", **facts: Any) -> Plan:
    """What the live path plans for an event."""
    ours, theirs = UserNotificationEventHandler(composer()), FailingEventHandler()
    evaluator = Evaluator(Index(definitions), {ours.identifier: ours, theirs.identifier: theirs})
    found = event(position=position, **facts)
    planned = plan_of(evaluator.evaluate(replace(found, type=kind)), Policies(), TIME, TIME)
    return replace(planned, deliveries=list(planned.deliveries))


def told(planned: Plan) -> list[str]:
    """Whose deliveries are planned."""
    return [delivery.handler for delivery in planned.deliveries]


def test_5_a_definition_that_is_switched_off() -> None:
    """Case 5: it is silent, and the record says so; switched on, it speaks again."""
    off = replace(TELL, active=False)

    silent = plan(off)

    assert told(silent) == []
    assert [(note.handler, note.verdict, note.reason) for note in silent.notes] == [("tell", "inactive", "inactive")]
    assert told(plan(replace(off, active=True))) == ["tell"]


@pytest.mark.parametrize(
    ("change", "words", "warning"),
    [
        ({"handlermodule": "Usernotification"}, "unknown handler module", False),
        ({"action": "sendfax"}, "unknown action", False),
        ({"events": ("token_initialise",)}, "no event 'token_initialise' is known", True),
    ],
)
def test_7_unknown_words(change: dict[str, Any], words: str, warning: bool) -> None:
    """Case 7: an unknown module is refused, and so is an action here; an unknown event is accepted, with a warning."""
    definition = replace(TELL, **change)
    servers: Any = {"myserver": None}
    configuration = Configuration(Path(), definitions=(definition,), smtp_servers=servers)

    problems = lint(configuration, {"UserNotification": UserNotificationEventHandler(composer())})

    assert any(words in problem.message and problem.warning is warning for problem in problems)
    assert all(problem.warning for problem in problems) is warning


@pytest.mark.parametrize(
    "change", [{"handlermodule": "Nobody"}, {"action": "sendfax"}, {"options": {"body": "{serail}"}}]
)
def test_7_43_what_is_wrong_becomes_a_dead_letter(change: dict[str, Any]) -> None:
    """Cases 7 and 43: an event that meets such a definition is neither lost nor told wrongly."""
    planned = plan(replace(TELL, **change), replace(TELL, name="another"))

    assert told(planned) == ["another"]
    assert [(failure.handler, failure.reason) for failure in planned.failures] == [("tell", "definition_error")]


def test_8_in_ascending_order() -> None:
    """Case 8: by ordering, negative ones first."""
    definitions = [replace(TELL, name=str(number), ordering=number) for number in (5, -1, 0)]

    assert told(plan(*definitions)) == ["-1", "0", "5"]


@pytest.mark.parametrize(
    ("events", "fires"),
    [(("token_*",), 0), (("*",), 0), (("token_en",), 0), (("TOKEN_ENABLE",), 0), (("token_enable", "auth"), 1)],
)
def test_9_no_wildcards(events: tuple[str, ...], fires: int) -> None:
    """Case 9: names are compared whole."""
    assert len(told(plan(replace(TELL, events=events), kind="token_enable"))) == fires


@pytest.mark.parametrize("place", ["check_condition", "do"])
@pytest.mark.parametrize("position", ["post", "pre"])
def test_10_11_12_14_a_definition_that_raises_harms_nobody(place: str, position: str) -> None:
    """Cases 10 to 12 and 14: the others go on; a dead letter names the class of what was raised, never its words."""
    planned = plan(failing(place, position), replace(TELL, position=position), position=position)

    (failure,) = planned.failures
    assert (failure.handler, failure.reason) == ("fails", "internal_error")
    assert failure.detail == "PermissionError in Failing"
    assert told(planned) == ["tell"]
    assert [(note.handler, note.verdict) for note in planned.notes] == [("fails", "error"), ("tell", "matched")]
    assert SECRET not in repr((planned.failures, planned.notes))
    assert ADDRESS not in repr((planned.failures, planned.notes))


def test_12_a_condition_that_cannot_be_evaluated() -> None:
    """Case 12: a broken condition is its definition's failure, and of nobody else."""
    planned = plan(replace(TELL, name="broken", conditions={"serial": "("}), TELL)

    assert [(failure.handler, failure.reason) for failure in planned.failures] == [("broken", "definition_error")]
    assert told(planned) == ["tell"]


def test_14_no_value_is_in_a_failure() -> None:
    """Case 14: what a message fails at is told without the event's facts."""
    with_image = replace(TELL, options={**TELL.options, "attach_qrcode": "True"})

    planned = plan(with_image, response=answer(googleurl={"img": SECRET, "value": SECRET}))

    (failure,) = planned.failures
    assert failure.detail.startswith("the QR code in the event is")
    assert SECRET not in repr((planned.failures, planned.notes))


def test_16_run_details_of_a_definition_without_a_name() -> None:
    """Case 16: why nothing was sent is kept under whatever name there is."""
    nobody = replace(TELL, name="", options={**TELL.options, "To": "admin realm"})

    (note,) = plan(nobody).notes

    assert (note.handler, note.verdict, note.reason) == ("", "matched", "no_recipient")
    assert "no admin realm is configured" in note.detail


def test_107_planning_asks_no_server() -> None:
    """Case 107: a message is queued whatever its server will say of it, one that no file defines included."""
    planned = plan(replace(TELL, options={"emailconfig": "nowhere"}), TELL)

    assert [delivery.message.provider for delivery in planned.deliveries] == ["nowhere", "myserver"]
    assert all(delivery.deadline > TIME + timedelta(hours=1) for delivery in planned.deliveries)
    assert [note.verdict for note in planned.notes] == [VerdictKind.MATCHED, VerdictKind.MATCHED]
