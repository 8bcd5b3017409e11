"""How much of what was written has left: whether the server may have a message depends on it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import trustme

from notifier.deliver.smtp.client import SmtpClient, Unsent

DOT = b"\r\n.\r\n"
#: Ends exactly where a record of TLS ends: what follows is in another one.
CONTENT = b"x" * (4 * 16384 - len(DOT)) + DOT
OPENING = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"


class Resetting:
    """Takes a message, and resets the connection once it has the dot."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        #: Of each connection: it had the whole message.
        self.whole: list[bool] = []
        self._told = threading.Condition()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listener.close()

    def heard(self, number: int) -> bool:
        """Whether it had the whole message of a connection, as soon as that is known."""
        with self._told:
            assert self._told.wait_for(lambda: len(self.whole) > number, 20)
            return self.whole[number]

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                taken = b""
                with suppress(OSError), self._context.wrap_socket(raw, server_side=True) as secure:
                    while not taken.endswith(DOT) and (more := secure.recv(16384)):
                        taken += more
                    secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                with self._told:
                    self.whole.append(taken == CONTENT)
                    self._told.notify_all()


@pytest.fixture
def peers() -> Iterator[tuple[Resetting, ssl.SSLContext]]:
    """The server, and how to trust it."""
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("localhost").configure_cert(theirs)
    server = Resetting(theirs)
    yield server, ours
    server.close()


def test_what_left_in_an_earlier_record_is_counted(peers: tuple[Resetting, ssl.SSLContext]) -> None:
    """Else a message that the server has would be taken for cut short, and sent again in silence."""
    server, trust = peers
    failures = 0
    for number in range(40):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        raw.settimeout(20)
        raw.connect(server.address)
        client = SmtpClient()
        client.sock = trust.wrap_socket(raw, server_hostname="localhost")
        sent = len(CONTENT + OPENING)
        try:
            client.write(CONTENT + OPENING)
        except Unsent as error:
            sent, failures = error.sent, failures + 1
        client.close()
        assert not server.heard(number) or sent >= len(CONTENT)
    assert failures
