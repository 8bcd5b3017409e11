"""Which store a configuration means."""

from __future__ import annotations

import time
from collections.abc import Callable

from notifier.compose.directory.cache import CachedStore
from notifier.compose.directory.ldap import LdapStore
from notifier.compose.directory.port import Store
from notifier.compose.directory.rest import RestedStore
from notifier.compose.directory.sql import SqlStore
from notifier.compose.directory.static import StaticStore
from notifier.configuration import LdapStoreConfig, StaticStoreConfig, StoreConfig


def open_store(name: str, config: StoreConfig, clock: Callable[[], float] = time.monotonic) -> Store:
    """The store, not connected yet; it remembers for as long as ``cache`` says, and rests where it failed."""
    if isinstance(config, StaticStoreConfig):
        return StaticStore(config)
    store = LdapStore(name, config) if isinstance(config, LdapStoreConfig) else SqlStore(name, config)
    return CachedStore(RestedStore(store, clock), config.cache.total_seconds(), clock)
