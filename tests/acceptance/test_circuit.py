"""A provider that fails harms only itself: real workers, a server that says nothing, and one that takes over."""

from __future__ import annotations

import json

import yaml_text
from black_hole import KIND, black_hole
from installation import Installation

from notifier.record.glance import Queue

WAITING = 1000


def queue(installation: Installation, name: str) -> Queue | None:
    """One provider's queue, once there is one."""
    return next((q for q in installation.wiring.glance().queues if q.way.provider == name), None)


def test_a_black_hole_holds_one_worker_and_no_one_else_s_mail(installation: Installation) -> None:
    """A thousand mails wait for a server that never answers: one worker looks now and then, the other does its work."""
    with black_hole() as hole:
        installation.write("smtp_servers.yaml", yaml_text.smtp(installation.mail.port) + hole.config)
        installation.write("handlers/hole.yaml", hole.handlers)
        lost = (yaml_text.event(f"lost{i}", KIND) for i in range(WAITING))
        installation.wiring.stream.append(json.dumps(event).encode() for event in lost)
        installation.start_worker("-c", "2")
        installation.wait(lambda: hole.visits > 0)

        installation.publish(*(f"e{i}" for i in range(100)))

        installation.mail.wait_for(100, 60)
        installation.wait(lambda: hole.visits >= 3)
        assert hole.most == 1
        waiting = queue(installation, "hole")
        assert waiting is not None
        assert waiting.due + waiting.waiting + waiting.leased == WAITING
        assert (waiting.accepted, waiting.rejected, waiting.unsure) == (0, 0, 0)
        assert waiting.state in ("open", "half-open")


def test_the_one_child_of_a_worker_does_other_work_while_a_server_is_silent(installation: Installation) -> None:
    """Whoever waits for the server isn't the child: the others' mail is sent before the first attempt there ends."""
    with black_hole() as hole:
        entry = hole.config.replace("timeout: 2", "timeout: 60")
        installation.write("smtp_servers.yaml", yaml_text.smtp(installation.mail.port) + entry)
        installation.write("handlers/hole.yaml", hole.handlers)
        lost = (yaml_text.event(f"lost{i}", KIND) for i in range(100))
        installation.wiring.stream.append(json.dumps(event).encode() for event in lost)
        installation.start_worker("-c", "1")
        installation.wait(lambda: hole.visits > 0)

        installation.publish(*(f"e{i}" for i in range(100)))

        installation.mail.wait_for(100, 30)
        waiting = queue(installation, "hole")
        assert waiting is not None
        assert (hole.visits, waiting.leased) == (1, 1), "the first attempt is still under way"


def test_a_fallback_takes_over_and_the_provider_comes_back(installation: Installation) -> None:
    """The relay is down: its mails go out through the spare one, under the same Message-IDs, and `show` tells so."""
    spare = yaml_text.smtp(installation.mail.port, "spare").replace("tokens@", "spare@")
    down = yaml_text.smtp(1).replace("timeout: 5", "timeout: 5, fallback: spare")
    installation.write("smtp_servers.yaml", down + spare)
    installation.start_worker()

    installation.publish(*(f"e{i}" for i in range(20)))

    mails = installation.mail.wait_for(20)
    installation.wait(lambda: installation.wiring.timeline.show("e7")["event"]["state"] == "final")
    (delivery,) = installation.show("e7")["deliveries"]
    assert (delivery["provider"], delivery["via"], delivery["state"]) == ("relay1", "spare", "sent")
    assert delivery["attempts"][-1]["provider"] == "spare"
    assert any(f"Message-ID: <{delivery['id']}@example.com>".encode() in mail.content for mail in mails)
    status = json.loads(installation.notifier("status", "--json").stdout)["providers"]
    assert status["relay1"]["state"] in ("open", "half-open")
    assert (status["spare"]["state"], status["spare"]["accepted"]) == ("ok", 20)
