"""Keys and certificates of SMTP servers: whether mails can be signed with them, today and next month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from notifier.address import bare
from notifier.configuration import Dkim, Smime, SmtpServer
from notifier.definitions.load import Configuration
from notifier.definitions.yamlfile import one_line
from notifier.errors import MissingExtra, Problem
from notifier.keys import dkim, smime
from notifier.keys.pem import BadKey
from notifier.model import Location


def signing(configuration: Configuration, now: datetime) -> Iterator[Problem]:
    """What is wrong with the signatures of each server; nothing of one that is broken already."""
    for server in configuration.smtp_servers.values():
        if server.broken:
            continue
        if server.dkim:
            yield from _dkim(server, server.dkim)
        if server.smime and not server.smime.broken:
            yield from _smime(server, server.smime, now)


def _dkim(server: SmtpServer, config: Dkim) -> Iterator[Problem]:
    try:
        key = dkim.read(config.private_key.reveal(), config.algorithm)
    except BadKey as error:
        yield _at(config.places, error.key, error.why, error.hint)
        return
    except MissingExtra as error:
        yield _at(config.places, "", str(error))
        return
    if 0 < key.bits < dkim.SHORT:
        hint = f"make one of {dkim.SHORT} bits, with a selector of its own"
        yield _at(config.places, "private_key", f"the private key has {key.bits} bits only", hint, warning=True)
    domain = bare(server.sender).rpartition("@")[2].lower()
    if domain and not _aligned(domain, config.domain):
        message = f"{config.domain} is not the sender's domain ({domain}): the signature counts for nothing in DMARC"
        yield _at(config.places, "domain", message, warning=True)


def _aligned(one: str, other: str) -> bool:
    """One domain is the other, or lies below it (RFC 7489 section 3.1.1, without a list of public suffixes)."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _smime(server: SmtpServer, config: Smime, now: datetime) -> Iterator[Problem]:
    """Errors where nothing is sent because of them; else mails go out unsigned."""
    unsigned, suffix = not config.required, "" if config.required else ": mails go out unsigned"
    try:
        identity = smime.read(config.certificate, config.private_key.reveal(), config.password.reveal())
    except BadKey as error:
        yield _at(config.places, error.key, error.why + suffix, error.hint, warning=unsigned)
        return
    except MissingExtra as error:
        yield _at(config.places, "smime", str(error))
        return
    if wrong := identity.wrong_at(now):
        yield _at(config.places, "certificate", wrong + suffix, warning=unsigned)
    for doubt in identity.doubts(bare(server.sender), now):
        yield _at(config.places, "certificate", doubt, warning=True)


def _at(places: Mapping[str, Location], key: str, message: str, hint: str = "", *, warning: bool = False) -> Problem:
    at = places.get(key) or places[""]
    return Problem(at.file, at.line, at.column, one_line(message), one_line(hint), warning)
