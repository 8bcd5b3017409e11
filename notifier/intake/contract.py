"""What an event must look like: bytes in, an `Event` or `UnreadableEvent` out (docs/events.md, CloudEvents 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from notifier.errors import UnreadableEvent
from notifier.model import Event, Facts
from notifier.outcome import Unreadable

DEFAULT_MAX_SIZE = 256 * 1024


class Envelope(BaseModel):
    """CloudEvents 1.0, structured JSON. Unknown attributes and fields are kept in the raw message, never an error."""

    model_config = ConfigDict(strict=True, extra="ignore")

    specversion: str
    id: str
    source: str
    type: str
    time: str | None = None
    subject: str | None = None
    datacontenttype: str | None = None
    data: Facts


@cache
def _adapter() -> TypeAdapter[Envelope]:
    return TypeAdapter(Envelope)


def parse(raw: bytes, *, arrived: datetime, max_size: int = DEFAULT_MAX_SIZE) -> Event:
    """Read one message.

    Args:
        raw: The JSON text.
        arrived: When it came in: its time, where the producer gave none.
        max_size: In bytes.

    Raises:
        UnreadableEvent: with a reason of `Unreadable`; its detail names fields, never values.
    """
    if len(raw) > max_size:
        raise UnreadableEvent(
            Unreadable.TOO_LARGE, f"{len(raw)} bytes; the limit is {max_size} (limits.max_event_size in notifier.yaml)"
        )
    try:
        envelope = _adapter().validate_json(raw)
    except ValidationError as error:
        raise _refusal(error) from None
    if envelope.specversion != "1.0":
        raise UnreadableEvent(Unreadable.UNSUPPORTED_VERSION, "specversion: only '1.0' is understood")
    for name in ("id", "source", "type"):
        if not getattr(envelope, name):
            raise UnreadableEvent(Unreadable.MISSING_FIELD, f"{name}: must not be empty")
    if envelope.data.position not in (None, "post", "pre"):
        raise UnreadableEvent(Unreadable.WRONG_TYPE, "data.position: 'post' or 'pre'")
    return Event(
        id=envelope.id,
        source=envelope.source,
        type=envelope.type,
        time=_moment(envelope.time) if envelope.time else arrived,
        facts=envelope.data,
        subject=envelope.subject,
        raw=raw,
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1 < moment.year < 9999:
        raise UnreadableEvent(
            Unreadable.WRONG_TYPE, "time: RFC 3339 with a zone, such as 2026-11-24T16:22:44.781+00:00"
        )
    return moment


#: pydantic's error types in our words: reason and what was expected.
_WORDS: Mapping[str, str] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object",
    "mapping_type": "an object",
    "dataclass_type": "an object",
    "dataclass_exact_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "int_parsing_size": "a whole number",
}
#: Union members and the like in pydantic's paths, which no producer wrote.
_NOISE = ("str", "int", "function", "tuple", "dict", "list")


def _refusal(error: ValidationError) -> UnreadableEvent:
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    first: Any = errors[0]
    kind, loc = first["type"], first["loc"]
    if kind == "json_invalid":
        return UnreadableEvent(Unreadable.NOT_JSON, first["msg"].removeprefix("Invalid JSON: "))
    if not loc:
        return UnreadableEvent(Unreadable.NOT_AN_OBJECT, "the message is JSON, but not an object")
    path = ".".join(str(part) for part in loc if not str(part).startswith(_NOISE))
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    if kind == "missing":
        return UnreadableEvent(Unreadable.MISSING_FIELD, f"{path}: required, but not there{more}")
    return UnreadableEvent(Unreadable.WRONG_TYPE, f"{path}: must be {_WORDS.get(kind, 'of another type')}{more}")
