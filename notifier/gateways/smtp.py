"""The options of ``provider: smtp``: a message becomes a mail (reference section 5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notifier.configuration import DEFAULT_SMS_TIMEOUT, SmsGateway
from notifier.gateways.reading import OptionProblem, OptionReader
from notifier.gateways.template import Template

#: Stands for a template that is none; the gateway isn't used then.
_NOTHING = Template(())


@dataclass(frozen=True, slots=True)
class MailToSms:
    """To whom the mail goes, and what it says."""

    mailto: Template
    subject: Template
    body: Template
    regexp: str
    #: That of its SMTP server.
    timeout: float


def read(gateway: SmsGateway) -> tuple[MailToSms, Sequence[OptionProblem]]:
    """The options, and all that is wrong with them."""
    reader = OptionReader(gateway.options)
    reader.text("SMTPIDENTIFIER", required=True)
    options = MailToSms(
        mailto=_template(reader, "MAILTO", required=True),
        subject=_template(reader, "SUBJECT", "{phone}"),
        body=_template(reader, "BODY", "{otp}"),
        regexp=reader.text("REGEXP"),
        timeout=gateway.relay.timeout if gateway.relay else DEFAULT_SMS_TIMEOUT,
    )
    if not reader.problems and "@" not in options.mailto.fill("", ""):
        reader.wrong("MAILTO", "makes no mail address", "such as {phone}@sms.example.com")
    reader.nothing_else()
    return options, reader.problems


def _template(reader: OptionReader, name: str, default: str = "", *, required: bool = False) -> Template:
    text = reader.text(name, default, required=required)
    try:
        return Template.parse(text)
    except ValueError as error:
        known = "knows" in str(error)
        reader.wrong(name, str(error) if known else "has a brace without its fellow", "write {{ and }} for braces")
        return _NOTHING
