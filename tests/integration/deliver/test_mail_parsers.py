"""What other people's programs read in our mails."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from mailparsers import Read, by_old_python, by_python, by_rust, perls

from notifier.deliver.mime import build
from notifier.model import Attachment
from tests.support.deliveries import mail

SCRIPTS = (
    "Your token ",
    "Größe übt ",
    "你好世界",
    "Привет мир ",
    "مرحبا ",
    "👩‍👩‍👧 ✉ ",
    "a=b?=_c ",
    "e\u0301 ",
    "x" * 70 + " ",
)
LINES = ("", ".", "..", "From here", "trailing \t", " leading", "=3D", "--=_ab12cd34ef", "--=.ab12cd34ef--", "\tö")


def cases() -> list[tuple[bytes, Read]]:
    """Mails of any length and script, and what is in them; the same ones each time."""
    found = []
    for seed in range(150):
        dice = random.Random(seed)  # noqa: S311 - no secret
        subject = "".join(dice.choices(SCRIPTS, k=dice.randint(1, 12))).strip()
        body = "\n".join("".join(dice.choices((*LINES, *SCRIPTS), k=dice.randint(1, 9))) for _ in range(8)) + "!"
        beside = dice.choice(("", "Text é\n." + body))
        name = "".join(dice.choices(SCRIPTS, k=2))[:40].strip() + ".png"
        files = ((name, dice.randbytes(dice.randint(0, 300))),) if dice.random() < 0.5 else ()
        attachments = tuple(Attachment("image/png", "i", name, data) for name, data in files)
        html = "html" if beside or dice.random() < 0.5 else "plain"
        texts = [text for text in (beside, body) if text]
        delivery = mail(subject=subject, body=body, alternative=beside, mimetype=html, attachments=attachments)
        found.append((build(delivery), Read.of(subject, texts, files)))
    return found


@pytest.mark.parametrize("parse", [by_python, by_old_python, by_rust])
def test_a_parser_reads_what_was_meant(parse: Callable[[bytes], Read]) -> None:
    """Subject, texts and files, by Python's two parsers and by Rust's."""
    for content, meant in cases():
        assert parse(content) == meant


@pytest.mark.parametrize("name", ["Email::MIME", "MIME::Parser"])
def test_a_parser_of_perl_reads_what_was_meant(name: str) -> None:
    """The two that mail servers' filters are built of."""
    if name not in perls():
        pytest.skip(f"{name} is not installed")
    contents, meant = zip(*cases(), strict=True)

    assert perls()[name](contents) == list(meant)


@pytest.mark.skipif(shutil.which("reformime") is None, reason="reformime (Debian: maildrop) is not installed")
def test_courier_finds_no_fault() -> None:
    """`reformime` validates what `maildrop` files; it knows a message's parts, and how their texts are written."""
    for content, meant in cases():
        said = run(["reformime", "-i"], content)
        kinds = [kind for kind in re.findall(rb"^content-type: (.*)$", said, re.MULTILINE) if b"multipart/" not in kind]
        assert len(kinds) == len(meant.texts) + len(meant.files)
        run(["reformime", "-V"], content)


@pytest.mark.skipif(shutil.which("ripmime") is None, reason="ripmime is not installed")
def test_ripmime_finds_the_files(tmp_path: Path) -> None:
    """What scanners use to look into mails gets the same octets."""
    for number, (content, meant) in enumerate(cases()):
        folder = tmp_path / str(number)
        folder.mkdir()
        run(["ripmime", "-i", "-", "-d", str(folder), "--no-nameless"], content)
        found = {path.read_bytes() for path in folder.iterdir()}
        assert {data for _, data in meant.files if data} <= found


def run(command: Sequence[str], given: bytes) -> bytes:
    """What a program says; it must end well."""
    return subprocess.run(command, input=given, capture_output=True, check=True, timeout=60).stdout
