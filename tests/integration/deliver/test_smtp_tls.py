"""TLS and AUTH against the sink."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from notifier.configuration import Secret, SmtpServer, Tls
from notifier.deliver.provider import Windowed
from notifier.deliver.registry import open_provider
from notifier.deliver.smtp.login import log_in
from notifier.deliver.smtp.tls import ClientTls
from notifier.deliver.smtp.token import TokenSource
from notifier.deliver.stop import Stop
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason
from notifier.testing import SmtpSink
from tests.support.deliveries import mail


def send(server: SmtpServer) -> Outcome:
    """One mail, one connection."""
    provider = open_provider(server)
    try:
        return provider.send(mail())
    finally:
        provider.close()


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.AUTO])
def test_starttls_is_used_where_it_is_offered(server_tls: ssl.SSLContext, ca_file: str, tls: Tls) -> None:
    """Wanted or automatic, with the certificate looked at."""
    with SmtpSink(tls=server_tls) as sink:
        outcome = send(SmtpServer("relay", "127.0.0.1", sink.port, tls=tls, ca_file=ca_file, timeout=5))

    assert isinstance(outcome, Accepted)
    assert sink.conversation[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]


def test_103_implicit_tls_speaks_tls_from_the_first_byte(server_tls: ssl.SSLContext, ca_file: str) -> None:
    """As on port 465."""
    with SmtpSink(tls=server_tls, implicit=True) as sink:
        server = SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.IMPLICIT, ca_file=ca_file, timeout=5)
        outcome = send(server)

    assert isinstance(outcome, Accepted)
    assert "STARTTLS" not in sink.conversation


def test_no_tls_is_used_where_it_isn_t_wanted(server_tls: ssl.SSLContext) -> None:
    """`tls: none` means none."""
    with SmtpSink(tls=server_tls) as sink:
        outcome = send(SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.NONE, timeout=5))

    assert isinstance(outcome, Accepted)
    assert "STARTTLS" not in sink.conversation


@pytest.mark.parametrize("implicit", [False, True])
def test_an_unknown_certificate_is_refused_unless_verify_is_off(server_tls: ssl.SSLContext, *, implicit: bool) -> None:
    """Verified by default, in both kinds of TLS; the operator may say otherwise."""
    tls = Tls.IMPLICIT if implicit else Tls.STARTTLS
    with SmtpSink(tls=server_tls, implicit=implicit) as sink:
        strict = send(SmtpServer("relay", "127.0.0.1", sink.port, tls=tls, timeout=5))
        lax = send(SmtpServer("relay", "127.0.0.1", sink.port, tls=tls, verify=False, timeout=5))

    assert isinstance(strict, Misconfigured)
    assert strict.reason is Reason.CERTIFICATE_INVALID
    assert isinstance(lax, Accepted)


def test_a_certificate_for_another_host_is_refused(authority: trustme.CA, ca_file: str) -> None:
    """A known authority isn't enough."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example.org").configure_cert(context)
    with SmtpSink(tls=context) as sink:
        outcome = send(SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.STARTTLS, ca_file=ca_file, timeout=5))

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is Reason.CERTIFICATE_INVALID


def test_102_starttls_that_isn_t_offered_is_not_done_without() -> None:
    """No mail goes in the clear because somebody cut a line out of EHLO's answer (reference case 102)."""
    with SmtpSink() as sink:
        outcome = send(SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.STARTTLS, timeout=5))

        assert outcome == Misconfigured(Reason.TLS_UNAVAILABLE, "the server doesn't offer STARTTLS; see tls")
        assert sink.messages == []


def test_tls_where_nobody_speaks_it_is_the_configuration_s_fault() -> None:
    """Implicit TLS to a plain port."""
    with SmtpSink() as sink:
        outcome = send(SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.IMPLICIT, timeout=5))

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is Reason.TLS_UNAVAILABLE


@pytest.mark.parametrize(("user", "password"), [("anna", "geheim"), ("änna", "geheim€")])
def test_auth_lets_in_who_knows_the_password(
    server_tls: ssl.SSLContext, ca_file: str, user: str, password: str
) -> None:
    """Also one that isn't ASCII."""
    with SmtpSink(tls=server_tls, credentials=(user, password)) as sink:
        server = SmtpServer(
            "relay", "127.0.0.1", sink.port, ca_file=ca_file, username=user, password=Secret(password), timeout=5
        )
        assert isinstance(send(server), Accepted)


@pytest.mark.parametrize("password", ["wrong", "fälsch"])
def test_a_wrong_password_is_the_configuration_s_fault(password: str) -> None:
    """The operator is told, and no attempt is used up."""
    with SmtpSink(credentials=("anna", "geheim")) as sink:
        server = SmtpServer("relay", "127.0.0.1", sink.port, username="anna", password=Secret(password), timeout=5)
        outcome = send(server)

    assert outcome == Misconfigured(Reason.AUTHENTICATION_FAILED, "535 5.7.8 authentication credentials invalid")


