"""Signatures on mails that passed a server, as OpenSSL and dkimpy see them."""

from __future__ import annotations

import email
import email.policy
import os
import subprocess
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dkim as verifier
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from examples import example
from identities import BEGINS, ENDS, Issued, dkim, issued, other_key, published, rsa_key, smime, soon

from notifier.configuration import Smime, SmtpServer, Tls
from notifier.deliver.registry import open_provider
from notifier.deliver.signing.writer import Writer, Written
from notifier.keys.dkim import read
from notifier.keys.pem import BadKey
from notifier.model import Attachment
from notifier.outcome import Accepted, Misconfigured, Outcome, Reason
from notifier.testing import SmtpSink
from notifier.wiring import Wiring
from tests.support.deliveries import CREATED, mail

IMAGE = Attachment("image/png", "token_image", "TOTP0001.png", bytes(range(256)))
MAILS: list[dict[str, Any]] = [
    {"body": "Hello\n.\nFrom me \n..\n"},
    {"body": "Grüße \n" * 50, "subject": "Grüße " * 30},
    {"body": "<p>Hello</p>", "mimetype": "html", "alternative": "Hello", "attachments": (IMAGE,)},
    {"body": ""},
    {"body": "x" * 3000, "reply_to": "desk@example.org"},
]


def passed(sign: Smime | None, message: dict[str, Any], **server: Any) -> tuple[Outcome, bytes]:
    """What a server has of a mail, and what it said; nothing where it has none."""
    with SmtpSink() as sink:
        config = SmtpServer("relay", "127.0.0.1", sink.port, smime=sign, timeout=20, **server)
        provider = open_provider(config)
        outcome = provider.send(mail(**message))
        provider.close()
        return outcome, sink.messages[0].content if sink.messages else b""


