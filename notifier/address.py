"""Mail addresses as they may stand in an SMTP command and in a header."""

from __future__ import annotations

import re
from email.utils import getaddresses
from functools import lru_cache

#: No blank, no control character, no bracket, comma or quote: nothing that could end a command or an address.
_SAFE = re.compile(r"[^\s\x00-\x20\x7f<>(),;\"\\]{1,320}")
_DOMAIN = re.compile(r"[A-Za-z0-9._-]+|\[[A-Za-z0-9.:]+\]")


def bare(address: str) -> str:
    """The address without a display name, an international domain as A-labels (RFC 5891).

    What isn't exactly one address comes back as it is, and `is_address` says no to it: guessing would mail a stranger.
    """
    text = address.strip()
    if "<" in text and text.isprintable():
        found = getaddresses([text])
        text = found[0][1] if len(found) == 1 and found[0][1] else text
    return to_ascii_domain(text)


def is_address(address: str) -> bool:
    """It can be put into a command; whether it exists is the server's to say."""
    return _SAFE.fullmatch(address) is not None


def to_ascii_domain(address: str) -> str:
    """``user@bücher.example`` → ``user@xn--bcher-kva.example``; what can't be converted stays as it is.

    By IDNA 2008: by the older one ``straße.example`` would be somebody else's ``strasse.example``.
    """
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii():
        return address
    import idna  # noqa: PLC0415 - its tables are large, and such domains rare

    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except UnicodeError:
        return address


@lru_cache(maxsize=64)
def domain_of(address: str) -> str:
    """The address's domain, fit for a Message-ID; ``localhost`` where there is none. A sender is in every mail."""
    domain = bare(address).rpartition("@")[2] if "@" in address else ""
    return domain if _DOMAIN.fullmatch(domain) else "localhost"
