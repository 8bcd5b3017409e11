"""An open connection is believed no other command's answer, and waited for no longer than asked."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from notifier.errors import RedisRefused, RedisUnreachable
from notifier.producer import Producer
from notifier.record import lines
from notifier.record.redis_client import connect

#: What a server does with the n-th XADD it gets: writes pieces, each after a pause.
Script = Callable[[int], Iterator[bytes]]


class Scripted:
    """A server of one's own; it knows which events it took."""

    def __init__(self, script: Script) -> None:
        self.taken: list[bytes] = []
        #: Said to nobody's question, after an answer.
        self.unasked = b""
        self._script = script

    @contextmanager
    def serving(self, url: str = "") -> Iterator[Redis]:
        """A client of it."""
        taken, script, outer = self.taken, self._script, self
        ended = threading.Event()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while head := self.rfile.readline():
                    parts = [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2] for _ in range(int(head[1:]))]
                    if parts[0] != b"XADD":
                        self.wfile.write(b"+PONG\r\n" if parts[0] == b"PING" else b"+OK\r\n")
                        continue
                    taken.append(parts[-1])
                    *pieces, last = script(len(taken))
                    for piece in (*pieces, last + outer.unasked):
                        self.wfile.write(piece)
                        ended.wait(0.3 if len(piece) == 1 else 0)

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            client = connect(f"redis://127.0.0.1:{server.server_address[1]}/0{url}", timeout=20)
            yield client
            client.close()
            ended.set()
            server.shutdown()


def taken(number: int) -> Iterator[bytes]:
    yield b"$3\r\n%d-1\r\n" % number


def producer(client: Redis) -> Producer:
    """Its first publish has connected."""
    found = Producer(lambda: client, stream="s")
    found.publish([b"first"], 5)
    return found


def test_what_comes_unasked_answers_nothing() -> None:
    """A proxy's goodbye isn't the next event's answer, nor is that the answer of the one after it."""

    def script(number: int) -> Iterator[bytes]:
        yield b"-OOM full\r\n" if number == 4 else b"$3\r\n%d-1\r\n" % number

    server = Scripted(script)
    with server.serving() as client:
        ours = producer(client)
        server.unasked = b"-ERR idle\r\n"
        ours.publish([b"a"], 5)
        server.unasked = b""

        ours.publish([b"b"], 5)
        with pytest.raises(RedisUnreachable, match="full"):
            ours.publish([b"refused"], 5)
        ours.publish([b"c"], 5)

    assert server.taken == [b"first", b"a", b"b", b"refused", b"c"]


def test_an_answer_to_something_else_is_none() -> None:
    """Nobody is told "accepted" because of it."""

    def script(number: int) -> Iterator[bytes]:
        yield b"+PONG\r\n" if number == 2 else b"$3\r\n%d-1\r\n" % number

    server = Scripted(script)
    with server.serving() as client:
        producer(client).publish([b"a"], 5)

    assert server.taken == [b"first", b"a", b"a"]


def test_an_answer_in_drops_costs_the_timeout() -> None:
    """Each byte comes in time, the whole doesn't."""

    def script(number: int) -> Iterator[bytes]:
        answer = b"$3\r\n%d-1\r\n" % number
        yield from [answer] if number == 1 else [answer[n : n + 1] for n in range(len(answer))]

    with Scripted(script).serving() as client:
        ours = producer(client)
        began = time.monotonic()
        with pytest.raises(RedisUnreachable, match="no answer"):
            ours.publish([b"a"], 0.5)

        assert 0.4 < time.monotonic() - began < 1.5


def test_who_may_have_one_connection_needs_one() -> None:
    """What goes by a courier, a batch or a large event, finds the pool's connection there."""
    server = Scripted(taken)
    with server.serving("?max_connections=1") as client:
        ours = producer(client)
        for _ in range(2):
            ours.publish([b"a"], 5)
            ours.publish([b"x" * 100_000], 5)

    assert len(server.taken) == 5


def test_what_redis_took_is_accepted_though_the_next_connection_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is laid for the next publish, and isn't this one's time."""
    never = threading.Event()
    monkeypatch.setattr(lines.Lines, "lay", lambda *_: never.wait(20))
    with Scripted(taken).serving() as client:
        assert Producer(lambda: client, stream="s").publish([b"a"], 0.5) == [""]
        never.set()


def test_no_time_is_no_error_of_ours() -> None:
    """Less than none is no time-out that a socket knows."""
    with Scripted(taken).serving() as client:
        ours = producer(client)
        try:
            ours.publish([b"a"], -1)
        except (RedisUnreachable, RedisRefused) as error:
            assert "no answer" in str(error)


def test_one_that_is_dead_is_waited_for_as_long_as_any(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gave more time has some left for another way."""
    monkeypatch.setattr(lines, "LONGEST", 0.3)
    silent = threading.Event()

    def script(number: int) -> Iterator[bytes]:
        if number == 2:
            silent.wait(20)
        yield b"$3\r\n%d-1\r\n" % number

    server = Scripted(script)
    with server.serving() as client:
        ours = producer(client)
        assert ours.publish([b"a"], 5) == [""]
        silent.set()

    assert server.taken == [b"first", b"a", b"a"]
