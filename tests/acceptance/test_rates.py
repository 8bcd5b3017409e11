"""A relay's rate is kept by all workers together, and waiting for it costs none of them."""

from __future__ import annotations

import json
import time

import yaml_text
from installation import Installation

MAILS = 31


def test_two_workers_together_keep_to_a_relay_s_rate(installation: Installation) -> None:
    """Ten a second, a burst of ten to begin with: thirty take two seconds at least, and the SMS don't wait for them."""
    limited = yaml_text.smtp(installation.mail.port).replace("timeout: 5", "timeout: 5, rate: 10/s")
    installation.write("smtp_servers.yaml", limited)
    installation.publish(*(f"e{i}" for i in range(MAILS)))
    installation.publish(*(f"s{i}" for i in range(100)), kind="token_disable")
    for _ in range(2):
        installation.start_worker("-c", "1")

    installation.mail.wait_for(1)
    began = time.monotonic()
    installation.sms.wait_for(100)
    installation.mail.wait_for(MAILS)

    assert time.monotonic() - began >= (MAILS - 10 - 1) / 10 - 0.1
    installation.wait(lambda: not any(queue.leased for queue in installation.wiring.glance().queues))
    assert len(installation.mail.messages) == MAILS


def test_status_tells_that_a_rate_keeps_something_back(installation: Installation) -> None:
    """One an hour: the second mail waits, the provider is `limited`, and an edited rate lets it go at once."""
    server = yaml_text.smtp(installation.mail.port)
    installation.write("smtp_servers.yaml", server.replace("timeout: 5", "timeout: 5, rate: 1/h"))
    installation.start_worker("-c", "1")
    installation.publish("e1", "e2")

    installation.mail.wait_for(1)
    installation.wait(lambda: any(queue.limited for queue in installation.wiring.glance().queues))
    status = json.loads(installation.notifier("status", "--json").stdout)["providers"]["relay1"]
    assert (status["state"], status["due"], status["rate"]) == ("limited", 1, "1/h")

    installation.write("smtp_servers.yaml", server)
    installation.mail.wait_for(2)