def verified(command: str, content: bytes, given: Issued, folder: Path) -> bytes:
    """What OpenSSL says was signed, having trusted the root alone."""
    (folder / "root.pem").write_text(given.root)
    checks = ["-CAfile", str(folder / "root.pem"), "-purpose", "smimesign"]
    run = subprocess.run(["openssl", command, "-verify", *checks], input=content, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not any(part.defects for part in message.walk())
    return message


@pytest.mark.parametrize("message", MAILS)
@pytest.mark.parametrize("command", ["smime", "cms"])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_readers_verify_what_passed_a_server(message: dict[str, Any], command: str, kind: str, tmp_path: Path) -> None:
    """The chain travels along: the reader has the root alone. The mail's headers stay outside, where programs look."""
    key = rsa_key() if kind == "rsa" else other_key(kind)
    assert isinstance(key, (RSAPrivateKey, ec.EllipticCurvePrivateKey))
    given = issued(key=key)

    outcome, content = passed(smime(given), message)

    assert outcome == Accepted("250 2.0.0 queued")
    inner = verified(command, content, given, tmp_path)
    read_inner, outer = parsed(inner), parsed(content)
    signed, signature = outer.iter_parts()
    assert (outer.get_content_type(), outer.get_param("micalg")) == ("multipart/signed", "sha-256")
    assert outer.get_param("protocol") == signature.get_content_type() == "application/pkcs7-signature"
    assert signature.get_filename() == "smime.p7s"
    assert {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"} <= set(outer.keys())
    assert not {"From", "To", "Subject", "Date", "Message-ID"} & set(read_inner.keys())
    assert read_inner.as_bytes() == signed.as_bytes()
    assert content.isascii()
    unsigned = parsed(passed(None, message)[1])
    texts = [[part.get_content() for part in each.walk() if not part.is_multipart()] for each in (read_inner, unsigned)]
    assert texts[0] == texts[1]


def test_what_was_altered_doesn_t_verify(tmp_path: Path) -> None:
    """The test above can fail."""
    given = issued()
    _, content = passed(smime(given), {"body": "Hello"})

    with pytest.raises(AssertionError, match="digest failure"):
        verified("smime", content.replace(b"Hello", b"Hallo"), given, tmp_path)


def test_the_signature_says_when(tmp_path: Path) -> None:
    """The signing time, and the digest that verifiers expect, are signed attributes."""
    given = issued()
    _, content = passed(smime(given), {"body": "Hello"})

    _, signature = parsed(content).iter_parts()
    (tmp_path / "smime.p7s").write_bytes(signature.get_content())
    shown = subprocess.run(
        ["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", str(tmp_path / "smime.p7s")],
        capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    assert all(words in shown for words in ("signingTime", "messageDigest", "sha256", "CN=Middle", "CN=Tokens"))


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("message", MAILS)
def test_servers_verify_the_domain_of_a_mail_that_is_signed_for_readers_too(
    message: dict[str, Any], kind: str, tmp_path: Path
) -> None:
    """DKIM is the last signature, over unstuffed dots: both verify at the other end."""
    config, given = dkim(rsa_key() if kind == "rsa" else other_key(kind)), issued()

    outcome, content = passed(smime(given), message, dkim=config)

    assert isinstance(outcome, Accepted)
    assert content.startswith(b"DKIM-Signature: ")
    assert verifier.verify(content, dnsfunc=published(read(config.private_key.reveal())))
    verified("smime", content, given, tmp_path)


BROKEN = [
    (smime(issued(), key=issued().certificate), "there is no private key in it"),
    (smime(issued(), certificate="nonsense"), "there is no certificate in it, or one that can't be read"),
    (smime(issued(ends=BEGINS.replace(year=2021))), "the certificate has expired on 2021-01-01"),
    (smime(issued(begins=ENDS.replace(year=2044))), "the certificate isn't valid before 2044-01-01"),
    (Smime("", smime(issued()).private_key, broken="the file of 'certificate' can't be read"), "the file of"),
]


@pytest.mark.parametrize(("config", "why"), BROKEN)
@pytest.mark.parametrize("required", [False, True])
def test_104_what_can_t_be_signed_waits_or_goes_out_as_it_would_without(
    config: Smime, why: str, *, required: bool
) -> None:
    """`dont_send_on_error`: nothing goes out, and the operator is told; else it goes out whole, and he is told, too."""
    config = Smime(config.certificate, config.private_key, required=required, broken=config.broken)

    outcome, content = passed(config, MAILS[2])

    if required:
        assert isinstance(outcome, Misconfigured)
        assert outcome.reason is Reason.SIGNING_FAILED
        assert why in outcome.detail
        assert content == b""
    else:
        assert isinstance(outcome, Accepted)
        assert outcome.warning.startswith("sent without its S/MIME signature")
        assert why in outcome.warning
        assert outcome.warning in outcome.detail
        assert content == passed(None, MAILS[2])[1]
        assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_certificate_has_the_time_of_the_attempt() -> None:
    """A mail that waited for a new certificate is signed with it, although it is the older of the two."""
    new, old = smime(issued(begins=soon(CREATED, 1))), smime(issued(ends=soon(CREATED, 1)))
    later = soon(CREATED, 2).timestamp()

    first, second = (Writer(SmtpServer("a", "h", smime=each), lambda: later).write(mail()) for each in (new, old))

    assert isinstance(first, Written)
    assert isinstance(second, Written)
    assert (first.warning, b"pkcs7" in first.content) == ("", True)
    assert (second.warning != "", b"pkcs7" in second.content) == (True, False)


def test_a_domain_s_signature_is_never_left_out() -> None:
    """A mail without it would end among the refuse, and nobody would know."""
    outcome, content = passed(None, {}, dkim=dkim("nonsense"))

    assert outcome == Misconfigured(Reason.SIGNING_FAILED, "DKIM: there is no private key in it")
    assert content == b""


def test_a_key_that_no_verifier_trusts_is_none() -> None:
    """Below 1024 bits (RFC 8301); OpenSSL still makes one."""
    made = subprocess.run(["openssl", "genrsa", "512"], capture_output=True, check=True, env=os.environ).stdout.decode()

    with pytest.raises(BadKey, match="the private key has 512 bits"):
        read(made)


def test_the_example_signs(tmp_path: Path) -> None:
    """With the keys that its script makes `check` finds nothing, and what is published is what verifies."""
    root = example("mail-signed", tmp_path)
    wiring = Wiring(root, {})

    assert wiring.check() == ()
    server = wiring.configuration.smtp_servers["relay"]
    with SmtpSink() as sink:
        provider = open_provider(replace(server, host="127.0.0.1", port=sink.port, tls=Tls.NONE))
        outcome = provider.send(mail(sender=server.sender, thread="abc"))
        provider.close()
        content = sink.messages[0].content
    assert isinstance(outcome, Accepted)
    assert server.dkim is not None
    key = read(server.dkim.private_key.reveal())
    assert verifier.verify(content, dnsfunc=lambda *_, **__: key.record.encode())
    root_pem = (root / "keys" / "smime.pem").read_text()
    verified("smime", content, Issued("", "", "", root_pem), tmp_path)
    message = parsed(content)
    assert message["References"] == "<abc.thread@example.com>"
    assert message["List-Id"] == "Token service <tokens.example.com>"
