"""A network that fails as told, before an echo, Redis, SMTP and HTTP."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from notifier.configuration import SmsGateway, SmtpServer, Tls
from notifier.deliver.registry import open_provider
from notifier.embedded import EmbeddedRedis
from notifier.outcome import Accepted, Reason
from notifier.testing import FaultProxy, SmsSink, SmtpSink, Towards
from tests.support.deliveries import mail, sms


class _Echo(socketserver.ThreadingTCPServer):
    """Says what it hears, and keeps it."""

    daemon_threads = True
    heard = b""
    #: How a connection ended: with an end, or an error.
    ended: str | None = None
    changed = threading.Condition()

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        with self.changed:
            return self.changed.wait_for(condition, 20)


class _Handler(socketserver.BaseRequestHandler):
    server: _Echo

    def handle(self) -> None:
        ended = "end"
        try:
            while heard := self.request.recv(65536):
                with self.server.changed:
                    self.server.heard += heard
                    self.server.changed.notify_all()
                self.request.sendall(heard)
        except OSError:
            ended = "reset"
        with self.server.changed:
            self.server.ended = ended
            self.server.changed.notify_all()


@pytest.fixture
def echo() -> Iterator[_Echo]:
    """A server that is never at fault."""
    with _Echo(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def network(echo: _Echo) -> Iterator[FaultProxy]:
    """The way to it."""
    with FaultProxy(("127.0.0.1", echo.server_address[1])) as proxy:
        yield proxy


def connect(network: FaultProxy, timeout: float = 20) -> socket.socket:
    """A connection through it."""
    return socket.create_connection(network.address, timeout)


def receive(connection: socket.socket, count: int) -> bytes:
    """So many bytes, or what there is before the end."""
    received = b""
    while len(received) < count and (chunk := connection.recv(65536)):
        received += chunk
    return received


def test_a_healthy_network_changes_nothing(network: FaultProxy, echo: _Echo) -> None:
    """Both ways, byte by byte, and an end is an end."""
    content = bytes(range(256)) * 4096
    with closing(connect(network)) as connection:
        sender = threading.Thread(target=connection.sendall, args=(content,))
        sender.start()
        received = receive(connection, len(content))
        sender.join()
        connection.shutdown(socket.SHUT_WR)
        rest = connection.recv(1)

    assert received == content
    assert rest == b""
    assert echo.wait_for(lambda: echo.ended == "end")
    assert network.forwarded == dict.fromkeys(Towards, len(content))


def test_latency_is_paid_once_a_round_trip(network: FaultProxy) -> None:
    """Not once a packet: what is sent together travels together."""
    network.latency = 0.4
    with closing(connect(network)) as connection:
        began = time.monotonic()
        for _ in range(10):
            connection.sendall(b"x" * 100)
        assert len(receive(connection, 1000)) == 1000
        took = time.monotonic() - began

    assert 0.4 <= took < 3.5


def test_a_narrow_line_takes_its_time(network: FaultProxy) -> None:
    """Bytes a second, each way."""
    with closing(connect(network)) as connection:
        network.bandwidth = 10_000
        began = time.monotonic()
        connection.sendall(b"x" * 5000)
        receive(connection, 5000)
        took = time.monotonic() - began

    assert took >= 0.5


def test_a_cut_is_a_reset_on_both_sides(network: FaultProxy, echo: _Echo) -> None:
    """Nobody takes it for an end; the next connection is fine."""
    with closing(connect(network)) as connection:
        connection.sendall(b"hello")
        receive(connection, 5)
        network.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)

    assert echo.wait_for(lambda: echo.ended == "reset")
    with closing(connect(network)) as connection:
        connection.sendall(b"again")
        assert receive(connection, 5) == b"again"


def test_a_cut_after_so_many_bytes_is_right_behind_them(network: FaultProxy, echo: _Echo) -> None:
    """Towards the server: it has these bytes and no more."""
    network.cut_after(100, Towards.SERVER)
    with closing(connect(network)) as connection:
        connection.sendall(b"x" * 1000)
        with pytest.raises(ConnectionResetError):
            receive(connection, 1000)

    assert echo.wait_for(lambda: echo.ended == "reset")
    assert echo.heard == b"x" * 100


def test_an_answer_can_be_cut_alone(network: FaultProxy, echo: _Echo) -> None:
    """Towards the client: the server has heard all of it. Where *unsure* comes from."""
    network.cut_after(0, Towards.CLIENT)
    with closing(connect(network)) as connection:
        connection.sendall(b"hello")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)

    assert echo.wait_for(lambda: echo.heard == b"hello")


def test_a_black_hole_is_silent_until_it_is_healed(network: FaultProxy, echo: _Echo) -> None:
    """Open connections and new ones; what was held back arrives."""
    with closing(connect(network, 0.3)) as before:
        network.black_hole()
        with closing(connect(network, 0.3)) as during:
            for connection in (before, during):
                connection.sendall(b"hello")
                with pytest.raises(TimeoutError):
                    connection.recv(1)
            assert echo.heard == b""

            network.heal()
            for connection in (before, during):
                connection.settimeout(20)
                assert receive(connection, 5) == b"hello"


def test_refused_is_who_comes_now(network: FaultProxy) -> None:
    """Not who is there already; the port stays the same."""
    with closing(connect(network)) as connection:
        network.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(network)
        connection.sendall(b"hello")
        assert receive(connection, 5) == b"hello"

    network.heal()
    with closing(connect(network)) as connection:
        connection.sendall(b"again")
        assert receive(connection, 5) == b"again"


def test_a_half_open_connection_has_nobody_at_its_end(network: FaultProxy, echo: _Echo) -> None:
    """The server is gone, and the client isn't told; only new connections are healed."""
    with closing(connect(network)) as connection:
        connection.sendall(b"hello")
        receive(connection, 5)
        network.half_open()
        assert echo.wait_for(lambda: echo.ended == "reset")
        network.heal()

        connection.settimeout(0.3)
        connection.sendall(b"still there?")
        with pytest.raises(TimeoutError):
            connection.recv(1)

    assert echo.heard == b"hello"
    with closing(connect(network)) as connection:
        connection.sendall(b"again")
        assert receive(connection, 5) == b"again"


