"""What a provider that never answers costs the others. Printed, never asserted on."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml_text
from black_hole import KIND, BlackHole, black_hole
from installation import installed

MAILS, WAITING = 3000, 1000


@pytest.mark.timeout(600)
def test_throughput_beside_a_black_hole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same mails through a healthy server: alone, and while a thousand others wait for a black hole."""
    with black_hole() as hole:
        alone = rate(tmp_path / "alone", hole, 0)
        beside = rate(tmp_path / "beside", hole, WAITING)
    with capsys.disabled():
        print(
            f"\n{MAILS} mails, 2 worker children: {alone:.0f} a second alone, {beside:.0f} while {WAITING} wait for a "
            f"black hole ({beside / alone:.0%}); {hole.visits} visits there, {hole.most} at a time at most"
        )


def rate(root: Path, hole: BlackHole, waiting: int) -> float:
    root.mkdir()
    with installed(root) as found:
        found.write("smtp_servers.yaml", yaml_text.smtp(found.mail.port) + hole.config)
        found.write("handlers/hole.yaml", hole.handlers)
        lost = (yaml_text.event(f"lost{i}", KIND) for i in range(waiting))
        found.wiring.stream.append(json.dumps(event).encode() for event in lost)
        found.start_worker("-Q", "events", "-c", "1")
        found.start_worker("-Q", "mail", "-c", "2")
        found.publish("warm-up")
        found.mail.wait_for(1, 60)
        began = time.perf_counter()
        found.publish(*(f"e{i}" for i in range(MAILS)))
        found.mail.wait_for(MAILS + 1, 300)
        return MAILS / (time.perf_counter() - began)
