"""Real masters, replicas and sentinels, on ports of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from servers import Server, free_port

from notifier.embedded import server_binary

MASTER = "bells"


@dataclass(frozen=True)
class Node:
    """One server (or sentinel)."""

    server: Server
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> Redis:
        return Redis(port=self.port, socket_timeout=5)


@dataclass(frozen=True)
class Trio:
    """A master, its replica, and a sentinel that decides alone."""

    master: Node
    replica: Node
    sentinel: Node

    @property
    def url(self) -> str:
        return f"sentinel://127.0.0.1:{self.sentinel.port}/{MASTER}"


def answers(port: int) -> bool:
    """Somebody says PONG there."""
    with suppress(RedisError, OSError), Redis(port=port, socket_timeout=1) as client:
        return bool(client.ping())
    return False


@contextmanager
def node(home: Path, *settings: str, sentinel: bool = False) -> Iterator[Node]:
    """One process with these lines in its configuration."""
    port = free_port()
    home.mkdir(parents=True)
    lines = [f"port {port}", "bind 127.0.0.1", f'dir "{home}"', *settings]
    conf = home / "node.conf"
    conf.write_text("\n".join(lines) + "\n")
    command = [server_binary(), str(conf), *(["--sentinel"] if sentinel else [])]
    server = Server(command, lambda: answers(port), home / "log")
    server.start()
    try:
        yield Node(server, port)
    finally:
        server.kill()


@contextmanager
def trio(root: Path) -> Iterator[Trio]:
    """All three, the replica in step."""
    with (
        node(root / "master", "appendonly yes", 'save ""') as master,
        node(root / "replica", "appendonly yes", 'save ""', f"replicaof 127.0.0.1 {master.port}") as replica,
        node(
            root / "sentinel",
            f"sentinel monitor {MASTER} 127.0.0.1 {master.port} 1",
            f"sentinel down-after-milliseconds {MASTER} 1000",
            f"sentinel failover-timeout {MASTER} 3000",
            sentinel=True,
        ) as sentinel,
    ):
        yield Trio(master, replica, sentinel)
