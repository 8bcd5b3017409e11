"""A store that failed is left alone for a moment: one event in a while waits for it, not every one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from notifier.compose.directory.port import Store, User
from notifier.errors import DirectoryUnavailable

#: Seconds: after the first failure, and at most. It doubles with each failure in a row.
FIRST, MOST = 1.0, 30.0


class RestedStore:
    """Asks the store, unless it just failed: then its last error is the answer."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._pause = 0.0
        self._failed: tuple[float, DirectoryUnavailable] | None = None

    def user(self, username: str) -> User | None:
        """See the port."""
        self._refuse()
        try:
            user = self._store.user(username)
        except DirectoryUnavailable as error:
            self._rest(error)
            raise
        self._failed, self._pause = None, 0.0
        return user

    def users(self) -> Iterable[User]:
        """See the port."""
        self._refuse()
        return self._read()

    def close(self) -> None:
        """See the port."""
        self._store.close()

    def _read(self) -> Iterator[User]:
        try:
            yield from self._store.users()
        except DirectoryUnavailable as error:
            self._rest(error)
            raise
        self._failed, self._pause = None, 0.0

    def _refuse(self) -> None:
        failed = self._failed
        if failed is not None and self._clock() < failed[0]:
            raise DirectoryUnavailable(failed[1].store, failed[1].detail)

    def _rest(self, error: DirectoryUnavailable) -> None:
        self._pause = min(max(self._pause * 2, FIRST), MOST)
        self._failed = self._clock() + self._pause, error
