"""Certificates for servers of tests: a good one and some that nobody should trust."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.errors import NotifierError

if TYPE_CHECKING:
    import trustme

#: The kinds there are.
GOOD, EXPIRED, WRONG_NAME, SELF_SIGNED = "good", "expired", "wrong_name", "self_signed"
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class NoTrustme(NotifierError):
    """Personalities that speak TLS need trustme: pip install 'token-notifier[test]'."""


class Certificates:
    """An authority of its own. ``ca_file`` is what a client is told to trust; gone with this object."""

    def __init__(self) -> None:
        try:
            import trustme  # noqa: PLC0415 - an extra, needed for TLS alone
        except ImportError as error:
            raise NoTrustme from error
        self._authority = trustme.CA()
        self._stranger = trustme.CA()
        self._directory = tempfile.TemporaryDirectory(prefix="notifier-testing-")
        path = Path(self._directory.name) / "ca.pem"
        self._authority.cert_pem.write_to_path(path)
        self.ca_file = str(path)

    def context(self, kind: str = GOOD) -> ssl.SSLContext:
        """A server's side, for 127.0.0.1 and localhost (unless the name is what is wrong)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == SELF_SIGNED:
            self._load_self_signed(context)
        else:
            self._leaf(kind).configure_cert(context)
        return context

    def close(self) -> None:
        """Remove ``ca_file``."""
        self._directory.cleanup()

    def _leaf(self, kind: str) -> trustme.LeafCert:
        if kind == EXPIRED:
            return self._authority.issue_cert(
                "127.0.0.1", "localhost", not_before=_LONG_AGO, not_after=_LONG_AGO.replace(month=2)
            )
        if kind == WRONG_NAME:
            return self._authority.issue_cert("elsewhere.example.org")
        return self._authority.issue_cert("127.0.0.1", "localhost")

    def _load_self_signed(self, context: ssl.SSLContext) -> None:
        with (
            self._stranger.cert_pem.tempfile() as certificate,
            self._stranger.private_key_pem.tempfile() as key,
        ):
            context.load_cert_chain(certificate, key)
