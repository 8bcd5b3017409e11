"""What a window is worth on a kept SMPP bind: time over a far line, and CPU. Printed, never asserted on."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from notifier.configuration import SmsGateway
from notifier.deliver.provider import Windowed
from notifier.deliver.registry import open_provider
from notifier.outcome import Accepted
from notifier.testing import FaultProxy, SmscSink
from tests.support.deliveries import sms

#: Seconds that a round trip takes.
FAR = 0.03
FEW, MANY = 100, 3000


@pytest.mark.parametrize("latency", [FAR, 0.0], ids=["far", "near"])
def test_messages_over_one_bind(latency: float, capsys: pytest.CaptureFixture[str]) -> None:
    """One at a time, as privacyIDEA's gateway sends them, and in a window of ten."""
    number, rates, costs = FEW if latency else MANY, [], []
    with SmscSink() as sink, FaultProxy(("127.0.0.1", sink.port), latency=latency) as line:
        port = line.port if latency else sink.port
        for window in ("1", "10"):
            place = {"SMSC_HOST": "127.0.0.1", "SMSC_PORT": str(port), "TIMEOUT": "60"}
            provider = open_provider(SmsGateway("gateway", "smpp", {**place, "WINDOW": window}))
            assert isinstance(provider, Windowed)
            assert isinstance(provider.send(sms()), Accepted)
            ready = [replace(sms(), id=f"d{at}") for at in range(number)]
            began, cpu = time.perf_counter(), time.thread_time()
            outcomes = list(provider.send_each(iter(ready)))
            rates.append(number / (time.perf_counter() - began))
            costs.append((time.thread_time() - cpu) / number * 1e6)
            assert all(isinstance(outcome, Accepted) for outcome in outcomes)
            provider.close()
    with capsys.disabled():
        print(f"\nSMPP, one bind, {latency * 1000:.0f} ms of round trip: {rates[0]:.1f} SMS/s one by one, "
              f"{rates[1]:.1f} in a window of ten ({rates[1] / rates[0]:.1f} times as many); "
              f"CPU of an SMS in the sending thread {costs[0]:.0f} and {costs[1]:.0f} µs")  # fmt: skip
