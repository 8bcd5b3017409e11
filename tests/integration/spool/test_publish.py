"""`notifier.publish` with a spool: whatever Redis does, an accepted event arrives, in order and in time."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from servers import silent_server

import notifier
from notifier.errors import RedisUnreachable
from notifier.producer import Producer, SpoolingProducer
from notifier.record.redis_client import connect
from notifier.spool import outage
from notifier.spool.directory import Spool

Make = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure the next try comes soon."""
    monkeypatch.setattr(outage, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 0.01)


@pytest.fixture
def publish(own_redis: Any, tmp_path: Path, make_event: Make) -> Callable[..., notifier.Receipt]:
    """Publish an event by its id."""

    def run(ident: str, **more: Any) -> notifier.Receipt:
        options = {"redis_url": own_redis.url, "spool": tmp_path / "spool", "timeout": 5.0, **more}
        return notifier.publish(make_event(ident), **options)

    return run


@pytest.fixture
def back(publish: Callable[..., notifier.Receipt], wait_until: Callable[..., None]) -> Callable[[str], None]:
    """Publish until nothing waits any more: the outage's pause is over, and a portion took the rest along."""

    def run(ident: str) -> None:
        number = iter(range(1000))
        wait_until(lambda: not publish(f"{ident}{next(number)}").spooled)

    return run


def test_events_wait_while_redis_is_away_and_arrive_in_order(
    own_redis: Any, publish: Any, back: Any, spool: Spool
) -> None:
    """The receipt tells where each is; the next publish takes along what waits."""
    assert not publish("a").spooled
    own_redis.stop()
    receipts = [publish(ident) for ident in ("b", "c", "d")]
    assert receipts == ["b", "c", "d"]
    assert all(receipt.spooled for receipt in receipts)
    assert len(spool.listing()) == 3

    own_redis.start()
    back("z")

    found = own_redis.ids()
    assert found[:4] == ["a", "b", "c", "d"]
    assert found[4:] == [f"z{i}" for i in range(len(found) - 4)]
    assert not spool.waiting()


def test_a_frozen_redis_costs_the_timeout_once(own_redis: Any, publish: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither answers nor refuses. Each call ends in its time, and the next ones don't even ask."""
    publish("a")
    monkeypatch.setattr(outage, "FIRST_PAUSE", 60.0)
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 60.0)
    own_redis.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert publish("b", timeout=0.4).spooled
        assert time.monotonic() - began < 4
        asked = threading.active_count()
        assert all(publish(ident, timeout=0.4).spooled for ident in ("c", "d", "e"))
        assert threading.active_count() == asked
    finally:
        own_redis.signal(signal.SIGCONT)

    assert publish("f", spool="") == "f"  # without a spool, each call tries
    assert {"a", "f"} <= set(own_redis.ids()) <= {"a", "b", "f"}  # "b" was on its way


@pytest.mark.parametrize("kind", ["silent", "name"])
def test_the_whole_call_is_bounded(kind: str, spool: Spool, make_event: Make) -> None:
    """A server that accepts and says nothing; a name that takes for ever to resolve."""
    end = threading.Event()

    def lost(url: str) -> Redis:
        if kind == "name":
            end.wait(60)
        return connect(url, timeout=30, connect_timeout=30)

    raw = json.dumps(make_event("a")).encode()
    with silent_server() as port:
        url = f"redis://127.0.0.1:{port}"
        for producer in (
            Producer(lambda: lost(url), stream="token-events"),
            SpoolingProducer(lambda: lost(url), spool, stream="token-events"),
        ):
            began = time.monotonic()
            if isinstance(producer, SpoolingProducer):
                assert all(producer.publish([raw], 0.5))
            else:
                with pytest.raises(RedisUnreachable, match="no answer within"):
                    producer.publish([raw], 0.2)
            assert time.monotonic() - began < 5
        end.set()
    assert spool.waiting()


@pytest.mark.parametrize(
    "line",
    [
        b"-LOADING Redis is loading the dataset in memory",
        b"-READONLY You can't write against a read only replica.",
        b"-MISCONF Redis is configured to save RDB snapshots, but it is unable to persist",
        b"-NOREPLICAS Not enough good replicas to write.",
        b"-MASTERDOWN Link with MASTER is down",
        b"-CLUSTERDOWN The cluster is down",
        b"-BUSY Redis is busy running a script.",
        b"-NOAUTH Authentication required.",
        b"-NOPERM this user has no permissions to run the 'xadd' command",
        b"-WRONGTYPE Operation against a key holding the wrong kind of value",
        b"-ERR something new",
    ],
)
def test_whatever_redis_says_but_yes_is_not_published(line: bytes, answering: Any, publish: Any, spool: Spool) -> None:
    """A failover, a full disk, a wrong password: the event is kept."""
    with answering(line) as url:
        assert publish("a", redis_url=url).spooled

    assert len(spool.listing()) == 1


