"""Several letters under way over one connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest

from notifier.configuration import SmtpServer
from notifier.deliver.provider import Side, Windowed
from notifier.deliver.registry import open_provider
from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Rejected, Throttled, Unsure
from notifier.testing import DROP, HANG, HostileSMTP, SmtpSink
from tests.support.deliveries import mail

NOBODY = "550 5.1.1 no such user"


@contextmanager
def relay(sink: SmtpSink, **options: object) -> Iterator[Windowed]:
    """A provider of the sink, without TLS."""
    server = SmtpServer("relay", "127.0.0.1", sink.port, timeout=20.0)
    provider = open_provider(replace(server, **options))  # type: ignore[arg-type]  # fields by name
    assert isinstance(provider, Windowed)
    yield provider
    provider.close()


def letters(*names: str) -> Iterator[Delivery]:
    """A mail to each of them, with a text of its own."""
    for name in names:
        yield mail(f"{name}@example.com", identity=name, body=f"Hello {name}")


def reasons(outcomes: Iterator[Outcome]) -> list[str]:
    return [str(outcome.reason) for outcome in outcomes]


def test_a_letter_s_commands_go_along_with_the_content_before() -> None:
    """The second is announced before the first has its answer, and each text gets to its recipient."""
    ahead: list[int] = []
    with (
        SmtpSink(replies=lambda verb, _: ahead.append(taken) if verb == "." else None) as sink,
        relay(sink) as provider,
    ):
        taken = 0

        def feed() -> Iterator[Delivery]:
            nonlocal taken
            for delivery in letters("a", "b", "c", "d"):
                taken += 1
                yield delivery

        outcomes = list(provider.send_each(feed()))

    assert outcomes == [Accepted("250 2.0.0 queued")] * 4
    assert [m.rcpt_to for m in sink.messages] == [(f"{name}@example.com",) for name in "abcd"]
    assert all(f"Hello {m.rcpt_to[0][0]}".encode() in m.content for m in sink.messages)
    assert ahead == [2, 3, 4, 4]
    assert sink.connections == 1


def test_a_message_costs_one_round_trip() -> None:
    """Content, MAIL, RCPT and DATA of the next leave together, and then all their replies are read."""
    heard: list[tuple[Side, str]] = []
    with SmtpSink() as sink:
        provider = open_provider(
            SmtpServer("relay", "127.0.0.1", sink.port, timeout=20.0),
            hear=lambda side, line: heard.append((side, line.partition(" ")[0])),
        )
        assert isinstance(provider, Windowed)
        list(provider.send_each(letters("a", "b", "c")))
        provider.close()

    us, peer, note = Side.US, Side.PEER, Side.NOTE
    begun = [(us, "MAIL"), (us, "RCPT"), (us, "DATA")]
    taken, content = [(peer, "250"), (peer, "250"), (peer, "354")], [(note, "the")]
    accepted, goodbye = [(peer, "250")], [(us, "QUIT")]
    along = [*content, *begun, *accepted, *taken]
    assert heard[-25:] == [*begun, *taken, *along, *along, *content, *accepted, *goodbye]


def test_refusals_stay_with_their_letters() -> None:
    """In a window of seven, three are refused, each in its own way; the others arrive."""
    with SmtpSink() as sink, relay(sink) as provider:
        sink.script([NOBODY], recipient="b@example.com")
        sink.script(["450 4.7.1 greylisted"], recipient="d@example.com")
        sink.script(["554 5.7.1 spam"], verb=".", recipient="f@example.com")

        outcomes = list(provider.send_each(letters(*"abcdefg")))

    kinds = {0: Accepted, 1: Rejected, 2: Accepted, 3: Deferred, 4: Accepted, 5: Rejected, 6: Accepted}
    assert [type(outcome) for outcome in outcomes] == list(kinds.values())
    assert [m.rcpt_to[0][0] for m in sink.messages] == list("aceg")
    assert sink.connections == 1


def test_each_recipient_of_many_has_its_own_reply() -> None:
    """250 recipients, more than one group holds: the refused ones are counted, the others get it once."""
    people = [f"p{number}@example.com" for number in range(250)]
    with SmtpSink() as sink, relay(sink) as provider:
        for number in (0, 99, 100, 249):
            sink.script([NOBODY], recipient=people[number])

        outcomes = list(provider.send_each(iter([*letters("a"), mail(*people, identity="m"), *letters("z")])))

    assert outcomes[1] == Accepted("250 2.0.0 queued; 4 of 250 recipients refused")
    assert sink.messages[1].rcpt_to == tuple(p for n, p in enumerate(people) if n not in (0, 99, 100, 249))
    assert [len(message.rcpt_to) for message in sink.messages] == [1, 246, 1]


def test_of_several_recipients_nobody_gets_it_while_one_has_to_wait() -> None:
    """DATA isn't said before all replies are there: no empty message, no half of them."""
    with SmtpSink() as sink, relay(sink) as provider:
        sink.script(["451 4.3.0 later"], recipient="b@example.com")

        (outcome,) = provider.send_each(iter([mail("a@example.com", "b@example.com")]))

    assert outcome.reason is Reason.TEMPORARY_FAILURE
    assert "DATA" not in sink.conversation
    assert sink.messages == []


