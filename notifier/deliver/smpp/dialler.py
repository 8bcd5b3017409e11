"""How a bind comes about: a connection, TLS where it is wanted, and who we are."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable

from notifier.deliver.classify.network import classify
from notifier.deliver.classify.smpp import OK, bind_refusal
from notifier.deliver.provider import Hear, Side, unheard
from notifier.deliver.smpp.link import Link
from notifier.deliver.smpp.pdu import Command, Pdu, c_string
from notifier.deliver.smpp.wire import Wire
from notifier.deliver.stop import Stop
from notifier.gateways.smpp import BindAs, SmppOptions
from notifier.outcome import Deferred, Misconfigured, Reason

#: We speak version 3.4.
VERSION = 0x34
_COMMANDS = {BindAs.TRANSCEIVER: Command.BIND_TRANSCEIVER, BindAs.TRANSMITTER: Command.BIND_TRANSMITTER}


class Dialler:
    """Opens binds of one gateway."""

    def __init__(self, options: SmppOptions, hear: Hear, *, handover: float = 0.0) -> None:
        """Begin.

        Args:
            options: Of the gateway.
            hear: Told what is said.
            handover: For so many seconds the account may still be bound by whoever sent before us.
        """
        self._options = options
        self._hear = hear
        self._settled = time.monotonic() + handover
        self._context: ssl.SSLContext | None = None

    def bind(self, deliver: Callable[[Link, Pdu], None]) -> Link:
        """A new one.

        Args:
            deliver: Given each ``deliver_sm`` (see `Link`).

        Raises:
            Stop: there is none, and this is why.
        """
        options = self._options
        link = Link(
            Wire(self._connected()),
            timeout=options.timeout,
            enquire=options.enquire_link,
            idle=options.idle,
            hear=self._hear,
            deliver=deliver,
        )
        try:
            self._introduce(link)
        except BaseException:
            link.close()
            raise
        return link

    def _introduce(self, link: Link) -> None:
        options = self._options
        names = (options.system_id, options.password.reveal(), options.system_type)
        body = b"".join(map(c_string, names)) + bytes((VERSION, 0, 0)) + c_string("")
        asked = link.ask(_COMMANDS[options.bind], body)
        if asked:
            link.wait_for(lambda: asked.answer, time.monotonic() + options.timeout)
        answer = asked.answer if asked else None
        if answer is None and link.end:
            raise Stop(Deferred(link.end.reason, link.end.words, provider_failed=True))
        if answer is None:
            raise Stop(Deferred(Reason.TIMED_OUT, "no answer to the bind in time", provider_failed=True))
        if asked and asked.astray:
            raise Stop(Deferred(Reason.UNEXPECTED_ANSWER, asked.astray, provider_failed=True))
        if answer.status != OK:
            raise Stop(bind_refusal(answer.status, handover=time.monotonic() < self._settled))

    def _connected(self) -> socket.socket:
        options = self._options
        if self._hear is not unheard:
            self._hear(Side.NOTE, f"connecting to {options.host}:{options.port}{' with TLS' if options.tls else ''}")
        try:
            sock = socket.create_connection((options.host, options.port), options.timeout)
        except (OSError, UnicodeError) as error:
            raise Stop(classify(error)) from None
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._secured(sock) if options.tls else sock
        except (OSError, UnicodeError) as error:
            sock.close()
            raise Stop(classify(error)) from None
        except BaseException:
            sock.close()
            raise

    def _secured(self, sock: socket.socket) -> ssl.SSLSocket:
        return self._tls().wrap_socket(sock, server_hostname=self._options.host)

    def _tls(self) -> ssl.SSLContext:
        """Read once: the authorities of a system take longer than a message."""
        if self._context is None:
            try:
                context = ssl.create_default_context(cafile=self._options.ca_file or None)
            except OSError:
                raise Stop(Misconfigured(Reason.CERTIFICATE_INVALID, "CA_FILE can't be read")) from None
            if not self._options.check_ssl:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._context = context
        return self._context
