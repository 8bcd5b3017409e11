"""The enrolment QR code of an event, as an attachment (reference section 3.5)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from notifier.compose import tags
from notifier.errors import ComposeError
from notifier.model import Attachment, Event
from notifier.outcome import Reason

CONTENT_ID = "token_image"
#: What the bytes of each kind of image that mail programs show begin with.
SIGNATURES: Mapping[str, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "image/bmp": (b"BM",),
    "image/svg+xml": (b"<svg", b"<?xml"),
}
_HEAD = re.compile(r"data:(image/[a-z0-9.+-]{1,40});base64")
#: What serials, one or several, are made of; anything else has no place in a header.
_UNFIT = re.compile(r"[^A-Za-z0-9_.,-]+")


def qrcode(event: Event) -> tuple[Attachment, ...]:
    """The first image of ``googleurl``, ``pushurl`` and ``container_url``; none where the answer has none.

    Raises:
        ComposeError: what should be the image is no data URI with one.
    """
    image = _image(event)
    if not image:
        return ()
    head, _, data = str(image).partition(",")
    kind = _HEAD.fullmatch(head)
    if kind is None:
        raise _invalid("no data URI with an image")
    try:
        content = b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("not base64") from None
    if not content.startswith(SIGNATURES.get(kind[1], ())):
        raise _invalid(f"no {kind[1].partition('/')[2]} image, whatever its data URI says")
    name = _UNFIT.sub("_", tags.serial(event))[:100] or "token"
    return (Attachment(kind[1], CONTENT_ID, f"{name}.png", content),)


def _invalid(what: str) -> ComposeError:
    return ComposeError(Reason.QRCODE_INVALID, f"the QR code in the event is {what}")


def _image(event: Event) -> Any:
    return (
        tags.detail(event, "googleurl", "img")
        or tags.detail(event, "pushurl", "img")
        or tags.container_url(event, "img")
    )