def test_nobody_behind_the_network_is_a_reset() -> None:
    """The proxy accepts, as a network with a load balancer does, and then has nobody to pass on to."""
    with (
        FaultProxy(("127.0.0.1", 1)) as network,
        pytest.raises(ConnectionResetError),  # perhaps before the client has looked
        closing(connect(network)) as connection,
    ):
        connection.recv(1)


def test_it_stands_before_redis(redis_server: EmbeddedRedis) -> None:
    """Over its Unix socket; a client with a time-out notices what a healthy one doesn't."""
    with FaultProxy(Path(urlsplit(redis_server.url).path)) as network, ExitStack() as stack:
        client = Redis(port=network.port, socket_timeout=0.5, retry=Retry(NoBackoff(), 0))
        stack.callback(client.close)
        assert client.ping()
        network.cut_after(1, Towards.CLIENT)
        with pytest.raises(RedisConnectionError):
            client.ping()
        assert client.ping()
        network.black_hole()
        with pytest.raises(RedisTimeoutError):
            client.ping()
        network.refuse()
        with pytest.raises(RedisConnectionError):
            client.ping()
        network.heal()
        client.connection_pool.connection_kwargs["socket_timeout"] = 20
        assert client.ping()


def test_it_stands_before_smtp() -> None:
    """An answer that is lost on its way is unsure; the message has arrived."""
    with SmtpSink() as sink, FaultProxy(("127.0.0.1", sink.port)) as network:
        provider = open_provider(SmtpServer("relay", "127.0.0.1", network.port, tls=Tls.NONE, timeout=20))
        assert isinstance(provider.send(mail(identity="one")), Accepted)
        network.cut_after(len(b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go ahead\r\n2"), Towards.CLIENT)
        outcome = provider.send(mail(identity="two"))
        network.heal()
        after = provider.send(mail(identity="three"))
        provider.close()

    assert (outcome.kind, outcome.reason) == ("unsure", Reason.CONNECTION_LOST)
    assert isinstance(after, Accepted)


def test_it_stands_before_http() -> None:
    """Before the request deferred, after it unsure."""
    with SmsSink() as sink, FaultProxy(("127.0.0.1", sink.port)) as network:
        options = {"URL": f"http://127.0.0.1:{network.port}/", "HTTP_METHOD": "POST", "text": "{otp}", "TIMEOUT": "20"}
        provider = open_provider(SmsGateway("gateway", "http", options))
        network.cut_after(1, Towards.CLIENT)
        unsure = provider.send(sms())
        network.refuse()
        deferred = provider.send(sms())
        network.heal()
        after = provider.send(sms())
        provider.close()

    assert (unsure.kind, deferred.kind, after.kind) == ("unsure", "deferred", "accepted")
    assert len(sink.messages) == 2
