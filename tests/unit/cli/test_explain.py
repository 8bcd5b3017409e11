"""`explain`: the JSON contract, and what people see."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from notifier.cli import cli
from notifier.configuration import Rate, Settings
from notifier.decide.verdict import Check, Truth, Verdict, VerdictKind
from notifier.errors import ConditionError, Problem
from notifier.evaluation import Evaluation, Report
from notifier.eventhandler.options import Findings
from notifier.model import (
    Attachment,
    Change,
    Channel,
    DeliveryRules,
    Event,
    HandlerDefinition,
    Message,
    Skipped,
    delivery_id,
)
from notifier.outcome import Reason

EVENT = {"specversion": "1.0", "id": "e1", "source": "/pi", "type": "token_init", "data": {}}
IMAGE = Attachment("image/png", "token_image", "token.png", b"12345")
MAIL = Message(
    Channel.MAIL, "relay1", ("kim@example.com",), "Hello\nKim", "Hi", "html", "s@example.com", "a@b.c", (IMAGE,)
)
UNKNOWN = Check("realm", "sales", None, Truth.UNKNOWN, Truth.FALSE)
UNDECIDED = Check("serial", "(a+)+$", None, Truth.UNKNOWN, failure=ConditionError(Reason.PATTERN_TOO_SLOW, "too slow"))
REPORTS = (
    Report(
        "tell",
        Verdict(VerdictKind.MATCHED, (Check("realm", "sales", "sales", Truth.TRUE),)),
        Findings(messages=[MAIL], skipped=[Skipped("no_address", "rosa has none")]),
    ),
    Report("other", Verdict(VerdictKind.UNKNOWN, (Check("serial", "X", None, Truth.UNKNOWN),))),
    Report("old", Verdict(VerdictKind.NOT_MATCHED, (UNKNOWN, UNDECIDED))),
    Report("off", Verdict(VerdictKind.INACTIVE)),
    Report("broken", Verdict(VerdictKind.ERROR, error="h.yaml:1:1: bad"), error="h.yaml:1:1: bad"),
)


def wiring(*reports: Report, problems: tuple[Problem, ...] = (), max_event_size: int = 1000) -> Any:
    """A wiring whose evaluator says this of every event."""
    return SimpleNamespace(
        configuration=SimpleNamespace(problems=problems, settings=Settings(max_event_size=max_event_size)),
        evaluator=SimpleNamespace(evaluate=lambda event: Evaluation(event, reports)),
    )


def explain(house: Any, *arguments: str, given: str | None = None) -> Result:
    """Run the verb."""
    return CliRunner().invoke(cli, ["explain", *arguments], obj={"wiring": house}, input=given)


def test_json_has_exactly_the_keys_of_the_contract(tmp_path: Path) -> None:
    """Programs rely on each key; there are no others."""
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT, indent=2))

    result = explain(wiring(*REPORTS), str(file), "--json")

    key = Event("e1", "/pi", "token_init", None).key  # type: ignore[arg-type]
    nothing: dict[str, Any] = {"conditions": [], "deliveries": [], "skipped": [], "error": None}
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "event": {"id": "e1", "source": "/pi", "type": "token_init"},
        "handlers": [
            {
                "name": "tell",
                "verdict": "matched",
                "conditions": [{"name": "realm", "expected": "sales", "actual": "sales", "result": "true"}],
                "deliveries": [
                    {
                        "id": delivery_id(key, "tell", MAIL),
                        "channel": "mail",
                        "provider": "relay1",
                        "to": ["kim@example.com"],
                        "subject": "Hi",
                        "body": "Hello\nKim",
                        "mimetype": "html",
                        "alternative": "",
                        "reply_to": "a@b.c",
                        "attachments": [
                            {
                                "content_type": "image/png",
                                "content_id": "token_image",
                                "filename": "token.png",
                                "size": 5,
                            }
                        ],
                    }
                ],
                "skipped": [{"reason": "no_address", "detail": "rosa has none"}],
                "error": None,
            },
            {
                **nothing,
                "name": "other",
                "verdict": "unknown",
                "conditions": [{"name": "serial", "expected": "X", "actual": None, "result": "unknown"}],
            },
            {
                **nothing,
                "name": "old",
                "verdict": "not_matched",
                "conditions": [
                    {"name": "realm", "expected": "sales", "actual": None, "result": "unknown", "counted": "false"},
                    {"name": "serial", "expected": "(a+)+$", "actual": None, "result": "unknown", "error": "too slow"},
                ],
            },
            {**nothing, "name": "off", "verdict": "inactive"},
            {**nothing, "name": "broken", "verdict": "error", "error": "h.yaml:1:1: bad"},
        ],
    }


@pytest.mark.parametrize(
    ("message", "document", "line"),
    [
        (
            Message(Channel.SMS, "sms1", ("+491",), "[x]"),
            {"encoding": "gsm7", "characters": 3, "units": 5, "segments": 1, "changes": []},
            "1 segment: 3 characters, 5 septets of GSM 7-bit",
        ),
        (
            Message(Channel.SMS, "sms1", ("+491",), "ł" * 71, changes=(Change.CUT,)),
            {"encoding": "ucs2", "characters": 71, "units": 71, "segments": 2, "changes": ["cut"]},
            "2 segments: 71 characters, 71 units of UCS-2; cut",
        ),
        (
            Message(Channel.SMS, "sms1", ("+491",), "x" * 71, ucs2=True),
            {"encoding": "ucs2", "characters": 71, "units": 71, "segments": 2, "changes": []},
            "2 segments: 71 characters, 71 units of UCS-2",
        ),
    ],
)
def test_an_sms_shows_what_it_takes(message: Message, document: dict[str, Any], line: str) -> None:
    """Encoding, size, segments, and what was done to the text."""
    house = wiring(Report("text", Verdict(VerdictKind.MATCHED), Findings(messages=[message])))

    (handler,) = json.loads(explain(house, "-", "--json", given=json.dumps(EVENT)).stdout)["handlers"]

    assert handler["deliveries"][0]["sms"] == document
    assert line in explain(house, "-", given=json.dumps(EVENT)).stdout


@pytest.mark.parametrize(("critical", "told"), [(False, 1), (True, 0)])
def test_what_the_flood_guard_may_hold_back_is_said(critical: bool, told: int) -> None:
    """Once a definition, and not of one that is critical, or that tells nobody."""
    definition = HandlerDefinition("tell", ("token_init",), "sendmail", delivery=DeliveryRules(critical=critical))
    house = wiring(*(replace(report, definition=definition) for report in REPORTS))
    limit = Rate(5, timedelta(minutes=10))
    house.configuration.settings = replace(house.configuration.settings, per_recipient=limit)

    shown = explain(house, "-", given=json.dumps(EVENT)).stdout

    assert shown.count("no more than 5/10m to one recipient (limits.per_recipient)") == told


def test_json_lines_in_are_json_lines_out() -> None:
    """One line for each event, in their order."""
    given = "".join(json.dumps({**EVENT, "id": i}) + "\n" for i in ("a", "b", "c"))

    result = explain(wiring(), "-", "--json", given=given)

    assert [json.loads(line)["event"]["id"] for line in result.stdout.splitlines()] == ["a", "b", "c"]


def test_people_see_why_and_the_whole_message() -> None:
    """Verdict, conditions, what was skipped, and the text that would be sent."""
    result = explain(wiring(*REPORTS), "-", given=json.dumps(EVENT))

    for words in (
        "token_init e1 from /pi",
        "tell: matched",
        "true: realm sales (is sales)",
        "skipped: no_address (rosa has none)",
        "mail by relay1 to kim@example.com",
        "subject: Hi",
        "attachment: token.png (image/png, 5 bytes)",
        "unknown: serial X (not known)",
        "unknown, counts as false: realm sales (not known)",
        "unknown: serial (a+)+$ (too slow)",
        "broken: error",
        "h.yaml:1:1: bad",
    ):
        assert words in result.stdout
    assert result.stdout.index("Hello\n") < result.stdout.index("Kim\n")


def test_an_event_nobody_waits_for_is_said_so() -> None:
    """No definition at all is worth a line."""
    assert "no definition is bound" in explain(wiring(), "-", given=json.dumps(EVENT)).stdout


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("no json\n", "stdin:1: not_json: "),
        (json.dumps({**EVENT, "type": 5}), "stdin:1: wrong_type: type: must be a text"),
        (json.dumps({**EVENT, "subject": "x" * 2000}), "stdin:1: too_large: 2"),
    ],
)
def test_an_unreadable_event_is_one_line_and_exit_65(given: str, line: str) -> None:
    """Reason and field, never a traceback."""
    result = explain(wiring(), "-", "--json", given=given)

    assert result.exit_code == 65
    assert result.stdout == ""
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1


def test_a_bad_line_does_not_hide_the_good_ones() -> None:
    """The others are explained; the exit code tells."""
    result = explain(wiring(), "-", "--json", given=f"{json.dumps(EVENT)}\nnonsense\n{json.dumps(EVENT)}\n")

    assert result.exit_code == 65
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.startswith("stdin:2: not_json")


def test_no_event_and_no_file_are_told_apart(tmp_path: Path) -> None:
    """Empty input is bad data, a file that isn't there is wrong usage."""
    empty = explain(wiring(), "-", given="")
    missing = explain(wiring(), "nowhere/event.json")
    directory = explain(wiring(), str(tmp_path))

    assert (empty.exit_code, missing.exit_code, directory.exit_code) == (65, 2, 2)
    assert missing.stderr == "notifier: nowhere/event.json: no such file\n"


