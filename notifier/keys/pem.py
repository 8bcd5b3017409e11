"""Private keys as files hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifier.errors import MissingExtra, NotifierError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


class BadKey(NotifierError):
    """A key or a certificate can't be used. `notifier check` names it."""

    def __init__(self, key: str, why: str, hint: str = "") -> None:
        #: The key of the configuration that is wrong.
        self.key, self.why, self.hint = key, why, hint
        super().__init__(why)


def is_pem(text: str) -> bool:
    """It is a key or a certificate itself, and not the name of a file that holds one."""
    return "-----BEGIN" in text


def private_key(text: str, feature: str, extra: str, password: str = "") -> PrivateKeyTypes:
    """The key in a text.

    Args:
        text: PEM.
        feature: What it is needed for.
        extra: What installs what reads it.
        password: That it is encrypted with.

    Raises:
        BadKey: there is none, or another password is needed.
        MissingExtra: nothing here can read it.
    """
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra, and large
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    except ImportError:
        raise MissingExtra(feature, extra) from None
    encrypted = "ENCRYPTED" in text
    if password and not encrypted:
        password = ""  # of no use, and no harm: the system taken over keeps a password that nothing needs
    try:
        return load_pem_private_key(text.encode(), password.encode() or None)
    except UnsupportedAlgorithm:
        raise BadKey("private_key", "this kind of private key is not known here") from None
    except (ValueError, TypeError):
        # What the library says of it may quote it.
        raise BadKey("private_key", *_why(text, encrypted=encrypted, password=bool(password))) from None


def _why(text: str, *, encrypted: bool, password: bool) -> tuple[str, str]:
    if encrypted and not password:
        return "the private key is encrypted", "give private_key_password, or a key without a password"
    if encrypted:
        return "the private key can't be read with this password", "mend private_key_password"
    if "PRIVATE KEY-----" not in text:
        return "there is no private key in it", "it begins with -----BEGIN PRIVATE KEY-----"
    return "the private key can't be read", ""
