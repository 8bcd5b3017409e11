"""SMS over SMPP to a simulated SMSC: over real sockets, decoded by the simulator's own reading."""

from __future__ import annotations

import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from structlog.testing import capture_logs
from waiting import until

from notifier.configuration import SmsGateway
from notifier.deliver.provider import Side, unheard
from notifier.deliver.registry import open_provider
from notifier.deliver.smpp.dialler import Dialler
from notifier.deliver.smpp.gateway import SmppGateway
from notifier.deliver.smpp.reports import AT_ONCE, MOST
from notifier.deliver.stop import Stop
from notifier.deliver.transcript import Transcript
from notifier.gateways.smpp import read
from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure
from notifier.record.receipts import Receipt, Receipts, ReceiptState
from notifier.testing import SmppReply, SmscSink
from tests.support.deliveries import sms

NUMBER = "+4915112345678"
LONG = "Grüße [3] € " * 30
UNICODE = "漢字😀Ω " * 40
Open = Callable[..., SmppGateway]


def gateway(sink: SmscSink, **options: str) -> SmsGateway:
    place = {"SMSC_HOST": "127.0.0.1", "SMSC_PORT": str(sink.port), "TIMEOUT": "20"}
    return SmsGateway("gateway", "smpp", {**place, **options})


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens providers, and closes them."""
    found: list[SmppGateway] = []

    def open_(sink: SmscSink, **options: str) -> SmppGateway:
        provider = open_provider(gateway(sink, **options))
        assert isinstance(provider, SmppGateway)
        found.append(provider)
        return provider

    yield open_
    for provider in found:
        provider.close()


def deliveries(number: int, body: str = "") -> Iterator[Delivery]:
    return (replace(sms(NUMBER, body=body or f"text {at}"), id=f"d{at}") for at in range(number))


# --- what arrives ---


@pytest.mark.parametrize("long", ["udh", "payload", "sar"])
@pytest.mark.parametrize("text", ["Hello {}|", "漢😀", LONG, UNICODE], ids=["gsm7", "ucs2", "long-gsm7", "long-ucs2"])
def test_a_text_arrives(opened: Open, text: str, long: str) -> None:
    """Whole and unchanged, once, whichever way its parts are joined."""
    with SmscSink() as sink:
        outcome = opened(sink, LONG=long, S_ADDR="ACME", S_ADDR_TON="5", D_ADDR_TON="1").send(sms(NUMBER, body=text))

        (message,) = sink.messages

    assert isinstance(outcome, Accepted)
    assert (message.source, message.destination, message.text) == ("ACME", NUMBER[1:], text)
    assert (message.parts[0].source_kind, message.parts[0].destination_kind) == ((5, 0), (1, 0))
    assert outcome.detail == (f"{len(message.parts)} parts" if len(message.parts) > 1 else "")


def test_an_smsc_whose_alphabet_is_latin_1_gets_that(opened: Open) -> None:
    """DEFAULT_ALPHABET; else an ä would become something else there."""
    with SmscSink(latin1=True) as sink:
        opened(sink, DEFAULT_ALPHABET="latin1").send(sms(NUMBER, body="Käse @ 5"))

        assert sink.messages[0].text == "Käse @ 5"


def test_the_old_regexp_changes_the_number(opened: Open) -> None:
    """As it does for every kind of gateway."""
    with SmscSink() as sink:
        opened(sink, REGEXP="/\\+/00/").send(sms(NUMBER))

        assert sink.messages[0].destination == "0049" + NUMBER[3:]


# --- one bind, a window ---


def test_several_are_under_way_and_answered_in_any_order(opened: Open) -> None:
    """Each gets the outcome that is its own, in the order in which it was given."""
    slow = [SmppReply(0x0B if at == 3 else 0, delay=(10 - at) * 0.05) for at in range(10)]
    with SmscSink() as sink:
        sink.script(*slow)
        outcomes = list(opened(sink, WINDOW="10").send_each(deliveries(30)))

        assert [isinstance(outcome, Rejected) for outcome in outcomes] == [at == 3 for at in range(30)]
        assert (len(sink.messages), sink.binds, sink.most_under_way) == (29, 1, 10)


@pytest.mark.parametrize("window", [1, 3])
def test_no_more_are_under_way_than_the_window_has(opened: Open, window: int) -> None:
    """Parts count, not messages."""
    with SmscSink(reply=SmppReply(delay=0.02)) as sink:
        outcomes = list(opened(sink, WINDOW=str(window)).send_each(deliveries(4, LONG)))

        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        assert (len(sink.messages), sink.most_under_way) == (4, window)


def test_a_bind_is_kept_and_asked_after(opened: Open) -> None:
    """Both sides ask, both answer; the next message finds it bound."""
    with SmscSink() as sink:
        provider = opened(sink, ENQUIRE_LINK="0.1")
        provider.send(sms())
        sink.ask("enquire_link")
        sink.wait_until(lambda s: s.conversation.count("enquire_link") > 1 and ("enquire_link", 0) in s.answers)
        provider.send(sms())

        assert (sink.binds, len(sink.messages)) == (1, 2)


def test_a_bind_that_answers_nothing_any_more_is_given_up(opened: Open) -> None:
    """Found out while nobody waits for it: the next message goes over another one, and nothing is unsure."""
    with SmscSink() as sink:
        provider = opened(sink, ENQUIRE_LINK="0.1", TIMEOUT="0.5")
        provider.send(sms())
        sink.script(*[SmppReply(silent=True)] * 50, request="enquire_link")
        sink.wait_until(lambda s: not s.open_connections)

        assert isinstance(provider.send(sms()), Accepted)
        assert sink.binds == 2


def test_an_idle_bind_is_given_back(opened: Open) -> None:
    """IDLE: for an SMSC that allows few."""
    with SmscSink() as sink:
        provider = opened(sink, IDLE="0.2")
        provider.send(sms())
        sink.wait_until(lambda s: "unbind" in s.conversation and not s.open_connections)

        assert isinstance(provider.send(sms()), Accepted)
        assert sink.binds == 2


def test_a_bind_isn_t_idle_while_a_message_has_parts_to_send(opened: Open) -> None:
    """IDLE is shorter than the breath between a throttled part and its next try; afterwards it holds again."""
    with SmscSink() as sink:
        sink.script(0, 0x58, 0x58)
        outcome = opened(sink, IDLE="0.2").send(sms(NUMBER, body=LONG))

        assert isinstance(outcome, Accepted)
        assert (sink.binds, [message.text for message in sink.messages]) == (1, [LONG])
        sink.wait_until(lambda s: "unbind" in s.conversation and not s.open_connections)


def test_closing_unbinds_and_leaves_nothing(opened: Open) -> None:
    """No connection, no thread."""
    before = set(threading.enumerate())
    with SmscSink() as sink:
        provider = opened(sink)
        provider.send(sms())
        provider.close()
        sink.wait_until(lambda s: not s.open_connections)

        assert sink.conversation[-1] == "unbind"
    until(lambda: not {t for t in threading.enumerate() if t.name.startswith("smpp")} - before)


def test_an_smsc_that_unbinds_is_left_and_bound_again(opened: Open) -> None:
    """What is under way is answered first; it was never in doubt."""
    with SmscSink() as sink:
        provider = opened(sink)
        sink.script(SmppReply(unbind=True, delay=0.2))
        outcomes = [provider.send(sms()), provider.send(sms())]

        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        assert (sink.binds, len(sink.messages), ("unbind", 0) in sink.answers) == (2, 2, True)


def test_an_smsc_that_unbinds_answers_what_is_under_way(opened: Open) -> None:
    """A window full of it; what comes behind goes over another bind."""
    with SmscSink(reply=SmppReply(delay=0.1)) as sink:
        sink.script(*[SmppReply(delay=0.3)] * 4, SmppReply(unbind=True, delay=0.3))
        outcomes = list(opened(sink, WINDOW="5").send_each(deliveries(12)))

        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        assert (sink.binds, len(sink.messages)) == (2, 12)


def test_a_message_of_several_parts_goes_on_over_another_bind(opened: Open) -> None:
    """Its first part was answered, and nothing is in doubt."""
    with SmscSink() as sink:
        sink.script(SmppReply(unbind=True, delay=0.2))
        outcome = opened(sink).send(sms(NUMBER, body=LONG))

        assert isinstance(outcome, Accepted)
        assert (sink.binds, [message.text for message in sink.messages]) == (2, [LONG])


def test_an_smsc_that_unbinds_for_ever_is_left_alone(opened: Open) -> None:
    """Another bind is tried once; then it is a matter of the retry policy."""
    with SmscSink() as sink:
        sink.script(*[SmppReply(unbind=True)] * 20, request="bind_transceiver")
        outcome = opened(sink).send(sms())

        assert isinstance(outcome, Deferred | Accepted)
        assert sink.binds <= 3


def binds_under(sink: SmscSink, most: int) -> Callable[[], bool]:
    return lambda: sink.conversation.count("bind_transceiver") < most


def test_what_may_not_go_any_more_after_a_bind_stays(opened: Open) -> None:
    """It was taken before, and the SMSC took its time: somebody else may have it by now."""
    with SmscSink() as sink:
        provider = opened(sink)
        outcomes = list(provider.send_each(deliveries(3), binds_under(sink, 1)))

        assert outcomes == [None] * 3
        assert isinstance(provider.send(sms()), Accepted)
        assert sink.conversation.count("submit_sm") == 1


def test_what_may_not_go_any_more_after_another_bind_stays(opened: Open) -> None:
    """The first was worth nothing: nobody has any part of it."""
    with SmscSink() as sink:
        sink.script(SmppReply(unbind=True), request="bind_transceiver")
        outcomes = list(opened(sink).send_each(deliveries(1), binds_under(sink, 2)))

        assert (outcomes, sink.binds, sink.messages) == ([None], 2, [])


def test_what_is_half_sent_goes_on(opened: Open) -> None:
    """Half a text is worth less than the attempt that it has used already."""
    with SmscSink() as sink:
        (outcome,) = opened(sink).send_each(deliveries(1, LONG), lambda: not sink.parts)

        assert isinstance(outcome, Accepted)
        assert [message.text for message in sink.messages] == [LONG]


# --- what goes wrong ---


def taken(provider: SmppGateway, number: int) -> tuple[list[Outcome], int]:
    """Outcomes until one isn't good, as the corridor takes them; and how many deliveries had been taken by then."""
    counted = count()
    outcomes = []
    for outcome in provider.send_each(delivery for delivery in deliveries(number) if next(counted) >= 0):
        outcomes.append(outcome)
        if not isinstance(outcome, Accepted):
            break
    return outcomes, next(counted)


