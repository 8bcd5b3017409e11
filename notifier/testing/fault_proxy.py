"""A network that fails as told: a TCP proxy between any client and any server, such as Redis, SMTP or HTTP.

    with FaultProxy(("127.0.0.1", 25)) as network:
        ...  # a client connects to network.port
        network.latency = 0.2
        network.cut_after(1000, Towards.SERVER)
        network.heal()

Runs in a thread of its own. Everything can be switched at any time and counts for open connections, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Self

_CHUNK = 16 * 1024
#: So many chunks may be on their way in each direction; then the sender has to wait.
_ON_THE_WAY = 256


class Towards(Enum):
    """A direction."""

    SERVER = auto()
    CLIENT = auto()


@dataclass(eq=False)
class _Link:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter

    def reset(self) -> None:
        for writer in (self.client, self.server):
            _reset(writer)


class FaultProxy:
    """A context manager; a client connects to ``127.0.0.1`` and `port`.

    Args:
        target: The server: host and port, or the path of a Unix socket (the embedded Redis has one).
        latency: Seconds that a round trip takes longer.
        bandwidth: Bytes a second in each direction of each connection; 0: as many as can be.
    """

    def __init__(self, target: tuple[str, int] | Path, *, latency: float = 0.0, bandwidth: float = 0.0) -> None:
        self.target = target
        self.latency = latency
        self.bandwidth = bandwidth
        self.port = 0
        #: How many connections were accepted so far.
        self.connections = 0
        #: How many bytes were forwarded so far.
        self.forwarded = dict.fromkeys(Towards, 0)
        self._quotas: dict[Towards, int] = {}
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()  # closed: a black hole
        self._mute = False
        self._links: set[_Link] = set()
        self._orphans: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None
        self._placeholder: socket.socket | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._heal())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def address(self) -> tuple[str, int]:
        """Where the proxy listens."""
        return "127.0.0.1", self.port

    def heal(self) -> None:
        """Forward everything again, also what a black hole held back; latency and bandwidth stay."""
        self._do(self._heal())

    def cut(self) -> None:
        """Reset all open connections, on both sides; new ones are welcome."""
        self._do(self._cut())

    def cut_after(self, count: int, towards: Towards) -> None:
        """Reset the connection on which the ``count``-th byte from now goes that way, right behind it; once."""
        self._do(self._limit(count, towards))

    def black_hole(self) -> None:
        """Accept, and forward nothing: to both sides the other is silent. `heal` delivers what was held back."""
        self._do(self._swallow())

    def refuse(self) -> None:
        """Refuse new connections; open ones go on. The port is kept."""
        self._do(self._refuse())

    def half_open(self) -> None:
        """Take the server away without a word to the clients: they hold connections that nobody is at the end of.

        New connections fare the same until `heal`; those that were left alone stay so for ever.
        """
        self._do(self._half_open())

    def _do(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _heal(self) -> None:
        self._mute = False
        self._quotas.clear()
        self._open.set()
        if self._listener is not None:
            return
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None
        self._listener = socket.create_server(self.address, backlog=512)
        self._listener.settimeout(0)
        self.port = self._listener.getsockname()[1]
        self._loop.add_reader(self._listener, self._accept, self._listener)

    async def _limit(self, count: int, towards: Towards) -> None:
        self._quotas[towards] = count

    async def _cut(self) -> None:
        for link in list(self._links):
            link.reset()
        for orphan in list(self._orphans):
            _reset(orphan)
        self._orphans.clear()

    async def _swallow(self) -> None:
        self._open.clear()

    async def _refuse(self) -> None:
        if self._listener is None:
            return
        self._close(self._listener)
        self._placeholder = socket.socket()
        self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._placeholder.bind(self.address)

    async def _half_open(self) -> None:
        self._mute = True
        for link in list(self._links):
            self._orphans.add(link.client)
            _reset(link.server)

    async def _end(self) -> None:
        if self._listener is not None:
            self._close(self._listener)
        if self._placeholder is not None:
            self._placeholder.close()
        await self._cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports say goodbye in the loop's next round

    def _close(self, listener: socket.socket) -> None:
        self._accept(listener)  # who has been connected is let in
        self._loop.remove_reader(listener)
        listener.close()
        self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(0)
                self.connections += 1
                task = self._loop.create_task(self._serve(connection))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            # Or a small packet would wait for the acknowledgement of the one before: 40 ms that nobody asked for.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader, writer = await asyncio.open_connection(sock=connection)
        except (OSError, asyncio.CancelledError):
            connection.close()
            return
        if self._mute:
            self._orphans.add(writer)
            return
        try:
            await self._open.wait()
            far_reader, far_writer = await self._connect()
        except (OSError, asyncio.CancelledError):
            _reset(writer)
            return
        link = _Link(writer, far_writer)
        self._links.add(link)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._forward(reader, far_writer, link, Towards.SERVER),
                self._forward(far_reader, writer, link, Towards.CLIENT),
            )
        self._links.discard(link)
        far_writer.close()
        if writer not in self._orphans:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(str(self.target))
        return await asyncio.open_connection(*self.target)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: _Link, towards: Towards
    ) -> None:
        """One direction: what is read travels for half the latency, while more is read."""
        way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_ON_THE_WAY)
        arrival = asyncio.ensure_future(self._arrive(way, writer, link, towards))
        try:
            chunk = b"-"
            while chunk:
                chunk = await reader.read(_CHUNK)
                await way.put((self._loop.time(), chunk))
            await arrival
        except OSError:
            if link.client not in self._orphans:
                link.reset()
        finally:
            arrival.cancel()

    async def _arrive(
        self, way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, link: _Link, towards: Towards
    ) -> None:
        while True:
            sent, chunk = await way.get()
            await asyncio.sleep(max(0.0, sent + self.latency / 2 - self._loop.time()))
            await self._open.wait()
            if link.client in self._orphans:
                return
            try:
                if not chunk:
                    writer.write_eof()
                    return
                await self._deliver(chunk, writer, link, towards)
            except OSError:
                link.reset()
                return

    async def _deliver(self, chunk: bytes, writer: asyncio.StreamWriter, link: _Link, towards: Towards) -> None:
        quota = self._quotas.get(towards)
        if quota is not None:
            self._quotas[towards] = quota - len(chunk)
            chunk = chunk[:quota]
        for piece in self._pieces(chunk):
            if self.bandwidth:
                await asyncio.sleep(len(piece) / self.bandwidth)
            writer.write(piece)
            await writer.drain()
            self.forwarded[towards] += len(piece)
        if quota is not None and quota <= len(chunk):
            self._quotas.pop(towards, None)
            await _flushed(writer)
            link.reset()

    def _pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What goes at once: all, or what a narrow line carries in a twentieth of a second."""
        size = max(1, int(self.bandwidth / 20)) if self.bandwidth else len(chunk) or 1
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]


async def _flushed(writer: asyncio.StreamWriter) -> None:
    """Until the kernel has all of it: a reset throws away what the transport still holds."""
    writer.transport.set_write_buffer_limits(0)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close without goodbye: the peer gets a reset, not an end."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
