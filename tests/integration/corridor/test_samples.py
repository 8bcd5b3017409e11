"""Real events through real definitions: what we decide and say against what a real privacyIDEA 3.14 did.

Differences decided on purpose (docs/privacyidea.md): several addresses are one message each; an empty address is a
skip, not an attempt to nobody.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import privacyidea
import pytest

from notifier.decide.verdict import VerdictKind
from notifier.deliver.sms.number import mangle
from notifier.evaluation import Evaluation, Report
from notifier.intake.contract import parse
from notifier.wiring import Wiring

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FILES = [(file, list(rows)) for file, rows in groupby(privacyidea.records(), key=lambda r: r["file"])]
MASKS = {"@@TIME@@": r"\d\d:\d\d:\d\d", "@@DATE@@": r"\d{4}-\d\d-\d\d"}


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Wiring:
    """Our configuration, imported from the export."""
    root = tmp_path_factory.mktemp("imported")
    return Wiring(root, privacyidea.write_configuration(root))


@pytest.fixture(scope="module")
def samples() -> Path:
    """The events as shipped."""
    return Path(__file__).parents[3] / "config" / "samples"


def evaluate(wiring: Wiring, file: Path) -> Evaluation:
    return wiring.evaluator.evaluate(parse(file.read_bytes(), arrived=NOON))


def test_the_imported_configuration_has_no_errors(wiring: Wiring) -> None:
    """The export of the system taken over passes `check` once it is imported."""
    assert [str(problem) for problem in wiring.check() if not problem.warning] == []


@pytest.mark.parametrize(("file", "expected"), FILES, ids=[file for file, _ in FILES])
def test_a_sample_is_decided_as_by_the_real_server(
    wiring: Wiring, samples: Path, file: str, expected: list[dict[str, Any]]
) -> None:
    """The same definitions meet the event, in the same order, and the same ones fire."""
    reports = [r for r in evaluate(wiring, samples / file).reports if r.verdict.kind is not VerdictKind.INACTIVE]

    assert [(r.name, r.verdict.fires) for r in reports] == [(e["definition"], e["held"]) for e in expected]


@pytest.mark.parametrize(("file", "expected"), FILES, ids=[file for file, _ in FILES])
def test_a_sample_is_worded_as_by_the_real_server(
    wiring: Wiring, samples: Path, file: str, expected: list[dict[str, Any]]
) -> None:
    """Recipients, subject, text, answers' address, kind and attachment agree."""
    reports = {r.name: r for r in evaluate(wiring, samples / file).reports}

    for record in expected:
        report = reports[record["definition"]]
        assert not report.error
        if not record["sent"]:
            assert not report.messages
        elif "empty_address" in record["notes"]:
            assert not report.messages
            assert [s.reason for s in report.skipped] == ["no_address"]
        else:
            compare(wiring, report, record["sent"][0])


def compare(wiring: Wiring, report: Report, sent: dict[str, Any]) -> None:
    messages = report.messages
    assert {m.channel for m in messages} == {sent["channel"]}
    for message in messages:
        body = re.escape(sent["body"])
        for mask, pattern in MASKS.items():
            body = body.replace(re.escape(mask), pattern)
        assert re.fullmatch(body, message.body)
        if sent["channel"] == "mail":
            assert (message.subject, message.reply_to, message.mimetype) == (
                sent["subject"], sent["reply_to"], sent["mimetype"],
            )  # fmt: skip
            assert [hashlib.sha256(a.data).hexdigest() for a in message.attachments] == [
                part["sha256"] for part in sent["parts"]
            ]
            assert [a.filename for a in message.attachments] == [part["filename"] for part in sent["parts"]]
    to = [address for message in messages for address in message.to]
    if sent["channel"] == "sms":
        expression = wiring.configuration.sms_gateways[messages[0].provider].options.get("REGEXP", "")
        to = [mangle(number, expression) for number in to]
    assert to == sent["to"]
    if sent["channel"] == "file":
        assert messages[0].filename == sent["filename"]
