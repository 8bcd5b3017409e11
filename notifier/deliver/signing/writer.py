"""A server's mails as it sends them: with its headers, and signed as its entry says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

from notifier.configuration import SmtpServer
from notifier.deliver.mime import build
from notifier.deliver.signing.dkim import DkimSigner
from notifier.deliver.signing.smime import CannotSign, SmimeSigner
from notifier.errors import MissingExtra
from notifier.keys import dkim, smime
from notifier.keys.pem import BadKey
from notifier.keys.smime import Identity
from notifier.model import Delivery
from notifier.outcome import Misconfigured, Reason

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """A mail, ready for DATA but for dot-stuffing."""

    content: bytes
    #: What the operator should know although it can be sent; empty: all is well.
    warning: str = ""


class Writer:
    """Writes for one server. Keys are read when the first mail is written, and once.

    Args:
        server: Whose mails they are.
        clock: Seconds since the epoch: a certificate has its time.
    """

    def __init__(self, server: SmtpServer, clock: Callable[[], float] = time.time) -> None:
        self._server = server
        self._clock = clock

    def write(self, delivery: Delivery) -> Written | Misconfigured:
        """The mail; or why there is none, where it must be signed and can't be."""
        signer = self._dkim
        if isinstance(signer, str):
            return Misconfigured(Reason.SIGNING_FAILED, f"DKIM: {signer}")
        content, failed = self._content(delivery)
        if failed and self._server.smime and self._server.smime.required:
            return Misconfigured(Reason.SIGNING_FAILED, f"S/MIME: {failed}")
        if signer is not None:
            content = signer.sign(content, delivery.created)
        return Written(content, f"sent without its S/MIME signature: {failed}" if failed else "")

    def _content(self, delivery: Delivery) -> tuple[bytes, str]:
        """The mail, and why it isn't signed for its readers although it should be."""
        letterhead, identity = self._server.letterhead, self._identity
        if identity is None or isinstance(identity, str):
            return build(delivery, letterhead), identity or ""
        # Not the mail's own date: it may have waited for this very certificate.
        failed = identity.wrong_at(datetime.fromtimestamp(self._clock(), UTC))
        try:
            return build(delivery, letterhead, None if failed else SmimeSigner(identity).sign), failed
        except CannotSign as error:
            return build(delivery, letterhead), str(error)

    @cached_property
    def _dkim(self) -> DkimSigner | str | None:
        """Signs; or why nothing does although it should."""
        config = self._server.dkim
        if config is None:
            return None
        return _or_why(lambda: DkimSigner(config, dkim.read(config.private_key.reveal(), config.algorithm)))

    @cached_property
    def _identity(self) -> Identity | str | None:
        config = self._server.smime
        if config is None or config.broken:
            return config.broken if config else None
        return _or_why(lambda: smime.read(config.certificate, config.private_key.reveal(), config.password.reveal()))


def _or_why(read: Callable[[], T]) -> T | str:
    try:
        return read()
    except (BadKey, MissingExtra) as error:
        return str(error)
