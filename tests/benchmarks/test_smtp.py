"""What a mail costs on a kept SMTP connection: time over a far line, and CPU. Printed, never asserted on.

To a sink, which answers at once, and to Postfix, which writes each mail to its disk first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from postfix import postfix

from notifier.configuration import SmtpServer, Tls
from notifier.deliver.provider import Windowed
from notifier.deliver.registry import open_provider
from notifier.model import Delivery
from notifier.outcome import Accepted
from notifier.testing import FaultProxy, SmtpSink
from tests.support.deliveries import mail

#: Seconds that a round trip takes.
FAR = 0.03
FEW, MANY = 100, 3000


def letters(count: int) -> Iterator[Delivery]:
    return (mail(f"anna{number}@example.com", identity=f"d{number}", body="Hello\n" * 20) for number in range(count))


@contextmanager
def peer(name: str) -> Iterator[int]:
    """The port of a server of either kind."""
    if name == "Postfix":
        with postfix() as real:
            yield real.port
    else:
        with SmtpSink() as sink:
            yield sink.port


@pytest.mark.parametrize("name", ["a sink", "Postfix"])
@pytest.mark.parametrize("latency", [FAR, 0.0], ids=["far", "near"])
def test_mails_over_one_connection(name: str, latency: float, capsys: pytest.CaptureFixture[str]) -> None:
    """One by one as without PIPELINING, and in windows with it."""
    count, rates, costs = FEW if latency else MANY, [], []
    with peer(name) as near, FaultProxy(("127.0.0.1", near), latency=latency) as line:
        for pipelining in (False, True):
            port = line.port if latency else near
            server = SmtpServer("relay", "127.0.0.1", port, tls=Tls.NONE, pipelining=pipelining, timeout=60)
            provider = open_provider(server)
            assert isinstance(provider, Windowed)
            ready = list(letters(count + 1))
            assert isinstance(provider.send(ready.pop()), Accepted)
            began, cpu = time.perf_counter(), time.thread_time()
            outcomes = list(provider.send_each(iter(ready)))
            rates.append(count / (time.perf_counter() - began))
            costs.append((time.thread_time() - cpu) / count * 1e6)
            assert all(isinstance(outcome, Accepted) for outcome in outcomes)
            provider.close()
    with capsys.disabled():
        print(f"\nSMTP to {name}, one connection, {latency * 1000:.0f} ms of round trip: "
              f"{rates[0]:.1f} mails/s one by one, {rates[1]:.1f} pipelined ({rates[1] / rates[0]:.1f} times as many); "
              f"CPU of a mail {costs[0]:.0f} and {costs[1]:.0f} µs")  # fmt: skip
