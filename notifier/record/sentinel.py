"""``sentinel://``: a Redis whose master changes, found by asking its sentinels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from redis import Redis
from redis.sentinel import Sentinel

SCHEME = "sentinel://"
PORT = 26379


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """``sentinel://[USER[:PASSWORD]@]HOST[:PORT],HOST[:PORT].../MASTER[/DATABASE][?tls=true&sentinel_password=...]``."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    database: int = 0
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    sentinel_password: str = field(default="", repr=False)
    tls: bool = False

    @classmethod
    def parse(cls, url: str) -> SentinelAddress:
        """Read a URL.

        Raises:
            ValueError: it is none; the message tells the form, and nothing of the URL.
        """
        parts = urlsplit(url)
        user, _, hosts = parts.netloc.rpartition("@")
        username, _, password = user.partition(":")
        path = parts.path.strip("/").split("/")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        unknown = options.keys() - {"tls", "sentinel_password"}
        try:
            found = tuple(map(_host, hosts.split(",")))
            database = int(path[1]) if len(path) > 1 else 0
        except ValueError:
            found, database = (), -1
        if parts.scheme != "sentinel" or not found or not path[0] or len(path) > 2 or database < 0 or unknown:
            raise ValueError("a sentinel URL is sentinel://HOST:PORT,HOST:PORT/MASTER[/DATABASE][?tls=true]")
        return cls(
            found,
            unquote(path[0]),
            database,
            unquote(username),
            unquote(password),
            options.get("sentinel_password", ""),
            options.get("tls", "").lower() in ("1", "true", "yes"),
        )

    def client(self, **options: Any) -> Redis:
        """A client of whatever server is the master; asks the sentinels with every new connection."""
        sentinels: Any = Sentinel  # untyped in redis-py
        found = sentinels(list(self.hosts), sentinel_kwargs=self._sentinel_options(options), **options)
        secure: dict[str, Any] = {"ssl": True} if self.tls else {}
        who = {"username": self.username or None, "password": self.password or None}
        client: Redis = found.master_for(self.master, db=self.database, **who, **secure)
        return client

    def broker(self) -> tuple[str, Mapping[str, Any]]:
        """The same as kombu wants it: a URL, and transport options; for TLS see Celery's ``broker_use_ssl``."""
        user = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@" if self.password else ""
        url = ";".join(f"{SCHEME}{user}{_shown(host)}:{port}/{self.database}" for host, port in self.hosts)
        return url, {"master_name": self.master, "sentinel_kwargs": self._sentinel_options({})}

    def _sentinel_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        own = {"password": self.sentinel_password} if self.sentinel_password else {}
        secure = {"ssl": True} if self.tls else {}
        return {
            "socket_timeout": options.get("socket_timeout", 2),
            "socket_connect_timeout": options.get("socket_connect_timeout", 2),
            **own,
            **secure,
        }


def _host(text: str) -> tuple[str, int]:
    """``host``, ``host:port``, ``[v6]`` or ``[v6]:port``."""
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError(text)
    return parts.hostname, parts.port or PORT


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
