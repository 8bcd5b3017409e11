"""The enrolment QR code of an event, as an attachment (reference section 3.5)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import Any

from notifier.compose import tags
from notifier.model import Attachment, Event

CONTENT_ID = "token_image"
_HEAD = re.compile(r"data:(image/[a-z0-9.+-]{1,40});base64")
#: What serials, one or several, are made of; anything else has no place in a header.
_UNFIT = re.compile(r"[^A-Za-z0-9_.,-]+")


def qrcode(event: Event) -> tuple[Attachment, ...]:
    """The first image of ``googleurl``, ``pushurl`` and ``container_url``; none where the answer has none.

    Raises:
        ValueError: what should be the image is no data URI with one.
    """
    image = _image(event)
    if not image:
        return ()
    head, _, data = str(image).partition(",")
    kind = _HEAD.fullmatch(head)
    if kind is None:
        raise ValueError("the QR code in the event is not a data URI with an image")
    try:
        content = b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the QR code in the event is not base64") from None
    name = _UNFIT.sub("_", tags.serial(event))[:100] or "token"
    return (Attachment(kind[1], CONTENT_ID, f"{name}.png", content),)


def _image(event: Event) -> Any:
    return (
        tags.detail(event, "googleurl", "img")
        or tags.detail(event, "pushurl", "img")
        or tags.container_url(event, "img")
    )
