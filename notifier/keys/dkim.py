"""The key of a DKIM signature: RSA (RFC 6376) or Ed25519 (RFC 8463)."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from notifier.errors import MissingExtra
from notifier.keys.pem import BadKey, private_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

FEATURE, EXTRA = "a DKIM signature", "dkim"
RSA, ED25519 = "rsa-sha256", "ed25519-sha256"
ALGORITHMS = (RSA, ED25519)
#: Bits; shorter ones don't count, and those between should be replaced (RFC 8301 section 3.2).
SHORTEST, SHORT = 1024, 2048
#: An Ed25519 key's 32 octets in base64, as the usual tools write them.
_BARE = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key that is ready to sign."""

    algorithm: str
    sign: Callable[[bytes], bytes] = field(repr=False)
    #: Its public half, as ``p=`` of the domain's record has it.
    public: str
    bits: int = 0

    @property
    def record(self) -> str:
        """What has to stand in the domain's TXT record."""
        return f"v=DKIM1; k={self.algorithm.partition('-')[0]}; p={self.public}"


def is_key(text: str) -> bool:
    """It is a bare key, not the name of a file."""
    return _BARE.fullmatch(text.strip()) is not None


def read(text: str, algorithm: str = "") -> DkimKey:
    """The key in a text.

    Args:
        text: PEM, or a bare Ed25519 key.
        algorithm: The one it has to be for; empty: whichever it is for.

    Raises:
        BadKey: there is none, or one for something else.
        MissingExtra: nothing here can read it.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519, rsa  # noqa: PLC0415 - an extra, and large
    except ImportError:
        raise MissingExtra(FEATURE, EXTRA) from None
    if is_key(text):
        key = _ed25519(ed25519.Ed25519PrivateKey.from_private_bytes(b64decode(text.strip())))
    else:
        found = private_key(text, FEATURE, EXTRA)
        if isinstance(found, rsa.RSAPrivateKey):
            key = _rsa(found)
        elif isinstance(found, ed25519.Ed25519PrivateKey):
            key = _ed25519(found)
        else:
            raise BadKey("private_key", "DKIM knows RSA and Ed25519 keys alone")
    if algorithm and key.algorithm != algorithm:
        raise BadKey("algorithm", f"the private key is for {key.algorithm}")
    return key


def _rsa(key: RSAPrivateKey) -> DkimKey:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    if key.key_size < SHORTEST:
        why = f"the private key has {key.key_size} bits; verifiers want {SHORTEST} at least"
        raise BadKey("private_key", why, f"make one of {SHORT} bits")
    padding, digest = PKCS1v15(), SHA256()
    octets = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return DkimKey(RSA, lambda data: key.sign(data, padding, digest), b64encode(octets).decode(), key.key_size)


def _ed25519(key: Ed25519PrivateKey) -> DkimKey:
    octets = key.public_key().public_bytes_raw()
    return DkimKey(ED25519, lambda data: key.sign(sha256(data).digest()), b64encode(octets).decode())
