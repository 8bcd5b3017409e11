"""The master ends, and a replica takes over: workers go on with it."""

from __future__ import annotations

from pathlib import Path

import yaml_text
from installation import installed
from redis.exceptions import RedisError
from sentinels import trio


def test_sentinel_fails_over(tmp_path: Path) -> None:
    """Kill -9 of the master in the middle of deliveries: the same worker delivers the rest from the new one."""
    with trio(tmp_path / "trio") as redis, installed(tmp_path, delay=0.02, redis_url=redis.url) as installation:
        installation.write("notifier.yaml", "redis: {replicas: 1, replica_timeout: 5s}\n" + yaml_text.NOTIFIER)
        assert redis.master.client().wait(1, 5000) == 1
        worker = installation.start_worker()
        installation.publish(*(f"e{i}" for i in range(60)))
        installation.mail.wait_for(10)

        redis.master.server.kill()
        installation.wait(lambda: redis.replica.client().info("replication")["role"] == "master")
        installation.write("notifier.yaml", yaml_text.NOTIFIER)  # alone now; the running worker still waits for one

        def published() -> bool:
            try:
                installation.publish("afterwards")
            except RedisError:
                return False
            return True

        installation.wait(published)
        assert worker.poll() is None, "the worker must survive"
        installation.kill_worker(worker)
        installation.start_worker()
        installation.wait(lambda: len(subjects(installation.mail.messages)) == 61, 90)
        installation.wait(lambda: installation.wiring.timeline.show("afterwards")["deliveries"][0]["state"] == "sent")


def subjects(messages: list[object]) -> set[bytes]:
    return {line for m in messages for line in m.content.splitlines() if b"Message-ID" in line}  # type: ignore[attr-defined]
