"""A store in a database: one table or view, one row for each user."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from notifier.compose.directory.port import User
from notifier.configuration import SqlStoreConfig
from notifier.errors import DirectoryUnavailable, MissingExtra

if TYPE_CHECKING:
    from notifier.compose.directory.database import Database


class SqlStore:
    """Reads the columns that ``attributes`` names; opened when first asked, in each process anew."""

    def __init__(self, name: str, config: SqlStoreConfig) -> None:
        self._name = name
        self._config = config
        self._opened: tuple[int, Database] | None = None
        self._lock = threading.Lock()

    def user(self, username: str) -> User | None:
        """See the port."""
        return self._database.find(username)

    def users(self) -> Iterator[User]:
        """See the port."""
        # Not at the first row: a realm that can't be read says so where it is asked for.
        return self._database.read()

    def close(self) -> None:
        """See the port."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close(forked=opened[0] != os.getpid())

    @property
    def _database(self) -> Database:
        with self._lock:
            # A connection can't be shared with the process that this one was forked from.
            if self._opened is None or self._opened[0] != os.getpid():
                if self._opened is not None:
                    self._opened[1].close(forked=True)
                self._opened = os.getpid(), self._open()
            return self._opened[1]

    def _open(self) -> Database:
        try:
            # Loaded only where there is such a store: it is an extra, and large.
            from notifier.compose.directory.database import Database  # noqa: PLC0415
        except ImportError:
            raise MissingExtra("a store of type 'sql'", "sql") from None
        driver = self._config.driver
        if driver is None:
            raise DirectoryUnavailable(self._name, "its url must begin with postgresql://, mysql:// or sqlite:///")
        try:
            return Database(self._name, self._config, driver)
        except ImportError:
            scheme = self._config.url.reveal().partition("://")[0]
            raise MissingExtra(f"a database at {scheme}://", driver.extra) from None
