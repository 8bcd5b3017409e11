"""Whatever a mail says, its domain's signature verifies."""

from __future__ import annotations

import dkim as verifier
from hypothesis import given
from hypothesis import strategies as st
from identities import dkim, other_key, published

from notifier.deliver.mime import build
from notifier.deliver.signing.dkim import DkimSigner
from notifier.keys.dkim import read
from tests.support.deliveries import CREATED, mail

TEXT = st.text(st.characters(codec="utf-8")) | st.text(" \t\r\n.=xé", max_size=300)
KINDS = st.sampled_from(["relaxed", "simple"])


@given(TEXT, TEXT, st.tuples(KINDS, KINDS), st.booleans())
def test_any_mail_verifies(subject: str, body: str, canonicalization: tuple[str, str], html: bool) -> None:
    """Headers of any length and script, bodies with blanks anywhere, by each canonicalization."""
    config = dkim(other_key("ed25519"), canonicalization=canonicalization)
    key = read(config.private_key.reveal())
    content = build(mail(subject=subject, body=body, mimetype="html" if html else "plain", alternative=subject))

    signed = DkimSigner(config, key).sign(content, CREATED)

    assert signed.endswith(content)
    assert max(map(len, signed.partition(b"\r\nFrom:")[0].split(b"\r\n"))) <= 78
    assert verifier.verify(signed, dnsfunc=published(key))
