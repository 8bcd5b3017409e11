"""From facts to bytes: whatever the tags hold, no header is added, ended early or left unreadable."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import re
from email.message import EmailMessage
from typing import Any

from composing import TIME, compiled, taken
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.compose.tags import BODY_NAMES
from notifier.deliver.mime import build
from notifier.errors import UnreadableEvent
from notifier.intake.contract import parse
from tests.support.deliveries import deliver

BREAKS = [
    "\r",
    "\n",
    "\r\n",
    "\r\n ",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "\x00",
    "\ud800",
    "\udfff",
]
WORDS = st.lists(
    st.sampled_from(
        [*BREAKS, "Bcc: all@x.example", "X-Evil: 1", "a", " ", ": ", "=?utf-8?b?DQo=?=", "ü", '"', "<>", ","]
    )
    | st.text(max_size=3),
    max_size=8,
).map("".join)
ALLOWED = {
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip
IMAGE = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n and more").decode()
TAGS = [f"{{{tag}}}" for tag in sorted(BODY_NAMES)]
#: Few enough for a subject not to be too long.
SUBJECTS = st.lists(st.sampled_from(TAGS) | WORDS.map(lambda word: word.translate({123: None, 125: None})), max_size=6)


def facts(word: str) -> dict[str, Any]:
    """An event whose every text is this one, and whose owner can be written to."""
    code = {"value": word, "img": IMAGE}
    person = {"username": word, "realm": word, "givenname": word, "surname": word}
    return {
        "base_url": word,
        "logged_in_user": {**person, "email": [word, "admin@x.example"]},
        "request": {"path": word, "client_ip": word, "user_agent": word, "serial": word, "container_serial": word},
        "tokenowner": {**person, "email": [word, f"{word}@x.example", "kim@x.example"], "info": {"second": word}},
        "token": {"serial": word, "type": word, "description": word},
        "response": {
            "result": {"value": {"container_url": code}},
            "detail": {"registrationcode": word, "pin": word, "serial": word, "googleurl": code, "pushurl": code},
        },
    }


@given(word=WORDS, subject=SUBJECTS.map(" ".join), html=st.booleans())
@example(word="a\r\nBcc: all@x.example\r\n\r\nbody", subject="{ua_string}", html=False)
def test_no_fact_reaches_beyond_its_header(word: str, subject: str, html: bool) -> None:
    """Through the door, the tags and the mail: only our headers, each once, without a character that isn't seen."""
    raw = {"specversion": "1.0", "id": "1", "source": "/t", "type": "x", "data": facts(word)}
    action = compiled(
        subject=subject,
        body=" ".join(TAGS),
        mimetype="html" if html else "plain",
        attach_qrcode="True",
        reply_to="logged_in_user",
    )
    assert action.errors == ()
    try:
        event = parse(json.dumps(raw).encode(), arrived=TIME)
        messages = taken(action.compose(event)).messages
    except UnreadableEvent:
        assert not word.isascii()
        return

    assert any(message.to == ("kim@x.example",) for message in messages)
    for message in messages:
        check(build(deliver(message)))


def check(content: bytes) -> None:
    """Every part's header block holds our headers alone, and the mail its parts."""
    head = content.partition(b"\r\n\r\n")[0]
    for line in re.split(rb"\r\n(?![ \t])", head):
        text = line.replace(b"\r\n", b"").decode()
        assert text.replace("\t", " ").isprintable()
        name, colon, _ = text.partition(":")
        assert colon
        # A mailbox that isn't ASCII is said as it is, to servers that can carry it.
        assert text.isascii() or name in ("To", "Reply-To")
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    names = list(message.keys())
    assert len(set(names)) == len(names)
    assert set(names) <= ALLOWED
    parts = list(message.iter_parts())
    if message.get_content_type() == "multipart/alternative":  # text beside HTML with its images
        text, related = parts
        assert text.get_content_type() == "text/plain"
        assert isinstance(related, EmailMessage)
        parts = list(related.iter_parts())
    assert [part.get_content_type() for part in parts[1:]] == ["image/png"]
    for part in parts:
        assert set(part.keys()) <= {*ALLOWED, "Content-ID", "Content-Disposition"}
