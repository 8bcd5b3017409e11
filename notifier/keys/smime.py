"""A certificate and the private key that fits it, for signatures that readers see (RFC 8551)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notifier.errors import MissingExtra
from notifier.keys.pem import BadKey, private_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

FEATURE, EXTRA = "an S/MIME signature", "smime"
#: A certificate that ends sooner is to be replaced now.
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Who signs."""

    certificate: Certificate
    key: RSAPrivateKey | EllipticCurvePrivateKey
    #: What a reader needs to trust the certificate, but for its root.
    chain: tuple[Certificate, ...] = ()

    @property
    def ends(self) -> datetime:
        """When the certificate ends."""
        return self.certificate.not_valid_after_utc

    def wrong_at(self, moment: datetime) -> str:
        """Why nothing may be signed with it at a moment; empty: it may."""
        if moment > self.ends:
            return f"the certificate has expired on {self.ends:%Y-%m-%d}"
        if moment < self.certificate.not_valid_before_utc:
            return f"the certificate isn't valid before {self.certificate.not_valid_before_utc:%Y-%m-%d}"
        return ""

    def doubts(self, sender: str, now: datetime) -> Iterator[str]:
        """What readers' programs will complain about, now or soon.

        Args:
            sender: The address that the mails come from; empty: it isn't known.
            now: The time.
        """
        if now <= self.ends < now + SOON:
            yield f"the certificate ends on {self.ends:%Y-%m-%d}, in {(self.ends - now).days} days"
        if not _is_for_mail(self.certificate):
            yield "the certificate isn't meant for mail: its extended key usage lacks emailProtection"
        known = _addresses(self.certificate)
        if sender and known and sender.lower() not in known:
            yield "the certificate is for another address than the sender's"


def read(certificate: str, key: str, password: str = "") -> Identity:
    """The identity that two texts in PEM hold; the first certificate that fits the key is its own, the rest the chain.

    Raises:
        BadKey: one of them can't be used, or they don't belong together.
        MissingExtra: nothing here can read them.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415 - an extra, and large
        from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415
    except ImportError:
        raise MissingExtra(FEATURE, EXTRA) from None
    try:
        found = load_pem_x509_certificates(certificate.encode())
    except ValueError:
        hint = "it begins with -----BEGIN CERTIFICATE-----"
        raise BadKey("certificate", "there is no certificate in it, or one that can't be read", hint) from None
    ours = private_key(key, FEATURE, EXTRA, password)
    if not isinstance(ours, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise BadKey("private_key", "S/MIME knows RSA and elliptic curve keys alone")
    own = next((each for each in found if each.public_key() == ours.public_key()), None)
    if own is None:
        raise BadKey("private_key", "the private key doesn't fit the certificate")
    return Identity(own, ours, tuple(each for each in found if each is not own))


def _is_for_mail(certificate: Certificate) -> bool:
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415

    try:
        usage = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    except ExtensionNotFound:
        return True
    except ValueError:  # an extension that can't be read
        return False
    return bool({ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usage))


def _addresses(certificate: Certificate) -> frozenset[str]:
    """The addresses that it names, in small letters."""
    from cryptography.x509 import ExtensionNotFound, RFC822Name, SubjectAlternativeName  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    old = [str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ExtensionNotFound, ValueError):
        return frozenset(each.lower() for each in old)
    return frozenset(each.lower() for each in (*old, *names.get_values_for_type(RFC822Name)))
