"""A server that accepts connections and says nothing: how many are at it, and how many were at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import yaml_text

#: Events for the black hole, and how long (seconds) each of its connections holds a worker.
KIND, TIMEOUT = "token_lost", 2


@dataclass(slots=True)
class BlackHole:
    """What its visitors see of it is its port."""

    port: int
    visits: int = 0
    #: At the same time.
    most: int = 0
    _held: list[socket.socket] = field(default_factory=list)

    @property
    def config(self) -> str:
        """Its entry in smtp_servers.yaml."""
        return yaml_text.smtp(self.port, "hole").replace("timeout: 5", f"timeout: {TIMEOUT}")

    @property
    def handlers(self) -> str:
        """A definition that mails through it."""
        mail = yaml_text.HANDLERS.partition("- name: text")[0]
        return mail.replace("tell the owner", "into the void").replace("token_init", KIND).replace("relay1", "hole")

    def enter(self, peer: socket.socket) -> None:
        """One more; those that gave up don't count any more."""
        gone = [other for other in self._held if not _is_open(other)]
        self._held = [other for other in self._held if other not in gone] + [peer]
        for other in gone:
            other.close()
        self.visits += 1
        self.most = max(self.most, len(self._held))

    def close(self) -> None:
        """Nobody is held any longer."""
        for peer in self._held:
            peer.close()


def _is_open(peer: socket.socket) -> bool:
    try:
        return bool(peer.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return True
    except OSError:
        return False


@contextmanager
def black_hole() -> Iterator[BlackHole]:
    """A black hole on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hole = BlackHole(int(listener.getsockname()[1]))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    hole.enter(listener.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield hole
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            hole.close()
