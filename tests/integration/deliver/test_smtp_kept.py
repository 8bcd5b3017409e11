"""How long a connection is kept, and what a server takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from notifier.configuration import SmtpServer
from notifier.deliver.provider import Windowed
from notifier.deliver.registry import open_provider
from notifier.deliver.smtp import kept
from notifier.outcome import Accepted, Rejected
from notifier.testing import HANG, FaultProxy, SmtpSink
from tests.support.deliveries import mail
from tests.support.waiting import until


@contextmanager
def relay(port: int, **options: object) -> Iterator[Windowed]:
    provider = open_provider(replace(SmtpServer("relay", "127.0.0.1", port, timeout=20.0), **options))  # type: ignore[arg-type]
    assert isinstance(provider, Windowed)
    yield provider
    provider.close()


def test_a_connection_carries_so_many_messages() -> None:
    """Then another one does, and each is left politely; within a window as between them."""
    with SmtpSink() as sink, relay(sink.port, messages_per_connection=3) as provider:
        outcomes = list(provider.send_each(mail(identity=f"d{n}") for n in range(7)))
        outcomes += [provider.send(mail(identity=f"e{n}")) for n in range(3)]
        provider.close()
        until(lambda: sink.conversation.count("QUIT") == 4)

    assert outcomes == [Accepted("250 2.0.0 queued")] * 10
    assert [message.connection for message in sink.messages] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]


def test_an_unused_connection_is_closed_by_itself() -> None:
    """Nobody has to come by for that; the next mail opens another."""
    with SmtpSink() as sink, relay(sink.port, idle=0.2) as provider:
        provider.send(mail())
        until(lambda: "QUIT" in sink.conversation)

        assert isinstance(provider.send(mail()), Accepted)
        until(lambda: sink.conversation.count("QUIT") == 2)

    assert sink.connections == 2


def test_a_connection_in_use_isn_t_closed() -> None:
    """Though the server takes longer for a message than a connection may be unused."""
    with SmtpSink(delay=0.3) as sink, relay(sink.port, idle=0.1) as provider:
        outcomes = list(provider.send_each(mail(identity=f"d{n}") for n in range(3)))

    assert outcomes == [Accepted("250 2.0.0 queued")] * 3
    assert sink.connections == 1


def test_idle_of_nothing_keeps_nothing() -> None:
    """Closed after each batch."""
    with SmtpSink() as sink, relay(sink.port, idle=0) as provider:
        list(provider.send_each(mail(identity=f"d{n}") for n in range(3)))
        until(lambda: sink.conversation[-1] == "QUIT")


def test_nobody_waits_for_the_answer_to_quit() -> None:
    """What was accepted is recorded when all outcomes are told; a server that says no goodbye would hold it up."""
    began = time.monotonic()
    with SmtpSink() as sink, relay(sink.port, idle=0, timeout=60.0) as provider:
        sink.script([HANG], verb="QUIT")
        outcomes = list(provider.send_each(mail(identity=f"d{n}") for n in range(2)))
        until(lambda: sink.conversation[-1] == "QUIT")

    assert outcomes == [Accepted("250 2.0.0 queued")] * 2
    assert time.monotonic() - began < 30


def test_after_a_pause_the_server_is_asked_whether_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall that has forgotten the connection swallows everything: the mail goes over another one, soon."""
    monkeypatch.setattr(kept, "PAUSE", 0.0)
    with SmtpSink() as sink, FaultProxy(("127.0.0.1", sink.port)) as line, relay(line.port) as provider:
        provider.send(mail())
        assert isinstance(provider.send(mail()), Accepted)
        assert (sink.conversation.count("RSET"), sink.connections) == (1, 1)

        monkeypatch.setattr(kept, "STILL_THERE", 0.2)
        line.half_open()
        line.heal()
        assert isinstance(provider.send(mail()), Accepted)

    assert sink.connections == 2


def test_closing_and_sending_again_leaves_one_watch() -> None:
    """A provider that is let go of and used again closes what it keeps, as before."""
    with SmtpSink() as sink, relay(sink.port, idle=0.2) as provider:
        for number in range(20):
            provider.send(mail(identity=f"d{number}"))
            provider.close()
        provider.send(mail())
        watches = [thread for thread in threading.enumerate() if thread.name == "notifier-smtp-idle"]
        assert len(watches) <= 1
        until(lambda: sink.conversation.count("QUIT") == 21)
        until(lambda: not any(thread.name == "notifier-smtp-idle" for thread in threading.enumerate()))


def test_a_message_larger_than_the_server_takes_isn_t_sent() -> None:
    """Refused by its size, for good, before a byte of it leaves; the connection is as good as before."""
    with SmtpSink(size=2000) as sink, relay(sink.port) as provider:
        outcome = provider.send(mail(body="x" * 70 + "\n"))
        large = provider.send(mail(body=("x" * 70 + "\n") * 100))

    assert isinstance(outcome, Accepted)
    assert isinstance(large, Rejected)
    assert (large.reason, large.detail.partition(",")[2]) == ("too_large", " and the server takes 2000")
    assert sink.conversation.count("MAIL") == 1
    assert sink.connections == 1


@pytest.mark.parametrize("words", ["SIZE", "SIZE 0", "SIZE many", "SIZE " + "9" * 30, "SIZE -1"])
def test_a_size_that_says_nothing_limits_nothing(words: str) -> None:
    """RFC 1870: 0 and none at all mean no limit."""
    with SmtpSink() as sink, relay(sink.port) as provider:
        sink.script([f"250-sink\r\n250 {words}"], verb="EHLO")

        assert isinstance(provider.send(mail()), Accepted)


def test_a_reply_address_that_isn_t_ascii_needs_smtputf8() -> None:
    """It stands in a header, though not in the envelope."""
    letter = mail(reply_to="jürgen@example.com")
    commands: list[str] = []

    def listen(verb: str, argument: str) -> None:
        if verb == "MAIL":
            commands.append(argument)

    with SmtpSink(extensions=["SMTPUTF8"], replies=listen) as sink, relay(sink.port) as provider:
        able = provider.send(letter)
    with SmtpSink() as sink, relay(sink.port) as provider:
        unable = provider.send(letter)

    assert isinstance(able, Accepted)
    assert commands[0].endswith(" BODY=8BITMIME SMTPUTF8")
    assert unable == Rejected("address_invalid", "the server can't carry an address that isn't ASCII")  # type: ignore[arg-type]


def test_an_international_domain_goes_by_its_own_name() -> None:
    """By IDNA 2008: the older one would write to somebody else."""
    with SmtpSink() as sink, relay(sink.port) as provider:
        provider.send(mail("anna@straße.example", "eve@Bücher.example"))

    assert sink.messages[0].rcpt_to == ("anna@xn--strae-oqa.example", "eve@xn--bcher-kva.example")