def test_a_login_that_is_off_for_a_while_is_tried_again() -> None:
    """454 is the server's trouble, not the password's."""
    with SmtpSink(credentials=("anna", "geheim")) as sink:
        sink.script(["454 4.7.0 temporary authentication failure"] * 2, verb="AUTH")
        server = SmtpServer("relay", "127.0.0.1", sink.port, username="anna", password=Secret("geheim"), timeout=5)
        outcome = send(server)

    assert isinstance(outcome, Deferred)
    assert outcome.provider_failed


def test_a_server_that_wants_auth_and_isn_t_given_any_says_so() -> None:
    """530 at MAIL is not the sender's fault."""
    with SmtpSink(credentials=("anna", "geheim")) as sink:
        outcome = send(SmtpServer("relay", "127.0.0.1", sink.port, timeout=5))

    assert outcome == Misconfigured(Reason.AUTHENTICATION_FAILED, "530 5.7.0 authentication required")


def test_auth_that_isn_t_offered_is_the_configuration_s_fault() -> None:
    """A user name for a server without AUTH."""
    with SmtpSink() as sink:
        server = SmtpServer("relay", "127.0.0.1", sink.port, username="anna", password=Secret("geheim"), timeout=5)
        outcome = send(server)

    assert outcome == Misconfigured(Reason.AUTHENTICATION_FAILED, "the server offers no AUTH that we know")


def test_no_password_leaves_this_host_unencrypted_by_itself() -> None:
    """`auto` protects the password; only `none` allows it to travel in the clear."""
    server = SmtpServer("relay", "mail.example.org", username="anna", password=Secret("geheim"))

    with pytest.raises(Stop) as stop:
        log_in(None, server, TokenSource((), "", 1), secure=False)  # type: ignore[arg-type]  # it isn't asked anything

    why = "refusing to send the password unencrypted; set tls: none to allow it"
    assert stop.value.outcome == Misconfigured(Reason.TLS_UNAVAILABLE, why)


@pytest.fixture
def asking(authority: trustme.CA) -> ssl.SSLContext:
    """A server that lets in only whom the authority knows. Of TLS 1.2: there it says so before a word of SMTP."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def test_a_certificate_of_ours_is_shown(
    asking: ssl.SSLContext, authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    """With its key in the same file or in another one; without it nobody is let in."""
    ours = authority.issue_cert("notifier.example.org")
    both, certificate, key = (tmp_path / name for name in ("both.pem", "certificate.pem", "key.pem"))
    ours.private_key_and_cert_chain_pem.write_to_path(both)
    ours.cert_chain_pems[0].write_to_path(certificate)
    ours.private_key_pem.write_to_path(key)
    with SmtpSink(tls=asking) as sink:
        server = SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.STARTTLS, ca_file=ca_file, timeout=5)
        without = send(server)
        in_one = send(replace(server, client_certificate=str(both)))
        in_two = send(replace(server, client_certificate=str(certificate), client_key=str(key)))

    assert isinstance(without, Misconfigured | Deferred)
    assert isinstance(in_one, Accepted)
    assert isinstance(in_two, Accepted)


@pytest.mark.parametrize(("password", "kind"), [("geheim", Accepted), ("falsch", Misconfigured), ("", Misconfigured)])
def test_a_key_may_have_a_password(
    asking: ssl.SSLContext, authority: trustme.CA, ca_file: str, tmp_path: Path, password: str, kind: type[Outcome]
) -> None:
    """A wrong one, or none, is the configuration's fault; nobody is asked at a terminal."""
    ours = authority.issue_cert("notifier.example.org")
    key = load_pem_private_key(ours.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim"))
    (tmp_path / "key.pem").write_bytes(locked)
    ours.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    files = {"client_certificate": str(tmp_path / "certificate.pem"), "client_key": str(tmp_path / "key.pem")}
    with SmtpSink(tls=asking) as sink:
        server = SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.STARTTLS, ca_file=ca_file, timeout=5)
        outcome = send(replace(server, **files, client_key_password=Secret(password)))

    assert isinstance(outcome, kind)
    if kind is Misconfigured:
        assert outcome.reason is Reason.CERTIFICATE_INVALID


def test_what_tls_needs_is_read_once_and_again_when_it_changes(authority: trustme.CA, tmp_path: Path) -> None:
    """Authorities take longer to read than a mail to send; an exchanged file counts from the next connection on."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    tls = ClientTls(SmtpServer("relay", "127.0.0.1", ca_file=str(path)))

    first, second = tls.context(), tls.context()
    path.write_bytes(authority.cert_pem.bytes() + trustme.CA().cert_pem.bytes())
    third = tls.context()

    assert first is second
    assert len(third.get_ca_certs()) > len(first.get_ca_certs())


def test_a_window_goes_over_tls(server_tls: ssl.SSLContext, ca_file: str) -> None:
    """Several letters under way, among them one that is larger than what lies between us."""
    with SmtpSink(tls=server_tls) as sink:
        provider = open_provider(
            SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.STARTTLS, ca_file=ca_file, timeout=20)
        )
        assert isinstance(provider, Windowed)
        bodies = ["a", "line of text\n" * 500_000, "c"]
        outcomes = list(provider.send_each(mail(identity=f"d{n}", body=body) for n, body in enumerate(bodies)))
        provider.close()

    assert [type(outcome) for outcome in outcomes] == [Accepted] * 3
    assert sink.connections == 1