def test_an_smsc_that_is_asked_too_much_is_asked_no_more(opened: Open) -> None:
    """Throttled, no attempt used; what was taken by then is good, and no other is begun before it is told."""
    with SmscSink() as sink:
        sink.script(SmppReply(delay=0.5), 0x58)
        outcomes, begun = taken(opened(sink, WINDOW="5"), 50)

    assert [outcome.kind for outcome in outcomes] == ["accepted", "throttled"]
    assert "ESME_RTHROTTLED" in outcomes[-1].detail
    assert begun == 5


def test_a_lost_connection_leaves_in_doubt_only_what_was_under_way(opened: Open) -> None:
    """The rest goes over another bind, in the same call."""
    with SmscSink() as sink:
        sink.script(0, SmppReply(drop_after=True))
        outcomes = list(opened(sink, WINDOW="3").send_each(deliveries(20)))

        unsure = [outcome for outcome in outcomes if isinstance(outcome, Unsure)]
        assert isinstance(outcomes[0], Accepted)
        assert 1 <= len(unsure) <= 3
        assert {outcome.reason for outcome in unsure} == {Reason.CONNECTION_LOST}
        assert len([outcome for outcome in outcomes if isinstance(outcome, Accepted)]) == 20 - len(unsure)
        assert sink.binds == 2


