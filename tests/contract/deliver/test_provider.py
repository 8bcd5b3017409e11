"""What every way out promises, whatever it speaks."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from notifier.configuration import Secret, SmsGateway, SmtpServer, Tls
from notifier.deliver.provider import Provider
from notifier.deliver.registry import open_provider
from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure
from notifier.testing import DROP, HANG, Answer, SmppReply, SmscSink, SmsSink, SmtpSink
from tests.support.deliveries import mail, sms
from tests.support.scripts import gateway, script

ADDRESS, NUMBER, CODE = "anna.secret@example.com", "+4915112345678", "Your code is 4711"
USER, PASSWORD = "gateway-user", "gateway-password"
NOBODY = Deferred(Reason.CONNECTION_REFUSED, "connection refused", provider_failed=True)


@dataclass(frozen=True)
class World:
    """A provider, its peer, and how to make the peer behave."""

    provider: Provider
    delivery: Delivery
    arrived: Callable[[], int]
    refuse: Callable[[], None]
    defer: Callable[[], None]
    #: None: it has no word for that.
    throttle: Callable[[], None] | None
    hang: Callable[[], None]
    #: None: there is no connection to be cut before the message.
    cut_off_before: Callable[[], None] | None
    cut_off_after: Callable[[], None]
    chatter: Callable[[], None]
    go_away: Callable[[], None]
    #: An answer that never comes after a request means this, where the request isn't the message itself.
    before: Outcome | None
    #: The class of a refusal, where nobody can tell whether it is final.
    refusal: type[Outcome] = Rejected
    #: What it is when nobody is there.
    gone: Outcome = NOBODY


def _smtp_grouped(stack: ExitStack) -> World:
    return _smtp(stack, pipelining=True)


def _by_mail(stack: ExitStack) -> World:
    """The world of the SMTP server that carries its messages."""
    options = {"MAILTO": "{phone}@sms.example.com", "SMTPIDENTIFIER": "relay", "SUBJECT": "{otp}"}
    return _smtp(stack, of=lambda relay: SmsGateway("gateway", "smtp", options, relay=relay))


def _smtp(
    stack: ExitStack, *, pipelining: bool = False, of: Callable[[SmtpServer], SmtpServer | SmsGateway] = lambda s: s
) -> World:
    sink = stack.enter_context(SmtpSink(credentials=(USER, PASSWORD)))
    server = SmtpServer(
        "relay",
        "127.0.0.1",
        sink.port,
        tls=Tls.NONE,
        username=USER,
        password=Secret(PASSWORD),
        timeout=0.3,
        pipelining=pipelining,
    )
    words = f"5.7.1 {ADDRESS} ({NUMBER}) of {USER}:{PASSWORD} refused"
    return World(
        provider=open_provider(of(server)),
        delivery=mail(ADDRESS, body=CODE) if of(server) is server else sms(NUMBER, body=CODE),
        arrived=lambda: len(sink.messages),
        refuse=lambda: sink.script(["550 5.1.1 no such user"]),
        defer=lambda: sink.script(["451 4.3.0 later"]),
        throttle=lambda: sink.script(["452 4.5.3 too many recipients"]),
        hang=lambda: sink.script([HANG], verb="."),
        # Where several commands were cut off, each is said once more by itself.
        cut_off_before=lambda: sink.script([DROP] * (2 if pipelining else 1)),
        cut_off_after=lambda: sink.script([DROP], verb="."),
        chatter=lambda: sink.script([f"554 {words}"]),
        go_away=sink.stop,
        before=Deferred(Reason.CONNECTION_LOST, "the server closed the connection"),
    )


def _http(stack: ExitStack) -> World:
    options = {"HTTP_METHOD": "POST", "to": "{phone}", "text": "{otp}", "TIMEOUT": "0.3"}
    options |= {"USERNAME": USER, "PASSWORD": PASSWORD, "RETURN_FAIL": "ERROR"}
    lost = Unsure(Reason.CONNECTION_LOST, "the connection was lost after the request was sent")
    made = _web(stack, lambda sink: SmsGateway("g", "http", {"URL": sink.url, **options}, {"X-Key": PASSWORD}), 200)
    return dataclasses.replace(made, before=lost)


def _sipgate(stack: ExitStack) -> World:
    options = {"TOKEN_ID": USER, "TOKEN": PASSWORD, "TIMEOUT": "0.3"}
    lost = Unsure(Reason.CONNECTION_LOST, "the connection was lost after the request was sent")
    made = _web(stack, lambda sink: SmsGateway("g", "sipgate", {"URL": sink.url, **options}))
    return dataclasses.replace(made, before=lost)


def _apprise(stack: ExitStack) -> World:
    """By its json:// service; that a connection was cut before the message isn't told from what comes after it."""
    login = f"{USER}:{PASSWORD}"
    made = _web(
        stack,
        lambda sink: SmsGateway(
            "g", "apprise", {"URL": f"json://{login}@127.0.0.1:{sink.port}/{{phone}}", "TIMEOUT": "0.3"}
        ),
    )
    return dataclasses.replace(made, refusal=Deferred, cut_off_before=None)


