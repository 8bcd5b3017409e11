"""An SMTP server that takes everything and keeps nothing, in a process of its own: cheap enough to be no bottleneck.

How many mails it took and when the last one came stands in a file that it shares with whoever measures.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from waiting import until

from benchmarks.processes import cpu_of

#: Mails taken, and when the last one was (ns, the machine's monotonic clock).
SHARED = struct.Struct("=QQ")
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-SIZE 100000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
OK = b"250 2.0.0 ok\r\n"
END = b"\r\n.\r\n"


class Conversation(asyncio.Protocol):
    """One connection: lines, and after DATA everything up to the dot."""

    def __init__(self, tally: mmap.mmap, delay: float) -> None:
        self._tally = tally
        self._delay = delay
        self._waiting = b""
        self._in_data = False
        self._thinks = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        replies = []
        while not self._thinks:
            text, found, rest = self._waiting.partition(END if self._in_data else b"\r\n")
            if not found:
                break
            self._waiting = rest
            if self._in_data:
                self._in_data = False
                if self._delay:
                    self._thinks = True
                    asyncio.get_running_loop().call_later(self._delay, self._taken)
                    break
                replies.append(self._take())
            else:
                replies.append(self._answer(text[:4].upper()))
        if replies:
            self._transport.write(b"".join(replies))

    def _take(self) -> bytes:
        taken, _ = SHARED.unpack_from(self._tally)
        SHARED.pack_into(self._tally, 0, taken + 1, time.monotonic_ns())
        return OK

    def _taken(self) -> None:
        self._thinks = False
        self._transport.write(self._take())
        self.data_received(b"")

    def _answer(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return EHLO
        if verb == b"DATA":
            self._in_data = True
            return b"354 go ahead\r\n"
        if verb == b"QUIT":
            asyncio.get_running_loop().call_soon(self._transport.close)
            return b"221 2.0.0 bye\r\n"
        return OK


class LeanSink:
    """The server as its measurer sees it. A context manager."""

    def __init__(self, delay: float = 0.0) -> None:
        """Not there yet; ``delay``: so long (seconds) it thinks about each mail."""
        self._delay = delay

    def __enter__(self) -> Self:
        self._file = tempfile.NamedTemporaryFile(prefix="sink-")
        self._file.truncate(SHARED.size)
        self._tally = mmap.mmap(self._file.fileno(), SHARED.size)
        command = [sys.executable, "-m", "benchmarks.smtp_sink", self._file.name, str(self._delay)]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # as it is here, under pytest, too
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()
        self._tally.close()
        self._file.close()

    @property
    def taken(self) -> int:
        """Mails so far."""
        return int(SHARED.unpack_from(self._tally)[0])

    @property
    def last(self) -> float:
        """When the last one was taken: seconds, as `time.monotonic` counts them."""
        return int(SHARED.unpack_from(self._tally)[1]) / 1e9

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far."""
        return cpu_of(self._process.pid)

    def wait_for(self, count: int, seconds: float = 300) -> None:
        """Until it has taken so many."""
        until(lambda: self.taken >= count, seconds)


async def _serve(tally: mmap.mmap, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(tally, delay), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[1]).open("r+b") as file:
        asyncio.run(_serve(mmap.mmap(file.fileno(), SHARED.size), float(sys.argv[2])))