def test_silence_is_unsure_for_the_one_that_meets_it(opened: Open) -> None:
    """Its neighbours are answered; the next call finds another bind."""
    with SmscSink() as sink:
        provider = opened(sink, TIMEOUT="1")
        sink.script(0, SmppReply(silent=True), 0)
        outcomes = list(provider.send_each(deliveries(3)))
        after = provider.send(sms())

    assert [outcome.kind for outcome in outcomes] == ["accepted", "unsure", "accepted"]
    assert outcomes[1].reason is Reason.NO_ANSWER
    assert isinstance(after, Accepted)
    assert sink.binds == 2


def test_what_didn_t_go_out_whole_is_not_in_doubt(opened: Open) -> None:
    """An SMSC that reads no more: its last octet decides whether a message may have been read."""
    with SmscSink() as sink:
        sink.script(SmppReply(stall=True))
        provider = opened(sink, WINDOW="100", LONG="payload", TIMEOUT="3")
        outcomes = list(provider.send_each(deliveries(100, "x" * 60_000)))

    whole = [outcome for outcome in outcomes if isinstance(outcome, Unsure)]
    assert {outcome.reason for outcome in whole} == {Reason.NO_ANSWER}
    assert outcomes[: len(whole)] == whole
    assert set(outcomes[len(whole) :]) == {Deferred(Reason.TIMED_OUT, "not read in time", provider_failed=True)}


