"""The URL of a gateway: what can't be one, and what it must not carry in clear."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from notifier.gateways.reading import OptionReader


def split(url: str) -> SplitResult | None:
    """Its parts; None where it has no host, or a port that is none."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def host_of(url: str) -> str:
    """Its host; empty where it is no URL."""
    parts = split(url)
    return (parts.hostname or "") if parts else ""


def web_address(reader: OptionReader, name: str, default: str = "") -> str:
    """The URL that an option holds; of http or https, or a problem."""
    url = reader.text(name, default, required=not default)
    if url and (not url.lower().startswith(("http://", "https://")) or not host_of(url)):
        reader.wrong(name, "is no URL", "it begins with http:// or https://, then a host")
    return url


def in_clear(url: str) -> bool:
    """What is sent there can be read on the way."""
    parts = split(url)
    return parts is not None and parts.scheme.lower() == "http" and not is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """It is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
