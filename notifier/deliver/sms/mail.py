"""SMS by mail: a gateway that takes messages at a mail address (reference section 5.5)."""

from __future__ import annotations

from dataclasses import replace

from notifier.address import is_address, to_ascii_domain
from notifier.configuration import SmsGateway
from notifier.deliver.provider import Hear, unheard
from notifier.deliver.sms.number import number_of
from notifier.deliver.smtp.provider import SmtpProvider
from notifier.gateways.smtp import read
from notifier.model import Channel, Delivery, Message
from notifier.outcome import Misconfigured, Outcome, Reason, Rejected


class MailGateway:
    """One gateway, and its own connection to its SMTP server; see `notifier.deliver.provider.Provider`."""

    def __init__(self, gateway: SmsGateway, *, hear: Hear = unheard) -> None:
        self._options, _ = read(gateway)
        self._server = gateway.relay
        self._smtp = SmtpProvider(gateway.relay, hear=hear) if gateway.relay else None

    def send(self, delivery: Delivery) -> Outcome:
        """One mail; what becomes of it becomes of the message."""
        if self._smtp is None or self._server is None:
            return Misconfigured(Reason.UNKNOWN_PROVIDER, "the option SMTPIDENTIFIER names no SMTP server")
        number = number_of(delivery.message, self._options.regexp)
        if not isinstance(number, str):
            return number
        text = delivery.message.body
        address = to_ascii_domain(self._options.mailto.fill(number, text))
        if not is_address(address) or address.count("@") != 1:
            # Not what a mail server would make of it: a number must not name another recipient.
            return Rejected(Reason.ADDRESS_INVALID, "number and MAILTO make no mail address")
        mail = Message(
            channel=Channel.MAIL,
            provider=self._server.identifier,
            to=(address,),
            subject=self._options.subject.fill(number, text),
            body=self._options.body.fill(number, text),
        )
        return self._smtp.send(replace(delivery, message=mail))

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._smtp is not None:
            self._smtp.close()
