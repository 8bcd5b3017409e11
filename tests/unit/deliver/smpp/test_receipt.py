"""Receipts as SMSCs write them."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.configuration import SmsGateway
from notifier.deliver.smpp.pdu import Command, Pdu
from notifier.deliver.smpp.receipt import message_key, receipt_of
from notifier.gateways.smpp import ReceiptId, read
from notifier.record.receipts import Receipt, ReceiptState

OPTIONS, _ = read(SmsGateway("g", "smpp", {"SMSC_HOST": "h", "SMSC_PORT": "1"}))
TEXT = b"id:m1 sub:001 dlvrd:001 submit date:2611251200 done date:2611251203 stat:DELIVRD err:000 text:hello"


def deliver(words: bytes, parameters: bytes = b"", esm_class: int = 4) -> Pdu:
    body = b"\0\1\149151\0\1\1me\0" + bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, 0, 0, len(words))) + words
    return Pdu(Command.DELIVER_SM, 1, 0, body + parameters)


def parameter(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def test_the_usual_text() -> None:
    """Id, state, the network's code, and when it was."""
    assert receipt_of(deliver(TEXT), OPTIONS) == Receipt(
        message_key("m1", OPTIONS), ReceiptState.DELIVERED, "000", "2026-11-25 12:03"
    )


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DELIVRD", "delivered"), ("DELIVERED", "delivered"), ("EXPIRED", "expired"), ("DELETED", "deleted"),
        ("UNDELIV", "undeliverable"), ("UNDELIVERABLE", "undeliverable"), ("ACCEPTD", "accepted"),
        ("REJECTD", "rejected"), ("REJECTED", "rejected"), ("ENROUTE", "enroute"), ("UNKNOWN", "unknown"),
        ("delivrd", "delivered"), ("WHATEVER", "unknown"),
    ],
)  # fmt: skip
def test_states_by_their_words(word: str, state: str) -> None:
    """Seven letters or all of them; what nobody knows is unknown."""
    receipt = receipt_of(deliver(TEXT.replace(b"DELIVRD", word.encode())), OPTIONS)

    assert receipt
    assert receipt.state == state


def test_parameters_are_believed_more_than_words() -> None:
    """They are the specification's; the text is each SMSC's own, and may be missing."""
    parameters = parameter(0x001E, b"M7\0") + parameter(0x0427, b"\5")

    for words in (TEXT, b"", b"nothing to read here"):
        receipt = receipt_of(deliver(words, parameters), OPTIONS)
        assert receipt
        assert (receipt.message, receipt.state) == (message_key("M7", OPTIONS), ReceiptState.UNDELIVERABLE)


def test_some_come_as_data() -> None:
    """All that such a one says stands in parameters: the words too, where there are any."""
    head = b"\0\1\149151\0\1\1me\0" + bytes((4, 0, 0))
    named = Pdu(Command.DATA_SM, 1, 0, head + parameter(0x001E, b"m1\0") + parameter(0x0427, b"\5"))
    written = Pdu(Command.DATA_SM, 1, 0, head + parameter(0x0424, TEXT))

    found = [receipt_of(pdu, OPTIONS) for pdu in (named, written)]

    assert [receipt and (receipt.message, receipt.state) for receipt in found] == [
        (message_key("m1", OPTIONS), ReceiptState.UNDELIVERABLE),
        (message_key("m1", OPTIONS), ReceiptState.DELIVERED),
    ]


@pytest.mark.parametrize(
    ("kind", "answered", "told"),
    [
        (ReceiptId.SAME, "abC-1", "abC-1"),
        (ReceiptId.LOOSE, "abc-1", "ABC-1"),
        (ReceiptId.LOOSE, "0A", "a"),
        (ReceiptId.SAME, "42", "0000000042"),
        (ReceiptId.SAME, "FF", "00000000FF"),
        (ReceiptId.DEC, "ff", "255"),
        (ReceiptId.DEC, "000000FF", "0000000255"),
        (ReceiptId.HEX, "255", "ff"),
        (ReceiptId.HEX, "0255", "000000FF"),
        (ReceiptId.DEC, "x-1", "x-1"),
    ],
)
def test_both_spellings_of_an_id_are_one(kind: ReceiptId, answered: str, told: str) -> None:
    """RECEIPT_ID says how a receipt writes what the answer has told."""
    options = replace(OPTIONS, receipt_id=kind)
    receipt = receipt_of(deliver(TEXT.replace(b"m1", told.encode())), options)

    assert receipt
    assert receipt.message == message_key(answered, options)
    assert receipt.message != message_key("other", options)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (ReceiptId.SAME, "aBc1", "AbC1"),
        (ReceiptId.SAME, "0m", "m"),
        (ReceiptId.SAME, "0A", "0a"),
        (ReceiptId.DEC, "x-1", "X-1"),
        (ReceiptId.DEC, "1_0", "10"),
        (ReceiptId.HEX, "1_0", "10"),
    ],
)
def test_two_ids_aren_t_one(kind: ReceiptId, one: str, other: str) -> None:
    """One SMS's receipt would be told of another."""
    options = replace(OPTIONS, receipt_id=kind)

    assert message_key(one, options) != message_key(other, options)


@pytest.mark.parametrize(
    "pdu",
    [deliver(b"Stop sending me this", esm_class=0), deliver(b"no id here"), Pdu(Command.DATA_SM, 1), deliver(b"")],
)
def test_what_is_none_is_none(pdu: Pdu) -> None:
    """Somebody answered an SMS; or a receipt names no message."""
    assert receipt_of(pdu, OPTIONS) is None


@given(st.binary(max_size=250), st.sampled_from([0, 4, 0x20, 0x44]))
def test_nothing_that_arrives_is_an_error(octets: bytes, esm_class: int) -> None:
    """Whatever an SMSC thinks up."""
    for command in (Command.DELIVER_SM, Command.DATA_SM):
        receipt_of(Pdu(command, 1, 0, octets), OPTIONS)
    receipt_of(deliver(octets, esm_class=esm_class), OPTIONS)
