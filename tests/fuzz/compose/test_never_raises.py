"""Whatever administrators write and producers send: a message, a clear error, nothing else."""

from __future__ import annotations

import contextlib
from datetime import timedelta, timezone

from composing import TIME, compiled
from hypothesis import given
from hypothesis import strategies as st
from nonsense import Nonsense

from notifier.compose.formatter import compile_template
from notifier.compose.recipients import RECIPIENT_TYPES
from notifier.compose.tags import BODY_NAMES
from notifier.errors import ComposeError
from notifier.model import Event, Facts, Request, TokenOwner

#: Pieces that texts are made of, so that some of what is tried goes deep.
PIECES = st.sampled_from(
    ["{", "}", "{{", "}}", "serial", "user", "!r", "!", ":", ":>9", ":d", ".x", "[0]", "\n", "{serial}", "<", "0"]
)
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=10).map("".join)
WORDS = st.sampled_from(
    ["", "a@b.c", "a@b.c, d@e.f", "email", "x\r\ny", "<b>", "data:image/png;base64,QQ==", "admin", "helpdesk", "+491"]
) | st.text(max_size=8)
JSON = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.lists(WORDS, max_size=2)
KEYS = st.sampled_from(["email", "serial", "googleurl", "img", "value", "container_url", "givenname"]) | WORDS
INFO = st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON, max_size=2), max_size=3)
VALUES = JSON | INFO | st.fixed_dictionaries({"container_url": INFO})
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EVENTS = st.builds(
    Event,
    st.just("1"),
    st.just("/t"),
    st.just("x"),
    st.datetimes(timezones=ZONES),
    Nonsense(WORDS, VALUES, INFO).built(Facts),
)
ALL_TAGS = " ".join(f"{{{tag}}}" for tag in sorted(BODY_NAMES))


@given(text=TEXTS)
def test_any_text_compiles_or_says_why(text: str) -> None:
    """A text is ready to be rendered, or a one-line error says what is wrong with it."""
    try:
        template = compile_template(text, BODY_NAMES)
    except ValueError as error:
        assert str(error)
        assert str(error).isprintable()
    else:
        template.render(dict.fromkeys(BODY_NAMES, "value"))


@given(event=EVENTS, kind=st.sampled_from(RECIPIENT_TYPES), argument=WORDS, attach=st.booleans())
def test_any_event_is_composed(event: Event, kind: str, argument: str, attach: bool) -> None:
    """Any event makes messages to fit addresses with one-line subjects, or skips; only a bad picture is an error."""
    chosen = {"To": kind, f"To_{kind}": argument, "reply_to": kind, f"reply_to_{kind}": argument}
    action = compiled(subject=ALL_TAGS, body=ALL_TAGS, mimetype="html", attach_qrcode=str(attach), **chosen)
    assert action.errors == ()

    try:
        composition = action.compose(event)
    except ComposeError as error:
        assert attach
        assert error.detail.startswith("the QR code in the event")
    else:
        assert composition.messages or composition.skipped
        for message in composition.messages:
            assert not set("\r\n\x00") & set(message.subject + message.reply_to + "".join(message.to))
            assert all("@" in address for address in message.to)
            assert not set("<>\"'") & set(message.body)


@given(event=EVENTS)
def test_any_event_is_texted_and_filed(event: Event) -> None:
    """SMS and files are made of any event, or skipped."""
    for action in (compiled("sendsms", body=ALL_TAGS), compiled("savefile", filename="{serial}{random}", body="x")):
        composition = action.compose(event)

        assert composition.messages or composition.skipped
        assert not any(message.filename.startswith("/") for message in composition.messages)


@given(value=st.text(), body=TEXTS)
def test_html_lets_no_value_through(value: str, body: str) -> None:
    """In HTML only the administrator's own text has angle brackets."""
    owner = TokenOwner("x", email="a@b.c", givenname=value, surname=value)
    event = Event("1", "/t", "x", TIME, Facts(tokenowner=owner, request=Request(serial=value)))
    action = compiled(body=body.replace("<", ""), mimetype="html")

    if not action.errors:
        with contextlib.suppress(ComposeError):
            assert all("<" not in message.body for message in action.compose(event).messages)
