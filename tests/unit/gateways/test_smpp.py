"""The options of an SMPP gateway (reference section 5.6, and ours): what they mean, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.configuration import SmsGateway
from notifier.gateways.smpp import Alphabet, BindAs, Long, Numbering, ReceiptId, SmppOptions, Wording, read

PLACE = {"SMSC_HOST": "smsc.example.com", "SMSC_PORT": "2775"}


def options(given: dict[str, str]) -> SmppOptions:
    return read(SmsGateway("g", "smpp", {**PLACE, **given}))[0]


def problems(given: dict[str, str]) -> list[tuple[str, bool]]:
    """What is said of each, and whether it is a warning."""
    return [(f"{p.option}: {p.message}", p.warning) for p in read(SmsGateway("g", "smpp", {**PLACE, **given}))[1]]


def test_defaults() -> None:
    """A transceiver without TLS, ten messages under way, headers in front of parts, no receipts."""
    found = options({})

    assert (found.host, found.port, found.bind, found.window) == ("smsc.example.com", 2775, BindAs.TRANSCEIVER, 10)
    assert (found.timeout, found.enquire_link, found.long) == (10.0, 30.0, Long.UDH)
    assert (found.wording, found.alphabet, found.receipt_id) == (Wording.AUTO, Alphabet.GSM7, ReceiptId.SAME)
    assert (found.source, found.destination) == (Numbering(0, 0), Numbering(0, 0))
    assert not any((found.tls, found.receipts, found.idle, found.validity, found.sender))
    assert problems({}) == []


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("0x5", 5), ("ff", 255), ("0xFF", 255), ("010", 10), ("", 0)])
def test_kinds_of_addresses_are_decimal_or_hexadecimal(text: str, number: int) -> None:
    """As in the system taken over, bare hexadecimal too."""
    found = options({"S_ADDR_TON": text, "D_ADDR_NPI": text})

    assert (found.source, found.destination) == (Numbering(number, 0), Numbering(0, number))


@pytest.mark.parametrize("text", ["x", "256", "0x100", "-1", "5 6"])
def test_what_is_no_kind_of_address_counts_as_0(text: str) -> None:
    """As it did; `check` says so."""
    assert options({"S_ADDR_NPI": text}).source == Numbering(0, 0)
    assert problems({"S_ADDR_NPI": text}) == [
        ("S_ADDR_NPI: the option S_ADDR_NPI is no number from 0 to 255, and counts as 0", True)
    ]


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("system_id", "me", "system_id", "me"),
        ("TLS", "yes", "tls", True),
        ("CHECK_SSL", "no", "check_ssl", False),
        ("WINDOW", "1", "window", 1),
        ("TIMEOUT", "0.5", "timeout", 0.5),
        ("ENQUIRE_LINK", "60", "enquire_link", 60.0),
        ("BIND", "Transmitter", "bind", BindAs.TRANSMITTER),
        ("LONG", "payload", "long", Long.PAYLOAD),
        ("RECEIPTS", "yes", "receipts", True),
        ("RECEIPT_ID", "dec", "receipt_id", ReceiptId.DEC),
        ("ENCODING", "ucs2", "wording", Wording.UCS2),
        ("DEFAULT_ALPHABET", "latin1", "alphabet", Alphabet.LATIN1),
        ("S_ADDR", "ACME", "sender", "ACME"),
        ("VALIDITY", "3600", "validity", 3600.0),
        ("IDLE", "5", "idle", 5.0),
    ],
)
def test_an_option_is_read(name: str, value: str, attribute: str, expected: Any) -> None:
    """In any spelling of its name."""
    assert getattr(options({name: value}), attribute) == expected


@pytest.mark.parametrize(
    ("given", "words", "warning"),
    [
        ({"SMSC_HOST": ""}, "SMSC_HOST: the option SMSC_HOST is missing", False),
        ({"SMSC_PORT": ""}, "SMSC_PORT: the option SMSC_PORT is missing", False),
        ({"SMSC_PORT": "x"}, "SMSC_PORT: the option SMSC_PORT must be a number from 1 to 65535", False),
        ({"WINDOW": "0"}, "WINDOW: the option WINDOW must be a number from 1 to 1000", False),
        ({"LONG": "x"}, "LONG: the option LONG must be one of udh, payload, sar", False),
        ({"RECEIPTS": "yes", "BIND": "transmitter"}, "RECEIPTS: the option RECEIPTS needs BIND: transceiver", False),
        ({"PASSWORD": "gehe\u0131m"}, "PASSWORD: the option PASSWORD must be plain ASCII", False),
        ({"SYSTEM_ID": "x" * 16}, "SYSTEM_ID: the option SYSTEM_ID has more than the 15 characters", True),
        ({"CA_FILE": "/ca"}, "CA_FILE: the option CA_FILE means nothing without TLS: yes", True),
        ({"S_ADR": "x"}, "S_ADR: the option S_ADR is none of an SMPP gateway's", True),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, str], words: str, warning: bool) -> None:
    """Each at its option."""
    ((said, warned),) = problems(given)

    assert said.startswith(words)
    assert warned is warning


def test_secrets_are_in_no_repr() -> None:
    """Neither who we are nor how we prove it."""
    shown = repr(options({"SYSTEM_ID": "account7", "PASSWORD": "s3cret"}))

    assert "account7" not in shown
    assert "s3cret" not in shown


def test_an_account_is_the_same_for_all_its_gateways() -> None:
    """Receipts come to any of its binds; another SMSC's ids are others."""
    one = options({"SYSTEM_ID": "me", "WINDOW": "1"})

    assert one.account == options({"SYSTEM_ID": "me", "SMSC_HOST": "SMSC.example.com"}).account
    assert one.account != options({"SYSTEM_ID": "you"}).account
