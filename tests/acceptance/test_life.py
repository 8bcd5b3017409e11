"""A worker's end: told by signal it finishes what it is at and hands back the rest; stalled, it ends by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from installation import Installation, installed

#: Over four connections at 0.3 s each: enough for a worker that ends to leave some.
MAILS = 80


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Installation]:
    """A relay that takes 0.3 s to answer a message."""
    with installed(tmp_path, delay=0.3) as found:
        yield found


def attempts(installation: Installation) -> list[dict[str, Any]]:
    timeline = installation.wiring.timeline
    shown = [timeline.show(f"e{i}") for i in range(MAILS)]
    return [attempt for event in shown for delivery in event["deliveries"] for attempt in delivery["attempts"]]


@pytest.mark.parametrize("whole_group", [False, True], ids=["main process", "whole group"])
def test_sigterm_cuts_nothing(slow: Installation, *, whole_group: bool) -> None:
    """Supervisors signal the main process or everybody; either way no message is cut, and none is sent twice."""
    worker = slow.start_worker()
    slow.publish(*(f"e{i}" for i in range(MAILS)))
    slow.mail.wait_for(2)

    (os.killpg if whole_group else os.kill)(worker.pid, signal.SIGTERM)
    worker.wait(90)
    glance = slow.wiring.glance()
    sent = len(slow.mail.messages)
    slow.start_worker()
    slow.mail.wait_for(MAILS)
    slow.wait(lambda: slow.wiring.glance().queues[0].accepted == MAILS)

    assert sent < MAILS, "it ended with work left"
    assert [queue.leased for queue in glance.queues] == [0], "what wasn't begun was handed back"
    assert len(slow.mail.messages) == MAILS
    assert {attempt["outcome"] for attempt in attempts(slow)} == {"accepted"}


#: A worker that asks Redis for no more bells once it is told so: connected and alive, it takes none.
GOES_DEAF = """
import signal

from kombu.transport.redis import Channel

from notifier.cli import main


def go_deaf(*_):
    Channel._brpop_start = lambda *_, **__: None


signal.signal(signal.SIGUSR2, go_deaf)
main()
"""


def test_a_worker_that_stopped_consuming_ends(tmp_path: Path) -> None:
    """Connected and alive, it takes no bell: it says so and ends, so that its supervisor starts it again."""
    with installed(tmp_path) as installation:
        installation.write("notifier.yaml", "limits: {stalled_after: 2s}\n")
        worker = installation.start_worker(program=GOES_DEAF)
        installation.publish("before")
        installation.mail.wait_for(1)

        os.kill(worker.pid, signal.SIGUSR2)
        for number in range(120):
            # It may have asked for one more bell before, and whoever is at the relay takes along what comes meanwhile.
            installation.publish(f"after{number}")
            installation.tick(0.5)
            if worker.poll() is not None:
                break

        assert worker.returncode == 75
        assert "worker.stalled" in (installation.root / "worker0.log").read_text()
        installation.start_worker()
        installation.mail.wait_for(2)


def test_a_worker_whose_queues_an_operator_cancelled_lives(tmp_path: Path) -> None:
    """What lies there is others' now: that it takes none of it is what it was told."""
    with installed(tmp_path) as installation:
        installation.write("notifier.yaml", "limits: {stalled_after: 2s}\n")
        worker = installation.start_worker()
        installation.publish("before")
        installation.mail.wait_for(1)

        installation.cancel_consumers("events", "mail", "sms", "file")
        installation.publish("after")
        installation.wait(lambda: installation.wiring.redis.llen("events") > 0)
        installation.tick(5)

        assert worker.poll() is None
        assert "worker.stalled" not in (installation.root / "worker0.log").read_text()