def test_a_content_that_is_lost_leaves_the_next_letter_alone() -> None:
    """Unsure is what was handed over; what was only begun goes over another connection."""
    with SmtpSink() as sink, relay(sink) as provider:
        sink.script([DROP], verb=".", recipient="b@example.com")

        outcomes = list(provider.send_each(letters("a", "b", "c", "d")))

    assert reasons(iter(outcomes)) == ["ok", "connection_lost", "ok", "ok"]
    assert isinstance(outcomes[1], Unsure)
    assert [m.rcpt_to[0][0] for m in sink.messages] == ["a", "c", "d"]


def test_silence_after_a_content_holds_up_nobody_twice() -> None:
    """The next letter doesn't wait for another time-out; it was not sent."""
    with SmtpSink() as sink, relay(sink, timeout=0.5) as provider:
        sink.script([HANG], verb=".", recipient="a@example.com")

        outcomes = list(provider.send_each(letters("a", "b")))

    unsure, not_tried = outcomes
    assert isinstance(unsure, Unsure)
    assert unsure.reason is Reason.NO_ANSWER
    assert not_tried is None
    assert sink.messages == []
    assert sink.connections == 1


@pytest.mark.parametrize("reply", ["421 4.7.0 too many messages, slow down", "421 4.3.2 shutting down"])
def test_after_reply_421_to_a_content_the_next_letter_is_not_tried(reply: str) -> None:
    """The server has asked to be left alone, or is going away; the letter begun behind it costs no attempt."""
    with SmtpSink() as sink, relay(sink) as provider:
        sink.script([reply], verb=".", recipient="b@example.com")

        outcomes = list(provider.send_each(letters("a", "b", "c")))

    assert [type(outcome) for outcome in outcomes[:2]] == [Accepted, Throttled if "slow" in reply else Deferred]
    assert outcomes[2] is None
    assert [m.rcpt_to[0][0] for m in sink.messages] == ["a"]
    assert sink.connections == 1


def test_reply_421_to_the_next_letter_s_mail_is_a_new_connection() -> None:
    """Some count a connection's messages; the one before is accepted, and said once."""
    with SmtpSink() as sink, relay(sink) as provider:
        sink.script(["250 2.1.0 ok", "421 4.7.0 enough"], verb="MAIL")

        assert reasons(provider.send_each(letters("a", "b"))) == ["ok", "ok"]

    assert [(m.rcpt_to[0][0], m.connection) for m in sink.messages] == [("a", 1), ("b", 2)]


def test_reply_421_inside_a_group_is_the_provider_s() -> None:
    """No reply after it is waited for, and nothing is asked again."""
    with SmtpSink() as sink, relay(sink) as provider:
        sink.script(["421 4.3.2 stopping"], recipient="b@example.com")

        outcomes = list(provider.send_each(letters("a", "b")))

    assert outcomes[1] == Deferred(Reason.TEMPORARY_FAILURE, "421 4.3.2 stopping", provider_failed=True)
    assert sink.connections == 1


