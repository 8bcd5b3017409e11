"""A short memory for lookups: a burst of events about one person asks a store once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable

from notifier.compose.directory.port import Store, User

#: So many people are remembered of one store.
SIZE = 10_000


class CachedStore:
    """Remembers for ``seconds`` who was found, and who wasn't; never an error, and never all of `users`."""

    def __init__(self, store: Store, seconds: float, clock: Callable[[], float], size: int = SIZE) -> None:
        self._store = store
        self._seconds = seconds
        self._clock = clock
        self._size = size
        #: User name → good until then, and what the store said; the oldest first, which is the first to end.
        self._known: OrderedDict[str, tuple[float, User | None]] = OrderedDict()
        # Never held while the store is asked.
        self._lock = threading.Lock()

    def user(self, username: str) -> User | None:
        """See the port."""
        asked_at = self._clock()
        with self._lock:
            until, user = self._known.get(username, (asked_at, None))
        if asked_at < until:
            return user
        user = self._store.user(username)
        if self._seconds > 0:
            self._remember(username, asked_at + self._seconds, user)
        return user

    def users(self) -> Iterable[User]:
        """See the port."""
        return self._store.users()

    def close(self) -> None:
        """See the port."""
        with self._lock:
            self._known.clear()
        self._store.close()

    def _remember(self, username: str, until: float, user: User | None) -> None:
        with self._lock:
            self._known[username] = until, user
            self._known.move_to_end(username)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