@pytest.mark.parametrize(
    ("status", "reason"),
    [(0x0E, Reason.AUTHENTICATION_FAILED), (0x0D, Reason.AUTHENTICATION_FAILED), (0x15, Reason.PROVIDER_BROKEN)],
)
def test_a_refused_bind_is_the_operator_s(opened: Open, status: int, reason: Reason) -> None:
    """No attempt is used, and no message is refused for it."""
    with SmscSink() as sink:
        sink.script(status, request="bind_transceiver")
        provider = opened(sink)
        outcome = provider.send(sms())

        assert isinstance(outcome, Misconfigured)
        assert outcome.reason is reason
        assert isinstance(provider.send(sms()), Accepted)


@pytest.mark.parametrize("body", ["Hello", LONG], ids=["first", "later"])
def test_an_expiry_that_the_smsc_won_t_have_is_its_delivery_s(opened: Open, body: str) -> None:
    """A moment of its own (`expires_after`): others go on. VALIDITY is the gateway's, and so is its refusal."""
    own, others = replace(sms(NUMBER, body=body), expires=True), sms(NUMBER)
    with SmscSink() as sink:
        sink.script(*[0] * (body == LONG), 0x62, request="submit_sm")
        outcomes = list(opened(sink, VALIDITY="600", WINDOW="1").send_each(iter((own, others))))
        sink.script(0x62)
        outcomes.append(opened(sink, VALIDITY="600").send(others))

    assert [outcome.kind for outcome in outcomes if outcome] == ["rejected", "accepted", "misconfigured"]
    assert ["expires_after" in outcome.detail for outcome in outcomes if outcome] == [True, False, False]


def test_a_bind_that_isn_t_answered_is_deferred(opened: Open) -> None:
    """Nothing was sent."""
    with SmscSink() as sink:
        sink.script(SmppReply(silent=True), request="bind_transceiver")

        assert opened(sink, TIMEOUT="0.5").send(sms()) == Deferred(
            Reason.TIMED_OUT, "no answer to the bind in time", provider_failed=True
        )


def test_an_account_that_is_bound_already_may_be_about_to_be_free(opened: Open) -> None:
    """After a reload the bind of the configuration before is just being given back; no attempt is used."""
    with SmscSink() as sink:
        sink.script(0x05, request="bind_transceiver")
        provider = opened(sink)
        outcomes = [provider.send(sms()), provider.send(sms())]

    assert [outcome.kind for outcome in outcomes] == ["throttled", "accepted"]
    assert "ESME_RALYBND" in outcomes[0].detail


