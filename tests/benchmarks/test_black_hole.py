"""What a provider that never answers costs the others. Printed, never asserted on."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

import pytest
import yaml_text
from black_hole import KIND, BlackHole, black_hole
from installation import installed

MAILS, WAITING, ROUNDS = 8000, 1000, 3


@pytest.mark.timeout(900)
@pytest.mark.parametrize("children", [2, 4])
def test_throughput_beside_a_black_hole(tmp_path: Path, capsys: pytest.CaptureFixture[str], children: int) -> None:
    """The same mails through a healthy server: alone, and while a thousand others wait for a black hole."""
    alone, beside = [], []
    with black_hole() as hole:
        for number in range(ROUNDS):
            alone.append(rate(tmp_path / f"alone{number}", hole, 0, children))
            beside.append(rate(tmp_path / f"beside{number}", hole, WAITING, children))
    one, two = statistics.median(alone), statistics.median(beside)
    with capsys.disabled():
        print(f"\n{MAILS} mails, {children} worker children, {ROUNDS} rounds (least and most):")
        print(f"{one:.0f} a second alone ({min(alone):.0f} to {max(alone):.0f})")
        print(
            f"{two:.0f} while {WAITING} wait for a black hole ({min(beside):.0f} to {max(beside):.0f}): {two / one:.0%}"
        )
        print(f"{hole.visits} visits there, {hole.most} at a time at most")


def rate(root: Path, hole: BlackHole, waiting: int, children: int) -> float:
    root.mkdir()
    with installed(root) as found:
        found.write("smtp_servers.yaml", yaml_text.smtp(found.mail.port) + hole.config)
        found.write("handlers/hole.yaml", hole.handlers)
        lost = (yaml_text.event(f"lost{i}", KIND) for i in range(waiting))
        found.wiring.stream.append(json.dumps(event).encode() for event in lost)
        found.start_worker("-Q", "events", "-c", "1")
        found.start_worker("-Q", "mail", "-c", str(children))
        found.publish("warm-up")
        found.mail.wait_for(1, 60)
        began = time.perf_counter()
        found.publish(*(f"e{i}" for i in range(MAILS)))
        found.mail.wait_for(MAILS + 1, 300)
        return MAILS / (time.perf_counter() - began)
