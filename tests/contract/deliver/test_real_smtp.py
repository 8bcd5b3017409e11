"""Postfix and OpenSMTPD, not sinks of ours: what they say gets its outcome, and what they deliver is what was meant."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import count

import pytest
from opensmtpd import MOST_MAILS, opensmtpd
from postfix import PASSWORD, USER, Postfix, postfix
from relays import BUSY, DOMAIN, REFUSED, Relay
from servers import listens
from waiting import until

from notifier.configuration import Secret, SmtpServer, Tls
from notifier.deliver.provider import Provider, Windowed
from notifier.deliver.registry import open_provider
from notifier.model import Attachment, Delivery
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled
from tests.support.deliveries import mail
from tests.support.hostility import shown

CODE = "Your code is 471147"
KIM, ROSA = f"kim@{DOMAIN}", f"rosa@{DOMAIN}"
_numbers = count(1)


@pytest.fixture(scope="module")
def whole() -> Iterator[Postfix]:
    """Postfix: has all there is, and can be told to be difficult."""
    with postfix() as running:
        yield running


@pytest.fixture(scope="module")
def plain() -> Iterator[Relay]:
    """OpenSMTPD, in clear: no PIPELINING, no SMTPUTF8."""
    with opensmtpd() as running:
        yield running


@pytest.fixture(params=["whole", "plain"], ids=["postfix", "opensmtpd"])
def relay(request: pytest.FixtureRequest) -> Relay:
    """Each of them."""
    running: Relay = request.getfixturevalue(request.param)
    return running


@pytest.fixture
def subject() -> str:
    """Like no other, so that a test finds its own mails."""
    return f"Token number {next(_numbers)}"


def letter(*to: str, subject: str, body: str = CODE, **message: object) -> Delivery:
    """A mail to kim, unless to others."""
    return mail(*(to or (KIM,)), identity=f"d{next(_numbers)}", subject=subject, body=body, **message)


def send(server: SmtpServer, *deliveries: Delivery) -> list[Outcome]:
    """The outcomes of one provider, and nothing secret in them."""
    provider = open_provider(server)
    try:
        outcomes = [provider.send(delivery) for delivery in deliveries]
    finally:
        provider.close()
    for outcome in outcomes:
        for secret in (KIM, ROSA, REFUSED, BUSY, "471147", USER, PASSWORD):
            assert secret not in shown(outcome)
    return outcomes


def each(provider: Provider, deliveries: list[Delivery]) -> list[Outcome]:
    """All of them, several under way at once where the provider can."""
    if isinstance(provider, Windowed):
        return list(provider.send_each(iter(deliveries)))
    return [provider.send(delivery) for delivery in deliveries]


@pytest.mark.parametrize("tls", [Tls.NONE, Tls.AUTO, Tls.STARTTLS, Tls.IMPLICIT])
def test_a_mail_arrives_by_every_way_in(whole: Postfix, tls: Tls, subject: str) -> None:
    """In clear, by STARTTLS and by TLS from the first byte, with AUTH where the server wants it."""
    assert isinstance(send(whole.protected(tls), letter(subject=subject))[0], Accepted)

    until(lambda: whole.of(subject))
    said = str(whole.of(subject)[KIM]["Received"])
    ways = {Tls.NONE: "with ESMTP id", Tls.AUTO: "with ESMTPS id"}
    assert ways.get(tls, "with ESMTPSA id") in said


@pytest.mark.parametrize(
    "body",
    [
        "Grüße aus Köln, 漢字 und 😀\n",
        ".\n..\n.a line that begins with a dot\n",
        "x" * 5000 + "\n" + "ü" * 5000 + "\n",
        "\n\n\ntrailing blanks   \n\ttabs\t\n",
        "From the beginning of a line\n",
    ],
    ids=["letters", "dots", "long lines", "blanks", "from"],
)
def test_what_arrives_is_what_was_written(relay: Relay, body: str, subject: str) -> None:
    """Letters of all kinds, dots at line starts, lines beyond SMTP's limits."""
    assert isinstance(send(relay.configuration(), letter(subject=subject, body=body))[0], Accepted)

    until(lambda: relay.of(subject))
    assert relay.of(subject)[KIM].get_content().rstrip("\n") == body.rstrip("\n")


def test_a_long_subject_arrives(relay: Relay, subject: str) -> None:
    """Folded on its way, and whole again."""
    long = f"{subject}: " + "Schlüssel für Jürgen " * 8 + "."

    assert isinstance(send(relay.configuration(), letter(subject=long))[0], Accepted)

    until(lambda: any(subject in arrived["Subject"] for _, arrived in relay.arrived()))
    assert set(relay.of(long)) == {KIM}


