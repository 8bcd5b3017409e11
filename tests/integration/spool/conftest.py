"""A spool on a real disk, a Redis of its own that may be stopped, and events."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from waiting import until

from notifier.embedded import EmbeddedRedis
from notifier.record.redis_client import connect
from notifier.spool.directory import Spool


def event(ident: str, **more: Any) -> dict[str, Any]:
    """An event nobody has a rule for."""
    return {"specversion": "1.0", "id": ident, "source": "/pi", "type": "token_init", "data": {}, **more}


@pytest.fixture
def make_event() -> Callable[..., dict[str, Any]]:
    """The maker of events."""
    return event


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """A spool whose directory isn't there yet."""
    return Spool(tmp_path / "spool", writer="ab12", clock=time.time_ns)


@pytest.fixture
def keep(spool: Spool) -> Callable[..., list[str]]:
    """Events into the spool; their names."""
    return lambda *idents: spool.add("token-events", [json.dumps(event(ident)).encode() for ident in idents])


class OwnRedis(EmbeddedRedis):
    """A server that a test may stop, freeze and look into."""

    def ids(self, stream: str = "token-events") -> list[str]:
        """The ids of the events in a stream."""
        client: Any = connect(self.url)
        try:
            return [json.loads(fields[b"event"])["id"] for _, fields in client.xrange(stream)]
        finally:
            client.close()

    def signal(self, number: int) -> None:
        """Stop or continue it."""
        assert self._process is not None
        self._process.send_signal(number)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """Started; stop it, start it."""
    with OwnRedis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition."""
    return until


@pytest.fixture
def answering() -> Callable[[bytes], Any]:
    """A server that answers every command with the same line; yields its URL."""

    @contextmanager
    def serve(line: bytes) -> Iterator[str]:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while (head := self.rfile.readline()).startswith(b"*"):
                    for _ in range(int(head[1:])):
                        size = int(self.rfile.readline()[1:])
                        self.rfile.read(size + 2)
                    self.wfile.write(line + b"\r\n")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        with Server(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield f"redis://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()

    return serve
