"""Every hostile SMTP server of the fault kit gets the outcome it deserves, and the next message goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from notifier.deliver.provider import Windowed
from notifier.deliver.registry import open_provider
from notifier.model import Delivery
from notifier.outcome import Accepted, Reason, Unsure
from notifier.testing import SMTP_PERSONALITIES, HostileSMTP, SmtpPersonality
from notifier.testing.certificates import Certificates
from notifier.testing.hostile_smtp import PASSWORD
from tests.support.deliveries import mail
from tests.support.hostility import IMPATIENT, LONGEST, PATIENT, PROPERTY, Met, attempt, goes_through, shown

ADDRESS, SUBJECT, CODE = "anna.secret@example.com", "About anna", "Your code is 471147"


@pytest.fixture(scope="module")
def certificates() -> Iterator[Certificates]:
    """One authority for all."""
    made = Certificates()
    yield made
    made.close()


def letter(number: int, *, large: bool = False) -> Delivery:
    """A mail like no other."""
    body = f"{CODE}\n" + ("line of text\n" * 2_000_000 if large else "")
    return mail(ADDRESS, identity=f"d{number}", subject=SUBJECT, body=body)


@pytest.mark.parametrize("pipelining", [False, True], ids=["singly", "grouped"])
@pytest.mark.parametrize("personality", SMTP_PERSONALITIES.values(), ids=lambda personality: personality.name)
def test_a_hostile_server_gets_its_outcome(
    personality: SmtpPersonality,
    certificates: Certificates,
    record_property: Callable[[str, object], None],
    *,
    pipelining: bool,
) -> None:
    """Within its time, without a secret told, and nothing is broken for the next message."""
    with HostileSMTP(personality, certificates) as hostile:
        patience = IMPATIENT if personality.waits else PATIENT
        provider = open_provider(hostile.server(patience, pipelining=pipelining))
        for number in range(personality.after):
            assert isinstance(provider.send(letter(number)), Accepted)

        outcome, took = attempt(provider, letter(90, large=personality.large))
        arrived = len(hostile.messages)
        if personality.name == "hang_at_quit":
            provider.close()
        hostile.behave()
        recovered = goes_through(provider, lambda number: letter(100 + number))
        provider.close()

    if pipelining or not personality.groups_only:
        met = Met("SMTP", personality.name, personality.does, outcome.kind, outcome.reason.value, took)
        record_property(PROPERTY, vars(met))
        assert (type(outcome), outcome.reason) == (personality.kind, personality.reason), outcome
    assert took < LONGEST
    assert arrived == personality.after + isinstance(outcome, Accepted)
    assert recovered
    for secret in (ADDRESS, "anna.secret", SUBJECT, CODE, "471147", PASSWORD):
        assert secret not in shown(outcome)


#: Those that show once a connection stands.
LATER = [each for each in SMTP_PERSONALITIES.values() if each.replies.keys() & {"MAIL", "RCPT", "DATA", ".", "BODY"}]


@pytest.mark.parametrize("personality", LATER, ids=lambda personality: personality.name)
def test_a_letter_begun_behind_another_fares_alike(personality: SmtpPersonality, certificates: Certificates) -> None:
    """The other one is none the worse: its content was there before."""
    with HostileSMTP(replace(personality, after=personality.after + 1), certificates) as hostile:
        patience = IMPATIENT if personality.waits else PATIENT
        provider = open_provider(hostile.server(patience))
        assert isinstance(provider, Windowed)
        before = [letter(number) for number in range(personality.after + 1)]

        *good, outcome = provider.send_each(iter([*before, letter(90, large=personality.large)]))
        arrived = len(hostile.messages)
        hostile.behave()
        recovered = goes_through(provider, lambda number: letter(100 + number))
        provider.close()

    assert all(isinstance(each, Accepted) for each in good)
    assert (type(outcome), outcome.reason) == (personality.kind, personality.reason), outcome
    assert arrived == len(good) + isinstance(outcome, Accepted)
    assert recovered


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", ".", "CONNECT"])
def test_a_server_that_repeats_what_we_said_tells_nobody(verb: str) -> None:
    """A filter that quotes the text it dislikes; a code in it stays between us."""
    words = f"554 5.7.1 '{SUBJECT}' and 471147 of {ADDRESS} refused: {CODE}"
    chatty = SmtpPersonality("chatty", "quotes", Unsure, Reason.NO_ANSWER, {verb: words})
    with HostileSMTP(chatty) as hostile:
        provider = open_provider(hostile.server(PATIENT))
        outcome = provider.send(letter(1))
        provider.close()

    assert outcome.detail.startswith("554 5.7.1")
    if verb != "CONNECT":  # before a message was begun, no server can know any of it
        for secret in (ADDRESS, SUBJECT, CODE, "471147"):
            assert secret not in shown(outcome)


def test_a_server_that_can_t_begin_again_gets_a_new_connection() -> None:
    """After a refused RSET nobody knows whose recipients the next message would get."""
    with HostileSMTP("rset_refused") as hostile:
        provider = open_provider(hostile.server(PATIENT))
        provider.send(letter(1))
        hostile.behave()
        outcome = provider.send(letter(2))
        provider.close()

    assert isinstance(outcome, Accepted)
    assert hostile.connections == 2


def test_the_server_of_certificates_is_closed_with_its_authority() -> None:
    """Without certificates lent, a server makes its own, and leaves nothing behind."""
    with HostileSMTP("certificate_expired") as hostile:
        ca_file = hostile.server().ca_file
        with open(ca_file) as file:  # noqa: PTH123 - a path as the configuration has it
            assert "BEGIN CERTIFICATE" in file.read()

    with pytest.raises(FileNotFoundError), open(ca_file):  # noqa: PTH123
        pass
