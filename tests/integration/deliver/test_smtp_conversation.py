"""What is said to an SMTP server, and what is made of its answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from notifier.configuration import SmtpServer
from notifier.deliver.provider import Provider
from notifier.deliver.registry import open_provider
from notifier.model import Attachment
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure
from notifier.testing import DROP, HANG, SmtpSink
from tests.support.deliveries import mail


@dataclass(frozen=True)
class Line:
    """A provider and the sink at its other end."""

    sink: SmtpSink
    provider: Provider
    grouped: bool


@pytest.fixture(params=[False, True], ids=["singly", "grouped"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """No TLS, little patience; one command at a time, or several."""
    with SmtpSink() as sink:
        provider = open_provider(SmtpServer("relay", "127.0.0.1", sink.port, timeout=0.5, pipelining=request.param))
        yield Line(sink, provider, grouped=request.param)
        provider.close()


def test_twenty_mails_share_one_connection(line: Line) -> None:
    """The greeting is paid for once."""
    outcomes = [line.provider.send(mail(identity=f"d{i}")) for i in range(20)]

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(line.sink.messages) == 20
    assert line.sink.connections == 1


def test_dots_and_long_bodies_arrive_as_they_were(line: Line) -> None:
    """A lone dot ends nothing."""
    body = ".\n..\n.a\n" + "line of text\n" * 20_000

    line.provider.send(mail(body=body))

    content = line.sink.messages[0].content
    assert content.partition(b"\r\n\r\n")[2].decode().replace("\r\n", "\n") == body


def test_the_envelope_holds_bare_addresses(line: Line) -> None:
    """Names are for headers, international domains are A-labels."""
    line.provider.send(mail("Anna <anna@bücher.example>", sender="Desk <desk@example.org>"))

    received = line.sink.messages[0]
    assert received.mail_from == "desk@example.org"
    assert received.rcpt_to == ("anna@xn--bcher-kva.example",)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("250 2.1.5 ok", Accepted("250 2.0.0 queued")),
        ("450 4.2.1 mailbox busy", Deferred(Reason.TEMPORARY_FAILURE, "450 4.2.1 mailbox busy")),
        ("550 5.1.1 no such user", Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1 no such user")),
    ],
)
def test_19_101_the_peer_takes_or_refuses_the_only_address(line: Line, reply: str, outcome: Outcome) -> None:
    """Cases 19 and 101: accepted, refused for a while, refused for good; the system taken over knows yes and no."""
    line.sink.script([reply])

    assert line.provider.send(mail()) == outcome
    assert len(line.sink.messages) == (outcome.kind == "accepted")


@pytest.mark.parametrize("mimetype", ["plain", "html"])
@pytest.mark.parametrize("body", ["a\nb\r\nc\rd\n\n.\n", "ü\nö\r\n", "\n" * 3, "no end", "x" * 2000 + "\n" + "é"])
def test_105_no_bare_line_feed_is_on_the_wire(line: Line, body: str, mimetype: str) -> None:
    """Case 105: every line ends with CRLF, whatever the text was written with."""
    image = Attachment("image/png", "token_image", "x.png", b"\n\r\n\r" * 50)

    line.provider.send(mail(body=body, mimetype=mimetype))
    line.provider.send(mail(body=body, mimetype=mimetype, attachments=(image,)))

    assert len(line.sink.messages) == 2
    for message in line.sink.messages:
        assert not set(b"\r\n") & set(message.content.replace(b"\r\n", b""))


def test_31_a_refused_recipient_doesn_t_keep_the_message_from_the_others(line: Line) -> None:
    """`together`: accepted, with how many were refused, and no address."""
    line.sink.script(["550 5.1.1 bob@example.com unknown"], recipient="bob@example.com")

    outcome = line.provider.send(mail("anna@example.com", "bob@example.com", "eve@example.com"))

    assert outcome == Accepted("250 2.0.0 queued; 1 of 3 recipients refused")
    assert line.sink.messages[0].rcpt_to == ("anna@example.com", "eve@example.com")


def test_many_refusals_cost_little(line: Line) -> None:
    """A thousand answers, each about one address, whose name isn't told."""
    people = [f"anna.{number}@example.com" for number in range(1_000)]
    line.sink.script([f"550 5.1.1 {address.partition('@')[0]} unknown" for address in people])
    began = time.process_time()

    outcome = line.provider.send(mail(*people))

    assert outcome == Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1 *** unknown")
    assert time.process_time() - began < 10


def test_of_several_refusals_the_one_that_may_pass_counts(line: Line) -> None:
    """All refused, one for a while: worth another attempt."""
    line.sink.script(["550 5.1.1 unknown", "451 4.7.1 later", "550 5.7.1 no"])

    outcome = line.provider.send(mail("a@example.com", "b@example.com", "c@example.com"))

    assert outcome == Deferred(Reason.GREYLISTED, "451 4.7.1 later")
    assert "DATA" not in line.sink.conversation


def test_a_kept_connection_that_was_closed_is_replaced(line: Line) -> None:
    """A server that got tired of waiting costs no attempt."""
    line.provider.send(mail(identity="one"))
    line.sink.stop()
    line.sink.start()

    assert isinstance(line.provider.send(mail(identity="two")), Accepted)


def test_a_kept_connection_that_says_421_is_replaced(line: Line) -> None:
    """So is one that says goodbye."""
    line.provider.send(mail(identity="one"))
    line.sink.script(["421 4.4.2 idle too long"], verb="MAIL")

    assert isinstance(line.provider.send(mail(identity="two")), Accepted)
    assert line.sink.connections == 2


