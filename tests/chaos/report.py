"""The report: one page for people, one document for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from chaos.dice import KILLS
from chaos.experiment import Report

#: Cases shown of a kind.
MOST = 20


def document(report: Report) -> dict[str, Any]:
    """Everything, as JSON knows it."""
    words = {**_fields(report), "extent": _fields(report.extent), "findings": _fields(report.findings)}
    return {**words, "good": report.good}


def _fields(value: Any) -> dict[str, Any]:
    # `asdict` would count a Counter's pairs.
    return {each.name: getattr(value, each.name) for each in fields(value)}


def page(report: Report) -> Iterator[str]:
    """Line by line."""
    found = report.findings
    asked = report.extent
    yield f"chaos, seed {report.seed}: {'every promise kept' if report.good else 'PROMISES BROKEN'}"
    yield ""
    yield from _row("kills", f"{report.kills}: {_counts({k: n for k, n in report.dealt.items() if k in KILLS})}")
    yield from _row("besides", _counts({k: n for k, n in report.dealt.items() if k not in KILLS}))
    yield from _row("workers", f"{asked.workers}, started {report.starts} times; {_fallen(report.fallen)}")
    yield from _row(
        "published", f"{report.accepted} events accepted, {report.open} unanswered; {report.failures} calls failed"
    )
    yield from _row("record", f"{found.events} events, {found.deliveries} deliveries: {_counts(found.states)}")
    yield from _row("desk", _counts(found.desk) or "empty")
    yield from _row("attempts", _counts(found.attempts))
    yield from _row("arrived", f"{found.arrived} messages")
    yield ""
    yield from _row("lost", str(len(found.lost)))
    yield from _row("duplicates", f"{found.duplicates}, of them not recorded as unsure: {len(found.unrecorded)}")
    yield from _row("wrong", str(len(found.wrong)))
    yield from _row("leaks", str(len(found.leaks)))
    yield ""
    yield from _row("all final", f"{report.final_seconds:.1f} s after the last event and blow")
    yield from _row("took", f"{report.blows_seconds:.0f} s of blows, {report.seconds:.0f} s in all")
    yield from _row("celery", f"{report.bells} bells left, {report.unacked} remembered of killed workers (harmless)")
    yield from _row("keys", _counts(report.keys))
    for title, lines in (
        ("lost", found.lost), ("not recorded", found.unrecorded), ("wrong", found.wrong), ("leaks", found.leaks)
    ):  # fmt: skip
        if lines:
            yield ""
            yield f"{title}:"
            yield from (f"  {line}" for line in lines[:MOST])
            yield from [f"  and {len(lines) - MOST} more"] * (len(lines) > MOST)
    yield ""
    words = " ".join(f"--{name} {number:g}" for name, number in _fields(asked).items())
    yield f'again: make chaos CHAOS="--seed {report.seed} {words}"'
    if report.kept:
        yield f"logs and Redis's files are in {report.kept}"


def _row(name: str, text: str) -> Iterator[str]:
    yield f"  {name:<11} {text}"


def _counts(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1]))


def _fallen(codes: Mapping[int, int]) -> str:
    if not codes:
        return "none fell by itself"
    return "fell by themselves: " + ", ".join(f"{count} with exit code {code}" for code, count in codes.items())