def test_an_account_that_stays_bound_is_the_operator_s() -> None:
    """Once there was time to give it back; and for `send-test`, which wants to know at once."""
    with SmscSink() as sink:
        sink.script(0x05, 0x05, request="bind_transceiver")
        with pytest.raises(Stop) as stopped:
            Dialler(read(gateway(sink))[0], unheard, handover=0).bind(lambda *_: None)
        tested = open_provider(gateway(sink), hear=lambda *_: None).send(sms())

    assert isinstance(stopped.value.outcome, Misconfigured)
    assert isinstance(tested, Misconfigured)


@pytest.mark.parametrize("command", [0x80000000, 0x80000015, 0x80000004])
def test_what_answers_no_bind_binds_nothing(opened: Open, command: int) -> None:
    """The number is ours, the command isn't; nothing was sent."""
    with SmscSink() as sink:
        sink.script(SmppReply(raw=header(16, command)), request="bind_transceiver")
        outcome = opened(sink).send(sms())

        assert sink.messages == []
    assert isinstance(outcome, Deferred)
    assert (outcome.reason, outcome.provider_failed) == (Reason.UNEXPECTED_ANSWER, True)


def test_whoever_has_forgotten_our_bind_is_told_it_again(opened: Open) -> None:
    """Wrong state: this bind is worth nothing any more."""
    with SmscSink() as sink:
        provider = opened(sink)
        sink.script(0x04)
        outcomes = [provider.send(sms()), provider.send(sms())]

    assert [outcome.kind for outcome in outcomes] == ["deferred", "accepted"]
    assert sink.binds == 2


# --- messages of several parts ---


def test_a_refused_first_part_decides_and_no_other_is_sent(opened: Open) -> None:
    """Nobody gets half a message."""
    with SmscSink() as sink:
        sink.script(0x0B)
        outcome = opened(sink).send(sms(NUMBER, body=LONG))

        assert isinstance(outcome, Rejected)
        assert sink.conversation.count("submit_sm") == 1
        assert not sink.parts


def test_a_later_part_that_finds_no_room_is_said_again(opened: Open) -> None:
    """The message arrives whole and once, although it was throttled in its middle."""
    with SmscSink() as sink:
        sink.script(0, 0x58, 0, 0x14)
        outcome = opened(sink).send(sms(NUMBER, body=LONG))

        assert isinstance(outcome, Accepted)
        assert [message.text for message in sink.messages] == [LONG]
        assert len(sink.parts) == len(sink.messages[0].parts)


@pytest.mark.parametrize(
    ("replies", "kind", "words"),
    [
        ([0, 0x0B], Rejected, "1 of 3 parts accepted"),
        ([0, 0, *[0x58] * 9], Unsure, "2 of 3 parts accepted"),
        ([0, 0x0A], Unsure, "of 3 parts accepted"),
        ([0, SmppReply(drop_after=True)], Unsure, "1 of 3 parts accepted"),
        ([0, SmppReply(silent=True), SmppReply(silent=True)], Unsure, "1 of 3 parts accepted"),
    ],
    ids=["refused", "no-room", "misconfigured", "lost", "silent"],
)
def test_a_message_that_stays_half_says_so(
    opened: Open, replies: list[SmppReply | int], kind: type[Outcome], words: str
) -> None:
    """It isn't called unsent, for a part is out there; what would be refused again isn't sent again."""
    with SmscSink() as sink:
        sink.script(*replies)
        outcome = opened(sink, TIMEOUT="1" if isinstance(replies[-1], SmppReply) else "20").send(sms(NUMBER, body=LONG))

    assert isinstance(outcome, kind)
    assert words in outcome.detail


# --- TLS ---