def test_what_can_t_be_an_address_is_told_after_those_before_it() -> None:
    """In the order they were given, without a word to the server."""
    with SmtpSink() as sink, relay(sink) as provider:
        outcomes = reasons(provider.send_each(iter([*letters("a", "b"), mail("a b@c"), *letters("d")])))

    assert outcomes == ["ok", "ok", "address_invalid", "ok"]
    assert len(sink.messages) == 3


def test_a_bug_met_by_one_letter_leaves_those_before_it_alone() -> None:
    """They have their outcomes first; then it is told."""
    broken = mail("b@example.com")
    broken = replace(broken, message=replace(broken.message, body=None))  # type: ignore[arg-type]
    told = []
    with SmtpSink() as sink, relay(sink) as provider:
        with pytest.raises(AttributeError):
            told += provider.send_each(iter([*letters("a"), broken]))
        outcomes = provider.send_each(iter([*letters("a"), broken]))
        assert isinstance(next(outcomes), Accepted)
        with pytest.raises(AttributeError):
            next(outcomes)
        assert reasons(provider.send_each(letters("c"))) == ["ok"]


def test_whoever_stops_listening_leaves_nothing_half_said() -> None:
    """A window that is thrown away: the next letter begins on a connection of its own."""
    with SmtpSink() as sink, relay(sink) as provider:
        outcomes = provider.send_each(letters("a", "b", "c"))
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined]  # it is a generator

        assert reasons(provider.send_each(letters("d"))) == ["ok"]

    assert [m.rcpt_to[0][0] for m in sink.messages] == ["a", "d"]


def test_large_letters_and_long_replies_don_t_get_stuck() -> None:
    """More than all buffers hold in one direction, and a hundred long replies in the other."""
    people = [f"p{number}@example.com" for number in range(100)]
    with SmtpSink() as sink, relay(sink) as provider:
        for person in people:
            sink.script(["250-" + "x" * 900 + "\r\n250 2.1.5 ok"], recipient=person)
        large = [mail(*people, identity=f"l{n}", body="line of text\n" * 500_000) for n in range(2)]

        assert reasons(provider.send_each(iter(large))) == ["ok", "ok"]

    assert [len(message.rcpt_to) for message in sink.messages] == [100, 100]


def test_a_server_that_can_t_is_asked_one_by_one_from_then_on() -> None:
    """After two groups without an answer; the messages are sent, none twice."""
    numbers = count()
    with HostileSMTP("groups_halved") as hostile:
        provider = open_provider(hostile.server(0.5))
        outcomes = [provider.send(mail(identity=f"d{next(numbers)}")) for _ in range(4)]
        provider.close()

    assert reasons(iter(outcomes)) == ["timed_out", "timed_out", "ok", "ok"]


def test_pipelining_off_means_off() -> None:
    """One by one, whatever the server offers."""
    with HostileSMTP("groups_halved") as hostile:
        provider = open_provider(hostile.server(5, pipelining=False))
        assert isinstance(provider, Windowed)
        assert reasons(provider.send_each(letters("a", "b"))) == ["ok", "ok"]
        provider.close()


def test_without_the_offer_nothing_goes_in_groups() -> None:
    """A server that doesn't say PIPELINING gets each command after the reply to the one before."""
    with SmtpSink(pipelining=False) as sink, relay(sink) as provider:
        assert reasons(provider.send_each(letters("a", "b", "c"))) == ["ok"] * 3


@pytest.mark.parametrize("names", ["ab", "abc"], ids=["the-last", "with-another-behind"])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_letter_whose_lease_is_lost_stays(names: str, *, pipelining: bool) -> None:
    """It was ready to go while the server took its time over the one before; somebody else may have it by now."""
    went: list[str] = []
    with SmtpSink() as sink, relay(sink, pipelining=pipelining) as provider:
        outcomes = []
        for outcome in provider.send_each(letters(*names), lambda: not sink.messages):
            outcomes.append(outcome)
            went = [message.rcpt_to[0][0] for message in sink.messages]

        assert isinstance(outcomes[0], Accepted)
        assert outcomes[1:] == [None] * (len(names) - 1)
        assert went == ["a"]
        assert isinstance(provider.send(mail("d@example.com")), Accepted)  # over another connection

    assert [message.rcpt_to[0][0] for message in sink.messages] == ["a", "d"]
