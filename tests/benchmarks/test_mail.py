"""What it costs to write a mail, and to sign it. Printed, never asserted on."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import dkim as library
import pytest
from identities import dkim, issued, other_key, pem, rsa_key, smime

from notifier.configuration import SmtpServer
from notifier.deliver.mime import build
from notifier.deliver.signing.writer import Writer
from notifier.model import Attachment
from tests.support.deliveries import mail

TEXT = "Hello Jürgen,\n\nyour token TOTP0001A2B3 was enrolled today.\n" + "If it wasn't you, call the help desk.\n" * 20
IMAGE = Attachment("image/png", "token_image", "TOTP0001.png", bytes(range(256)) * 8)
PLAIN = mail(body=TEXT.replace("ü", "ue"), subject="Token")
RICH = mail(body=f"<p>{TEXT}</p>", mimetype="html", alternative=TEXT, subject="Grüße", attachments=(IMAGE,))


def microseconds(work: Callable[[], object], seconds: float = 0.3) -> float:
    """The median of many runs."""
    work()
    took, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e6


def test_a_mail(capsys: pytest.CaptureFixture[str]) -> None:
    """Of one ASCII text; and of HTML, a text and an image, in UTF-8."""
    plain, rich = (microseconds(lambda delivery=delivery: build(delivery)) for delivery in (PLAIN, RICH))  # type: ignore[misc]  # both are used at once
    with capsys.disabled():
        print(f"\nbuild MIME: {plain:.0f} us plain, {rich:.0f} us with HTML, text and image")


def test_a_signature(capsys: pytest.CaptureFixture[str]) -> None:
    """What each kind adds to the larger mail; dkimpy's own signature of it beside ours."""
    unsigned = microseconds(lambda: Writer(SmtpServer("a", "h")).write(RICH))
    kinds = {
        "DKIM rsa-sha256 (2048)": SmtpServer("a", "h", dkim=dkim()),
        "DKIM ed25519-sha256": SmtpServer("a", "h", dkim=dkim(other_key("ed25519"))),
        "S/MIME (RSA 2048, a chain of two)": SmtpServer("a", "h", smime=smime(issued())),
    }
    added = {name: microseconds(lambda w=Writer(server): w.write(RICH)) - unsigned for name, server in kinds.items()}  # type: ignore[misc]  # noqa: B008 - as above
    content, key = build(RICH), pem(rsa_key()).encode()
    relaxed = (b"relaxed", b"relaxed")
    theirs = microseconds(lambda: library.sign(content, b"notifier", b"example.org", key, canonicalize=relaxed))
    with capsys.disabled():
        print()
        for name, took in added.items():
            print(f"{name}: {took:.0f} us a mail")
        print(f"dkimpy, rsa-sha256 (2048): {theirs:.0f} us a mail")