def test_tls_is_verified(opened: Open, server_tls: ssl.SSLContext, ca_file: str) -> None:
    """Against CA_FILE; an unknown authority is the configuration's fault, unless nobody asks."""
    with SmscSink(tls=server_tls) as sink:
        outcomes = [
            opened(sink, TLS="yes", CA_FILE=ca_file).send(sms(NUMBER, body=LONG)),
            opened(sink, TLS="yes").send(sms()),
            opened(sink, TLS="yes", CHECK_SSL="no").send(sms()),
            opened(sink, TLS="yes", CA_FILE="/nowhere").send(sms()),
        ]

        assert sink.messages[0].text == LONG
    assert [outcome.kind for outcome in outcomes] == ["accepted", "misconfigured", "accepted", "misconfigured"]
    assert outcomes[1].reason is Reason.CERTIFICATE_INVALID


def test_tls_carries_a_window_and_receipts(opened: Open, server_tls: ssl.SSLContext, ca_file: str) -> None:
    """Two threads use the connection; one at a time."""
    record = Kept()
    with SmscSink(tls=server_tls, reply=SmppReply(receipts=("DELIVRD",))) as sink:
        provider = opened(sink, TLS="yes", CA_FILE=ca_file, RECEIPTS="yes")
        provider.report_to(record)
        outcomes = list(provider.send_each(deliveries(300)))
        record.wait_for(300)

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)


# --- hostile ones ---


def header(length: int, command: int = 0x80000004, status: int = 0) -> Callable[[int], bytes]:
    return lambda sequence: struct.pack(">IIII", length, command, status, sequence)


