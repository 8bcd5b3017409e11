"""What others take for less: one SMTP connection, one Redis, nothing recorded."""

from __future__ import annotations

import smtplib
import time
from typing import Any

from benchmarks.smtp_sink import LeanSink
from notifier.deliver.mime import build
from tests.support.deliveries import mail

CONTENT = build(
    mail("e0@example.com", subject="Token OATH1", body="Hello Kim, code s3cret-c0de", sender="tokens@example.com")
)


def smtplib_mails(sink: LeanSink, count: int) -> tuple[float, float]:
    """Seconds, and seconds of CPU, of a mail on one kept connection: written before, `sendmail` alone."""
    with smtplib.SMTP("127.0.0.1", sink.port) as server:
        server.sendmail("tokens@example.com", ["e0@example.com"], CONTENT)
        began, cpu = time.monotonic(), time.thread_time()
        for number in range(count):
            server.sendmail("tokens@example.com", [f"e{number}@example.com"], CONTENT)
        return (time.monotonic() - began) / count, (time.thread_time() - cpu) / count


def pipelined_xadd(redis: Any, raw: bytes, count: int) -> float:
    """Seconds of an entry, a hundred a round trip."""
    began = time.monotonic()
    for _ in range(0, count, 100):
        with redis.pipeline(transaction=False) as pipe:
            for _ in range(100):
                pipe.xadd("raw", {"event": raw})
            pipe.execute()
    return (time.monotonic() - began) / count


def read_in_hundreds(redis: Any, count: int) -> float:
    """Seconds of an entry by XREADGROUP COUNT 100, XACK and XDEL; ``raw`` holds as many."""
    redis.xgroup_create("raw", "group", id="0", mkstream=True)
    began = time.monotonic()
    read = 0
    while read < count:
        ((_, rows),) = redis.xreadgroup("group", "one", {"raw": ">"}, count=100)
        ids = [ident for ident, _ in rows]
        with redis.pipeline(transaction=False) as pipe:
            pipe.xack("raw", "group", *ids).xdel("raw", *ids).execute()
        read += len(ids)
    took = time.monotonic() - began
    redis.delete("raw")
    return took / count
