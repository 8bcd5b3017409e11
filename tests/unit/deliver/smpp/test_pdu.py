"""The octets of SMPP: what is written is read again, and what is no SMPP is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import smpp as others
from smpplib.command import SubmitSM

from notifier.configuration import SmsGateway
from notifier.deliver.smpp.parts import Part, parts_of
from notifier.deliver.smpp.pdu import LONGEST, Command, Fields, Inbox, Malformed, Pdu
from notifier.deliver.smpp.submission import destination, submission
from notifier.gateways.smpp import read
from tests.support.deliveries import sms

OPTIONS = {
    "SMSC_HOST": "h",
    "SMSC_PORT": "1",
    "S_ADDR": "ACME",
    "S_ADDR_TON": "5",
    "D_ADDR_TON": "1",
    "D_ADDR_NPI": "1",
}
PDUS = st.builds(
    Pdu,
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0x7FFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.binary(max_size=300),
)


@given(st.lists(PDUS, max_size=5), st.lists(st.integers(1, 50), min_size=1))
def test_what_is_written_is_read_again_however_it_arrives(pdus: list[Pdu], sizes: list[int]) -> None:
    """In pieces of any size."""
    stream, inbox, found = b"".join(pdu.encode() for pdu in pdus), Inbox(), list[Pdu]()
    at = 0
    while at < len(stream):
        size = sizes[at % len(sizes)]
        found += inbox.feed(stream[at : at + size])
        at += size

    assert found == pdus


@pytest.mark.parametrize("length", [0, 15, LONGEST + 1, 0xFFFFFFFF, 0x48545450])
def test_a_length_that_none_has_is_noticed_at_once(length: int) -> None:
    """Nobody waits for four gigabytes; 0x48545450 is an HTTP server's."""
    with pytest.raises(Malformed):
        list(Inbox().feed(length.to_bytes(4, "big") + bytes(12)))


@given(st.binary(max_size=200))
def test_any_body_has_fields(body: bytes) -> None:
    """What is missing is empty; nothing that a peer sends raises."""
    fields = Fields(body)
    fields.text(), fields.octet(), fields.octets(7)
    assert all(isinstance(value, bytes) for value in fields.parameters().values())


def test_somebody_else_reads_the_same() -> None:
    """smpplib, of a part with header and of one with a parameter."""
    options, _ = read(SmsGateway("g", "smpp", {**OPTIONS, "VALIDITY": "90061"}))
    delivery = sms("+4915112345678", body="x" * 200)
    (first, _) = parts_of(delivery.message.body, delivery.id, options)
    assert isinstance(first, Part)
    number = destination("+4915112345678", options)
    assert number == "4915112345678"

    theirs = others.parse_pdu(
        Pdu(Command.SUBMIT_SM, 7, 0, submission(first, number, delivery, options)).encode(), client=None,
        need_sequence=False,
        allow_unknown_opt_params=False,
    )  # fmt: skip

    assert isinstance(theirs, SubmitSM)
    assert (theirs.source_addr, theirs.source_addr_ton, theirs.destination_addr) == (b"ACME", 5, b"4915112345678")
    assert (theirs.dest_addr_ton, theirs.dest_addr_npi, theirs.esm_class, theirs.data_coding) == (1, 1, 0x40, 0)
    assert theirs.validity_period == b"000001010101000R"
    assert (theirs.sequence, len(theirs.short_message)) == (7, 159)
