"""What TLS to an SMTP server is done with: read once, and again when its files have changed."""

from __future__ import annotations

import os
import ssl

from notifier.configuration import SmtpServer
from notifier.deliver.stop import Stop
from notifier.outcome import Misconfigured, Reason


class ClientTls:
    """The TLS context of one server. Reading the authorities of a system takes longer than a mail."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._context: ssl.SSLContext | None = None
        self._read: tuple[tuple[int, int], ...] = ()

    def context(self) -> ssl.SSLContext:
        """What to protect a connection with.

        Raises:
            Stop: A file can't be read, or isn't what it should be.
        """
        files = (self._server.ca_file, self._server.client_certificate, self._server.client_key)
        state = tuple(map(_state, filter(None, files)))
        if self._context is None or state != self._read:
            self._context, self._read = self._build(), state
        return self._context

    def _build(self) -> ssl.SSLContext:
        server = self._server
        try:
            context = ssl.create_default_context(cafile=server.ca_file or None)
        except OSError:
            raise Stop(Misconfigured(Reason.CERTIFICATE_INVALID, "ca_file can't be read")) from None
        if not server.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if server.client_certificate:
            self._present(context)
        return context

    def _present(self, context: ssl.SSLContext) -> None:
        server = self._server
        # Without any it would ask the terminal.
        password = server.client_key_password.reveal() or "none"
        try:
            context.load_cert_chain(server.client_certificate, server.client_key or None, password)
        except (OSError, ValueError):
            why = "client_certificate or client_key can't be read, or client_key_password isn't the key's"
            raise Stop(Misconfigured(Reason.CERTIFICATE_INVALID, why)) from None


def _state(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for each connection
    except (OSError, ValueError):
        return 0, 0
    return found.st_mtime_ns, found.st_size
