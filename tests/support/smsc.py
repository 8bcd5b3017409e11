"""An SMSC that isn't ours: smpp34, an SMPP server in Rust; with a script for what it answers."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import smpp34
from servers import free_port
from smpplib.gsm import GSM_CHARACTER_TABLE

EXTENDED = dict(zip(b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", "\f^{}\\[~]|€", strict=True))
ESCAPE = 0x1B
#: Bits of ``esm_class``: a user data header is in front.
HEADER = 0x40


@dataclass(frozen=True)
class Part:
    """One ``submit_sm``: of a long text, one part."""

    number: str
    sender: str
    reference: int
    total: int
    place: int
    text: str


class Smsc:
    """A context manager; accepts every bind, and every part unless `script` says otherwise."""

    def __init__(self) -> None:
        self.port = free_port()
        #: What was accepted.
        self.parts: list[Part] = []
        self.binds = 0
        self._answers: deque[int] = deque()
        self._loop = asyncio.new_event_loop()
        self._server = smpp34.Server("127.0.0.1", self.port, system_id="smsc")
        self._thread = threading.Thread(target=self._loop.run_forever, name="smsc", daemon=True)
        self._serving: Any = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._server.start)
        self._serving = asyncio.run_coroutine_threadsafe(self._serve(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        self._serving.cancel()
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def stop(self) -> None:
        """Go away."""
        self._do(self._server.stop)

    def script(self, *statuses: int) -> None:
        """The next parts are refused so."""
        self._answers.extend(statuses)

    def text_of(self, number: str) -> str:
        """What a phone would show: the parts of the last text in their order."""
        parts = [part for part in self.parts if part.number == number]
        last = [part for part in parts if part.reference == parts[-1].reference]
        assert [part.total for part in last] == [len(last)] * len(last)
        return "".join(part.text for part in sorted(last, key=lambda part: part.place))

    def _do(self, step: Callable[[], Awaitable[None]]) -> None:
        async def done() -> None:
            await step()  # called where the loop runs

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(30)

    async def _serve(self) -> None:
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self.binds += 1
            elif isinstance(event, smpp34.SubmitSmEvent):
                if self._answers:
                    event.reject(self._answers.popleft())
                    continue
                self.parts.append(_part(event))
                event.accept(f"m{len(self.parts)}")


def _part(event: Any) -> Part:
    octets, reference, total, place = event.short_message, -1, 1, 1
    if event.esm_class & HEADER:
        header, octets = octets[1 : octets[0] + 1], octets[octets[0] + 1 :]
        # Concatenation: with a reference of one octet, or of two.
        length = {0: 1, 8: 2}[header[0]]
        reference, (total, place) = int.from_bytes(header[2 : 2 + length]), header[2 + length :]
    text = octets.decode("utf-16-be") if event.data_coding == 8 else _gsm(octets)
    return Part(event.destination_addr, event.source_addr, reference, total, place, text)


def _gsm(octets: bytes) -> str:
    text, escaped = "", False
    for octet in octets:
        if octet == ESCAPE and not escaped:
            escaped = True
            continue
        text += EXTENDED[octet] if escaped else GSM_CHARACTER_TABLE[octet]
        escaped = False
    return text
