"""Points at which a worker may die, found by counting: before and after every call to Redis and to a provider."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from redis import Redis

from notifier.deliver.provider import Provider
from notifier.model import Delivery
from notifier.outcome import Outcome
from notifier.record.redis_outbox import SHARED, source

#: Where a test reports the points it tried, for the table at the end of the run.
PROPERTY = "crash points"
SIDES = ("before", "during", "after")
COMMAND = re.compile(rb"\*\d+\r\n\$\d+\r\n([A-Z]+)\r\n(?:\$40\r\n([0-9a-f]{40})\r\n)?")
#: What a client says of itself when it connects: nothing of ours happens there.
GREETINGS = {"CLIENT", "HELLO", "PING", "SELECT"}


class Crash(BaseException):
    """The worker is gone: nobody catches that."""


def crash() -> None:
    """End this worker's life, but not the process."""
    raise Crash


class Faults:
    """Counts the points as they are passed, and ends the worker at one of them (``at``; None: at none)."""

    def __init__(self, at: int | None = None, end: Callable[[], None] = crash) -> None:
        self.at = at
        self.end = end
        #: What was passed so far: step, call, before or after it.
        self.points: list[str] = []
        #: Ended in the middle of a conversation.
        self.doomed = False
        self._step = ""
        self._lock = threading.Lock()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What is passed inside belongs to this step."""
        self._step = name
        yield
        self._step = ""

    def reached(self, call: str, side: str) -> bool:
        """Pass a point; whether this is the one."""
        with self._lock:
            self.points.append(f"{self._step}: {call}: {side}")
            return len(self.points) - 1 == self.at

    def pass_by(self, call: str, side: str) -> None:
        """Pass a point, or end there."""
        if self.reached(call, side):
            self.end()

    def spoken(self, verb: str) -> bool:
        """A verb of an SMTP conversation has come; whether the worker ends there, its connection with it."""
        if not self._step:  # a connection that is closed says goodbye
            return False
        found = self.reached("smtp " + verb, "during")
        self.doomed = self.doomed or found
        return found


@cache
def _names() -> dict[str, str]:
    """Scripts by their digest."""
    lua = (Path(str(entry)).stem for entry in files("notifier.record").joinpath("lua").iterdir())
    return {hashlib.sha1(source(name).encode()).hexdigest(): name for name in lua if name not in SHARED}  # noqa: S324


def load_scripts(redis: Redis) -> None:
    """So that no run has to load one: all runs have the same points."""
    for name in _names().values():
        redis.script_load(source(name))


def watch(redis: Redis, faults: Faults) -> None:
    """Count a client's calls; a pipeline is one."""
    pool = redis.connection_pool
    pool.connection_class = _watched(pool.connection_class, faults)


def _watched(kind: type[Any], faults: Faults) -> type[Any]:
    class Watched(kind):  # type: ignore[misc]
        call, left = "", 0

        def send_packed_command(self, command: Any, *args: Any, **kwargs: Any) -> None:
            packed = command if isinstance(command, (bytes, str)) else b"".join(command)
            found = COMMAND.findall(packed if isinstance(packed, bytes) else packed.encode())
            words = [_names().get(sha.decode(), name.decode()) for name, sha in found]
            self.call = "+".join(dict.fromkeys(word for word in words if word not in ("MULTI", "EXEC")))
            self.left = 0 if self.call in GREETINGS else len(found)
            if self.left:
                faults.pass_by(self.call, "before")
            super().send_packed_command(command, *args, **kwargs)

        def read_response(self, *args: Any, **kwargs: Any) -> Any:
            answer = super().read_response(*args, **kwargs)
            if self.left:
                self.left -= 1
                if not self.left:
                    faults.pass_by(self.call, "after")
            return answer

    return Watched


def table(points: Iterable[str]) -> str:
    """How many points were tried, by step and call."""
    found = Counter(points)
    calls = dict.fromkeys(point.rpartition(": ")[0] for point in sorted(found))
    rows = [[call, *(str(found[f"{call}: {side}"] or "") for side in SIDES)] for call in calls]
    lines = [["step: call", *SIDES], *rows, ["all", "", "", str(found.total())]]
    return "\n".join(f"{line[0]:44}" + "".join(f"{cell:>8}" for cell in line[1:]) for line in lines)


class FaultyProvider:
    """A provider whose worker may end before, during or after an attempt."""

    def __init__(self, provider: Provider, faults: Faults) -> None:
        self._provider = provider
        self._faults = faults

    def send(self, delivery: Delivery) -> Outcome:
        self._faults.pass_by("send", "before")
        outcome = self._provider.send(delivery)
        if self._faults.doomed:
            raise Crash
        self._faults.pass_by("send", "after")
        return outcome

    def close(self) -> None:
        self._provider.close()
