"""The octets of an SMPP connection, over a real socket."""

from __future__ import annotations

import socket

from notifier.deliver.smpp.pdu import Command, Pdu
from notifier.deliver.smpp.wire import Wire

#: More than is read in a row, and less than a socket holds.
MANY = 6000


def test_who_sends_without_end_is_read_with_pauses() -> None:
    """Others look at the time in between; what is left is read at once, nothing is waited for."""
    enquiries = [Pdu(Command.ENQUIRE_LINK, number) for number in range(1, MANY + 1)]
    near, far = socket.socketpair()
    far.settimeout(30)
    wire = Wire(near)
    far.sendall(b"".join(pdu.encode() for pdu in enquiries))

    found = list(wire.read())
    pieces = [len(found)]
    while len(found) < MANY:
        wire.wait(30)
        piece = list(wire.read())
        pieces.append(len(piece))
        found += piece
    wire.close()
    far.close()

    assert found == enquiries
    assert pieces[0] < MANY
    assert 0 not in pieces


def test_what_tls_may_hold_back_wakes_whoever_waits() -> None:
    """Nothing is left in the system for a poll to see; a wait that isn't woken would last."""
    near, far = socket.socketpair()
    wire = Wire(near)
    far.settimeout(30)
    far.sendall(Pdu(Command.ENQUIRE_LINK, 1).encode() * (4 * 16384 // 16))

    list(wire.read())
    wire.wait(3600)

    assert list(wire.read()) == []
    far.close()
    wire.close()