@pytest.mark.parametrize(
    ("raw", "kind", "reason"),
    [
        (header(3), Unsure, Reason.UNEXPECTED_ANSWER),
        (header(0xFFFFFFFF), Unsure, Reason.UNEXPECTED_ANSWER),
        (lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", Unsure, Reason.UNEXPECTED_ANSWER),
        (lambda _: b"\0\0\0", Unsure, Reason.NO_ANSWER),
        (lambda sequence: header(60_000)(sequence) + bytes(100), Unsure, Reason.NO_ANSWER),
        (lambda sequence: header(16)(sequence + 1000), Unsure, Reason.NO_ANSWER),
        (header(16, 0x80000000, 0x02), Rejected, Reason.REFUSED),
        (lambda _: struct.pack(">IIII", 16, 0x80000000, 3, 0), Unsure, Reason.NO_ANSWER),
        (header(16, 0x80000000), Unsure, Reason.UNEXPECTED_ANSWER),
        (header(16, 0x80000015), Unsure, Reason.UNEXPECTED_ANSWER),
        (header(16, 0x80000005, 0x0B), Unsure, Reason.UNEXPECTED_ANSWER),
        (header(16), Accepted, Reason.OK),
        (lambda sequence: header(16)(sequence) * 3, Accepted, Reason.OK),
        (lambda sequence: struct.pack(">IIII", 16, 0x15, 0, 1) * 500 + header(16)(sequence), Accepted, Reason.OK),
        (lambda sequence: struct.pack(">IIII", 16, 0x7777, 0, 1) + header(16)(sequence), Accepted, Reason.OK),
        (lambda sequence: struct.pack(">IIII", 18, 5, 0, 1) + b"\xff\xff" + header(16)(sequence), Accepted, Reason.OK),
    ],
    ids=[
        "length-3", "length-4g", "http", "three-octets", "half-a-pdu", "wrong-sequence", "nack", "nack-of-nothing",
        "nack-that-says-ok", "answer-to-something-else", "refusal-of-something-else",
        "no-id", "thrice", "enquiries", "unknown-command", "broken-deliver",
    ],
)  # fmt: skip
def test_a_hostile_smsc_gets_its_outcome(
    opened: Open, raw: Callable[[int], bytes], kind: type[Outcome], reason: Reason
) -> None:
    """Within its time; and the next message goes through."""
    with SmscSink() as sink:
        provider = opened(sink, TIMEOUT="1" if reason is Reason.NO_ANSWER else "20")
        sink.script(SmppReply(raw=raw))
        outcome = provider.send(sms())
        after = provider.send(sms())

    assert (type(outcome), outcome.reason) == (kind, reason)
    assert isinstance(after, Accepted)


def test_who_listens_hears_everything_but_secrets() -> None:
    """The conversation of ``send-test``: each PDU in words."""
    heard: list[str] = []
    with SmscSink(credentials=("account7", "s3cret")) as sink:
        config = gateway(sink, SYSTEM_ID="account7", PASSWORD="s3cret")
        tell: Callable[[Side, str], None] = lambda side, line: heard.append(f"{side} {line}")  # noqa: E731
        provider = open_provider(config, hear=Transcript(config, tell))
        provider.send(sms(NUMBER))
        provider.close()

    words = "\n".join(heard)
    for said in ("> bind_transceiver", "< bind_transceiver_resp", "> submit_sm", "message_id=m1", "> unbind"):
        assert said in words
    assert "account7" not in words
    assert "s3cret" not in words


# --- receipts ---


class Kept(Receipts):
    """Keeps them here."""

    def __init__(self, failures: int = 0, error: Exception | None = None) -> None:
        self.receipts: list[Receipt] = []
        self.failures = failures
        self._error = error or RedisConnectionError()
        self._changed = threading.Condition()

    def join(self, receipts: Sequence[Receipt]) -> Sequence[str]:
        with self._changed:
            if self.failures:
                self.failures -= 1
                raise self._error
            self.receipts += receipts
            self._changed.notify_all()
        return [""] * len(receipts)

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Nothing is taken inside the block: Redis hangs."""
        with self._changed:
            yield

    def wait_for(self, number: int) -> list[Receipt]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.receipts) >= number, 30)
            return list(self.receipts)


@pytest.mark.parametrize("parameters", [False, True], ids=["text", "parameters"])
def test_a_receipt_names_the_part_it_is_for(opened: Open, parameters: bool) -> None:
    """The ids of the outcome are those of the receipts, part by part; each is answered."""
    record = Kept()
    with SmscSink(parameters=parameters) as sink:
        provider = opened(sink, RECEIPTS="yes")
        provider.report_to(record)
        outcome = provider.send(sms(NUMBER, body=LONG))
        assert isinstance(outcome, Accepted)
        for ident in reversed(sink.messages[0].message_ids):
            sink.receipt(ident, "UNDELIV", "034")
        found = record.wait_for(3)
        sink.wait_until(lambda s: s.answers.count(("deliver_sm", 0)) == 3)

    assert all(fragment.registered == 1 for fragment in sink.parts)
    assert [receipt.message for receipt in found] == list(reversed(outcome.message_ids))
    assert {(receipt.state, receipt.error) for receipt in found} == {(ReceiptState.UNDELIVERABLE, "034")}


@pytest.mark.parametrize("later", [0x0B, 0x0A, SmppReply(drop_after=True)], ids=["refused", "misconfigured", "lost"])
def test_a_message_that_stays_half_names_the_part_that_was_taken(opened: Open, later: SmppReply | int) -> None:
    """Its receipt is worth something: that part is out there."""
    record = Kept()
    with SmscSink() as sink:
        provider = opened(sink, RECEIPTS="yes")
        provider.report_to(record)
        sink.script(SmppReply(receipts=("DELIVRD",), early=True), later)
        outcome = provider.send(sms(NUMBER, body=LONG))
        (receipt,) = record.wait_for(1)

    assert isinstance(outcome, Unsure | Rejected)
    assert outcome.message_ids[0] == receipt.message
    assert outcome.message_ids[1] == ""


def test_ids_that_are_written_in_two_ways_are_one(opened: Open) -> None:
    """Hexadecimal in the answer, decimal in the receipt: RECEIPT_ID: dec."""
    record = Kept()
    with SmscSink(hexadecimal=True, reply=SmppReply(receipts=("DELIVRD",), early=True)) as sink:
        provider = opened(sink, RECEIPTS="yes", RECEIPT_ID="dec")
        provider.report_to(record)
        outcome = provider.send(sms())
        (receipt,) = record.wait_for(1)

    assert isinstance(outcome, Accepted)
    assert (receipt.message,) == outcome.message_ids


def test_a_receipt_that_can_t_be_kept_is_left_to_the_smsc(opened: Open) -> None:
    """Redis is away: it is asked to say it again later; messages go on meanwhile."""
    record = Kept(failures=1)
    with SmscSink() as sink:
        provider = opened(sink, RECEIPTS="yes")
        provider.report_to(record)
        provider.send(sms())
        sink.receipt("m1")
        sink.wait_until(lambda s: ("deliver_sm", 0x64) in s.answers)
        sink.receipt("m1")

        assert len(record.wait_for(1)) == 1
        assert isinstance(provider.send(sms()), Accepted)


def test_a_bug_met_by_a_receipt_doesn_t_end_the_others(opened: Open) -> None:
    """It is told by its kind alone, and the SMSC says all of them again."""
    record = Kept(failures=2, error=ValueError("of m1"))
    with SmscSink() as sink, capture_logs() as lines:
        provider = opened(sink, RECEIPTS="yes")
        provider.report_to(record)
        provider.send(sms())
        for number in range(2):
            sink.receipt("m1")
            sink.wait_until(lambda s, n=number: s.answers.count(("deliver_sm", 0x64)) > n)
        sink.receipt("m1")
        record.wait_for(1)

    assert lines == [{"event": "receipts.failed", "log_level": "error", "error": "ValueError"}] * 2


def test_closing_waits_no_longer_than_it_says(opened: Open) -> None:
    """However many receipts lie there, and though the record takes none: the SMSC says again what nobody answered."""
    record = Kept()
    with SmscSink() as sink, record.shut():
        provider = opened(sink, RECEIPTS="yes")
        provider.report_to(record)
        provider.send(sms())
        for number in range(MOST + AT_ONCE + 1):
            sink.receipt(f"m{number}")
        sink.wait_until(lambda s: ("deliver_sm", 0x64) in s.answers)
        closing = threading.Thread(target=provider.close)
        closing.start()
        closing.join(30)

        assert not closing.is_alive()
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "smpp-receipts"])


def test_whoever_keeps_no_receipts_asks_for_none_and_takes_none(opened: Open) -> None:
    """A test's bind must not swallow what the workers wait for."""
    with SmscSink() as sink:
        provider = opened(sink, RECEIPTS="yes")
        outcome = provider.send(sms())
        sink.receipt("m1")
        sink.wait_until(lambda s: ("deliver_sm", 0x64) in s.answers)

    assert isinstance(outcome, Accepted)
    assert outcome.message_ids == ()
    assert sink.parts[0].registered == 0


def test_an_answer_to_an_sms_is_thanked_for_and_dropped(opened: Open) -> None:
    """Somebody wrote back: nobody reads it, and the SMSC needn't say it again."""
    record = Kept()
    with SmscSink() as sink:
        provider = opened(sink, RECEIPTS="yes")
        provider.report_to(record)
        provider.send(sms())
        sink.ask(
            "deliver_sm", b"\0\1\1491511\0\1\1me\0" + bytes((0, 0, 0)) + b"\0\0" + bytes((0, 0, 0, 0, 4)) + b"STOP"
        )
        sink.wait_until(lambda s: ("deliver_sm", 0) in s.answers)

    assert record.receipts == []


def test_a_flood_of_receipts_harms_no_message(opened: Open) -> None:
    """They come in between, and are all kept."""
    record = Kept()
    with SmscSink(reply=SmppReply(receipts=("DELIVRD", "DELIVRD", "ACCEPTD"))) as sink:
        provider = opened(sink, RECEIPTS="yes")
        provider.report_to(record)
        outcomes = list(provider.send_each(deliveries(200)))

        assert len(record.wait_for(600)) == 600
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
