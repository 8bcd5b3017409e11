"""An S/MIME signature (RFC 8551 section 3.5.3): detached, so every program shows the text."""

from __future__ import annotations

from notifier.deliver.mime.parts import Part, base64
from notifier.errors import NotifierError
from notifier.keys.smime import Identity


class CannotSign(NotifierError):
    """The key made no signature. Is it on a machine that allows its kind (FIPS)?"""


class SmimeSigner:
    """Signs as one sender."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def sign(self, content: bytes) -> Part:
        """The part that carries the signature of another, as that one is written.

        Raises:
            CannotSign: the library refuses.
        """
        from cryptography.exceptions import InternalError, UnsupportedAlgorithm  # noqa: PLC0415 - an extra, and large
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization.pkcs7 import (  # noqa: PLC0415
            PKCS7Options,
            PKCS7SignatureBuilder,
        )

        own = self._identity
        builder = PKCS7SignatureBuilder().set_data(content).add_signer(own.certificate, own.key, SHA256())
        for certificate in own.chain:
            builder = builder.add_certificate(certificate)
        # Binary: our lines end in CRLF, and are signed as they travel.
        options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
        headers = [
            ("Content-Type", 'application/pkcs7-signature; name="smime.p7s"'),
            ("Content-Transfer-Encoding", "base64"),
            ("Content-Disposition", 'attachment; filename="smime.p7s"'),
            ("Content-Description", "S/MIME signature"),
        ]
        try:
            return headers, base64(builder.sign(Encoding.DER, options))
        except (ValueError, TypeError, UnsupportedAlgorithm, InternalError) as error:
            raise CannotSign(f"the key makes no signature ({type(error).__name__})") from None
