"""Keys and certificates as operators give them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.dsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from identities import BEGINS, issued, other_key, pem, rsa_key, soon

from notifier.keys import dkim, smime
from notifier.keys.pem import BadKey

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OLD_RSA = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.mark.parametrize("text", [pem(rsa_key()), OLD_RSA, f"Bag Attributes\n{pem(rsa_key())}\n"])
def test_an_rsa_key_of_any_form_is_one(text: str) -> None:
    """PKCS #8 and PKCS #1, with or without words around it; the record has its public half."""
    key = dkim.read(text)

    assert (key.algorithm, key.bits) == ("rsa-sha256", 2048)
    assert key.record.startswith("v=DKIM1; k=rsa; p=MIIBIjAN")


def test_an_ed25519_key_may_be_bare() -> None:
    """As dkimpy's and Rspamd's tools write it."""
    bare = b64encode(b64decode(pem(other_key("ed25519")).split("-----")[2])[-32:]).decode()

    assert dkim.is_key(f"{bare}\n")
    assert dkim.read(bare).record == dkim.read(pem(other_key("ed25519"))).record
    assert dkim.read(bare).record.startswith("v=DKIM1; k=ed25519; p=")


@pytest.mark.parametrize(
    ("text", "algorithm", "key", "why"),
    [
        ("", "", "private_key", "there is no private key in it"),
        ("s3cret", "", "private_key", "there is no private key in it"),
        ("-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----", "", "private_key", "can't be read"),
        (issued().certificate, "", "private_key", "there is no private key in it"),
        (pem(rsa_key(), "pw"), "", "private_key", "the private key is encrypted"),
        (pem(other_key("ec")), "", "private_key", "DKIM knows RSA and Ed25519"),
        (pem(rsa_key()), "ed25519-sha256", "algorithm", "the private key is for rsa-sha256"),
        (pem(other_key("ed25519")), "rsa-sha256", "algorithm", "the private key is for ed25519-sha256"),
    ],
)
def test_what_can_t_sign_for_a_domain_says_why(text: str, algorithm: str, key: str, why: str) -> None:
    """In words that never quote the key."""
    with pytest.raises(BadKey) as caught:
        dkim.read(text, algorithm)

    assert caught.value.key == key
    assert why in str(caught.value)
    assert "s3cret" not in str(caught.value) + caught.value.hint


def test_an_identity_is_a_certificate_and_its_key() -> None:
    """In one file or two, in any order: the one that fits the key is its own, the rest goes along."""
    given = issued()

    plain = smime.read(given.certificate, given.key)
    among = smime.read(given.chain + given.key + given.certificate, given.chain + given.key)

    assert (plain.certificate, len(plain.chain)) == (among.certificate, 0)
    assert [each.subject.rfc4514_string() for each in among.chain] == ["CN=Middle"]
    assert plain.wrong_at(NOW) == ""
    assert list(plain.doubts("noreply@example.org", NOW)) == []


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_an_encrypted_key_needs_its_password(kind: str) -> None:
    """Which one needn't be, it has one in vain."""
    key = rsa_key() if kind == "rsa" else other_key("ec")
    given = issued(key=key)  # type: ignore[arg-type]  # both can issue

    assert smime.read(given.certificate, pem(key, "pässword"), "pässword").wrong_at(NOW) == ""
    assert smime.read(given.certificate, pem(key), "in vain").wrong_at(NOW) == ""


@pytest.mark.parametrize(
    ("certificate", "key", "password", "place", "why"),
    [
        ("", pem(rsa_key()), "", "certificate", "there is no certificate in it"),
        ("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", pem(rsa_key()), "", "certificate", "no certif"),
        (issued().certificate, "s3cret", "", "private_key", "there is no private key"),
        (issued().certificate, pem(rsa_key(), "s3cret"), "wr0ng", "private_key", "can't be read with this password"),
        (issued().certificate, pem(rsa_key(), "s3cret"), "", "private_key", "the private key is encrypted"),
        (issued().certificate, pem(rsa_key(2048, 7)), "", "private_key", "doesn't fit the certificate"),
        (issued().certificate, pem(other_key("ed25519")), "", "private_key", "S/MIME knows RSA and elliptic"),
        (issued().certificate, pem(generate_private_key(2048)), "", "private_key", "S/MIME knows RSA and elliptic"),
    ],
)
def test_what_is_no_identity_says_why(certificate: str, key: str, password: str, place: str, why: str) -> None:
    """In words that quote neither key nor password."""
    with pytest.raises(BadKey) as caught:
        smime.read(certificate, key, password)

    assert caught.value.key == place
    assert why in str(caught.value)
    assert not any(word in str(caught.value) + caught.value.hint for word in ("s3cret", "wr0ng"))


def test_a_certificate_has_its_time() -> None:
    """Before and after, nothing is signed with it; a month before, somebody hears of it."""
    given = issued(ends=soon(NOW, 12))
    identity = smime.read(given.certificate, given.key)

    assert identity.wrong_at(BEGINS.replace(year=2019)) == "the certificate isn't valid before 2020-01-01"
    assert identity.wrong_at(soon(NOW, 13)) == "the certificate has expired on 2026-12-06"
    assert list(identity.doubts("", NOW)) == ["the certificate ends on 2026-12-06, in 12 days"]
    assert list(identity.doubts("", BEGINS)) == []


def test_readers_programs_look_at_more_than_the_time() -> None:
    """Whose it is, in any case, and what it is for."""
    given = issued(address="Other@Example.org", usages=[ExtendedKeyUsageOID.SERVER_AUTH])
    identity = smime.read(given.certificate, given.key)

    assert list(identity.doubts("other@example.org", NOW)) == [
        "the certificate isn't meant for mail: its extended key usage lacks emailProtection"
    ]
    assert "another address" in list(identity.doubts("noreply@example.org", NOW))[1]
    anyone = issued(address="", usages=[])
    assert list(smime.read(anyone.certificate, anyone.key).doubts("a@b.example", NOW)) == []
