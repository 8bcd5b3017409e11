"""Logging in, by every mechanism, and what of it may be heard."""

from __future__ import annotations

import base64
import hmac
from pathlib import Path

import pytest

from notifier.configuration import Secret, SmtpAuth, SmtpServer
from notifier.deliver.provider import Side
from notifier.deliver.registry import open_provider
from notifier.deliver.scrub import MASK
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason
from notifier.testing import SmtpSink
from notifier.testing.smtp_sink import Session
from tests.support.deliveries import mail

USER, PASSWORD = "anna@example.org", "geheim-471147"


class Guarded(SmtpSink):
    """Offers certain mechanisms, and believes whom it knows."""

    def __init__(self, offered: str, secret: str = PASSWORD) -> None:
        super().__init__(extensions=[f"AUTH {offered}"] if offered else [])
        self.secret = secret
        self.tried: list[str] = []

    async def _auth(self, session: Session, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        self.tried.append(mechanism)
        if mechanism == "CRAM-MD5":
            answer = await self._ask(session, "<1.2@sink>")
            session.authenticated = (
                answer == f"{USER} {hmac.new(self.secret.encode(), b'<1.2@sink>', 'md5').hexdigest()}"
            )
        elif mechanism == "XOAUTH2":
            session.authenticated = _text(initial) == f"user={USER}\1auth=Bearer {self.secret}\1\1"
            if not session.authenticated:  # as Google and Microsoft do
                await self._ask(session, '{"status":"401"}')
        elif mechanism == "LOGIN":
            assert not initial
            # Some ask in words of their own.
            asked = [await self._ask(session, "Benutzer"), await self._ask(session, "Kennwort")]
            session.authenticated = asked == [USER, self.secret]
        else:
            session.authenticated = _text(initial) == f"\0{USER}\0{self.secret}"
        usual = "235 2.7.0 ok" if session.authenticated else f"535 5.7.8 {argument} of {USER} refused"
        await self._reply(session, "AUTH", argument, usual)


def _text(initial: str) -> str:
    return base64.b64decode(initial).decode()


def sent(sink: SmtpSink, heard: list[tuple[Side, str]] | None = None, **options: object) -> Outcome:
    """One mail over a connection of its own."""
    server = SmtpServer("relay", "127.0.0.1", sink.port, username=USER, timeout=20, **options)  # type: ignore[arg-type]
    lines = heard if heard is not None else []
    provider = open_provider(server, hear=lambda side, line: lines.append((side, line)))
    try:
        return provider.send(mail())
    finally:
        provider.close()


@pytest.mark.parametrize("auth", [SmtpAuth.PLAIN, SmtpAuth.LOGIN, SmtpAuth.CRAM_MD5])
def test_each_mechanism_lets_in_who_knows_the_password(auth: SmtpAuth) -> None:
    """Only the one that was asked for is tried."""
    with Guarded("XOAUTH2 LOGIN PLAIN CRAM-MD5") as sink:
        assert isinstance(sent(sink, auth=auth, password=Secret(PASSWORD)), Accepted)

    assert sink.tried == [auth.upper()]


@pytest.mark.parametrize(
    ("offered", "tried"),
    [("PLAIN LOGIN", ["PLAIN"]), ("LOGIN XOAUTH2", ["LOGIN"]), ("PLAIN CRAM-MD5", ["CRAM-MD5"])],
)
def test_auto_takes_what_is_offered(offered: str, tried: list[str]) -> None:
    """The best of it first."""
    with Guarded(offered) as sink:
        assert isinstance(sent(sink, password=Secret(PASSWORD)), Accepted)

    assert sink.tried == tried


def test_a_mechanism_that_isn_t_offered_is_the_configuration_s_fault() -> None:
    """And named."""
    with Guarded("PLAIN") as sink:
        outcome = sent(sink, auth=SmtpAuth.CRAM_MD5, password=Secret(PASSWORD))

    assert outcome == Misconfigured(Reason.AUTHENTICATION_FAILED, "the server offers no AUTH CRAM-MD5")


def test_auth_none_logs_nobody_in() -> None:
    """Though there is a user name."""
    with Guarded("PLAIN") as sink:
        assert isinstance(sent(sink, auth=SmtpAuth.NONE, password=Secret(PASSWORD)), Accepted)

    assert sink.tried == []


def test_a_token_logs_in(tmp_path: Path) -> None:
    """XOAUTH2 where there is a source of tokens."""
    file = tmp_path / "token"
    file.write_text("token-1\n")
    with Guarded("PLAIN XOAUTH2", "token-1") as sink:
        assert isinstance(sent(sink, token_file=str(file)), Accepted)

    assert sink.tried == ["XOAUTH2"]


def test_an_expired_token_is_replaced_at_once(tmp_path: Path) -> None:
    """The one in memory is refused on a new connection; no attempt is lost."""
    file = tmp_path / "token"
    file.write_text("token-1")
    with Guarded("XOAUTH2", "token-1") as sink:
        server = SmtpServer("relay", "127.0.0.1", sink.port, username=USER, token_file=str(file), timeout=20, idle=0)
        provider = open_provider(server)
        assert isinstance(provider.send(mail()), Accepted)
        file.write_text("token-2")
        assert isinstance(provider.send(mail()), Accepted)  # from memory, as long as it is believed
        sink.secret = "token-2"

        assert isinstance(provider.send(mail()), Accepted)
        provider.close()

    assert sink.tried == ["XOAUTH2"] * 4


def test_a_token_that_is_refused_is_asked_for_once_more_and_no_oftener(tmp_path: Path) -> None:
    """Then the operator is told."""
    file = tmp_path / "token"
    file.write_text("token-1")
    with Guarded("XOAUTH2", "another") as sink:
        outcome = sent(sink, token_file=str(file))

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is Reason.AUTHENTICATION_FAILED
    assert sink.tried == ["XOAUTH2"]
    assert "token-1" not in repr(outcome)


def test_a_server_that_calls_auth_out_of_place_has_let_nobody_in() -> None:
    """On a fresh connection 503 isn't "you are in already": the mail would go out without a login."""
    with Guarded("PLAIN") as sink:
        sink.script(["503 5.5.1 AUTH out of place"], verb="AUTH")
        outcome = sent(sink, password=Secret(PASSWORD))

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is Reason.AUTHENTICATION_FAILED
    assert sink.messages == []


def test_a_challenge_that_is_none_is_the_server_s_fault() -> None:
    """As it was with smtplib's own."""
    with Guarded("CRAM-MD5") as sink:
        sink.script(["334 A"], verb="CHALLENGE")
        outcome = sent(sink, password=Secret(PASSWORD))

    assert outcome == Deferred(Reason.UNEXPECTED_ANSWER, "a challenge that is none", provider_failed=True)


@pytest.mark.parametrize("auth", list(SmtpAuth)[1:5])
@pytest.mark.parametrize("believed", [True, False])
def test_who_listens_hears_everything_but_the_secret(auth: SmtpAuth, tmp_path: Path, *, believed: bool) -> None:
    """Commands and replies as spoken, the content by its size; of a login its mechanism, whoever repeats the rest."""
    file = tmp_path / "token"
    file.write_text(PASSWORD)
    tokens = {"token_file": str(file)} if auth is SmtpAuth.XOAUTH2 else {}
    heard: list[tuple[Side, str]] = []
    with Guarded(auth.upper(), PASSWORD if believed else "another") as sink:
        outcome = sent(sink, heard, auth=auth, password=Secret(PASSWORD), **tokens)

    assert (Side.US, f"AUTH {MASK}") in heard
    assert (Side.PEER, "220 sink ESMTP") in heard
    if believed:
        assert any(line.startswith("MAIL FROM:<noreply@example.org> SIZE=") for side, line in heard if side is Side.US)
        assert [line for side, line in heard if side is Side.NOTE][-1].startswith("the message, ")
        assert (Side.PEER, "250 2.0.0 queued") in heard
    spoken = "\n".join([*(line for _, line in heard), repr(outcome)])
    secrets = [PASSWORD, f"\0{USER}\0{PASSWORD}", f"user={USER}\1auth=Bearer {PASSWORD}\1\1"]
    for secret in (PASSWORD, *(base64.b64encode(secret.encode()).decode() for secret in secrets)):
        assert secret not in spoken