def _web(stack: ExitStack, gateway: Callable[[SmsSink], SmsGateway], chatty: int = 422) -> World:
    """A peer that is spoken to over HTTP, and chatters with that status."""
    sink = SmsSink()
    sink.__enter__()
    closing = ExitStack()
    closing.callback(sink.__exit__)
    stack.push(closing)
    return World(
        provider=open_provider(gateway(sink)),
        delivery=sms(NUMBER, body=CODE),
        arrived=lambda: len(sink.messages),
        refuse=lambda: sink.script(Answer(422)),
        defer=lambda: sink.script(Answer(503)),
        throttle=lambda: sink.script(Answer(429, headers={"Retry-After": "5"})),
        hang=lambda: sink.script(Answer(hang=30)),
        cut_off_before=lambda: sink.script(Answer(drop=True)),
        cut_off_after=lambda: sink.script(Answer(drop=True)),
        chatter=lambda: sink.script(Answer(chatty, f"ERROR {ADDRESS} {NUMBER} '{CODE}' of {USER}:{PASSWORD}")),
        go_away=closing.close,
        before=None,
    )


def _smpp(stack: ExitStack) -> World:
    sink = stack.enter_context(SmscSink(credentials=(USER, PASSWORD)))
    options = {"SMSC_HOST": "127.0.0.1", "SMSC_PORT": str(sink.port), "SYSTEM_ID": USER, "PASSWORD": PASSWORD}

    def echo(sequence: int) -> bytes:
        """An SMSC that writes what it dislikes where the message's id should be."""
        words = f"{ADDRESS} {NUMBER} '{CODE}' of {USER}:{PASSWORD}".encode() + b"\0"
        return struct.pack(">IIII", 16 + len(words), 0x80000004, 0x65, sequence) + words

    return World(
        provider=open_provider(SmsGateway("gateway", "smpp", {**options, "TIMEOUT": "1"})),
        delivery=sms(NUMBER, body=CODE),
        arrived=lambda: len(sink.messages),
        refuse=lambda: sink.script(0x0B),
        defer=lambda: sink.script(0x08),
        throttle=lambda: sink.script(0x58),
        hang=lambda: sink.script(SmppReply(silent=True)),
        cut_off_before=lambda: sink.script(SmppReply(drop=True), request="bind_transceiver"),
        cut_off_after=lambda: sink.script(SmppReply(drop_after=True)),
        chatter=lambda: sink.script(SmppReply(0x65, raw=echo)),
        go_away=sink.stop,
        before=Deferred(Reason.CONNECTION_LOST, "the SMSC closed the connection", provider_failed=True),
    )


def _script(stack: ExitStack) -> World:
    """What it is to do stands in a file, which it takes away: the next time it does well."""
    home = Path(stack.enter_context(TemporaryDirectory()))
    home.chmod(0o755)
    take = "#!/bin/sh\nif [ -f order ]; then mv order taken; . ./taken; exit 99; fi\ncat > text; echo >> arrived\n"
    script(home, take)
    arrived = home / "arrived"
    said = f"echo \"{ADDRESS} {NUMBER} '{CODE}'\"; exit 67"

    def order(words: str) -> Callable[[], None]:
        def write() -> None:
            (home / "order").write_text(words)

        return write

    return World(
        # Long enough for a shell to start on a machine that has much to do.
        provider=open_provider(gateway(home, TIMEOUT="5")),
        delivery=sms(NUMBER, body=CODE),
        arrived=lambda: len(arrived.read_text().splitlines()) if arrived.exists() else 0,
        refuse=order("exit 67"),
        defer=order("exit 75"),
        throttle=None,
        hang=order("exec sleep 1000"),
        cut_off_before=None,
        cut_off_after=order("kill -9 $$"),
        chatter=order(said),
        go_away=(home / "send").unlink,
        before=None,
        gone=Misconfigured(Reason.PROVIDER_BROKEN, "the script can't be found: No such file or directory"),
    )


