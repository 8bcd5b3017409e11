"""Redis: whether it keeps what it accepted, and answers fast."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from notifier.examination.finding import Finding, Subject

if TYPE_CHECKING:
    from notifier.wiring import Wiring

OLDEST = (6, 2)
#: A round trip (seconds) that makes each batch slow, and a difference of clocks that makes times odd.
SLOW, ADRIFT = 0.01, 2.0
FULL = 0.8
_PINGS = 20
_PERSISTENCE = "set appendonly yes, or let it write snapshots"


def examine_redis(subject: Subject, wiring: Wiring, now: datetime) -> Iterator[Finding]:
    """It has answered before; what is it like?"""
    redis: Any = wiring.redis
    facts: Mapping[str, Any] = redis.info()
    name = facts.get("server_name", "redis")
    version = str(facts.get(f"{name}_version") or facts.get("redis_version", "0"))
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if parts < OLDEST:
        yield subject.error(f"version {version}", "update it: 6.2 is the oldest that can be used")
    else:
        yield subject.ok(f"{name} {version} answers")
    yield from _keeps(subject, redis, facts)
    yield from _memory(subject, redis, facts)
    began = time.perf_counter()
    took = []
    for _ in range(_PINGS):
        redis.ping()
        took.append(time.perf_counter() - began)
        began = time.perf_counter()
    trip = statistics.median(took)
    said = f"a round trip takes {trip * 1000:.1f} ms"
    yield subject.warning(said, "bring workers and Redis closer together") if trip > SLOW else subject.ok(said)
    seconds, micros = redis.time()
    drift = abs(seconds + micros / 1e6 - now.timestamp())
    if drift > ADRIFT:
        yield subject.warning(f"its clock and this machine's are {drift:.0f} s apart", "let both follow a time server")
    wanted, there = wiring.configuration.settings.replicas, int(facts.get("connected_slaves", 0))
    if there < wanted:
        yield subject.error(f"{there} of {wanted} replicas are connected", "see redis.replicas, and the replicas' logs")


def _keeps(subject: Subject, redis: Any, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """What a restart of it would cost."""
    if facts.get("aof_enabled"):
        if facts.get("aof_last_write_status") != "ok":
            yield subject.error("its last write to the append-only file failed", "see its log and its disk")
            return
        how = _setting(redis, "appendfsync") or "appendfsync unknown"
        fix = "set appendfsync everysec or always"
        yield (
            subject.warning("appendfsync no: a crash loses what the system hadn't written", fix)
            if how == "no"
            else (subject.ok(f"it keeps what it accepts (append-only file, {how})"))
        )
        return
    snapshots = _setting(redis, "save")
    if snapshots == "":
        yield subject.error("it keeps nothing: a restart loses all that waits", _PERSISTENCE)
    elif facts.get("rdb_last_bgsave_status", "ok") != "ok":
        yield subject.error("its last snapshot failed", "see its log and its disk")
    else:
        yield subject.warning("it keeps snapshots: a crash loses what came after the last one", "set appendonly yes")


def _memory(subject: Subject, redis: Any, facts: Mapping[str, Any]) -> Iterator[Finding]:
    most, used = int(facts.get("maxmemory", 0)), int(facts.get("used_memory", 0))
    policy = facts.get("maxmemory_policy") or _setting(redis, "maxmemory-policy")
    if policy and policy != "noeviction":
        yield subject.error(f"maxmemory-policy {policy}: it may throw away what waits", "set it to noeviction")
    if most and used > FULL * most:
        yield subject.warning(f"{used * 100 // most} % of its memory is used", "raise maxmemory, or see what waits")


def _setting(redis: Any, name: str) -> str | None:
    """A setting's value; None where we may not ask."""
    from redis.exceptions import ResponseError  # noqa: PLC0415 - loaded by now

    try:
        value = redis.config_get(name).get(name)
    except ResponseError:
        return None
    return value.decode() if isinstance(value, bytes) else value
