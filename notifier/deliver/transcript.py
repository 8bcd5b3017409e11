"""A conversation with a provider, as an operator may read it: every word but the secrets."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from notifier.configuration import SmsGateway, SmtpServer
from notifier.deliver.provider import Side
from notifier.deliver.scrub import MASK

#: Options of gateways that hold no secret; of all others nobody knows.
_PLAIN = frozenset(
    "URL HTTP_METHOD CHECK_SSL CA_FILE SEND_DATA_AS_JSON RETURN_SUCCESS RETURN_FAIL TIMEOUT REGEXP SMSC_HOST SMSC_PORT"
    " S_ADDR S_ADDR_TON S_ADDR_NPI D_ADDR_TON D_ADDR_NPI TLS WINDOW ENQUIRE_LINK BIND LONG RECEIPTS RECEIPT_ID ENCODING"
    " DEFAULT_ALPHABET SCRIPT BACKGROUND MAILTO SMTPIDENTIFIER SUBJECT BODY API SMS_ID SYSTEM_TYPE".split()
)
_TAG = re.compile(r"\{(?:phone|otp)\}")
#: Shorter ones would mask half of the conversation.
_SHORTEST = 3
LONGEST = 500
#: What follows says who we are, in any form; providers mark it, and this is the second lock.
_CREDENTIALS = re.compile(r"(?i)^((?:proxy-)?authorization:\s*\S+\s|auth\s+\S+\s).*")


class Transcript:
    """Listens to a provider (`Hear`) and tells each line without its secrets."""

    def __init__(self, config: SmtpServer | SmsGateway, tell: Callable[[Side, str], None]) -> None:
        forms = {form for secret in secrets_of(config) if len(secret) >= _SHORTEST for form in _forms(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)
        self._tell = tell

    def __call__(self, side: Side, text: str) -> None:
        """One or several lines were spoken."""
        for line in text.splitlines() or [""]:
            self._tell(side, self.scrub(line))

    def scrub(self, line: str) -> str:
        """The line without secrets and control characters, and not too long."""
        line = "".join(c if c.isprintable() else " " for c in line)
        line = _CREDENTIALS.sub(rf"\1{MASK}", line)
        for secret in self._secrets:
            if secret in line:
                line = line.replace(secret, MASK)
        return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def secrets_of(config: SmtpServer | SmsGateway) -> Iterator[str]:
    """What of a configuration nobody should read over a shoulder."""
    if isinstance(config, SmtpServer):
        password = config.password.reveal()
        yield from (config.username, password)
        # AUTH PLAIN, as one word.
        yield f"\0{config.username}\0{password}"
        return
    for name, value in config.options.items():
        if name.upper() not in _PLAIN and not _TAG.search(value):
            yield value
        for url in value.split():
            yield from _of_a_url(url)
    yield from config.headers.values()
    own = {name.upper(): value for name, value in config.options.items()}
    for user, password in (("USERNAME", "PASSWORD"), ("TOKEN_ID", "TOKEN")):
        yield f"{own.get(user, '')}:{own.get(password, '')}"
    if config.relay is not None:
        yield from secrets_of(config.relay)


def _of_a_url(value: str) -> Iterator[str]:
    """A URL may carry a login, and keys in its query."""
    if "://" not in value:
        return
    try:
        parts = urlsplit(value)
        yield from filter(None, (parts.username, parts.password))
    except ValueError:  # none that can be used, either
        return
    yield from (text for _, text in parse_qsl(parts.query) if not _TAG.search(text))
    if parts.scheme.lower() not in ("http", "https"):  # a service of Apprise's: any part may be a key, the host as well
        yield from (part for part in re.split(r"[/@:]", f"{parts.netloc}{parts.path}") if not _TAG.search(part))


def _forms(secret: str) -> Iterator[str]:
    """How it may look on the wire."""
    yield from (secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1])
    yield b64encode(secret.encode("utf-8", "replace")).decode()