@pytest.mark.parametrize("line", [b"-MISCONF disk", b"-NOREPLICAS few", b"-MASTERDOWN x", b"-LOADING x"])
def test_without_a_spool_what_passes_is_unreachable(line: bytes, answering: Any, publish: Any) -> None:
    """A producer has one error to think of."""
    with answering(line) as url, pytest.raises(RedisUnreachable):
        publish("a", redis_url=url, spool="")


@pytest.mark.parametrize("line", [b"-WRONGTYPE x", b"-NOPERM x", b"-ERR something new"])
def test_without_a_spool_a_refusal_is_the_same_error(line: bytes, answering: Any, publish: Any) -> None:
    """Waiting won't mend it, so it says that Redis refused; whoever catches RedisUnreachable catches it."""
    with answering(line) as url, pytest.raises(RedisUnreachable, match="Redis refused: "):
        publish("a", redis_url=url, spool="")


def test_a_real_redis_that_became_a_replica_or_is_full(own_redis: Any, publish: Any, back: Any) -> None:
    """READONLY and OOM of a real server; afterwards everything arrives in order."""
    admin: Any = connect(own_redis.url)
    publish("a")
    admin.execute_command("REPLICAOF", "127.0.0.1", "1")
    assert publish("b").spooled
    admin.execute_command("REPLICAOF", "NO", "ONE")
    back("c")
    admin.config_set("maxmemory", 1)
    assert publish("d").spooled
    assert publish("e").spooled
    admin.config_set("maxmemory", 0)
    back("f")
    admin.close()

    found = own_redis.ids()
    assert found[:2] == ["a", "b"]
    assert [i for i in found if i[0] in "df" or i == "e"][:2] == ["d", "e"]


def test_no_text_of_an_event_in_an_error(own_redis: Any, make_event: Make, caplog: pytest.LogCaptureFixture) -> None:
    """redis-py puts the command before Redis's words; we don't."""
    admin: Any = connect(own_redis.url)
    admin.config_set("maxmemory", 1)
    admin.close()

    with pytest.raises(RedisUnreachable) as caught:
        notifier.publish(json.dumps(make_event("secret")), redis_url=own_redis.url, spool="")

    assert "secret" not in str(caught.value) + str(caught.value.__cause__) + caplog.text
    assert "maxmemory" in str(caught.value)


def test_where_neither_redis_nor_the_disk_takes_it_the_producer_is_told(
    own_redis: Any, publish: Any, tmp_path: Path
) -> None:
    """With both reasons; and while Redis takes events, a spool that can't be used is no reason to refuse them."""
    place = tmp_path / "file"
    place.write_text("")
    assert not publish("a", spool=place).spooled
    own_redis.stop()

    with pytest.raises(RedisUnreachable, match="Redis can't be reached.*Not a directory"):
        publish("b", spool=place)


def test_a_spool_without_locks_is_no_error(
    own_redis: Any, publish: Any, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is kept by then; nobody may think that it isn't."""

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    own_redis.stop()
    publish("a")
    own_redis.start()
    monkeypatch.setattr("fcntl.flock", no_locks)

    assert publish("b").spooled
    assert len(spool.listing()) == 2


def test_a_full_disk_gives_way_once_redis_is_back(own_redis: Any, tmp_path: Path, make_event: Make) -> None:
    """What waits is flushed first; the event that didn't fit goes straight on."""

    class Full(Spool):
        full = False

        def add(self, stream: str, raws: Any) -> list[str]:
            return (
                Spool(Path("/dev/null/none"), writer="", clock=lambda: 0).add(stream, raws)
                if self.full
                else (super().add(stream, raws))
            )

    spool = Full(tmp_path / "spool", writer="ab12", clock=time.time_ns)
    spool.add("token-events", [json.dumps(make_event("a")).encode()])
    spool.full = True
    producer = SpoolingProducer(lambda: connect(own_redis.url), spool, stream="token-events")

    assert producer.publish([json.dumps(make_event("b")).encode()], 20) == [""]

    assert own_redis.ids() == ["a", "b"]


class Hanging(Spool):
    """Its disk answers when the test lets it."""

    asked = 0

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, writer="ab12", clock=time.time_ns)
        self.answers = threading.Event()
        self.answers.set()
        self.answered = threading.Semaphore(0)

    def waiting(self) -> bool:
        self.asked += 1
        self.answers.wait(60)
        try:
            return super().waiting()
        finally:
            self.answered.release()

    def holds(self, name: str) -> bool:
        self.answers.wait(60)
        return super().holds(name)