def test_a_new_connection_that_says_421_is_not_asked_again(line: Line) -> None:
    """Once is enough: the provider has failed."""
    line.sink.script(["421 4.3.2 shutting down"], verb="MAIL")

    outcome = line.provider.send(mail())

    assert outcome == Deferred(Reason.TEMPORARY_FAILURE, "421 4.3.2 shutting down", provider_failed=True)
    assert line.sink.connections == 1


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."])
def test_reply_421_is_the_provider_s_failure_wherever_it_comes(line: Line, verb: str) -> None:
    """The server closes; the next message finds a new connection."""
    line.sink.script(["421 4.3.2 shutting down"], verb=verb)

    outcome = line.provider.send(mail())

    assert isinstance(outcome, Deferred)
    assert outcome.provider_failed
    assert isinstance(line.provider.send(mail()), Accepted)


@pytest.mark.parametrize(
    ("verb", "reply", "outcome"),
    [
        (
            "CONNECT",
            "554 5.3.2 no service",
            Deferred(Reason.TEMPORARY_FAILURE, "554 5.3.2 no service", provider_failed=True),
        ),
        ("CONNECT", DROP, Deferred(Reason.CONNECTION_LOST, "the server closed the connection", provider_failed=True)),
        ("CONNECT", HANG, Deferred(Reason.TIMED_OUT, "no answer in time", provider_failed=True)),
        ("EHLO", HANG, Deferred(Reason.TIMED_OUT, "no answer in time", provider_failed=True)),
        ("MAIL", DROP, Deferred(Reason.CONNECTION_LOST, "the server closed the connection", provider_failed=True)),
        ("MAIL", HANG, Deferred(Reason.TIMED_OUT, "no answer in time", provider_failed=True)),
        ("MAIL", "550 5.7.1 not you", Misconfigured(Reason.SENDER_REFUSED, "550 5.7.1 not you")),
        ("MAIL", "451 4.3.0 later", Deferred(Reason.TEMPORARY_FAILURE, "451 4.3.0 later")),
        ("RCPT", DROP, Deferred(Reason.CONNECTION_LOST, "the server closed the connection")),
        ("RCPT", HANG, Deferred(Reason.TIMED_OUT, "no answer in time")),
        ("RCPT", "nonsense", Deferred(Reason.UNEXPECTED_ANSWER, "-1 ense")),
        ("DATA", DROP, Deferred(Reason.CONNECTION_LOST, "the server closed the connection")),
        ("DATA", "451 4.3.0 later", Deferred(Reason.TEMPORARY_FAILURE, "451 4.3.0 later")),
        (".", "554 5.7.1 spam", Rejected(Reason.POLICY_REFUSED, "554 5.7.1 spam")),
        (".", "452 4.3.1 disk full", Deferred(Reason.MAILBOX_FULL, "452 4.3.1 disk full")),
        (".", DROP, Unsure(Reason.CONNECTION_LOST, "the message was handed over, and the connection was lost")),
        (".", HANG, Unsure(Reason.NO_ANSWER, "the message was handed over, and no answer came in time")),
    ],
)
def test_every_answer_has_its_outcome(line: Line, verb: str, reply: str, outcome: Outcome) -> None:
    """And after each of them the next message gets through."""
    # What a server may say that isn't up to several commands at once is asked again, one by one.
    again = line.grouped and reply in (DROP, "nonsense") and verb in ("MAIL", "RCPT", "DATA")
    line.sink.script([reply] * (2 if again else 1), verb=verb)

    assert line.provider.send(mail()) == outcome
    assert isinstance(line.provider.send(mail()), Accepted)


def test_a_connection_cut_inside_the_message_means_not_sent(line: Line) -> None:
    """Without the final dot the server has nothing: no duplicate is possible."""
    line.sink.script([DROP], verb="BODY")

    outcome = line.provider.send(mail(body="line of text\n" * 2_000_000))

    assert outcome == Deferred(Reason.CONNECTION_LOST, "the connection was lost inside the message")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nRCPT TO:<x@y.example>",
        "a@b.example, c@d.example",
        "a@b.example <c@d.example>, e@f.example",
        "a b@c.example",
        "",
        "a" * 400 + "@b.example",
    ],
)
def test_what_can_t_be_an_address_is_rejected_before_a_word_is_said(line: Line, address: str) -> None:
    """No command hides in an address."""
    outcome = line.provider.send(mail(address))

    assert outcome == Rejected(Reason.ADDRESS_INVALID, "no mail address, or one that can't be one")
    assert line.sink.connections == 0


def test_a_mailbox_that_isn_t_ascii_needs_smtputf8(line: Line) -> None:
    """Rejected where the server can't; sent where it can."""
    refused = line.provider.send(mail("jürgen@example.com"))
    with SmtpSink(extensions=["SMTPUTF8"]) as sink:
        provider = open_provider(SmtpServer("relay", "127.0.0.1", sink.port, timeout=5))
        accepted = provider.send(mail("jürgen@example.com"))
        provider.close()

    assert refused == Rejected(Reason.ADDRESS_INVALID, "the server can't carry an address that isn't ASCII")
    assert isinstance(accepted, Accepted)
    assert sink.messages[0].rcpt_to == ("jürgen@example.com",)
    assert "To: jürgen@example.com\r\n".encode() in sink.messages[0].content


def test_a_host_nobody_knows_is_the_configuration_s_fault() -> None:
    """Also one that can't be a host name at all."""
    outcome = open_provider(SmtpServer("relay", f"{'a' * 70}.invalid")).send(mail())

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is Reason.HOST_UNKNOWN