def test_html_and_a_picture_arrive(relay: Relay, subject: str) -> None:
    """The text beside the HTML and the attachment, byte by byte."""
    picture = Attachment("image/png", "q", "q.png", bytes(range(256)) * 20)
    delivery = letter(
        subject=subject, body="<p>Grüße</p>", mimetype="html", alternative="Grüße", attachments=(picture,)
    )

    assert isinstance(send(relay.configuration(), delivery)[0], Accepted)

    until(lambda: relay.of(subject))
    parts = {
        part.get_content_type(): part.get_content() for part in relay.of(subject)[KIM].walk() if not part.is_multipart()
    }
    assert (parts["text/plain"].strip(), parts["image/png"]) == ("Grüße", picture.data)
    assert "<p>Grüße</p>" in parts["text/html"]


def test_several_recipients_of_whom_one_is_refused(relay: Relay, subject: str) -> None:
    """The others have it, and the outcome says how many were refused."""
    outcome, after = send(
        relay.configuration(), letter(KIM, REFUSED, ROSA, subject=subject), letter(subject=f"{subject} after")
    )

    assert isinstance(outcome, Accepted)
    assert "1 of 3 recipients refused" in outcome.detail
    assert isinstance(after, Accepted)
    until(lambda: len(relay.of(subject)) == 2)
    assert set(relay.of(subject)) == {KIM, ROSA}


def test_a_refused_recipient_is_final_and_a_busy_one_is_not(relay: Relay, subject: str) -> None:
    """550 and 450, and the connection goes on."""
    refused, busy, good = send(
        relay.configuration(),
        letter(REFUSED, subject=subject),
        letter(BUSY, subject=subject),
        letter(subject=subject),
    )

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.MAILBOX_UNAVAILABLE
    assert isinstance(busy, Deferred)
    assert not busy.provider_failed
    assert isinstance(good, Accepted)


def test_nobody_gets_it_twice_while_one_of_several_is_busy(relay: Relay, subject: str) -> None:
    """A recipient that may be served later keeps the whole mail back."""
    outcome, probe = send(
        relay.configuration(), letter(KIM, BUSY, subject=subject), letter(ROSA, subject=f"{subject} probe")
    )

    assert isinstance(outcome, Deferred)
    assert isinstance(probe, Accepted)
    until(lambda: relay.of(f"{subject} probe"))
    assert not relay.of(subject)


def test_no_other_domain(relay: Relay, subject: str) -> None:
    """A server that doesn't relay for us refuses for good."""
    (outcome,) = send(relay.configuration(), letter("anna@elsewhere.example", subject=subject))

    assert isinstance(outcome, Rejected)


def test_too_large(relay: Relay, subject: str) -> None:
    """More than the server's SIZE is refused for good; the next mail goes out."""
    large = letter(subject=subject, body="a line of text\n" * 20_000)

    refused, good = send(relay.configuration(), large, letter(subject=subject))

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.TOO_LARGE
    assert isinstance(good, Accepted)


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
@pytest.mark.parametrize(
    "login", [{"password": Secret("wrong")}, {"username": "stranger"}], ids=["wrong password", "unknown user"]
)
def test_a_wrong_login_is_the_configuration_s(whole: Postfix, tls: Tls, login: dict[str, object], subject: str) -> None:
    """Misconfigured: the operator is told, the mail waits."""
    (outcome,) = send(whole.protected(tls, **login), letter(subject=subject))

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is Reason.AUTHENTICATION_FAILED


def test_no_login_where_one_is_wanted(whole: Postfix, subject: str) -> None:
    """Nothing is sent; the mail isn't lost."""
    (outcome,) = send(whole.protected(Tls.IMPLICIT, username=""), letter(subject=subject))

    assert not isinstance(outcome, Accepted)


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
@pytest.mark.parametrize("change", [{"ca_file": ""}, {"host": "127.0.0.1"}], ids=["unknown authority", "wrong name"])
def test_a_certificate_that_doesn_t_hold(whole: Postfix, tls: Tls, change: dict[str, str], subject: str) -> None:
    """Verified by default: no login is told to whoever answers there."""
    server = dataclasses.replace(whole.protected(tls), **change)

    (outcome,) = send(server, letter(subject=subject))

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is Reason.CERTIFICATE_INVALID
    assert isinstance(send(dataclasses.replace(server, verify=False), letter(subject=subject))[0], Accepted)


def test_implicit_tls_where_there_is_none(whole: Postfix, subject: str) -> None:
    """And the other way round: a port of the other kind gets no mail, and no login."""
    wrong = whole.protected(Tls.IMPLICIT, port=whole.ports.plain, timeout=5.0)

    (outcome,) = send(wrong, letter(subject=subject))

    assert not isinstance(outcome, Accepted | Rejected)


def test_a_window_of_mails(relay: Relay, subject: str) -> None:
    """Each gets its own outcome, in order, whatever became of its neighbours; nobody gets another's mail."""
    people = [f"user{number}@{DOMAIN}" for number in range(60)]
    turns = [REFUSED if number % 7 == 3 else BUSY if number % 11 == 5 else who for number, who in enumerate(people)]
    provider = open_provider(relay.configuration())

    outcomes = each(provider, [letter(who, subject=subject, body=f"only for {who}") for who in turns])
    provider.close()

    expected = {REFUSED: "rejected", BUSY: "deferred"}
    assert [outcome.kind for outcome in outcomes] == [expected.get(who, "accepted") for who in turns]
    good = {who for who in turns if who not in expected}
    until(lambda: set(relay.of(subject)) == good)
    assert all(arrived.get_content().strip() == f"only for {who}" for who, arrived in relay.of(subject).items())
    assert sum(arrived["Subject"] == subject for _, arrived in relay.arrived()) == len(good)


