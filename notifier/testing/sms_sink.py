"""An HTTP SMS gateway that keeps what it gets and answers as told: for tests and for the demo."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class ReceivedSms:
    """One request as it came; ``parameters`` of the query, the form or the JSON body; ``connection`` counts from 1."""

    method: str
    path: str
    parameters: Mapping[str, Any]
    headers: Mapping[str, str]
    connection: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway says. ``drop``: cuts the connection instead; ``hang``: waits that long first (seconds).

    ``play`` writes the answer itself on the bare connection, which is closed afterwards.
    """

    status: int = 200
    text: str = "OK"
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    hang: float = 0.0
    play: Callable[[socket.socket], None] | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    sink: SmsSink

    def get_request(self) -> tuple[socket.socket, Any]:
        """With TLS, whose handshake is left to the connection's own thread."""
        connection, address = super().get_request()
        tls = self.sink.tls
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that goes away is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.sink = cast("_Server", self.server).sink
        self.number = self.sink.opened(self.connection)

    def finish(self) -> None:
        self.sink.closed(self.connection)
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        self._take(dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        as_json = "json" in self.headers.get("Content-Type", "")
        self._take(json.loads(body) if as_json else dict(parse_qsl(body, keep_blank_values=True)))

    def _take(self, parameters: Mapping[str, Any]) -> None:
        path = urlsplit(self.path).path
        answer = self.sink.take(ReceivedSms(self.command, path, parameters, dict(self.headers), self.number))
        if answer.hang:
            self.sink.stopped.wait(answer.hang)
        if answer.drop or answer.play:
            self.close_connection = True
            if answer.play:
                with suppress(OSError):
                    answer.play(self.connection)
            _cut(self.connection)
            return
        content = answer.text.encode()
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing: the messages are secret."""


class SmsSink:
    """A context manager. `script` sets answers, `messages` holds what was accepted.

    Args:
        tls: The server's certificate; then it speaks HTTPS.
        listens: At once; otherwise connections are refused until `listen`.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, listens: bool = True) -> None:
        self.tls = tls
        self._listens = listens
        self._server = _Server(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self._server.server_bind()
        self._server.sink = self
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/sms"
        #: How many requests came so far, refused ones too.
        self.requests = 0
        #: How many connections were made so far.
        self.connections = 0
        self.stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._messages: list[ReceivedSms] = []
        self._answers: deque[Answer] = deque()
        self._arrived = threading.Condition()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sms-sink", daemon=True)

    def __enter__(self) -> Self:
        if self._listens:
            self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        with self._arrived:
            for connection in self._open:
                _cut(connection)
            self._arrived.wait_for(lambda: not self._open, 5)

    def listen(self) -> None:
        """Take connections, if it doesn't already."""
        if not self._thread.is_alive():
            self._server.server_activate()
            self._thread.start()

    def wait_until_alone(self, timeout: float = 30.0) -> None:
        """Wait until no connection is open at this end.

        Raises:
            TimeoutError: one still is.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: not self._open, timeout):
                raise TimeoutError(f"{len(self._open)} connections are open")

    def script(self, *answers: Answer) -> None:
        """The next answers; then 200 OK again."""
        self._answers.extend(answers)

    def opened(self, connection: socket.socket) -> int:
        """A peer has connected; its number."""
        with self._arrived:
            self._open.add(connection)
            self.connections += 1
            return self.connections

    def closed(self, connection: socket.socket) -> None:
        """A connection is over."""
        with self._arrived:
            self._open.discard(connection)
            self._arrived.notify_all()

    def take(self, message: ReceivedSms) -> Answer:
        """Keep a message (unless it is refused) and say what to answer."""
        with self._arrived:
            self.requests += 1
            answer = self._answers.popleft() if self._answers else Answer()
            if answer.status < 300 and not answer.drop:
                self._messages.append(message)
                self._arrived.notify_all()
            return answer

    @property
    def messages(self) -> list[ReceivedSms]:
        """What was accepted so far."""
        with self._arrived:
            return list(self._messages)

    def wait_for(self, count: int, timeout: float = 30.0) -> list[ReceivedSms]:
        """Wait until ``count`` messages were accepted.

        Raises:
            TimeoutError: they were not, in time.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self._messages) >= count, timeout):
                raise TimeoutError(f"{len(self._messages)} of {count} SMS after {timeout} s")
            return list(self._messages)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
