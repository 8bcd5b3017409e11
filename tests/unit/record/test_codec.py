"""Messages survive the record unchanged; addresses are shown masked."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from notifier.model import Attachment, Channel, Message
from notifier.record.codec import decode_message, encode_message
from notifier.record.masking import mask

messages = st.builds(
    Message,
    channel=st.sampled_from(Channel),
    provider=st.text(),
    to=st.lists(st.text()).map(tuple),
    body=st.text(),
    subject=st.text(),
    mimetype=st.sampled_from(["plain", "html"]),
    sender=st.text(),
    reply_to=st.text(),
    filename=st.text(),
    alternative=st.text(),
    thread=st.text(),
    locale=st.text(),
    attachments=st.lists(
        st.builds(Attachment, content_type=st.text(), content_id=st.text(), filename=st.text(), data=st.binary())
    ).map(tuple),
)


@given(messages)
def test_message_round_trip(message: Message) -> None:
    """What is read is what was written."""
    read = decode_message(encode_message(message))

    assert (read, read.thread, read.locale) == (message, message.thread, message.locale)


def test_a_message_of_an_earlier_version_is_read() -> None:
    """What was queued before there was a text beside HTML is still sent."""
    message = Message(Channel.MAIL, "relay", ("a@b.c",), "<p>", mimetype="html")
    written = {
        "channel": "mail", "provider": "relay", "to": ["a@b.c"], "body": "<p>", "subject": "", "mimetype": "html",
        "sender": "", "reply_to": "", "filename": "", "attachments": [],
    }  # fmt: skip

    assert decode_message(json.dumps(written)) == message


def test_what_most_messages_have_in_common_is_not_written() -> None:
    """Redis holds each in memory while it waits."""
    message = Message(Channel.MAIL, "relay", ("a@b.c",), "Hello")

    assert encode_message(message) == '{"channel":"mail","provider":"relay","to":["a@b.c"],"body":"Hello"}'


def test_a_message_of_a_later_version_is_read() -> None:
    """An earlier version reads the message of a later one."""
    message = Message(Channel.MAIL, "relay", ("a@b.c",), "Hello")

    assert decode_message(json.dumps({**json.loads(encode_message(message)), "priority": 1})) == message


@given(st.from_regex(r"[a-z]{3,20}@[a-z]{1,10}\.com", fullmatch=True))
def test_a_masked_address_hides_its_local_part(address: str) -> None:
    """The domain is shown, of the mailbox one letter."""
    masked = mask(address)

    assert masked == f"{address[0]}**@{address.partition('@')[2]}"


def test_a_masked_number_hides_its_middle() -> None:
    """Country and last digits are enough to recognise one's own."""
    assert mask("+49 160 700001") == "+49*****01"
    assert mask("12345") == "*****"
