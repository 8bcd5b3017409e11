"""The peer: two bare Celery tasks a mail that do nothing, one calling the other, tuned as its documents advise.

Late acknowledgement as a durable queue needs it, hiredis, no gossip, no mingle, no events, a warning's log level,
prefetching 64 a process: what was the fastest on Redis. It records nothing, sends nothing, and repeats nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery
from redis import Redis

QUEUE = "bare"

app = Celery("bare", broker=os.environ.get("BARE_BROKER", ""), set_as_current=False)
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    task_default_queue=QUEUE,
    worker_prefetch_multiplier=64,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


@app.task(name="bare.evaluate")
def evaluate(ident: str) -> None:
    """Calls the second task."""
    send.apply_async((ident,))


@app.task(name="bare.send")
def send(ident: str) -> None:
    """Nothing."""


def broker_of(url: str) -> str:
    """Redis's URL as kombu wants it."""
    return url.replace("unix://", "redis+socket://")


@contextmanager
def workers(redis_url: str, root: Path, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many worker processes, each with one child."""
    started = []
    try:
        for number in range(count):
            command = [sys.executable, "-m", "celery", "-A", "benchmarks.celery_queue", "worker", "-c", "1", "-n",
                       f"bare{number}@%h", "-l", "WARNING", "--without-gossip", "--without-mingle",
                       "--without-heartbeat"]  # fmt: skip
            with (root / f"bare{number}.log").open("wb") as log:
                environ = {**os.environ, "BARE_BROKER": broker_of(redis_url)}
                started.append(subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True))
        yield started
    finally:
        for worker in started:
            os.killpg(worker.pid, 9)
            worker.wait()


class BareQueue:
    """Fills it, and sees when it is empty."""

    def __init__(self, redis: Redis, url: str) -> None:
        self._redis: Any = redis
        self._url = broker_of(url)
        self._pattern = ""

    def messages(self, count: int) -> list[str]:
        """Calls of the first task, as Celery would write them one by one."""
        pattern = self._one()
        found = []
        for _ in range(count):
            message = json.loads(pattern)
            ident = secrets.token_hex(16)
            message["headers"] |= {"id": ident, "root_id": ident}
            message["properties"] |= {"delivery_tag": secrets.token_hex(16), "correlation_id": ident}
            found.append(json.dumps(message))
        return found

    def fill(self, messages: list[str]) -> None:
        """All in one round trip."""
        with self._redis.pipeline(transaction=False) as pipe:
            for start in range(0, len(messages), 500):
                pipe.lpush(QUEUE, *messages[start : start + 500])
            pipe.execute()

    def is_empty(self) -> bool:
        """Nothing waits, and nothing is being worked on."""
        with self._redis.pipeline(transaction=False) as pipe:
            return not any(pipe.llen(QUEUE).hlen("unacked").execute())

    def _one(self) -> str:
        """A message as Celery writes it, taken out of a queue that nobody reads."""
        if not self._pattern:
            with app.connection_for_write(self._url) as connection:
                evaluate.apply_async(("e0",), connection=connection, queue="pattern")
            self._pattern = self._redis.rpop("pattern").decode().replace('"pattern"', f'"{QUEUE}"')
        return self._pattern