def test_a_disk_that_hangs_holds_up_nothing_that_redis_takes(
    own_redis: Any, tmp_path: Path, make_event: Make, wait_until: Callable[..., None]
) -> None:
    """One look costs half a time-out; nobody goes after it, and what was sent by it is sent once."""
    spool = Hanging(tmp_path / "spool")
    redis = connect(own_redis.url)
    producer = SpoolingProducer(lambda: redis, spool, stream="token-events")
    raws = [[json.dumps(make_event(str(number))).encode()] for number in range(50)]
    spool.answers.clear()

    began = time.monotonic()
    assert producer.publish(raws[0], 2) == [""]
    assert all(producer.publish(raw, 20) == [""] for raw in raws[1:])
    assert time.monotonic() - began < 20
    assert spool.asked == 1

    spool.answers.set()
    assert spool.answered.acquire(timeout=30)
    wait_until(lambda: producer.publish(raws[0], 20) == [""] and spool.asked > 1)
    found = own_redis.ids()
    assert found[:50] == [str(number) for number in range(50)]
    assert set(found[50:]) == {"0"}


def test_threads_that_all_hang_at_the_disk_leave_redis_its_couriers(
    own_redis: Any, tmp_path: Path, make_event: Make
) -> None:
    """As many looks as there are couriers may begin before the first is missed."""
    spool = Hanging(tmp_path / "spool")
    redis = connect(own_redis.url)
    producer = SpoolingProducer(lambda: redis, spool, stream="token-events")
    raw = [json.dumps(make_event("a")).encode()]
    found: list[list[str]] = []
    spool.answers.clear()
    threads = [threading.Thread(target=lambda: found.append(producer.publish(raw, 10))) for _ in range(40)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    spool.answers.set()

    assert found == [[""]] * 40
    assert own_redis.ids() == ["a"] * 40


def test_what_nobody_knows_went_on_is_called_spooled(own_redis: Any, tmp_path: Path, make_event: Make) -> None:
    """The event is kept, and the disk hangs before it tells whether the flush took it."""

    class Late(Hanging):
        def add(self, stream: str, raws: Any) -> list[str]:
            names = super().add(stream, raws)
            self.answers.clear()
            return names

    spool = Late(tmp_path / "spool")
    Spool.add(spool, "token-events", [json.dumps(make_event("a")).encode()])
    producer = SpoolingProducer(lambda: connect(own_redis.url), spool, stream="token-events")

    began = time.monotonic()
    assert all(producer.publish([json.dumps(make_event("b")).encode()], 1))
    assert time.monotonic() - began < 10
    spool.answers.set()


def test_the_environment_names_a_spool(
    own_redis: Any, tmp_path: Path, make_event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NOTIFIER_SPOOL for a producer that knows of none; an empty one means none."""
    monkeypatch.setenv("NOTIFIER_SPOOL", str(tmp_path / "env"))
    own_redis.stop()

    assert notifier.publish(make_event("a"), redis_url=own_redis.url).spooled
    with pytest.raises(RedisUnreachable):
        notifier.publish(make_event("a"), redis_url=own_redis.url, spool="")

    assert len(list((tmp_path / "env").glob("*.json"))) == 1


def test_each_stream_gets_its_own(own_redis: Any, publish: Any, back: Any) -> None:
    """Producers of two streams may share a directory."""
    own_redis.stop()
    publish("a")
    publish("b", stream="other")
    own_redis.start()
    back("c")

    assert own_redis.ids("other") == ["b"]
    assert "b" not in own_redis.ids()


def test_threads_share_one_spool(own_redis: Any, publish: Any, back: Any) -> None:
    """Eight at once, Redis away and back: each thread's events arrive once at least, in its order."""

    def work(thread: int) -> None:
        for number in range(10):
            publish(f"t{thread}-{number:02d}", timeout=30)

    own_redis.stop()
    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    own_redis.start()
    for thread in threads:
        thread.join(60)
    back("z")

    found = list(dict.fromkeys(own_redis.ids()))
    for i in range(8):
        assert [e for e in found if e.startswith(f"t{i}-")] == [f"t{i}-{n:02d}" for n in range(10)]


FORKING = """
import os, sys, notifier
event = {"specversion": "1.0", "source": "/pi", "type": "x", "data": {}}
notifier.publish({**event, "id": "parent"}, spool=sys.argv[1])
child = os.fork()
if not child:
    notifier.publish({**event, "id": "child"}, spool=sys.argv[1])
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
notifier.publish({**event, "id": "parent again"}, spool=sys.argv[1])
"""


def test_a_forked_child_publishes_on_its_own(own_redis: Any, tmp_path: Path) -> None:
    """Servers fork their workers: a child has neither its parent's connection nor its couriers."""
    command = [sys.executable, "-W", "ignore", "-c", FORKING, str(tmp_path / "spool")]

    subprocess.run(command, check=True, timeout=60, env={**os.environ, "NOTIFIER_REDIS_URL": own_redis.url})

    assert own_redis.ids() == ["parent", "child", "parent again"]


def test_a_receipt_is_a_text() -> None:
    """Whoever took the id for a text goes on to."""
    receipt = notifier.Receipt("a", spooled=True)

    assert receipt == "a"
    assert json.dumps({receipt: receipt}) == '{"a": "a"}'
    assert receipt.spooled
    assert not notifier.Receipt("a").spooled
