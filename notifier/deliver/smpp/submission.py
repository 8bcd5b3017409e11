"""The body of a ``submit_sm`` (SMPP 3.4 section 4.4.1)."""

from __future__ import annotations

from datetime import UTC

from notifier.deliver.smpp.parts import Part
from notifier.deliver.smpp.pdu import c_string
from notifier.gateways.smpp import LONGEST_ADDRESS, Numbering, SmppOptions
from notifier.model import Delivery

#: A type of number: with its country's code, and without ``+``.
INTERNATIONAL = 1


def destination(number: str, options: SmppOptions) -> str | None:
    """A number as the SMSC wants it; None: the field can't hold it."""
    if options.destination.ton == INTERNATIONAL:
        number = number.removeprefix("+")
    fits = number.isascii() and number.isprintable() and 0 < len(number) <= LONGEST_ADDRESS
    return number if fits else None


def submission(part: Part, number: str, delivery: Delivery, options: SmppOptions) -> bytes:
    """All of it.

    Args:
        part: Which part of the text.
        number: See `destination`.
        delivery: Whose deadline may be the SMSC's, too.
        options: Of the gateway.
    """
    return b"".join((
        c_string(""),
        _address(options.source, options.sender),
        _address(options.destination, number),
        bytes((part.esm_class, 0, 0)),
        c_string(""),
        c_string(_validity(delivery, options)),
        bytes((int(options.receipts), 0, part.data_coding, 0, len(part.short_message))),
        part.short_message,
        part.parameters,
    ))  # fmt: skip


def _address(numbering: Numbering, address: str) -> bytes:
    return bytes((numbering.ton, numbering.npi)) + c_string(address)


def _validity(delivery: Delivery, options: SmppOptions) -> str:
    """What expires isn't sent later by the SMSC, either: a moment. Else how long it tries, or nothing."""
    if delivery.expires:
        return delivery.deadline.astimezone(UTC).strftime("%y%m%d%H%M%S") + "000+"
    if not options.validity:
        return ""
    minutes, seconds = divmod(int(options.validity), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    months, days = divmod(days, 30)
    return f"00{months:02}{days:02}{hours:02}{minutes:02}{seconds:02}000R"
