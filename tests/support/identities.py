"""Keys and certificates made for the occasion, and a domain's record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes, PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from notifier.configuration import Dkim, Secret, Smime
from notifier.keys.dkim import DkimKey

#: Long before the mails of tests, and long after.
BEGINS, ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:  # noqa: ARG001 - another number, another key
    """An RSA key, the same one each time: making one takes long."""
    return rsa.generate_private_key(65537, bits)


@cache
def other_key(kind: str) -> PrivateKeyTypes:
    """A key that isn't RSA's."""
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else ed25519.Ed25519PrivateKey.generate()


def pem(key: PrivateKeyTypes, password: str = "") -> str:
    """A private key as files hold it."""
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate, its key, and what issued it."""

    certificate: str
    key: str
    chain: str
    root: str


def issued(
    *,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    ends: datetime = ENDS,
    begins: datetime = BEGINS,
    address: str = "noreply@example.org",
    usages: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
) -> Issued:
    """A certificate for mail by an intermediate authority, by a root that a reader trusts."""
    key = key or rsa_key()
    root_key, middle_key = rsa_key(2048, 1), rsa_key(2048, 2)
    root = _certificate("Root", root_key, "Root", root_key, authority=True)
    middle = _certificate("Middle", middle_key, "Root", root_key, authority=True)
    own = _certificate("Tokens", key, "Middle", middle_key, ends=ends, begins=begins, address=address, usages=usages)
    return Issued(own, pem(key), middle, root)


def _certificate(
    name: str,
    key: CertificateIssuerPrivateKeyTypes,
    issuer: str,
    issuer_key: CertificateIssuerPrivateKeyTypes,
    *,
    authority: bool = False,
    begins: datetime = BEGINS,
    ends: datetime = ENDS,
    address: str = "",
    usages: Sequence[x509.ObjectIdentifier] = (),
) -> str:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    builder = x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number(), begins, ends)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    if address:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.sign(issuer_key, SHA256()).public_bytes(Encoding.PEM).decode()


def smime(identity: Issued, *, required: bool = False, password: str = "", **instead: str) -> Smime:
    """The configuration of somebody who signs."""
    certificate = instead.get("certificate", identity.certificate + identity.chain)
    return Smime(certificate, Secret(instead.get("key", identity.key)), Secret(password), required)


def dkim(key: PrivateKeyTypes | str | None = None, domain: str = "example.org", **rest: object) -> Dkim:
    """The configuration of a domain's signature."""
    text = key if isinstance(key, str) else pem(key or rsa_key())
    return Dkim(domain, "notifier", Secret(text), **rest)  # type: ignore[arg-type]  # a test's own words


def published(key: DkimKey, domain: str = "example.org") -> Callable[..., bytes]:
    """A resolver that knows one record."""

    def look_up(name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG001 - the verifier's own signature
        assert name.decode().rstrip(".") == f"notifier._domainkey.{domain}"
        return key.record.encode()

    return look_up


def soon(now: datetime, days: int) -> datetime:
    """So many days, and a while, from now."""
    return now + timedelta(days=days, hours=1)