WORLDS = {
    "smtp": _smtp,
    "smtp-grouped": _smtp_grouped,
    "http": _http,
    "smpp": _smpp,
    "by-mail": _by_mail,
    "sipgate": _sipgate,
    "apprise": _apprise,
    "script": _script,
}


@pytest.fixture(params=WORLDS.values(), ids=WORLDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Each provider with its peer."""
    with ExitStack() as stack:
        world: World = request.param(stack)
        stack.callback(world.provider.close)
        yield world


def test_a_message_is_accepted_once(world: World) -> None:
    """One call, one message there."""
    assert isinstance(world.provider.send(world.delivery), Accepted)
    assert world.arrived() == 1


def test_a_refusal_is_final(world: World) -> None:
    """Rejected: no later attempt can help; deferred where nobody can tell. The next message is none the worse."""
    world.refuse()

    assert isinstance(world.provider.send(world.delivery), world.refusal)
    assert world.arrived() == 0
    assert isinstance(world.provider.send(world.delivery), Accepted)


def test_a_failure_that_may_pass_is_deferred(world: World) -> None:
    """Deferred for this message; the provider is left alone by nobody."""
    world.defer()

    outcome = world.provider.send(world.delivery)

    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.TEMPORARY_FAILURE
    assert not outcome.provider_failed
    assert isinstance(world.provider.send(world.delivery), Accepted)


def test_a_request_to_slow_down_is_told_as_such(world: World) -> None:
    """Whether with a time (HTTP) or without one (SMTP)."""
    if world.throttle is None:
        pytest.skip("it has no word for that")
    world.throttle()

    outcome = world.provider.send(world.delivery)

    assert isinstance(outcome, Throttled | Deferred)
    assert outcome.reason is Reason.RATE_LIMITED


def test_silence_after_the_message_is_unsure(world: World) -> None:
    """Sent or not: nobody knows, and nobody pretends."""
    world.hang()

    outcome = world.provider.send(world.delivery)

    assert isinstance(outcome, Unsure)
    assert outcome.reason is Reason.NO_ANSWER


def test_a_connection_cut_after_the_message_is_unsure(world: World) -> None:
    """As silence is; a new connection serves the next message."""
    world.cut_off_after()

    assert isinstance(world.provider.send(world.delivery), Unsure)
    assert isinstance(world.provider.send(world.delivery), Accepted)


def test_a_connection_cut_before_the_message_is_told_as_far_as_it_can_be_known(world: World) -> None:
    """SMTP knows that nothing was sent; an HTTP request was on its way."""
    if world.cut_off_before is None:
        pytest.skip("there is no connection, or nothing is known of it")
    world.cut_off_before()

    assert world.provider.send(world.delivery) == world.before
    assert world.arrived() == 0
    assert isinstance(world.provider.send(world.delivery), Accepted)


def test_nobody_there_is_the_provider_s_failure(world: World) -> None:
    """All its deliveries wait, this one loses nothing; also where a kept connection was closed under us."""
    world.provider.send(world.delivery)
    world.go_away()

    outcome = world.provider.send(world.delivery)

    assert outcome == world.gone


def test_no_secret_and_no_person_is_in_an_outcome_or_a_repr(world: World) -> None:
    """However much the peer chatters."""
    world.chatter()

    outcome = world.provider.send(world.delivery)

    assert isinstance(outcome, world.refusal)
    shown = " ".join(map(str, dataclasses.astuple(outcome))) + repr(outcome) + repr(world.provider)
    for secret in (ADDRESS, "anna.secret", NUMBER, NUMBER[1:], CODE, "4711", USER, PASSWORD):
        assert secret not in shown


def test_closing_twice_and_sending_after_it_work(world: World) -> None:
    """`close` lets go of connections, not of the provider."""
    world.provider.send(world.delivery)
    world.provider.close()
    world.provider.close()

    assert isinstance(world.provider.send(world.delivery), Accepted)
