"""Signatures of domains, as somebody else's verifier sees them (dkimpy)."""

from __future__ import annotations

import re

import dkim as verifier
import pytest
from identities import dkim, other_key, published, rsa_key

from notifier.configuration import Dkim
from notifier.deliver.mime import build
from notifier.deliver.signing.dkim import DkimSigner
from notifier.keys.dkim import read
from notifier.model import Attachment
from tests.support.deliveries import CREATED, mail

RELAXED, SIMPLE = "relaxed", "simple"
BODIES = ("", "Hello", "a  b \t\n\n c\t \n\n\n", ".\n..\nFrom me", "Grüße\n" * 50, "\n\n\n")


def signed(config: Dkim, content: bytes) -> bytes:
    return DkimSigner(config, read(config.private_key.reveal(), config.algorithm)).sign(content, CREATED)


def verifies(config: Dkim, content: bytes) -> bool:
    key = read(config.private_key.reveal())
    found: bool = verifier.verify(content, dnsfunc=published(key))
    return found


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("header", [RELAXED, SIMPLE])
@pytest.mark.parametrize("body", [RELAXED, SIMPLE])
def test_a_signature_verifies(kind: str, header: str, body: str) -> None:
    """By either algorithm and canonicalization, whatever the text."""
    config = dkim(rsa_key() if kind == "rsa" else other_key(kind), canonicalization=(header, body))

    for text in BODIES:
        content = signed(config, build(mail(body=text, subject="Grüße " * 30, reply_to="desk@example.org")))
        assert verifies(config, content)


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (b"Hello", b"Hallo"),
        (b"Subject: Token", b"Subject: Totem"),
        (b"From: ", b"From: evil@example.org\r\nFrom: "),
        (b"Subject: ", b"Subject: Pay me\r\nSubject: "),
        (b"Date: ", b"Reply-To: evil@example.org\r\nDate: "),
        (b"To: ", b"To: evil@example.org\r\nTo: "),
    ],
)
def test_what_was_altered_or_added_doesn_t_verify(what: bytes, instead: bytes) -> None:
    """A second From, which some programs show, is signed not to be there; so are the others that readers look at."""
    config = dkim()
    content = signed(config, build(mail()))
    head, separator, rest = content.partition(b"\r\nFrom: ")

    forged = head + (separator + rest).replace(what, instead, 1)

    assert forged != content
    assert not verifies(config, forged)


def test_what_relays_do_to_blanks_counts_for_nothing() -> None:
    """Relaxed: a relay may fold anew, and trim lines."""
    config = dkim()
    content = signed(config, build(mail(body="a  b", subject="The token of yours")))

    relayed = content.replace(b"Subject: The token", b"subject:\tThe\r\n  token ").replace(b"a  b", b"a b  ")

    assert relayed != content
    assert verifies(config, relayed)


def test_of_the_same_mail_it_is_the_same() -> None:
    """Every attempt says the same."""
    assert signed(dkim(), build(mail())) == signed(dkim(), build(mail()))


def test_the_header_is_what_verifiers_expect() -> None:
    """Short lines, names as they are usually written; none that isn't there, but those that nobody may add."""
    content = signed(dkim(), build(mail(attachments=(Attachment("image/png", "i", "a.png", b"x"),))))

    head = content[: content.index(b"\r\nFrom:")].decode()
    assert max(map(len, head.split("\r\n"))) <= 78
    assert head.startswith(
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;\r\n s=notifier; t=1795"
    )
    names = re.sub(r"\s", "", head.partition("h=")[2].partition(";")[0]).split(":")
    assert names.count("From") == names.count("To") == names.count("Subject") == names.count("Date") == 2
    assert names.count("Reply-To") == 1
    assert "References" not in names
    assert "Message-ID" in names


def test_the_list_of_headers_is_the_operator_s() -> None:
    """A name twice is one that nobody may add."""
    config = dkim(headers=("from", "x-extra", "X-Auto-Response-Suppress", "Cc", "Cc"))

    content = signed(config, build(mail()))

    assert b" h=from:X-Auto-Response-Suppress:Cc;" in content
    assert verifies(config, content)
    assert verifies(config, content.replace(b"Subject: Token", b"Subject: other"))
    assert not verifies(config, content.replace(b"\r\nTo: ", b"\r\nCc: x@y.example\r\nTo: "))