def test_an_event_of_the_record_is_explained_with_its_time() -> None:
    """What had no time of its own keeps the time of its arrival: it decides and says the same."""
    seen: list[Event] = []
    house = wiring()
    house.evaluator = SimpleNamespace(evaluate=lambda event: seen.append(event) or Evaluation(event, ()))
    house.timeline = SimpleNamespace(
        show=lambda word: {"event": {"key": f"key of {word}", "time": "2026-11-24T12:00:00.000+00:00"}},
        raw=lambda key: json.dumps(EVENT).encode() if key == "key of e1" else None,
    )

    result = CliRunner().invoke(cli, ["explain", "e1", "--json"], obj={"wiring": house, "connected": True})

    assert json.loads(result.stdout)["event"]["id"] == "e1"
    assert seen[0].time.utcoffset() == timedelta(0)
    assert (seen[0].time.hour, seen[0].time.day) == (12, 24)


def test_a_broken_configuration_is_mentioned() -> None:
    """Who reads a verdict should know that files have errors."""
    result = explain(wiring(problems=(Problem("h.yaml", 1, 1, "bad"),)), "-", given=json.dumps(EVENT))

    assert result.exit_code == 0
    assert "notifier check" in result.stderr


def test_people_see_the_text_beside_html(tmp_path: Path) -> None:
    """What readers without HTML get is shown below the body."""
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT))
    report = Report("tell", Verdict(VerdictKind.MATCHED), Findings(messages=[replace(MAIL, alternative="Hello\nyou")]))

    shown = explain(wiring(report), str(file)).stdout

    assert re.search(r"body \(html\):.*Kim.*text part:.*Hello.*you", shown, re.DOTALL)
