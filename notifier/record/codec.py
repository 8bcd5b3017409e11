"""A message as it lies in the record: JSON, attachments in base64."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.model import Attachment, Channel, Message

#: JSON as the record has it; `json.dumps` would make an encoder anew for each document.
compact: Callable[[object], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
spaced: Callable[[object], str] = json.JSONEncoder(ensure_ascii=False).encode
_FIELDS = {field.name for field in dataclass_fields(Message)}
#: Texts that most messages don't have; what isn't written is as `Message` has it.
_TEXTS = ("subject", "sender", "reply_to", "filename", "alternative", "locale", "thread")
_PLAIN = "plain"


def encode_message(message: Message) -> str:
    """The message as one JSON document, without what most messages have in common."""
    fields: dict[str, Any] = {
        "channel": message.channel,
        "provider": message.provider,
        "to": message.to,
        "body": message.body,
    }
    for name in _TEXTS:
        if text := getattr(message, name):
            fields[name] = text
    if message.mimetype != _PLAIN:
        fields["mimetype"] = message.mimetype
    if message.attachments:
        fields["attachments"] = [
            [a.content_type, a.content_id, a.filename, b64encode(a.data).decode()] for a in message.attachments
        ]
    return compact(fields)


def decode_message(text: bytes | str) -> Message:
    """What `encode_message` wrote, now or in another version: an earlier knew fewer fields, a later one knows more."""
    fields = json.loads(text if isinstance(text, str) else text.decode())
    if not _FIELDS.issuperset(fields):
        fields = {name: value for name, value in fields.items() if name in _FIELDS}
    fields["channel"] = Channel(fields["channel"])
    fields["to"] = tuple(fields["to"])
    fields["attachments"] = tuple(
        Attachment(kind, cid, filename, b64decode(data)) for kind, cid, filename, data in fields.get("attachments", ())
    )
    return Message(**fields)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)


def to_milliseconds(span: timedelta) -> int:
    """The span in whole milliseconds."""
    return round(span.total_seconds() * 1000)


def from_ms(ms: int | str | bytes) -> datetime:
    """The moment, in UTC."""
    return datetime.fromtimestamp(int(ms) / 1000, UTC)


def iso(ms: int | str | bytes | None) -> str | None:
    """The moment as RFC 3339, or None."""
    return from_ms(ms).isoformat(timespec="milliseconds") if ms else None