def test_a_window_of_refusals(relay: Relay, subject: str) -> None:
    """Servers hang up after so many (Postfix: 20): each is final all the same, and a good one still goes out."""
    provider = open_provider(relay.configuration())

    outcomes = each(provider, [letter(REFUSED, subject=subject) for _ in range(30)] + [letter(subject=subject)])
    provider.close()

    assert [outcome.kind for outcome in outcomes] == ["rejected"] * 30 + ["accepted"]


def test_a_server_that_ends_and_comes_back(relay: Relay, subject: str) -> None:
    """Gone away is the provider's failure; back again, the same provider serves."""
    provider = open_provider(relay.configuration())
    assert isinstance(provider.send(letter(subject=subject)), Accepted)

    relay.server.kill()
    until(lambda: not listens(relay.port))
    away = provider.send(letter(subject=subject))
    relay.server.start()
    back = provider.send(letter(subject=f"{subject} back"))
    provider.close()

    assert isinstance(away, Deferred)
    assert (away.reason, away.provider_failed) == (Reason.CONNECTION_REFUSED, True)
    assert isinstance(back, Accepted)
    until(lambda: relay.of(f"{subject} back"))


def test_opensmtpd_counts_the_mails_of_a_connection(subject: str) -> None:
    """After the last it says 421; the next mail goes out over a new connection, and nobody notices."""
    with opensmtpd() as relay:
        outcomes = send(relay.configuration(), *(letter(subject=subject) for _ in range(2 * MOST_MAILS + 2)))

        assert {type(outcome) for outcome in outcomes} == {Accepted}
        assert relay.log.read_text().count("smtp connected") >= 3


def test_a_connection_closed_while_idle(whole: Postfix, subject: str) -> None:
    """Postfix closes it after a second; the next mail goes out over a new one, and nobody notices."""
    provider = open_provider(whole.configuration(port=whole.ports.sleepy))
    before = whole.log.read_text().count("timeout after")
    first = provider.send(letter(subject=subject))
    until(lambda: whole.log.read_text().count("timeout after") > before)

    second = provider.send(letter(subject=subject))
    provider.close()

    assert (type(first), type(second)) == (Accepted, Accepted)


def test_more_mails_than_a_client_may_send(whole: Postfix, subject: str) -> None:
    """Postfix counts mails a minute: the third waits, and nobody takes it for refused."""
    server = whole.configuration(port=whole.ports.mails)

    outcomes = send(server, *(letter(subject=subject) for _ in range(3)))

    assert [outcome.kind for outcome in outcomes[:2]] == ["accepted", "accepted"]
    assert isinstance(outcomes[2], Deferred | Throttled)


def test_more_connections_than_a_client_may_have(whole: Postfix, subject: str) -> None:
    """421 instead of a greeting: the provider pauses."""
    server = whole.configuration(port=whole.ports.connections)

    outcomes = [send(server, letter(subject=subject))[0] for _ in range(3)]

    assert [outcome.kind for outcome in outcomes[:2]] == ["accepted", "accepted"]
    last = outcomes[2]
    assert isinstance(last, Throttled) or (isinstance(last, Deferred) and last.provider_failed)


def test_a_server_that_hangs_up_after_an_error(whole: Postfix, subject: str) -> None:
    """421 after the refused recipient: that one is final, and the next mail gets a new connection."""
    server = whole.configuration(port=whole.ports.errors)

    refused, good = send(server, letter(REFUSED, subject=subject), letter(subject=subject))

    assert isinstance(refused, Rejected)
    assert isinstance(good, Accepted)


def test_a_server_that_offers_nothing(whole: Postfix, subject: str) -> None:
    """No PIPELINING, no 8BITMIME, no SIZE: the mail arrives all the same."""
    server = whole.configuration(port=whole.ports.bare)

    assert isinstance(send(server, letter(subject=subject, body="Grüße"))[0], Accepted)
    until(lambda: whole.of(subject))
    assert whole.of(subject)[KIM].get_content().strip() == "Grüße"


def test_an_address_that_isn_t_ascii(whole: Postfix, subject: str) -> None:
    """By SMTPUTF8 where the server offers it; refused for good where it doesn't."""
    juergen = f"jürgen@{DOMAIN}"

    (offered,) = send(whole.configuration(), letter(juergen, subject=subject))
    (bare,) = send(whole.configuration(port=whole.ports.bare), letter(juergen, subject=subject))

    assert isinstance(offered, Accepted)
    assert isinstance(bare, Rejected)
    assert bare.reason is Reason.ADDRESS_INVALID
    until(lambda: whole.of(subject))
    assert len(whole.of(subject)) == 1
