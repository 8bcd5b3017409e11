"""Where Celery's bells are: the same Redis as the record's, as kombu wants to be told."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from notifier.record.sentinel import SCHEME, SentinelAddress

OPTIONS: Mapping[str, Any] = {
    "visibility_timeout": 300,  # a bell is worth nothing after that: the sweep has long rung again
    "unacked_restore_interval": 5,  # the default (10 x 10) leaves lost bells for 100 s
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,  # a frozen server must not freeze us; BRPOP blocks 1 s, so 2 is the floor
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,  # finds connections that are open on one side only
}


@dataclass(frozen=True, slots=True)
class Broker:
    """Celery's settings of the broker."""

    url: str
    options: Mapping[str, Any]
    #: For a master found by sentinels; elsewhere ``rediss://`` says it. False: in clear.
    tls: Mapping[str, Any] | bool = False


def broker(redis_url: str) -> Broker:
    """The record's Redis, for bells."""
    if not redis_url.startswith(SCHEME):
        return Broker(broker_url(redis_url), OPTIONS)
    address = SentinelAddress.parse(redis_url)
    url, options = address.broker()
    tls = {"ssl_cert_reqs": ssl.CERT_REQUIRED} if address.tls else False
    return Broker(url, {**OPTIONS, **options}, tls)


def broker_url(redis_url: str) -> str:
    """The URL as kombu wants it: a socket's database and user stand elsewhere than in redis-py's."""
    url = urlsplit(redis_url)
    if url.scheme == "rediss" and "ssl_cert_reqs" not in url.query:
        # kombu's default is not to look at the certificate.
        return redis_url + ("&" if url.query else "?") + "ssl_cert_reqs=required"
    if url.scheme != "unix":
        return redis_url
    options = {name: values[-1] for name, values in parse_qs(url.query).items()}
    user = url.netloc.removesuffix("@")
    if "password" in options and ":" not in user:
        user = f"{user or quote(options.get('username', ''), safe='')}:{quote(options['password'], safe='')}"
    database = f"?virtual_host={options['db']}" if options.get("db") else ""
    return f"redis+socket://{user}{'@' if user else ''}{url.path}{database}"
